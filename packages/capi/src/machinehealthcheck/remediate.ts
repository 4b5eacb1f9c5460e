import {
  type Cluster,
  Machine,
  type MachineHealthCheck,
  type Resource,
  refOf,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import {
  findCondition,
  hasStatus,
  isFalse,
  type NewCondition,
  type NewV1Beta2Condition,
  ownerRef,
  pausedBecause,
  setCondition,
  setV1Beta2,
  v1beta2,
} from "@slipway/runtime";
import { cloneFromTemplate } from "../external/index.ts";
import { isDeleting } from "../machine/scope.ts";
import type { Judgement } from "./judge.ts";
import type { HealthCheckEffect, MarkMachine, Target } from "./scope.ts";

/** Who remediates from outside: the template of the requests, and the request there is for a Machine. */
export interface ExternalRemediation {
  readonly template: Stored<UnstructuredObject> | undefined;
  readonly templateResource: Resource<UnstructuredObject>;
  readonly requestResource: Resource<UnstructuredObject>;
  readonly requestFor: (machine: Stored<Machine>) => Stored<UnstructuredObject> | undefined;
}

export interface Remediation {
  readonly check: Stored<MachineHealthCheck>;
  readonly cluster: Stored<Cluster>;
  readonly now: Date;
  readonly allowed: boolean;
  readonly external: ExternalRemediation | undefined;
}

/** What is to be done for one Machine: its conditions, and a request if somebody outside does the work. CORE-355…361 */
export const remediate = ({ machine }: Target, judgement: Judgement, options: Remediation): readonly HealthCheckEffect[] => {
  if (judgement.health === "healthy") {
    const request = options.external?.requestFor(machine);
    const recovered: readonly HealthCheckEffect[] =
      request && options.external && request.metadata.deletionTimestamp === undefined && options.allowed
        ? [{ call: "delete", resource: options.external.requestResource, ref: refOf(request) }]
        : [];
    return [...recovered, ...marked(machine, [judgement.v1beta1], [judgement.v1beta2], options.now, false)];
  }
  if (judgement.health !== "unhealthy") return [];
  const found = { v1beta1: [judgement.v1beta1], v1beta2: judgement.v1beta2 ? [judgement.v1beta2] : [] };
  const hold = !options.allowed || pausedBecause(machine, options.cluster) !== undefined;
  if (hold) return marked(machine, found.v1beta1, found.v1beta2, options.now, options.allowed);
  if (options.external) {
    const { effects, condition } = request(machine, options.external, options);
    return [...effects, ...marked(machine, found.v1beta1, [...found.v1beta2, ...condition], options.now, true)];
  }
  const owner = isDeleting(machine) ? { v1beta1: [], v1beta2: [] } : forOwner(machine);
  return marked(machine, [...found.v1beta1, ...owner.v1beta1], [...found.v1beta2, ...owner.v1beta2], options.now, true);
};

/** The owner deletes the Machine; what it has begun to say about that stands. CORE-357 */
const forOwner = ({ status }: Machine): { v1beta1: readonly NewCondition[]; v1beta2: readonly NewV1Beta2Condition[] } => {
  const type = "OwnerRemediated";
  const isOpen = (conditions: readonly { readonly type: string; readonly status: string }[] | undefined): boolean =>
    findCondition(conditions, type) === undefined || hasStatus(conditions, type, "True");
  return {
    v1beta1: isOpen(status?.conditions) ? [isFalse(type, "WaitingForRemediation", "Warning")] : [],
    v1beta2: isOpen(status?.v1beta2?.conditions)
      ? [v1beta2(type, "False", "WaitingForRemediation", "Waiting for remediation")]
      : [],
  };
};

/** One request for each ill Machine, named like it. CORE-358 */
const request = (
  machine: Stored<Machine>,
  external: ExternalRemediation,
  { check }: Remediation,
): { readonly effects: readonly HealthCheckEffect[]; readonly condition: readonly NewV1Beta2Condition[] } => {
  const type = "ExternallyRemediated";
  if (external.requestFor(machine)) return { effects: [], condition: [] };
  const { template, templateResource, requestResource } = external;
  if (!template) {
    const { kind = "", namespace = "", name = "" } = check.spec.remediationTemplate ?? {};
    const message = `Error retrieving remediation template ${kind} ${namespace}/${name}`;
    return { effects: [], condition: [v1beta2(type, "False", "RemediationTemplateNotFound", message)] };
  }
  const object = cloneFromTemplate(template, templateResource, {
    name: machine.metadata.name,
    namespace: machine.metadata.namespace ?? "",
    clusterName: machine.spec.clusterName,
    owner: ownerRef(machine, Machine),
  });
  return {
    effects: [{ call: "create", resource: requestResource, object }],
    condition: [v1beta2(type, "False", "WaitingForRemediation")],
  };
};

const marked = (
  before: Stored<Machine>,
  conditions: readonly NewCondition[],
  v1beta2Conditions: readonly NewV1Beta2Condition[],
  now: Date,
  unhealthy: boolean,
): readonly MarkMachine[] => {
  const { status = {}, metadata } = before;
  const at = { now, generation: metadata.generation };
  const [v1Before, v2Before] = [status.conditions ?? [], status.v1beta2?.conditions ?? []];
  const v1 = conditions.reduce((list, next) => setCondition(list, next, now), v1Before);
  const v2 = v1beta2Conditions.reduce((list, next) => setV1Beta2(list, next, at), v2Before);
  if (v1 === v1Before && v2 === v2Before) return [];
  const after = { ...before, status: { ...status, conditions: v1, v1beta2: { ...status.v1beta2, conditions: v2 } } };
  return [{ call: "markMachine", before, after, unhealthy }];
};
