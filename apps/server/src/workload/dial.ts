import { ApiError, type Client } from "@slipway/api";
import {
  isTrustedBy,
  type KubeconfigAccess,
  publicKeyPins,
  readCertificate,
  readKubeconfig,
  signerOf,
} from "@slipway/api/pki/index.ts";
import type { DialedWorkload } from "@slipway/capi";
import { etcdAccess, type GuestEndpoint, type Guests, notServing } from "@slipway/sim";

/**
 * Reaches the tenants' clusters of the simulated cloud without sockets, by the rules of the wire all the same: the address must lead to
 * a living control plane, its certificate must be the kubeconfig's CA's, ours must be the cluster CA's and not expired.
 */
export const dialSimulated =
  (guests: Guests, now: () => Date): ((kubeconfig: string) => Promise<DialedWorkload>) =>
  async (kubeconfig) => {
    const access = readKubeconfig(kubeconfig);
    const { hostname, port } = new URL(access.server);
    const at = `${hostname}:${port}`;
    const reach = (): GuestEndpoint => {
      const endpoint = guests.connect(hostname.replace(/^\[|\]$/g, ""), Number(port));
      if (endpoint === undefined) throw notServing(at);
      return endpoint;
    };
    const { cluster, node } = reach();
    const clientCa = node.trust?.apiServer?.clientCaPem ?? cluster.record().caPem;
    const user = await authenticate(access, clientCa, node.serving?.certificatePem ?? "", now());
    const client = cluster.api.clientFor(user.user);
    const believed = await publicKeyPins(access.certificateAuthorityPem ?? "");
    const checkPower = () => {
      const there = reach();
      if (there.cluster !== cluster) throw new ApiError("Unauthorized", `another cluster answers on ${at} now`);
      // Another API server than before may answer: it has to be believed, and to believe us, as well.
      const server = there.node.trust?.apiServer;
      if (server === undefined) return;
      if (!believed.includes(server.issuer)) throw unknownAuthority(access.server);
      if (user.issuer !== undefined && !server.clients.includes(user.issuer)) throw notAccepted(access.server);
    };
    return {
      client: guarded(client, checkPower),
      etcd: etcdAccess(cluster, guests.isAlive),
      certificateExpiry: async (nodeName) => {
        const serving = guests.servingCertificate(cluster, nodeName);
        if (serving === undefined) throw notServing(nodeName);
        return readCertificate(serving).notAfter;
      },
      probe: async () => checkPower(),
      close: () => undefined,
    } satisfies DialedWorkload;
  };

const unknownAuthority = (server: string): ApiError =>
  new ApiError(
    "ServiceUnavailable",
    `${server}: tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  );
const notAccepted = (server: string): ApiError =>
  new ApiError("Unauthorized", `${server}: the client certificate is expired or not signed by the cluster's CA`);

const authenticate = async (access: KubeconfigAccess, clusterCa: string, serving: string, now: Date) => {
  const server = access.server;
  if (access.certificateAuthorityPem === undefined || !(await isTrustedBy(serving, access.certificateAuthorityPem)))
    throw unknownAuthority(server);
  const certificate = access.clientCertificatePem;
  if (certificate === undefined) throw new ApiError("Unauthorized", `${server}: the kubeconfig has no client certificate`);
  const facts = readCertificate(certificate);
  const signer = await signerOf(certificate, clusterCa);
  if (facts.notAfter.getTime() < now.getTime() || signer === undefined) throw notAccepted(server);
  const [issuer] = await publicKeyPins(signer);
  return { user: { name: facts.commonName, groups: facts.organizations }, issuer };
};

/** Every call asks again whether anybody answers: a connection ends with the last control plane server. */
const guarded = (client: Client, check: () => void): Client => {
  const call =
    <A extends readonly unknown[], R>(method: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      check();
      return method(...args);
    };
  return {
    get: call(client.get.bind(client)) as Client["get"],
    list: call(client.list.bind(client)) as Client["list"],
    watch: (resource, options) => {
      check();
      return client.watch(resource, options);
    },
    create: call(client.create.bind(client)) as Client["create"],
    update: call(client.update.bind(client)) as Client["update"],
    patch: call(client.patch.bind(client)) as Client["patch"],
    delete: call(client.delete.bind(client)) as Client["delete"],
    deleteCollection: call(client.deleteCollection.bind(client)) as Client["deleteCollection"],
  };
};
