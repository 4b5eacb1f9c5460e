import type { KubeObject } from "../meta/object.ts";

/**
 * The exchange of a cluster's certificate authorities (Kubernetes', etcd's, the front proxy's) and of the key of its service accounts,
 * stage by stage. A stage is over when every machine it touches is a new one, so at any moment all parts of the cluster believe each
 * other: first everybody learns to believe the new authority, then it signs, at last the old one is forgotten.
 */
export const caRotationStages = [
  /** Control plane machines that believe both; the old authority signs. */
  "trust",
  /** Workers that believe both. */
  "trustWorkers",
  /** Control plane machines for which the new authority signs; both are believed. */
  "switch",
  /** Once more, where kubelets of the control plane may still have certificates of the old authority and need any API server. */
  "switchAgain",
  /** Workers with certificates of the new authority, which believe it alone. */
  "renewWorkers",
  /** Control plane machines that believe the new authority alone: what the old one signed is refused from here on. */
  "drop",
] as const;
export type CaRotationStage = (typeof caRotationStages)[number];

/** Kept on the MagnumCluster: how far a rotation is. Whoever takes over goes on from here. */
export const CA_ROTATION_ANNOTATION = "magnum.slipway.dev/ca-rotation";

export interface CaRotation {
  /** Which request it answers. */
  readonly id: string;
  readonly stage: CaRotationStage | "done";
  /** Each stage that was begun, and when. `done` is the last. */
  readonly begun: readonly { readonly stage: CaRotationStage | "done"; readonly at: string }[];
  /** What the workers' templates are marked with since they were last replaced for a rotation. It stays: another would replace them again. */
  readonly workers?: string;
}

/** Undefined when there never was one, or when what is written is not readable: then it begins anew, which harms nothing. */
export const readCaRotation = ({ metadata }: Pick<KubeObject, "metadata">): CaRotation | undefined => {
  const text = metadata.annotations?.[CA_ROTATION_ANNOTATION];
  if (text === undefined) return undefined;
  try {
    const found = JSON.parse(text) as Partial<CaRotation> | null;
    const { id, stage, begun, workers } = found ?? {};
    if (typeof id !== "string" || !isStage(stage) || !Array.isArray(begun)) return undefined;
    return { id, stage, begun: begun as CaRotation["begun"], ...(typeof workers === "string" ? { workers } : {}) };
  } catch {
    return undefined;
  }
};

const isStage = (stage: unknown): stage is CaRotation["stage"] =>
  stage === "done" || caRotationStages.some((known) => known === stage);
