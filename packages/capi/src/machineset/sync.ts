import { type Machine, type ObjectReference, refOf, type Stored } from "@slipway/api";
import { act, type KubeEffect, type NewV1Beta2Condition, phase, ready, sameJson, setV1Beta2, v1beta2 } from "@slipway/runtime";
import type { External } from "../external/index.ts";
import { appliedFields, isApplied } from "./applied.ts";
import { desiredMachine, machineLabels, withTeardownFields } from "./desired.ts";
import { isDeleting } from "./health.ts";
import {
  fieldManager,
  type MachineSetEffect,
  type MachineSetFacts,
  type MachineSetScope,
  machinesOf,
  templateOf,
} from "./scope.ts";
import { findExternal } from "./templates.ts";
import { rolloutDifferences } from "./uptodate.ts";

interface Kept {
  readonly machine: Stored<Machine>;
  readonly externals: readonly External[];
}

/** What of the template may change on machines that are there is brought to them. CORE-279, CORE-280 */
export const syncMachines = phase<MachineSetScope, readonly Kept[], MachineSetEffect, MachineSetFacts>({
  name: "syncMachines",
  independent: true,
  observe: (scope) =>
    Promise.all(machinesOf(scope).map(async (machine) => ({ machine, externals: await externalsOf(machine, scope) }))),
  decide: (kept, scope) => {
    const effects = kept.flatMap((one) => machineEffects(one, scope));
    return effects.length === 0 ? ready() : act("MachinesUpdated", effects);
  },
});

/** Only looked at when the Machine itself is out of date: its own fields tell whether theirs are. */
const externalsOf = async (machine: Stored<Machine>, { set, context }: MachineSetScope): Promise<readonly External[]> => {
  if (isDeleting(machine) || isApplied(machine, desiredMachine(set, machine), fieldManager)) return [];
  const references: readonly (ObjectReference | undefined)[] = [machine.spec.infrastructureRef, machine.spec.bootstrap.configRef];
  return Promise.all(
    references.flatMap((reference) => (reference?.kind ? [findExternal(context, reference, machine.metadata.namespace)] : [])),
  );
};

const machineEffects = ({ machine, externals }: Kept, scope: MachineSetScope): readonly MachineSetEffect[] => {
  const { set } = scope;
  const current = upToDateWritten(machine, scope);
  if (isDeleting(machine)) {
    const after = { ...current, spec: withTeardownFields(machine.spec, templateOf(set).spec) };
    return sameJson(machine, after) ? [] : [{ call: "writeMachine", before: machine, after, owned }];
  }
  const wanted = desiredMachine(set, machine);
  return [
    ...(current === machine ? [] : [{ call: "writeMachine" as const, before: machine, after: current, owned }]),
    // The Machine last: it is what tells that the others are still to be done.
    ...externals.flatMap((external) => relabelled(external, machine, scope) ?? []),
    ...(isApplied(machine, wanted, fieldManager) ? [] : [{ call: "applyMachine" as const, machine: wanted }]),
  ];
};

const owned = { v1beta2: ["UpToDate"] };

/** Labels and annotations of the Machine's own objects; those that we took from the Machine go from them too. */
const relabelled = (
  { object, resource }: External,
  machine: Stored<Machine>,
  { set }: MachineSetScope,
): KubeEffect | undefined => {
  if (!object) return undefined;
  const labels = changesTo(object.metadata.labels, machineLabels(set), ownedKeys(machine, "f:labels"));
  const annotations = changesTo(object.metadata.annotations, templateOf(set).annotations, ownedKeys(machine, "f:annotations"));
  if (!labels && !annotations) return undefined;
  const metadata = { ...(labels && { labels }), ...(annotations && { annotations }) };
  return { call: "patch", resource, ref: refOf(object), patch: { type: "merge", body: { metadata } } };
};

type Words = { readonly [key: string]: string };

const changesTo = (
  before: Words = {},
  wanted: Words,
  managed: readonly string[],
): { [key: string]: string | null } | undefined => {
  const set = Object.entries(wanted).filter(([key, value]) => before[key] !== value);
  const gone = managed.filter((key) => wanted[key] === undefined && before[key] !== undefined);
  if (set.length + gone.length === 0) return undefined;
  return { ...Object.fromEntries(set), ...Object.fromEntries(gone.map((key) => [key, null])) };
};

const ownedKeys = (machine: Stored<Machine>, part: "f:labels" | "f:annotations"): readonly string[] => {
  const metadata = appliedFields(machine, fieldManager)?.["f:metadata"] as { readonly [part: string]: object } | undefined;
  return Object.keys(metadata?.[part] ?? {}).flatMap((key) => (key.startsWith("f:") ? [key.slice(2)] : []));
};

/** The Machine with its `UpToDate` condition as it should be; the same one when it is so already. */
const upToDateWritten = (machine: Stored<Machine>, scope: MachineSetScope): Machine => {
  const wanted = upToDateCondition(scope);
  const before = machine.status?.v1beta2?.conditions ?? [];
  const conditions = setV1Beta2(before, wanted, { now: scope.now, generation: machine.metadata.generation });
  return conditions === before
    ? machine
    : { ...machine, status: { ...machine.status, v1beta2: { ...machine.status?.v1beta2, conditions } } };
};

/** Is the MachineSet what its deployment wants? A stand-alone one has nothing to be compared with. CORE-298 */
export const upToDateCondition = ({
  set,
  deployment,
  now,
}: Pick<MachineSetScope, "set" | "deployment" | "now">): NewV1Beta2Condition | undefined => {
  if (!deployment) return undefined;
  const differences = rolloutDifferences(templateOf(set).spec, templateOf(deployment).spec);
  const after = deployment.spec.rolloutAfter;
  const expired =
    after !== undefined && Date.parse(after) < now.getTime() && Date.parse(set.metadata.creationTimestamp) <= Date.parse(after);
  const reasons = [...differences, ...(expired ? ["MachineDeployment spec.rolloutAfter expired"] : [])];
  return reasons.length === 0
    ? v1beta2("UpToDate", "True", "UpToDate")
    : v1beta2("UpToDate", "False", "NotUpToDate", reasons.map((reason) => `* ${reason}`).join("\n"));
};
