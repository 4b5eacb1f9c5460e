import { type CaRotation, type CaRotationStage, caRotationStages, type MagnumCluster, type Stored } from "@slipway/api";
import { minorOf } from "../shape.ts";

/** Which stages there are, what each of them makes of the cluster, and when the next may begin. Pure. */

/**
 * Since 1.31 kubelets of the control plane speak with the API server on their own machine, which Cluster API asks of kubeadm. Before
 * that they speak with any of them, so before the old authority is forgotten none may have a certificate of it; and those that joined
 * while a controller manager of the former stage still led have one.
 */
export const stagesFor = (kubernetesVersion: string): readonly CaRotationStage[] =>
  caRotationStages.filter((stage) => stage !== "switchAgain" || minorOf(kubernetesVersion) < 31);

export const stageAfter = (stage: CaRotationStage, stages: readonly CaRotationStage[]): CaRotationStage | "done" =>
  caRotationStages.slice(caRotationStages.indexOf(stage) + 1).find((later) => stages.includes(later)) ?? "done";

/** Which authorities the cluster's Secrets hold, the one that signs first: what Magnum, kubeconfigs and whoever joins go by. */
export type SecretsContent = "oldThenNew" | "newThenOld" | "new";

/** What control plane machines are given instead of the Secrets: a machine made early or late is still one of its own stage. */
export type ControlPlaneFiles = "trust" | "switch" | "switchAgain";

interface Effects {
  readonly secrets: SecretsContent;
  readonly controlPlane: ControlPlaneFiles | undefined;
  /** Workers are replaced at the beginning of this stage. */
  readonly workers?: true;
}

const effects: { readonly [S in CaRotationStage]: Effects } = {
  trust: { secrets: "oldThenNew", controlPlane: "trust" },
  trustWorkers: { secrets: "oldThenNew", controlPlane: "trust", workers: true },
  switch: { secrets: "newThenOld", controlPlane: "switch" },
  switchAgain: { secrets: "newThenOld", controlPlane: "switchAgain" },
  renewWorkers: { secrets: "new", controlPlane: "switch", workers: true },
  drop: { secrets: "new", controlPlane: undefined },
};

/** What the cluster's objects are to be like because of a rotation. */
export interface RotationShape {
  /** Of control plane machines' files; absent: as everybody's. */
  readonly controlPlane?: ControlPlaneFiles;
  /** A mark on the workers' templates: another one replaces them. */
  readonly workers?: string;
}

export const rotationShape = (rotation: CaRotation | undefined, kubernetesVersion: string): RotationShape => {
  if (rotation === undefined) return {};
  const workers = rotation.workers === undefined ? {} : { workers: rotation.workers };
  if (rotation.stage === "done") return workers;
  const { controlPlane } = effects[rotation.stage];
  if (controlPlane === undefined) return workers;
  // The last wave of the control plane before the workers' stays as it is while they are replaced.
  const held = rotation.stage === "renewWorkers" && stagesFor(kubernetesVersion).includes("switchAgain");
  return { controlPlane: held ? "switchAgain" : controlPlane, ...workers };
};

export const secretsContent = (stage: CaRotationStage): SecretsContent => effects[stage].secrets;

/** The rotation at its next stage. */
export const begin = (
  rotation: Pick<CaRotation, "begun" | "workers"> & { readonly id: string },
  stage: CaRotation["stage"],
  now: Date,
): CaRotation => {
  const replaces = stage !== "done" && effects[stage].workers === true;
  const workers = replaces ? `${rotation.id.slice(0, 8)}-${stage}` : rotation.workers;
  return {
    id: rotation.id,
    stage,
    begun: [...rotation.begun, { stage, at: now.toISOString() }],
    ...(workers === undefined ? {} : { workers }),
  };
};

/** What of a rotation is to be done now; `undefined`: nothing was asked for, or all of it is done. */
export type Step =
  /** Keys and certificates of the new authorities do not exist yet. */
  | { readonly do: "makeAuthorities" }
  /** They are there: the first stage, or the next, may begin. */
  | { readonly do: "begin"; readonly stage: CaRotation["stage"] }
  /** Machines are being replaced. */
  | { readonly do: "wait"; readonly stage: CaRotationStage };

export const stepOf = (
  { spec }: Pick<Stored<MagnumCluster>, "spec">,
  rotation: CaRotation | undefined,
  seen: { readonly authorities: boolean; readonly settled: boolean },
): Step | undefined => {
  const asked = spec.caRotation?.id;
  if (asked === undefined) return undefined;
  if (rotation?.id !== asked) {
    // A cluster that moves for another reason comes to rest first: each stage is counted by what it replaced.
    if (!seen.settled) return undefined;
    return seen.authorities ? { do: "begin", stage: "trust" } : { do: "makeAuthorities" };
  }
  if (rotation.stage === "done") return undefined;
  if (!seen.settled) return { do: "wait", stage: rotation.stage };
  return { do: "begin", stage: stageAfter(rotation.stage, stagesFor(spec.kubernetesVersion)) };
};

/** Asked for, and not done. */
export const isRotating = ({ spec }: Pick<Stored<MagnumCluster>, "spec">, rotation: CaRotation | undefined): boolean =>
  spec.caRotation !== undefined && !(rotation?.id === spec.caRotation.id && rotation.stage === "done");
