import { isNotFound, MAGNUM_NAMESPACE, MagnumCluster, Secret, type Stored } from "@slipway/api";
import { textFromBase64 } from "@slipway/api/pki/pem.ts";
import { enforce } from "../auth/policy.ts";
import { type Attributes, readAttributes } from "../body/attributes.ts";
import { replaceCredential } from "../clusters/credential.ts";
import { clusterStanding, isUpdatable } from "../clusters/status.ts";
import { changeSpec, getCluster } from "../clusters/store.ts";
import { getTemplateByUid } from "../clustertemplates/store.ts";
import { badRequest, conflict, MagnumError } from "../errors.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";
import { links } from "../links.ts";
import { isToldAlready, withActivity } from "../live/activity.ts";
import { changeRecord } from "../records.ts";
import { type Authority, signRequest } from "./signing.ts";

const BODY: Attributes = {
  project_id: { type: "text", readOnly: true },
  user_id: { type: "text", readOnly: true },
  cluster_uuid: { type: "text", mandatory: true },
  links: { type: "list", readOnly: true },
  csr: { type: "text", minLength: 1, mandatory: true },
  pem: { type: "text", readOnly: true },
  ca_cert_type: { type: "text" },
};

/** Which of Cluster API's Secrets holds the authority; an unknown type is the Kubernetes one. */
const secretSuffix = (type: string | undefined): string => {
  if (type === "etcd") return "etcd";
  return type === "front_proxy" || type === "front-proxy" ? "proxy" : "ca";
};

/** The cluster's real authority, as Cluster API keeps it. @throws MagnumError 409 while there is none */
const readAuthority = async (
  { world: { client } }: Exchange,
  cluster: Stored<MagnumCluster>,
  type: string | undefined,
): Promise<Authority> => {
  const name = `${cluster.metadata.name}-${secretSuffix(type)}`;
  try {
    const { data = {} } = await client.get(Secret, { namespace: MAGNUM_NAMESPACE, name });
    const certificate = data["tls.crt"];
    const key = data["tls.key"];
    if (certificate !== undefined && key !== undefined)
      return { certificatePem: textFromBase64(certificate).trim(), privateKeyPem: textFromBase64(key) };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  throw conflict(
    `The certificates of cluster ${cluster.spec.name} are not made yet. They come with its control plane: ask again a little later.`,
  );
};

const view = (cluster: Stored<MagnumCluster>, base: string): object => ({
  cluster_uuid: cluster.metadata.uid,
  links: links(base, `certificates/${cluster.metadata.uid}`),
});

const show = async (exchange: Exchange): Promise<Answer> => {
  const { caller, base, params, query } = exchange;
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  enforce("certificate:get", caller, cluster.spec);
  const { certificatePem } = await readAuthority(exchange, cluster, query["ca_cert_type"]);
  return { status: 200, body: { ...view(cluster, base), pem: certificatePem } };
};

const sign = async (exchange: Exchange): Promise<Answer> => {
  const { caller, base, world } = exchange;
  const values = readAttributes(BODY, await exchange.json(), "certificate");
  const csr = String(values["csr"]);
  const cluster = await getCluster(exchange, String(values["cluster_uuid"]), "own").catch((error: unknown) => {
    // In a body an unknown cluster is a bad request.
    throw error instanceof MagnumError && error.status === 404 ? badRequest(error.message) : error;
  });
  enforce("certificate:create", caller, cluster.spec);
  const authority = await readAuthority(exchange, cluster, values["ca_cert_type"] as string | undefined);
  const pem = await signRequest(authority, csr, { now: world.clock.now(), days: world.settings.certificateDays });
  // Whoever holds this certificate is in: the tenant must be able to see who asked for it (CON-051).
  await changeRecord(world.client, MagnumCluster, cluster, (current) =>
    isToldAlready(current, exchange, "kubeconfig") ? current : withActivity(current, exchange, { action: "kubeconfig" }),
  );
  return { status: 201, body: { ...view(cluster, base), csr, pem } };
};

/**
 * Asked for only: the driver makes new authorities and replaces the machines, stage by stage. The authorities that are there stay good
 * until the last of them.
 */
const rotate = async (exchange: Exchange): Promise<Answer> => {
  const { caller, params, world } = exchange;
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  enforce("certificate:rotate_ca", caller, cluster.spec);
  const template = await getTemplateByUid(world, cluster.spec.clusterTemplateId);
  if (template?.spec.tlsDisabled) throw badRequest("Rotating the CA certificate on a non-TLS cluster is not supported");
  await readAuthority(exchange, cluster, undefined);
  const id = world.random.uuid();
  await changeSpec(exchange, cluster, (spec, now, current) => {
    // Decided on the record as it is: of two who ask at once, one is told that the cluster is busy.
    const { status } = clusterStanding(current);
    if (!isUpdatable(status)) throw badRequest(`Rotating the CA certificate when status is "${status}" is not supported.`);
    return {
      ...spec,
      caRotation: { id, requestedAt: now },
      nodeGroups: spec.nodeGroups.map((group) => ({ ...group, updatedAt: now })),
    };
  });
  return { status: 202, body: { uuid: cluster.metadata.uid } };
};

/** In place: no machine is made again for it. */
const rotateCredential = async (exchange: Exchange): Promise<Answer> => {
  const { caller, params } = exchange;
  const cluster = await getCluster(exchange, params["cluster"] ?? "", "own");
  enforce("credential:rotate", caller, cluster.spec);
  const { status } = clusterStanding(cluster);
  if (/^CREATE_(IN_PROGRESS|FAILED)$|^DELETE_/.test(status))
    throw badRequest(`Rotating the credential of a cluster when status is "${status}" is not supported.`);
  await replaceCredential(exchange, cluster);
  return { status: 202, body: { uuid: cluster.metadata.uid } };
};

export const certificateRoutes: readonly Route[] = [
  { method: "GET", path: "certificates/:cluster", query: ["ca_cert_type"], handle: show },
  { method: "POST", path: "certificates", handle: sign },
  { method: "PATCH", path: "certificates/:cluster", handle: rotate },
  { method: "PATCH", path: "credentials/:cluster", since: { minor: 12, name: "patch" }, handle: rotateCredential },
];
