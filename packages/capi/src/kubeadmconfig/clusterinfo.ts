import { type Client, ConfigMap, isNotFound } from "@slipway/api";
import { isSameTrust, textFromBase64, textToBase64 } from "@slipway/api/pki/index.ts";
import { dump, load } from "js-yaml";

const ref = { namespace: "kube-public", name: "cluster-info" };

/**
 * kubeadm writes the cluster's authority into `cluster-info` when the cluster is founded, and never again; whoever joins believes what
 * stands there. So it follows the cluster's Secret, before a token is made that leads a machine to it. The controller manager signs the
 * new text for each token by itself.
 */
export const announceAuthority = async (client: Pick<Client, "get" | "patch">, authorityPem: string): Promise<void> => {
  const found = await client.get(ConfigMap, ref).catch((error: unknown) => {
    if (isNotFound(error)) return undefined; // no cluster of kubeadm's: a machine that wants to join will say so
    throw error;
  });
  const kubeconfig = found?.data?.["kubeconfig"];
  const announced = kubeconfig === undefined ? undefined : withAuthority(kubeconfig, authorityPem);
  if (found === undefined || announced === undefined) return;
  await client.patch(ConfigMap, ref, {
    type: "merge",
    body: { metadata: { resourceVersion: found.metadata.resourceVersion }, data: { kubeconfig: announced } },
  });
};

interface ClusterInfo {
  readonly clusters?: readonly { readonly name?: string; readonly cluster?: { readonly [field: string]: unknown } }[];
}

/** The same kubeconfig with these authorities; undefined when it names them already. */
export const withAuthority = (kubeconfig: string, authorityPem: string): string | undefined => {
  const info = (load(kubeconfig) ?? {}) as ClusterInfo;
  const clusters = info.clusters ?? [];
  const field = "certificate-authority-data";
  const named = clusters.map(({ cluster }) => textFromBase64(String(cluster?.[field] ?? "")));
  if (named.every((pem) => isSameTrust(pem, authorityPem))) return undefined;
  return dump(
    {
      ...info,
      clusters: clusters.map((entry) => ({ ...entry, cluster: { ...entry.cluster, [field]: textToBase64(authorityPem) } })),
    },
    { lineWidth: -1 },
  );
};
