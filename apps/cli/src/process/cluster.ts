import { ApiError, type Client } from "@slipway/api";
import type { KubeTransport } from "@slipway/runtime/client/transport.ts";
import { connectKubeconfig } from "@slipway/runtime/client/undici.node.ts";
import { CommandError } from "./exit.ts";
import { findKubeconfig } from "./kubeconfig.ts";

export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly kubeconfigContext?: string;
  readonly namespace?: string;
}

/** What servers write down of us (CTL-011). */
const userAgent = `clusterctl/v1.10.4 (${process.platform}/${process.arch === "x64" ? "amd64" : process.arch})`;

/** Runs `use` against the cluster that the options mean, and closes the connection whatever happens. */
export const withCluster = async <T>(
  options: ClusterOptions,
  use: (client: Client, namespace: string, transport: KubeTransport) => Promise<T>,
  fallbackKubeconfig?: string,
): Promise<T> => {
  const target = findKubeconfig({
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
    ...(options.kubeconfigContext === undefined ? {} : { context: options.kubeconfigContext }),
    ...(fallbackKubeconfig === undefined ? {} : { fallback: fallbackKubeconfig }),
  });
  const connection = connectKubeconfig(target.kubeconfig, {
    userAgent,
    timeoutMilliseconds: 30_000,
  });
  try {
    return await use(connection.client, options.namespace ?? target.namespace, connection.transport);
  } catch (error) {
    // No answer at all is no refusal.
    if (error instanceof ApiError && error.message.includes("cannot be reached")) throw new CommandError(error.message);
    if (error instanceof ApiError)
      throw new CommandError(error.reason === "NotFound" ? error.message : `The cluster refused: ${error.message}`);
    throw error;
  } finally {
    await connection.close();
  }
};
