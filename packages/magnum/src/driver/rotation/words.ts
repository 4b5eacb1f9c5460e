import type { CaRotation, CaRotationStage, MagnumCluster, MagnumClusterStatus, Stored } from "@slipway/api";
import type { CaRotationView } from "@slipway/api/magnum/live.ts";
import { isRotating, stagesFor } from "./plan.ts";

/** What a tenant reads of a rotation. */

const stories: { readonly [S in CaRotationStage]: string } = {
  trust: "the control plane learns to trust the new authority",
  trustWorkers: "the worker nodes learn to trust the new authority",
  switch: "the new authority begins to sign, on the control plane",
  switchAgain: "the control plane's nodes get certificates of the new authority",
  renewWorkers: "the worker nodes get certificates of the new authority",
  drop: "the control plane forgets the old authority; kubeconfigs made with it end here",
};

/** `Rotating the certificate authority, step 2 of 5: the worker nodes …` */
export const rotationReason = (record: Stored<MagnumCluster>, rotation: CaRotation | undefined): string | undefined => {
  if (!isRotating(record, rotation)) return undefined;
  const { stage, step, steps } = rotationStatus(record, rotation) ?? { stage: "waiting", step: 0, steps: 0 };
  const story = stories[stage as CaRotationStage] as string | undefined;
  return story === undefined
    ? "The rotation of the certificate authority begins when the cluster has come to rest."
    : `Rotating the certificate authority, step ${step} of ${steps}: ${story}.`;
};

export const rotationStatus = (
  { spec }: Stored<MagnumCluster>,
  rotation: CaRotation | undefined,
): MagnumClusterStatus["caRotation"] => {
  const { caRotation: asked, kubernetesVersion } = spec;
  if (asked === undefined) return undefined;
  const stages = stagesFor(kubernetesVersion);
  const base = { steps: stages.length, requestedAt: asked.requestedAt };
  if (rotation?.id !== asked.id) return { ...base, stage: "waiting", step: 0, since: asked.requestedAt };
  const { stage, begun } = rotation;
  const step = stage === "done" ? stages.length : stages.indexOf(stage) + 1;
  return { ...base, stage, step, since: begun.at(-1)?.at ?? asked.requestedAt };
};

/** Stage by stage, as the console draws it. */
export const rotationView = (
  { spec }: Pick<Stored<MagnumCluster>, "spec">,
  rotation: CaRotation | undefined,
): CaRotationView | undefined => {
  const { caRotation: asked, kubernetesVersion } = spec;
  if (asked === undefined) return undefined;
  const begun = rotation?.id === asked.id ? rotation.begun : [];
  const startOf = (stage: CaRotation["stage"] | undefined) => begun.find((one) => one.stage === stage)?.at ?? null;
  const done = rotation?.id === asked.id && rotation.stage === "done";
  return {
    state: done ? "done" : begun.length === 0 ? "waiting" : "running",
    requestedAt: asked.requestedAt,
    finishedAt: startOf("done"),
    // What was done is told as it was, even if the version asks for other stages by now.
    stages: (done ? stagesDone(begun) : stagesFor(kubernetesVersion)).map((name) => {
      const startedAt = startOf(name);
      const at = begun.findIndex(({ stage }) => stage === name);
      const finishedAt = at < 0 ? null : (begun[at + 1]?.at ?? null);
      return { name, state: startedAt === null ? "waiting" : finishedAt === null ? "running" : "done", startedAt, finishedAt };
    }),
  };
};

const stagesDone = (begun: CaRotation["begun"]): readonly CaRotationStage[] =>
  begun.flatMap(({ stage }) => (stage === "done" ? [] : [stage]));
