import {
  isAlreadyExists,
  isNotFound,
  KubeadmConfig,
  KubeadmControlPlane,
  Machine,
  Secret,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import { controllerRef, ownerRef, performKube, type ReconcileContext, writeChanges } from "@slipway/runtime";
import { createKubeconfig } from "../certificates/kubeconfig.ts";
import { generateMissing, lookUpCertificates, pairOf } from "../certificates/lookup.ts";
import { workerCertificates } from "../certificates/purposes.ts";
import { kubeconfigSecret } from "../certificates/secrets.ts";
import { cloneFromTemplate, readExternal } from "../external/index.ts";
import { isDeleting, nodeNameOf } from "./controlplane.ts";
import { fieldManager, machineAnnotations, machineLabels, newKubeadmConfig, newMachine } from "./desired.ts";
import { ownedMachineConditions } from "./machinestatus.ts";
import { etcdNodeNames } from "./observe.ts";
import { type Effect, MachineCreationError, type Scope } from "./scope.ts";

export const perform = async (effect: Effect, scope: Scope, context: ReconcileContext): Promise<unknown> => {
  const { client, clock } = context;
  switch (effect.call) {
    case "generateCertificates":
      return generateMissing(effect.found, { client, keys: scope.keys, now: clock.now(), place: placeOf(scope) });
    case "putKubeconfig":
      return putKubeconfig(effect, scope, context);
    case "createMachine":
      return createMachine(effect, scope, context);
    case "writeMachineStatus": {
      const { machine, status } = effect;
      const owned = { v1beta1: ownedMachineConditions.v1beta1, v1beta2: ownedMachineConditions.v1beta2 };
      return writeChanges({ client, clock, resource: Machine, before: machine, after: { ...machine, status }, owned }).catch(
        unlessGone,
      );
    }
    case "moveLeader":
      return moveLeader(effect.from, effect.to, scope);
    case "removeMember":
      return connected(scope).etcd.removeMember(effect.nodeNames, effect.memberId);
    case "removeMemberOf":
      return removeMemberOf(effect.machine, scope);
    case "inWorkload":
      return performKube(connected(scope).client, effect.effect);
    default:
      return performKube(client, effect);
  }
};

const placeOf = ({ kcp, cluster }: Scope) => ({
  namespace: cluster.metadata.namespace ?? "",
  cluster: cluster.metadata.name,
  owner: controllerRef(kcp, KubeadmControlPlane),
});

const connected = ({ workload }: Scope) => {
  if (workload === undefined) throw new Error("connection to the workload cluster is down");
  return workload;
};

const putKubeconfig = async (
  { server, existing }: Extract<Effect, { call: "putKubeconfig" }>,
  scope: Scope,
  context: ReconcileContext,
): Promise<void> => {
  const { client, clock } = context;
  const { namespace, cluster } = placeOf(scope);
  const authority = pairOf(await lookUpCertificates(context, { namespace, name: cluster }, workerCertificates(undefined)), "ca");
  if (authority === undefined || authority.privateKeyPem === "") {
    throw new Error(
      `Secret ${namespace}/${cluster}-ca has no private key: a kubeconfig cannot be signed, provide ${cluster}-kubeconfig yourself`,
    );
  }
  const kubeconfig = await createKubeconfig(authority, { cluster, server, keys: scope.keys, now: clock.now() });
  const secret = kubeconfigSecret(placeOf(scope), kubeconfig);
  if (existing === undefined) await client.create(Secret, secret);
  else await client.update(Secret, { ...existing, data: { ...existing.data, ...secret.data } });
};

/** Infrastructure, bootstrap, Machine: whatever fails, nothing of it is left. */
const createMachine = async (
  { name, failureDomain, founds }: Extract<Effect, { call: "createMachine" }>,
  scope: Scope,
  context: ReconcileContext,
): Promise<void> => {
  const { client } = context;
  const { kcp, cluster } = scope;
  const namespace = kcp.metadata.namespace ?? "";
  const infrastructure = await cloneInfrastructure(name, scope, context).catch((error: unknown) => {
    throw new MachineCreationError("InfrastructureTemplateCloningFailed", error, name);
  });
  const ref = { namespace, name };
  const withdraw = async (resources: readonly Parameters<typeof client.delete>[0][]) => {
    for (const resource of resources) await client.delete(resource, ref).catch(unlessGone);
  };
  try {
    await client.create(KubeadmConfig, newKubeadmConfig(kcp, cluster, name, founds)).catch(unlessThere);
  } catch (error) {
    await withdraw([infrastructure.resource]);
    throw new MachineCreationError("BootstrapTemplateCloningFailed", error, name);
  }
  try {
    const { apiVersion, kind } = infrastructure.object;
    const body = newMachine(kcp, cluster, { name, failureDomain, infrastructureRef: { apiVersion, kind, name, namespace } });
    await client.patch(Machine, ref, { type: "apply", body }, { fieldManager, force: true });
  } catch (error) {
    await withdraw([infrastructure.resource, KubeadmConfig]);
    throw new MachineCreationError("MachineGenerationFailed", error, name);
  }
};

const cloneInfrastructure = async (name: string, { kcp, cluster }: Scope, context: ReconcileContext) => {
  const { infrastructureRef } = kcp.spec.machineTemplate;
  const template = await readExternal(context, infrastructureRef, {
    resource: KubeadmControlPlane,
    namespace: kcp.metadata.namespace,
    controller: "kubeadmcontrolplane",
  });
  if (template.object === undefined) {
    throw new Error(`${template.resource.kind} ${infrastructureRef.name} does not exist: create it`);
  }
  const object = cloneFromTemplate(template.object, template.resource, {
    name,
    namespace: kcp.metadata.namespace ?? "",
    clusterName: cluster.metadata.name,
    owner: ownerRef(kcp, KubeadmControlPlane),
    labels: machineLabels(kcp, cluster.metadata.name),
    annotations: machineAnnotations(kcp),
  });
  const resource = {
    ...template.resource,
    kind: object.kind,
    plural: template.resource.plural.replace(/templates$/, "s"),
  };
  await context.client.create<UnstructuredObject>(resource, object as UnstructuredObject).catch(unlessThere);
  return { object, resource };
};

/** Leading is cheap to hand over and dear to lose: an election stops all writes for seconds. */
const moveLeader = async (from: Stored<Machine>, to: Stored<Machine>, scope: Scope): Promise<void> => {
  const nodeName = nodeNameOf(from);
  if (nodeName === undefined) return;
  const { etcd } = connected(scope);
  const nodeNames = etcdNodeNames(scope.members.map(({ machine }) => machine));
  const asked = nodeNames.includes(nodeName) ? nodeNames : [...nodeNames, nodeName];
  const { members, leaderId } = await etcd.members(asked);
  const leader = members.find(({ id }) => id === leaderId);
  if (leader?.name !== nodeName) return;
  const heir = members.find(({ name }) => name === nodeNameOf(to) && name !== "");
  if (heir === undefined) throw new Error(`Machine ${to.metadata.name} has no etcd member that could take the lead`);
  if (heir.id !== leader.id) await etcd.moveLeader(asked, heir.id);
};

const removeMemberOf = async (machine: Stored<Machine>, scope: Scope): Promise<void> => {
  const nodeName = nodeNameOf(machine);
  if (nodeName === undefined) return;
  const { etcd } = connected(scope);
  const others = etcdNodeNames(
    scope.members
      .map((member) => member.machine)
      .filter((other) => other.metadata.uid !== machine.metadata.uid && !isDeleting(other)),
  );
  if (others.length === 0) {
    throw new Error(
      `the etcd member of Machine ${machine.metadata.name} cannot be removed: no other control plane node is left to ask`,
    );
  }
  const { members } = await etcd.members(others);
  const member = members.find(({ name }) => name === nodeName);
  if (member !== undefined) await etcd.removeMember(others, member.id);
};

const unless =
  (harmless: (error: unknown) => boolean) =>
  (error: unknown): void => {
    if (!harmless(error)) throw error;
  };
const unlessGone = unless(isNotFound);
const unlessThere = unless(isAlreadyExists);
