import type { DialWorkload, EtcdAccess } from "@slipway/capi";
import type { Transport, TransportFor } from "@slipway/openstack";
import { connectKubeconfig } from "@slipway/runtime/client/undici.node.ts";
import { Agent, request } from "undici";

/** Requests to a real cloud: one pool a set of certificates, kept alive between calls. */
export const transportFor: TransportFor = ({ caPem, verify }) => {
  const agent = new Agent({
    connections: 32,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
    connect: { timeout: 10_000, rejectUnauthorized: verify, ...(caPem === undefined ? {} : { ca: caPem }) },
  });
  const transport: Transport = async ({ method, url, headers, body, signal }) => {
    const response = await request(url, {
      dispatcher: agent,
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
    const plain = Object.fromEntries(
      Object.entries(response.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
      ),
    );
    return { status: response.statusCode, headers: plain, text: () => response.body.text() };
  };
  return transport;
};

/** Reaches a real tenant cluster over its kubeconfig; etcd through the API server's port-forward. */
export const dialReal: DialWorkload = async (kubeconfig) => {
  const connection = connectKubeconfig(kubeconfig, { userAgent: "slipway" });
  return {
    client: connection.client,
    etcd: noEtcdYet,
    probe: async (signal) => {
      const response = await connection.transport({ method: "GET", path: "/", headers: { accept: "application/json" }, signal });
      await response.text();
    },
    close: () => void connection.close(),
  };
};

const refuse = async (): Promise<never> => {
  throw new Error(
    "etcd of a real workload cluster cannot be reached by this release: its control plane is not scaled down or rolled",
  );
};
const noEtcdYet: EtcdAccess = { members: refuse, removeMember: refuse, moveLeader: refuse };
