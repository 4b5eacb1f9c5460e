import type { KubeObject, Stored } from "@slipway/api";
import type { ObjectList } from "@slipway/api/magnum/live.ts";
import type { Observed } from "../../driver/observed.ts";
import { notFound } from "../errors.ts";
import { withoutHosts } from "./conditions.ts";

/** The Cluster API objects of one cluster, in the order in which one reads them. Secrets are none of them. */
const objectsOf = (observed: Observed): readonly Stored<KubeObject>[] =>
  [
    observed.cluster,
    observed.infrastructure,
    observed.controlPlane,
    ...observed.machineDeployments,
    ...observed.machineSets,
    ...observed.machineTemplates,
    ...observed.bootstrapTemplates,
    ...observed.healthChecks,
    ...observed.machines,
    ...observed.bootstrapConfigs,
    ...observed.infraMachines,
    ...observed.servers,
  ].filter((object): object is NonNullable<typeof object> => object !== undefined);

/** `GET …/objects`: which there are. */
export const objectList = (observed: Observed): ObjectList => ({
  objects: objectsOf(observed).map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, name: metadata.name })),
});

/** `GET …/objects/<kind>/<name>`: one of them, without what is secret. @throws MagnumError 404 */
export const objectView = (observed: Observed, kind: string, name: string): object => {
  const found = objectsOf(observed).find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw notFound(`${kind} ${name} could not be found in this cluster.`);
  return redact(found) as object;
};

/** Where kinds of ours keep what is secret itself, not the name of a Secret: files, password hashes, tokens and keys that join nodes. */
const secretFields: ReadonlySet<string> = new Set(["content", "passwd", "password", "token", "certificateKey"]);
/** Of no use to readers. */
const noise: ReadonlySet<string> = new Set(["managedFields", "kubectl.kubernetes.io/last-applied-configuration"]);

/** Controllers write about hosts of the platform in `status` only. */
const redact = (value: unknown, isStatus = false): unknown => {
  if (typeof value === "string") return isStatus ? withoutHosts(value) : value;
  if (Array.isArray(value)) return value.map((inner) => redact(inner, isStatus));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !noise.has(key))
      .map(([key, inner]) => [key, secretFields.has(key) ? "(redacted)" : redact(inner, isStatus || key === "status")]),
  );
};
