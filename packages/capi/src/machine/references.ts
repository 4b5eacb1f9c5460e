import { Machine, type ObjectReference, type OwnerReference, parseApiVersion } from "@slipway/api";
import { act, controllerRef, type Decision, fail, phase, ready, wait } from "@slipway/runtime";
import { isControlPlaneMachine } from "../cluster/scope.ts";
import {
  adoption,
  dataSecretName,
  describeKind,
  type External,
  failureOf,
  isReady,
  providerId,
  readExternal,
} from "../external/index.ts";
import { isDeleting, type MachineEffect, type MachineFacts, type MachineScope, machineControllerName } from "./scope.ts";

/** The document that makes the server a Node. CORE-209…212 */
export const bootstrap = phase<MachineScope, External | undefined, MachineEffect, MachineFacts>({
  name: "bootstrap",
  independent: true,
  observe: (scope) => read(scope, scope.machine.spec.bootstrap.configRef),
  decide: (external, scope) => {
    if (!external) return ready();
    const facts = { bootstrap: external };
    const { object, resource } = external;
    if (!object) return isDeleting(scope.machine) ? ready(facts) : waitFor(external, facts);
    const adopt = adopted(external, scope);
    if (adopt) return act(`${resource.kind}Adopted`, adopt, { facts });
    failureOf(external);
    const given = scope.machine.spec.bootstrap.dataSecretName !== undefined;
    if (!given && isReady(object) && object.metadata.deletionTimestamp === undefined && !dataSecretName(object)) {
      throw new Error(`${resource.kind} ${object.metadata.name} is ready but its status.dataSecretName is empty`);
    }
    return ready(facts);
  },
});

/** The server. CORE-212…216 */
export const infrastructure = phase<MachineScope, External | undefined, MachineEffect, MachineFacts>({
  name: "infrastructure",
  independent: true,
  observe: (scope) => read(scope, scope.machine.spec.infrastructureRef),
  decide: (external, scope) => {
    if (!external) return ready();
    const facts = { infrastructure: external };
    const { object, resource } = external;
    const wasReady = scope.machine.status?.infrastructureReady === true;
    if (!object) {
      if (isDeleting(scope.machine)) return ready(facts);
      if (!wasReady) return waitFor(external, facts);
      return fail("InvalidConfiguration", goneAfterReady(external), { facts });
    }
    const adopt = adopted(external, scope);
    if (adopt) return act(`${resource.kind}Adopted`, adopt, { facts });
    failureOf(external);
    if ((wasReady || isReady(object)) && object.metadata.deletionTimestamp === undefined && !providerId(object)) {
      throw new Error(`${resource.kind} ${object.metadata.name} is ready but its spec.providerID is empty`);
    }
    return ready(facts);
  },
});

/** CORE-213 */
export const goneAfterReady = (external: External): string =>
  `Machine infrastructure resource ${describeKind(external)} with name "${external.reference.name ?? ""}" has been deleted after being ready`;

const read = async ({ machine, context }: MachineScope, reference: ObjectReference | undefined): Promise<External | undefined> =>
  reference &&
  readExternal(context, reference, {
    resource: Machine,
    namespace: machine.metadata.namespace,
    controller: machineControllerName,
  });

const waitFor = ({ resource, reference }: External, facts: Partial<MachineFacts>): Decision<MachineEffect, MachineFacts> =>
  wait(`WaitingFor${resource.kind}`, { message: `${resource.kind} "${reference.name ?? ""}" does not exist yet`, facts });

/** Whoever made the object for the Machine gives it over: a MachineSet, or the cluster's control plane. CORE-208 */
const adopted = (external: External, { machine, cluster }: MachineScope) => {
  const controlPlane = isControlPlaneMachine(machine) ? cluster.spec.controlPlaneRef : undefined;
  const released = ({ apiVersion, kind }: OwnerReference): boolean => {
    const { group } = parseApiVersion(apiVersion);
    if (group === Machine.group && kind === "MachineSet") return true;
    return (
      controlPlane !== undefined && kind === controlPlane.kind && group === parseApiVersion(controlPlane.apiVersion ?? "").group
    );
  };
  return adoption(external, controllerRef(machine, Machine), machine.spec.clusterName, released);
};
