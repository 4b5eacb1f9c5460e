import { isNotFound, Secret } from "@slipway/api";
import { findCluster } from "@slipway/clusterctl/describe/index.ts";
import { type ClusterOptions, withCluster } from "../process/cluster.ts";
import { CommandError } from "../process/exit.ts";

/** `get kubeconfig NAME`: the Secret's value, unchanged (CTL-086). */
export const getKubeconfig = async (name: string, options: ClusterOptions, fallbackKubeconfig?: string): Promise<void> => {
  const value = await withCluster(
    options,
    async (client, namespace) => {
      const cluster = await findCluster(client, { namespace, name }).catch(() => ({ name }));
      const secret = await client.get(Secret, { namespace, name: `${cluster.name}-kubeconfig` }).catch((error: unknown) => {
        if (isNotFound(error)) throw new CommandError(`"${name}-kubeconfig" not found in namespace "${namespace}"`);
        throw error;
      });
      return secret.data?.["value"];
    },
    fallbackKubeconfig,
  );
  if (value === undefined) throw new CommandError(`The Secret ${name}-kubeconfig has no key "value".`);
  process.stdout.write(Buffer.from(value, "base64"));
};
