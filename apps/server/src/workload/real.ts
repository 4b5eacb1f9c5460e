import { freshKeys } from "@slipway/api/pki/index.ts";
import type { DialWorkload } from "@slipway/capi";
import { createCertificateCheck, createEtcdAccess } from "@slipway/capi/etcd/access.node.ts";
import { etcdCredentials } from "@slipway/capi/etcd/credentials.ts";
import { podPortForward } from "@slipway/capi/etcd/portforward.node.ts";
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

/** Reaches a real tenant cluster over its kubeconfig; etcd and the API servers' certificates through the API server's port-forward. */
export const dialReal: DialWorkload = async (kubeconfig, { cluster, secret }) => {
  const connection = connectKubeconfig(kubeconfig, { userAgent: "slipway" });
  const open = podPortForward(kubeconfig);
  return {
    client: connection.client,
    etcd: createEtcdAccess({ open, credentials: etcdCredentials({ cluster, secret, keys: freshKeys(), now: () => new Date() }) }),
    certificateExpiry: createCertificateCheck(open),
    probe: async (signal) => {
      const response = await connection.transport({ method: "GET", path: "/", headers: { accept: "application/json" }, signal });
      await response.text();
    },
    close: () => void connection.close(),
  };
};
