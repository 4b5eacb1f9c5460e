import type { QuotaUse } from "./clusters.ts";

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly version: string | null;
  readonly public: boolean;
  readonly hidden: boolean;
  readonly deprecated: boolean;
  /** The project's own: it may be deleted by its members. */
  readonly own: boolean;
  readonly imageId: string;
  readonly flavor: string | null;
  readonly masterFlavor: string | null;
  readonly keypair: string | null;
  readonly externalNetwork: string | null;
  readonly fixedNetwork: string | null;
  readonly fixedSubnet: string | null;
  readonly dnsNameserver: string | null;
  readonly networkDriver: string | null;
  readonly volumeDriver: string | null;
  readonly dockerVolumeSize: number | null;
  readonly masterLbEnabled: boolean;
  readonly floatingIpEnabled: boolean;
  readonly clusterDistro: string | null;
  readonly labels: { readonly [key: string]: string };
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string | null;
  /** The project's clusters that use it (and so keep it from being deleted): ids. */
  readonly usedBy: readonly string[];
}

export interface TemplateList {
  readonly templates: readonly Template[];
}

export interface NewTemplate {
  readonly name: string;
  readonly imageId: string;
  readonly flavor?: string;
  readonly masterFlavor?: string;
  readonly keypair?: string;
  readonly externalNetwork?: string;
  readonly fixedNetwork?: string;
  readonly fixedSubnet?: string;
  readonly dnsNameserver?: string;
  readonly networkDriver?: string;
  readonly dockerVolumeSize?: number;
  readonly masterLbEnabled?: boolean;
  readonly floatingIpEnabled?: boolean;
  readonly labels?: { readonly [key: string]: string };
  readonly tags?: readonly string[];
  /** Administrators only. */
  readonly public?: boolean;
  readonly hidden?: boolean;
}

/** `PATCH /api/templates/:id`: what is named changes. */
export type TemplateChange = { readonly [Key in keyof NewTemplate]?: NewTemplate[Key] };

/** `GET /api/labels`: labels that the driver reads. The browser translates by `key`; `description` is English. */
export interface KnownLabel {
  readonly key: string;
  readonly description: string;
  readonly default: string | null;
  readonly values?: readonly string[];
  readonly pattern?: string;
}

export interface LabelCatalogue {
  readonly labels: readonly KnownLabel[];
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  /** MiB */
  readonly ram: number;
  /** GiB */
  readonly disk: number;
  /** Below what kubeadm needs (2 CPUs, 2 GiB) for a control-plane node; for a worker. */
  readonly fits: { readonly controlPlane: boolean; readonly worker: boolean };
}
export interface FlavorList {
  readonly flavors: readonly Flavor[];
}

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly osDistro: string | null;
  readonly version: string | null;
  readonly minDisk: number;
  readonly minRam: number;
  readonly visibility: string;
  readonly createdAt: string | null;
}
export interface ImageList {
  readonly images: readonly Image[];
}

export interface NetworkView {
  readonly id: string;
  readonly name: string;
  readonly external: boolean;
  readonly shared: boolean;
  readonly subnets: readonly SubnetView[];
}
export interface SubnetView {
  readonly id: string;
  readonly name: string;
  readonly cidr: string;
  readonly ipVersion: number;
}
export interface NetworkList {
  readonly networks: readonly NetworkView[];
}

export interface KeypairView {
  readonly name: string;
  readonly fingerprint: string;
  readonly type: string;
}
export interface KeypairList {
  readonly keypairs: readonly KeypairView[];
}
/** Imports a public key. */
export interface NewKeypair {
  readonly name: string;
  readonly publicKey: string;
}

export interface ZoneList {
  readonly zones: readonly { readonly name: string; readonly available: boolean }[];
}

/** `GET /api/quotas`. A service that does not answer is named in `unknown`. */
export interface Quotas {
  readonly quotas: readonly QuotaUse[];
  readonly unknown: readonly string[];
}

export interface CertificateView {
  readonly kind: "ca" | "api" | "kubeconfig";
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly fingerprint256: string;
  readonly pem: string | null;
}

/** `GET …/certificates` */
export interface Certificates {
  readonly certificates: readonly CertificateView[];
  /** Of the cluster's application credential in the cloud, as far as the caller may see it. */
  readonly credential: { readonly id: string; readonly ownerId: string; readonly expiresAt: string | null } | null;
}

export interface SigningRequest {
  readonly csr: string;
}
export interface SignedCertificate {
  readonly pem: string;
  readonly notAfter: string;
}

/** `POST …/kubeconfig`: a POST, because it makes a certificate. */
export interface KubeconfigRequest {
  /** `certificate`: a client certificate with full rights. `exec`: a login with openstack's own token, no secret in the file. */
  readonly form: "certificate" | "exec";
}
export interface Kubeconfig {
  readonly filename: string;
  readonly yaml: string;
  /** Null for `exec`. */
  readonly certificateExpiresAt: string | null;
}
