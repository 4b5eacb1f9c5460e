import type { DeclaredFormerVersion } from "../../kind/define.ts";
import { convertWithRestore, type RestoredParts } from "../../kind/restore.ts";
import type { UnstructuredObject } from "../../meta/object.ts";
import type { OpenStackClusterSpec } from "../openstackcluster.shape.ts";
import type { OpenStackMachineSpec } from "../openstackmachine.shape.ts";
import { clusterSpecOf, oldClusterSpecOf } from "./cluster.ts";
import { machineSpecOf, oldMachineSpecOf } from "./machine.ts";
import { type OldClusterSpec, type OldMachineSpec, v1alpha7Fields } from "./schema.ts";

/** Served to whoever still speaks v1alpha7, and converted without loss in both directions. */

const group = "infrastructure.cluster.x-k8s.io";
const oldVersion = "v1alpha7";
const newVersion = "v1beta1";

type Part = { readonly [field: string]: unknown };
type Step = (object: UnstructuredObject) => UnstructuredObject;

export const formerVersions = (kind: string, shape: keyof typeof v1alpha7Fields): readonly DeclaredFormerVersion[] => [
  { name: "v1alpha6", deprecated: true },
  {
    name: oldVersion,
    served: true,
    deprecated: true,
    deprecationWarning: `The v1alpha7 version of ${kind} has been deprecated and will be removed in a future release.`,
    fields: v1alpha7Fields[shape],
  },
];

/** A converter of one kind, from what changes its spec and status and what must come back. */
const converter =
  (upgrade: Step, downgrade: Step, parts: { readonly old: RestoredParts; readonly new: RestoredParts }) =>
  (object: UnstructuredObject, version: string): UnstructuredObject => {
    const apiVersion = `${group}/${version}`;
    if (object.apiVersion === apiVersion) return object;
    const up: Step = (old) => ({ ...upgrade(old), apiVersion: `${group}/${newVersion}` });
    const down: Step = (made) => ({ ...downgrade(made), apiVersion: `${group}/${oldVersion}` });
    if (version === newVersion && object.apiVersion === `${group}/${oldVersion}`) {
      return convertWithRestore(object, up, down, { from: parts.old, to: parts.new });
    }
    if (version === oldVersion && object.apiVersion === `${group}/${newVersion}`) {
      return convertWithRestore(object, down, up, { from: parts.new, to: parts.old });
    }
    return { ...object, apiVersion };
  };

const partOf = (value: unknown): Part => (typeof value === "object" && value !== null ? (value as Part) : {});
const without = (part: unknown, ...names: readonly string[]): unknown =>
  part === undefined ? undefined : Object.fromEntries(Object.entries(partOf(part)).filter(([name]) => !names.includes(name)));
const withField = (object: UnstructuredObject, field: "spec" | "status", value: unknown): UnstructuredObject => {
  if (value !== undefined) return { ...object, [field]: value };
  const { [field]: _gone, ...rest } = object;
  return rest as UnstructuredObject;
};
/** What is said now of these fields, in place of what was said before. */
const keeping = (before: unknown, now: unknown, ...names: readonly string[]): Part => ({
  ...partOf(without(before, ...names)),
  ...Object.fromEntries(Object.entries(partOf(now)).filter(([name]) => names.includes(name))),
});

const wholeSpec = {
  get: (object: UnstructuredObject) => object.spec,
  set: (object: UnstructuredObject, before: unknown) => withField(object, "spec", before),
};
const statusField = (name: string): RestoredParts[string] => ({
  always: true,
  get: ({ status }) => partOf(status)[name],
  set: (object, before) => withField(object, "status", { ...partOf(object.status), [name]: before }),
});

export const convertMachine = converter(
  (old) => {
    const { instanceID, ...spec } = partOf(old.spec) as OldMachineSpec;
    const made = withField(old, "spec", machineSpecOf(spec));
    return instanceID === undefined ? made : withField(made, "status", { ...partOf(old.status), instanceID });
  },
  (made) => {
    const instanceID = partOf(made.status)["instanceID"];
    const spec = oldMachineSpecOf(partOf(made.spec) as unknown as OpenStackMachineSpec);
    const old = withField(made, "spec", instanceID === undefined ? spec : { ...spec, instanceID });
    const status = without(made.status, "instanceID", "resolved", "resources");
    return withField(old, "status", status !== undefined && Object.keys(partOf(status)).length === 0 ? undefined : status);
  },
  {
    old: {
      // Both are the controller's to write: they must not keep the rest from coming back.
      spec: {
        get: ({ spec }) => spec,
        filter: (spec) => without(spec, "providerID", "instanceID"),
        set: (object, before) => withField(object, "spec", keeping(before, object.spec, "providerID", "instanceID")),
      },
    },
    new: { spec: wholeSpec, depresources: statusField("resources"), refresources: statusField("resolved") },
  },
);

const inTemplate =
  (change: (spec: Part) => object): Step =>
  (object) => {
    const spec = partOf(object.spec);
    const template = partOf(spec["template"]);
    return { ...object, spec: { ...spec, template: { ...template, spec: change(partOf(template["spec"])) } } };
  };

export const convertMachineTemplate = converter(
  inTemplate((spec) => machineSpecOf(without(spec, "instanceID") as OldMachineSpec)),
  inTemplate((spec) => oldMachineSpecOf(spec as unknown as OpenStackMachineSpec)),
  { old: { spec: wholeSpec }, new: { spec: wholeSpec } },
);

const groups = ["bastionSecurityGroup", "controlPlaneSecurityGroup", "workerSecurityGroup"];

/** Fields of a status that the other version has no place for. */
const statusWithout = (status: unknown, changes: { readonly [field: string]: readonly string[] }): unknown =>
  status === undefined
    ? undefined
    : Object.fromEntries(
        Object.entries(partOf(status)).map(([field, value]) => [
          field,
          changes[field] ? without(value, ...changes[field]) : value,
        ]),
      );

const bastion: RestoredParts[string] = {
  get: ({ spec }) => partOf(spec)["bastion"],
  set: (object, before) =>
    before === undefined || before === null ? object : withField(object, "spec", { ...partOf(object.spec), bastion: before }),
};
const status: RestoredParts[string] = {
  get: (object) => object.status,
  set: (object, before) => withField(object, "status", before),
};

export const convertCluster = converter(
  (old) => {
    const made = withField(old, "spec", clusterSpecOf(partOf(old.spec) as OldClusterSpec));
    return withField(made, "status", statusWithout(old.status, Object.fromEntries(groups.map((name) => [name, ["rules"]]))));
  },
  (made) => {
    const old = withField(made, "spec", oldClusterSpecOf(partOf(made.spec) as unknown as OpenStackClusterSpec));
    const lost = { bastion: ["resolved", "resources"], apiServerLoadBalancer: ["loadBalancerNetwork"] };
    return withField(old, "status", without(statusWithout(made.status, lost), "conditions"));
  },
  {
    old: {
      bastion,
      // The endpoint is the controller's to write.
      spec: {
        get: ({ spec }) => spec,
        filter: (spec) => without(spec, "bastion", "controlPlaneEndpoint"),
        set: (object, before) => withField(object, "spec", keeping(before, object.spec, "bastion", "controlPlaneEndpoint")),
      },
      status,
    },
    new: {
      bastion,
      spec: {
        get: ({ spec }) => spec,
        filter: (spec) => without(spec, "bastion"),
        set: (object, before) => withField(object, "spec", keeping(before, object.spec, "bastion")),
      },
      status,
    },
  },
);

export const convertClusterTemplate = converter(
  inTemplate((spec) => clusterSpecOf(spec as OldClusterSpec)),
  inTemplate((spec) => oldClusterSpecOf(spec as unknown as OpenStackClusterSpec)),
  { old: { spec: wholeSpec }, new: { spec: wholeSpec } },
);
