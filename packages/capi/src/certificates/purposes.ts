import type { ClusterConfiguration } from "../kubeadmconfig/spec.ts";
import { type CertificatePurpose, certificatePurposes } from "./secrets.ts";

/** One certificate of a cluster: which Secret holds it, and where kubeadm looks for it on a control plane node. */
export interface CertificateSpec {
  readonly purpose: CertificatePurpose;
  /** An empty path: this part is not written to the node. */
  readonly certFile: string;
  readonly keyFile: string;
  /** The user's own: never generated, and its absence is an error. */
  readonly external: boolean;
}

const defaultDirectory = "/etc/kubernetes/pki";

/** What a control plane needs, in the order in which files are written. External etcd brings its own CA and client pair. */
export const controlPlaneCertificates = (config: ClusterConfiguration | undefined): readonly CertificateSpec[] => {
  const directory =
    config?.certificatesDir === undefined || config.certificatesDir === "" ? defaultDirectory : config.certificatesDir;
  const at = (name: string) => `${directory}/${name}`;
  const generated = (purpose: CertificatePurpose, certFile: string, keyFile: string): CertificateSpec => ({
    purpose,
    certFile: at(certFile),
    keyFile: at(keyFile),
    external: false,
  });
  const external = config?.etcd?.external;
  return [
    generated("ca", "ca.crt", "ca.key"),
    external === undefined
      ? generated("etcd", "etcd/ca.crt", "etcd/ca.key")
      : { purpose: "etcd", certFile: external.caFile, keyFile: "", external: true },
    generated("proxy", "front-proxy-ca.crt", "front-proxy-ca.key"),
    generated("sa", "sa.pub", "sa.key"),
    ...(external === undefined
      ? []
      : [{ purpose: "apiserver-etcd-client", certFile: external.certFile, keyFile: external.keyFile, external: true } as const]),
  ];
};

/** A worker only has to know whom to trust. */
export const workerCertificates = (caCertPath: string | undefined): readonly CertificateSpec[] => [
  {
    purpose: "ca",
    certFile: caCertPath === undefined || caCertPath === "" ? `${defaultDirectory}/ca.crt` : caCertPath,
    keyFile: "",
    external: false,
  },
];

/** `<cluster>-<purpose>` split at the last `-`: so the two-dash purpose of the etcd client can never be read back. */
export const parseClusterSecretName = (
  name: string,
): { readonly cluster: string; readonly purpose: CertificatePurpose | "kubeconfig" } | undefined => {
  const dash = name.lastIndexOf("-");
  const purpose = [...certificatePurposes, "kubeconfig" as const].find((known) => known === name.slice(dash + 1));
  return dash <= 0 || purpose === undefined ? undefined : { cluster: name.slice(0, dash), purpose };
};
