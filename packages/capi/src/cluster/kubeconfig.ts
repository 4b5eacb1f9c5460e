import { Cluster, clusterSecretName, clusterSecretType, labels, Secret, type Stored } from "@slipway/api";
import { issueCertificate, type KeyPool, textFromBase64, textToBase64, writeKubeconfig } from "@slipway/api/pki/index.ts";
import { act, type Clock, type KubeEffect, ownerRef, phase, ready, wait } from "@slipway/runtime";
import { isValidEndpoint } from "../external/index.ts";
import { awaitsTopology, type ClusterFacts, type ClusterScope } from "./scope.ts";

export type ClusterEffect =
  | KubeEffect
  | { readonly call: "createKubeconfig"; readonly cluster: Stored<Cluster>; readonly authority: Stored<Secret> };

type Observed = "exists" | "not ours" | { readonly authority: Stored<Secret> | undefined };

/** The administrator's kubeconfig, when there is no control plane provider to make it. CORE-163…165 */
export const kubeconfig = phase<ClusterScope, Observed, ClusterEffect, ClusterFacts>({
  name: "kubeconfig",
  independent: true,
  observe: ({ cluster, context }) => {
    if (
      cluster.spec.controlPlaneRef !== undefined ||
      awaitsTopology(cluster) ||
      !isValidEndpoint(cluster.spec.controlPlaneEndpoint)
    )
      return "not ours";
    const secret = (purpose: "kubeconfig" | "ca") =>
      context.caches.find(Secret, {
        namespace: cluster.metadata.namespace ?? "",
        name: clusterSecretName(cluster.metadata.name, purpose),
      });
    return secret("kubeconfig") ? "exists" : { authority: secret("ca") };
  },
  decide: (observed, { cluster }) => {
    if (typeof observed === "string") return ready();
    const { authority } = observed;
    if (!authority) {
      return wait("WaitingForClusterCA", {
        message: `Secret ${clusterSecretName(cluster.metadata.name, "ca")} does not exist yet`,
      });
    }
    return act("CreatingKubeconfig", { call: "createKubeconfig", cluster, authority });
  },
});

const kubeconfigDays = 365;

/** Signs a client certificate with the cluster's CA and writes it down as a kubeconfig. */
export const kubeconfigSecret = async (
  cluster: Stored<Cluster>,
  authority: Secret,
  { keys, clock }: { readonly keys: KeyPool; readonly clock: Clock },
): Promise<Secret> => {
  const { name, namespace } = cluster.metadata;
  const { host, port } = cluster.spec.controlPlaneEndpoint ?? { host: "", port: 0 };
  const pem = (key: string) => textFromBase64(authority.data?.[key] ?? "");
  const ca = { certificatePem: pem("tls.crt"), privateKeyPem: pem("tls.key") };
  const client = await issueCertificate(
    ca,
    { commonName: "kubernetes-admin", organizations: ["system:masters"], usages: ["clientAuth"], days: kubeconfigDays },
    { keys: await keys.take("rsa-2048"), now: clock.now() },
  );
  const text = writeKubeconfig({
    clusterName: name,
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    certificateAuthorityPem: ca.certificatePem,
    userName: `${name}-admin`,
    clientCertificatePem: client.certificatePem,
    clientKeyPem: client.privateKeyPem,
  });
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: clusterSecretName(name, "kubeconfig"),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [labels.clusterName]: name },
      ownerReferences: [ownerRef(cluster, Cluster)],
    },
    type: clusterSecretType,
    data: { value: textToBase64(text) },
  };
};
