/**
 * Who believes whom in a workload cluster. Authorities are told apart by the pins of their keys; each node keeps what its own files
 * said when it booted, so a cluster whose authority is exchanged carelessly falls apart here as it would on real machines.
 */
export interface NodeTrust {
  readonly kubelet: {
    /** Its client certificate, in PEM. */
    readonly certificatePem: string;
    /** Who signed that. */
    readonly issuer: string;
    /** Whom it believes to be an API server (its kubeconfig). */
    readonly servers: readonly string[];
    /** Whose clients it lets in: the API server's for logs and exec (its `ca.crt`). */
    readonly clients: readonly string[];
    /** It speaks with the API server on its own node, not with any of them. */
    readonly local: boolean;
  };
  /** Only control plane nodes have the rest. */
  readonly apiServer?: {
    /** Who signed its serving certificate, and its own client certificate for kubelets. */
    readonly issuer: string;
    /** `--client-ca-file`, in PEM. */
    readonly clientCaPem: string;
    readonly clients: readonly string[];
  };
  readonly etcd?: { readonly issuer: string; readonly peers: readonly string[] };
  readonly serviceAccounts?: { readonly signs: string; readonly accepts: readonly string[] };
  /** What its controller manager signs kubelets' certificates with; absent: it does not run. */
  readonly signer?: { readonly certificatePem: string; readonly privateKeyPem: string };
}

export interface TrustedNode {
  readonly name: string;
  readonly trust?: NodeTrust | undefined;
}

export interface Mistrust {
  readonly node: string;
  readonly part: "kubelet" | "logs" | "etcd" | "token";
  readonly message: string;
}

const unknownAuthority = "tls: failed to verify certificate: x509: certificate signed by unknown authority";

/** Every pair of parts that ought to speak with each other and would refuse to. A node of before these records were kept says nothing. */
export const mistrust = (nodes: readonly TrustedNode[]): readonly Mistrust[] => {
  const known = nodes.flatMap(({ name, trust }) => (trust === undefined ? [] : [{ name, trust }]));
  const servers = known.flatMap(({ name, trust: { apiServer } }) => (apiServer === undefined ? [] : [{ name, ...apiServer }]));
  const found: Mistrust[] = [];
  for (const { name, trust } of known) {
    const { kubelet, etcd, serviceAccounts } = trust;
    for (const server of servers) {
      if (!kubelet.local || server.name === name) {
        if (!kubelet.servers.includes(server.issuer))
          found.push({ node: name, part: "kubelet", message: `API server of ${server.name}: ${unknownAuthority}` });
        else if (!server.clients.includes(kubelet.issuer))
          found.push({ node: name, part: "kubelet", message: `API server of ${server.name}: Unauthorized` });
      }
      if (!kubelet.clients.includes(server.issuer))
        found.push({ node: name, part: "logs", message: `kubelet refuses the API server of ${server.name}: Unauthorized` });
    }
    for (const other of known) {
      if (other.name === name) continue;
      if (etcd !== undefined && other.trust.etcd !== undefined && !etcd.peers.includes(other.trust.etcd.issuer))
        found.push({ node: name, part: "etcd", message: `etcd member ${other.name}: ${unknownAuthority}` });
      if (serviceAccounts !== undefined && other.trust.serviceAccounts !== undefined)
        if (!serviceAccounts.accepts.includes(other.trust.serviceAccounts.signs))
          found.push({ node: name, part: "token", message: `service account tokens of ${other.name}: invalid bearer token` });
    }
  }
  return found;
};
