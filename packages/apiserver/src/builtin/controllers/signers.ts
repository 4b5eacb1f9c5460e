import type { CertificateSigningRequest } from "@slipway/api";
import { type RequestFacts, readCertificateRequest, textFromBase64 } from "@slipway/api/pki/index.ts";

/** Why a signer does not sign. */
export type CertificateFailure = string;

export interface Signer {
  readonly usage: "clientAuth" | "serverAuth";
  refuses(request: RequestFacts, usages: readonly string[]): CertificateFailure | undefined;
  /** The subresource that the requestor must be allowed to create for its request to be approved by itself. */
  approvedFor?(spec: CertificateSigningRequest["spec"]): string | undefined;
}

const nodes = "system:nodes";
const nodePrefix = "system:node:";

const usagesAre = (usages: readonly string[], needed: string): boolean =>
  usages.includes(needed) && usages.every((usage) => [needed, "digital signature", "key encipherment"].includes(usage));

const refusesNode = (request: RequestFacts): CertificateFailure | undefined => {
  if (request.organizations.length !== 1 || request.organizations[0] !== nodes)
    return `subject organization is not ${nodes}: a kubelet's certificate names this group and no other`;
  if (!request.commonName.startsWith(nodePrefix)) return `subject common name does not begin with ${nodePrefix}`;
  if (request.otherNames.length > 0) return "e-mail addresses and URIs are not allowed as names";
  return undefined;
};

const readable = (spec: CertificateSigningRequest["spec"]): RequestFacts | undefined => {
  try {
    return readCertificateRequest(textFromBase64(spec.request));
  } catch {
    return undefined; // refused when it was made, or made before that rule
  }
};

/** Kubernetes' own, by what they call themselves. */
export const signers: { readonly [name: string]: Signer } = {
  "kubernetes.io/kube-apiserver-client": {
    usage: "clientAuth",
    refuses: (request, usages) => {
      if (!usagesAre(usages, "client auth"))
        return "usages must be client auth, and besides at most digital signature and key encipherment";
      return request.organizations.includes("system:masters") ? "system:masters is not given away" : undefined;
    },
  },
  "kubernetes.io/kube-apiserver-client-kubelet": {
    usage: "clientAuth",
    refuses: (request, usages) => {
      if (!usagesAre(usages, "client auth"))
        return "usages must be client auth, and besides at most digital signature and key encipherment";
      if (request.dnsNames.length + request.ipAddresses.length > 0) return "DNS and IP names are not allowed";
      return refusesNode(request);
    },
    approvedFor: (spec) => {
      const request = readable(spec);
      if (request === undefined || refusesNode(request) !== undefined || !usagesAre(spec.usages ?? [], "client auth"))
        return undefined;
      return spec.username === request.commonName ? "selfnodeclient" : "nodeclient";
    },
  },
  "kubernetes.io/kubelet-serving": {
    usage: "serverAuth",
    refuses: (request, usages) => {
      if (!usagesAre(usages, "server auth"))
        return "usages must be server auth, and besides at most digital signature and key encipherment";
      if (request.dnsNames.length + request.ipAddresses.length === 0) return "a DNS or IP name is needed";
      return refusesNode(request);
    },
  },
};
