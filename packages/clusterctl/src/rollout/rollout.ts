import {
  type Client,
  isNotFound,
  KubeadmControlPlane,
  MachineDeployment,
  MachineSet,
  type Resource,
  type UnstructuredObject,
} from "@slipway/api";
import { Problem } from "../problem.ts";
import { type RolloutVerb, rolloutPatch, undoPatch } from "./patches.ts";
import type { RolloutRef } from "./resources.ts";

type Kinds = "machinedeployment" | "kubeadmcontrolplane";
const resources: { readonly [K in Kinds]: Resource } = {
  machinedeployment: MachineDeployment,
  kubeadmcontrolplane: KubeadmControlPlane,
};

/** Does `verb` to one object. @throws Problem for a kind it has no sense for, or an object that is not there */
export const rollout = async (
  client: Client,
  {
    verb,
    namespace,
    ref,
    now,
  }: { readonly verb: RolloutVerb; readonly namespace: string; readonly ref: RolloutRef; readonly now: Date },
): Promise<void> => {
  const object = await getTarget(client, namespace, ref, ["machinedeployment", "kubeadmcontrolplane"]);
  await client.patch(resources[ref.kind as Kinds], { namespace, name: ref.name }, rolloutPatch(verb, object, now));
};

export const undoRollout = async (
  client: Client,
  { namespace, ref, toRevision }: { readonly namespace: string; readonly ref: RolloutRef; readonly toRevision: number },
): Promise<void> => {
  const deployment = await getTarget(client, namespace, ref, ["machinedeployment"]);
  const sets = await client.list(MachineSet, { namespace });
  const patch = undoPatch(deployment, sets.items as unknown as readonly UnstructuredObject[], toRevision);
  await client.patch(MachineDeployment, { namespace, name: ref.name }, patch);
};

const getTarget = async (
  client: Client,
  namespace: string,
  ref: RolloutRef,
  kinds: readonly Kinds[],
): Promise<UnstructuredObject> => {
  const kind = kinds.find((candidate) => candidate === ref.kind);
  if (kind === undefined) throw new Problem(`invalid resource type "${ref.kind}", valid values are [${kinds.join(" ")}]`);
  try {
    return (await client.get(resources[kind], { namespace, name: ref.name })) as unknown as UnstructuredObject;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new Problem(
      `failed to fetch ${ref.kind}/${ref.name}: ${resources[kind].kind} "${ref.name}" not found in namespace "${namespace}"`,
    );
  }
};
