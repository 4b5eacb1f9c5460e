import { annotations, matchesSelector, type Patch, type UnstructuredObject } from "@slipway/api";
import { fieldAt, fields } from "../object/fields.ts";
import { Problem } from "../problem.ts";

export type RolloutVerb = "pause" | "resume" | "restart";

/** What a verb writes to a MachineDeployment or a KubeadmControlPlane (CTL-088, CTL-089). @throws Problem when it has no sense now */
export const rolloutPatch = (verb: RolloutVerb, object: UnstructuredObject, now: Date): Patch => {
  const where = `${object.kind.toLowerCase()}/${object.metadata.name}`;
  const paused = isPaused(object);
  switch (verb) {
    case "pause":
      if (paused) throw new Problem(`${object.kind} is already paused: ${where}`);
      return pausePatch(object, true);
    case "resume":
      if (!paused) throw new Problem(`${object.kind} is not currently paused: ${where}`);
      return pausePatch(object, false);
    case "restart": {
      if (paused) throw new Problem(`can't restart paused ${object.kind} (${howToResume(object)} first): ${where}`);
      const after = fieldAt(object, "spec", "rolloutAfter");
      if (typeof after === "string" && Date.parse(after) > now.getTime())
        throw new Problem(`can't update ${object.kind} (remove 'spec.rolloutAfter' first): ${where}`);
      return { type: "merge", body: { spec: { rolloutAfter: localTime(now) } } };
    }
  }
};

const isControlPlane = (object: UnstructuredObject): boolean => object.kind === "KubeadmControlPlane";

const isPaused = (object: UnstructuredObject): boolean =>
  isControlPlane(object) ? annotations.paused in (object.metadata.annotations ?? {}) : fieldAt(object, "spec", "paused") === true;

const howToResume = (object: UnstructuredObject): string =>
  isControlPlane(object) ? `remove annotation '${annotations.paused}'` : "run rollout resume";

const pausePatch = (object: UnstructuredObject, pause: boolean): Patch => ({
  type: "merge",
  body: isControlPlane(object)
    ? { metadata: { annotations: { [annotations.paused]: pause ? "true" : null } } }
    : { spec: { paused: pause } },
});

/** RFC 3339 with the local offset, in whole seconds. */
export const localTime = (time: Date): string => {
  const minutes = -time.getTimezoneOffset();
  const local = new Date(time.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  if (minutes === 0) return `${local}Z`;
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${local}${minutes < 0 ? "-" : "+"}${two(hours)}:${two(rest)}`;
};

/**
 * Puts back the template of an earlier revision: 0 is the one before the latest (CTL-090).
 * @throws Problem for a paused deployment, a revision that is not there, or no history
 */
export const undoPatch = (
  deployment: UnstructuredObject,
  machineSets: readonly UnstructuredObject[],
  toRevision: number,
): Patch => {
  const where = `machinedeployment/${deployment.metadata.name}`;
  if (isPaused(deployment))
    throw new Problem(`can't rollback a paused MachineDeployment: please run 'clusterctl alpha rollout resume ${where}' first`);
  if (toRevision < 0) throw new Problem(`revision number cannot be negative: ${toRevision}`);
  const sets = machineSets.filter((set) => belongsTo(set, deployment)).sort((a, b) => revisionOf(b) - revisionOf(a));
  const chosen = toRevision === 0 ? sets[1] : sets.find((set) => revisionOf(set) === toRevision);
  if (chosen === undefined)
    throw new Problem(
      toRevision === 0
        ? "no rollout history found for MachineDeployment"
        : `unable to find specified MachineDeployment revision: ${toRevision}`,
    );
  return {
    type: "json",
    body: [{ op: "replace", path: "/spec/template", value: withoutHash(fieldAt(chosen, "spec", "template")) }],
  };
};

const belongsTo = (set: UnstructuredObject, deployment: UnstructuredObject): boolean => {
  const selector = fields(fieldAt(deployment, "spec", "selector"));
  const isEmpty = Object.keys(fields(selector["matchLabels"])).length === 0 && !Array.isArray(selector["matchExpressions"]);
  const isOwn = (set.metadata.ownerReferences ?? []).some(
    ({ controller, uid }) => controller === true && uid === deployment.metadata.uid,
  );
  return isOwn && !isEmpty && matchesSelector(selector, set.metadata.labels);
};

const revisionOf = (set: UnstructuredObject): number => Number(set.metadata.annotations?.[annotations.revision] ?? 0);

const withoutHash = (template: unknown): unknown => {
  const { metadata, ...rest } = fields(template);
  const { "machine-template-hash": _, ...labels } = fields(fields(metadata)["labels"]);
  return { ...rest, metadata: { ...fields(metadata), labels } };
};
