import {
  controlPlaneAnnotations,
  type KubeObject,
  Machine,
  parseApiVersion,
  type Resource,
  refOf,
  type Stored,
} from "@slipway/api";
import { act, phase, plural, ready, sameJson } from "@slipway/runtime";
import { isDeleting, type Member } from "../controlplane.ts";
import { fieldManager, machineAnnotations, machineLabels, updatedMachine } from "../desired.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

interface Observed {
  readonly effects: readonly Effect[];
}

/** What may change without a new machine is changed in place: labels, annotations, timeouts, readiness gates. */
export const syncMachines = phase<Scope, Observed, Effect, Facts>({
  name: "syncMachines",
  independent: true,
  observe: ({ kcp, cluster, members }) => ({ effects: members.flatMap((member) => syncMember(kcp, cluster, member)) }),
  decide: ({ effects }) => (effects.length === 0 ? ready() : act("UpdatingMachinesInPlace", effects)),
});

const syncMember = (kcp: Scope["kcp"], cluster: Scope["cluster"], member: Member): readonly Effect[] => {
  const { machine, config, infrastructure } = member;
  if (isDeleting(machine)) return timeoutsOnly(kcp, machine);
  const wanted = updatedMachine(kcp, cluster, machine);
  return [
    ...[config, infrastructure].flatMap((object) =>
      object === undefined || isDeleting(object) ? [] : sameMarks(kcp, cluster, machine, object),
    ),
    // Last: what it still owns tells the objects above what to lose, should we be interrupted between them.
    ...(isApplied(machine, wanted) ? [] : [{ call: "apply", resource: Machine, object: wanted, fieldManager } as const]),
  ];
};

/** Labels and annotations of the objects behind a machine: those wanted, without those that its Machine owns and should not. */
const sameMarks = (
  kcp: Scope["kcp"],
  cluster: Scope["cluster"],
  machine: Stored<Machine>,
  object: Stored<KubeObject>,
): readonly Effect[] => {
  const owned = ownedKeys(machine);
  const changes = (had: Marks | undefined, wanted: Marks, once: readonly string[] = []) => {
    const gone = once.filter((key) => wanted[key] === undefined && had?.[key] !== undefined);
    const entries = [
      ...Object.entries(wanted).filter(([key, value]) => had?.[key] !== value),
      ...gone.map((key) => [key, null] as const),
    ];
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
  const onlyOnMachines: readonly string[] = Object.values(controlPlaneAnnotations);
  const labels = changes(object.metadata.labels, machineLabels(kcp, cluster.metadata.name), owned?.labels);
  const annotations = changes(
    object.metadata.annotations,
    machineAnnotations(kcp),
    owned?.annotations.filter((key) => !onlyOnMachines.includes(key)),
  );
  if (labels === undefined && annotations === undefined) return [];
  const body = { metadata: { ...(labels && { labels }), ...(annotations && { annotations }) } };
  return [{ call: "patch", resource: resourceOf(object), ref: refOf(object), patch: { type: "merge", body } }];
};

interface Marks {
  readonly [key: string]: string;
}

const timeoutsOnly = (kcp: Scope["kcp"], machine: Stored<Machine>): readonly Effect[] => {
  // A Machine without a deletion timeout is given this one when it is written.
  const { nodeDrainTimeout, nodeDeletionTimeout = "10s", nodeVolumeDetachTimeout } = kcp.spec.machineTemplate;
  const wanted = { nodeDrainTimeout, nodeDeletionTimeout, nodeVolumeDetachTimeout };
  const changed = Object.entries(wanted).filter(([key, value]) => machine.spec[key as keyof typeof wanted] !== value);
  if (changed.length === 0) return [];
  const spec = Object.fromEntries(changed.map(([key, value]) => [key, value ?? null]));
  return [{ call: "patch", resource: Machine, ref: refOf(machine), patch: { type: "merge", body: { spec } } }];
};

/** Served by ours or by a provider: the kind's own version, and its plural by the rule that the contract demands. */
const resourceOf = (object: KubeObject): Resource => {
  const { group, version } = parseApiVersion(object.apiVersion);
  return { group, version, kind: object.kind, plural: plural(object.kind.toLowerCase()), scope: "Namespaced" };
};

/**
 * Would applying this change nothing? Every field is there, and our manager owns no label, annotation or field besides: what we once
 * applied and no longer want is told by `managedFields`, so nothing has to be remembered.
 */
export const isApplied = (object: Stored<KubeObject>, wanted: KubeObject): boolean =>
  isWithin(withoutUid(wanted), object) && sameJson(ownedKeys(object), keysOf(wanted));

const withoutUid = ({ metadata, ...rest }: KubeObject): object => {
  const { uid: _uid, ...others } = metadata;
  return { ...rest, metadata: others };
};

const isWithin = (wanted: unknown, actual: unknown): boolean => {
  if (Array.isArray(wanted)) {
    return Array.isArray(actual) && wanted.every((item) => actual.some((other) => isWithin(item, other)));
  }
  if (typeof wanted !== "object" || wanted === null) return wanted === undefined || wanted === actual;
  if (typeof actual !== "object" || actual === null) return Object.keys(wanted).length === 0;
  return Object.entries(wanted).every(([key, value]) => isWithin(value, (actual as { [key: string]: unknown })[key]));
};

interface Keys {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly spec: readonly string[];
}

const inPlaceFields = ["nodeDrainTimeout", "nodeDeletionTimeout", "nodeVolumeDetachTimeout"];

const keysOf = (object: KubeObject): Keys => {
  const spec = ((object as { readonly spec?: object }).spec ?? {}) as { readonly [field: string]: unknown };
  const gates = (spec["readinessGates"] ?? []) as readonly { readonly conditionType: string }[];
  return {
    labels: Object.keys(object.metadata.labels ?? {}).sort(),
    annotations: Object.keys(object.metadata.annotations ?? {}).sort(),
    spec: [
      ...inPlaceFields.filter((field) => spec[field] !== undefined),
      ...gates.map(({ conditionType }) => conditionType),
    ].sort(),
  };
};

const ownedKeys = (object: Stored<KubeObject>): Keys | undefined => {
  const entry = object.metadata.managedFields?.find(
    ({ manager, operation, subresource }) => manager === fieldManager && operation === "Apply" && subresource === undefined,
  );
  if (entry === undefined) return undefined;
  const at = (fields: unknown, ...path: readonly string[]): { readonly [field: string]: unknown } =>
    path.reduce<{ readonly [field: string]: unknown }>(
      (inner, step) => (inner[`f:${step}`] ?? {}) as { readonly [field: string]: unknown },
      (fields ?? {}) as { readonly [field: string]: unknown },
    );
  const names = (fields: object) => Object.keys(fields).flatMap((key) => (key.startsWith("f:") ? [key.slice(2)] : []));
  const spec = at(entry.fieldsV1, "spec");
  const gates = Object.keys(at(spec, "readinessGates")).flatMap((key) =>
    key.startsWith("k:") ? [String((JSON.parse(key.slice(2)) as { conditionType?: string }).conditionType)] : [],
  );
  return {
    labels: names(at(entry.fieldsV1, "metadata", "labels")).sort(),
    annotations: names(at(entry.fieldsV1, "metadata", "annotations")).sort(),
    spec: [...names(spec).filter((field) => inPlaceFields.includes(field)), ...gates].sort(),
  };
};
