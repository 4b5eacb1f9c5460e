import type { KubeObject } from "../meta/object.ts";
import { defineBuiltin } from "./kind.ts";

export interface CertificateSigningRequest extends KubeObject {
  readonly spec: {
    /** Base64 of a PEM PKCS#10 request. */
    readonly request: string;
    readonly signerName: string;
    readonly usages?: readonly string[];
    readonly expirationSeconds?: number;
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: { readonly [key: string]: readonly string[] };
  };
  readonly status?: {
    /** Base64 of PEM. */
    readonly certificate?: string;
    readonly conditions?: readonly {
      readonly type: "Approved" | "Denied" | "Failed";
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
      readonly lastUpdateTime?: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

const csr = { group: "certificates.k8s.io", version: "v1", kind: "CertificateSigningRequest" };

export const CertificateSigningRequest = defineBuiltin<CertificateSigningRequest>({
  ...csr,
  plural: "certificatesigningrequests",
  scope: "Cluster",
  shortNames: ["csr"],
  status: true,
  selectableFields: ["spec.signerName"],
  otherSubresources: [{ name: "approval", kind: csr, verbs: ["get", "patch", "update"] }],
});
