import {
  annotations,
  labels,
  Machine,
  type MachineHealthCheck,
  MachineHealthCheck as MachineHealthCheckKind,
  type Resource,
  type Stored,
  type UnstructuredObject,
} from "@slipway/api";
import {
  act,
  hasPausedAnnotation,
  hasStatus,
  matchesSelector,
  phase,
  plural,
  type ReconcileContext,
  ready,
  wait,
} from "@slipway/runtime";
import { type External, readExternal } from "../external/index.ts";
import { allowanceFor } from "./allowance.ts";
import { type Judgement, judge } from "./judge.ts";
import { type ExternalRemediation, remediate } from "./remediate.ts";
import type { HealthCheckEffect, HealthCheckFacts, HealthCheckScope, Target } from "./scope.ts";

export const healthCheckControllerName = "machinehealthcheck";

interface Observed {
  /** Undefined: Nodes matter and cannot be read. */
  readonly targets: readonly Target[] | undefined;
  readonly external: ExternalRemediation | undefined;
}

/** Looks at every Machine of the check, and sees to it that the ill ones are cared for. */
export const health = phase<HealthCheckScope, Observed, HealthCheckEffect, HealthCheckFacts>({
  name: "health",
  observe: async (scope) => {
    const { check, cluster, workload, context } = scope;
    const nodesMatter = hasStatus(cluster.status?.conditions, "ControlPlaneInitialized", "True");
    if (nodesMatter && !workload) return { targets: undefined, external: undefined };
    const targets = machinesOf(check, context).map((machine): Target => {
      const name = nodesMatter ? machine.status?.nodeRef?.name : undefined;
      const node = name === undefined ? undefined : workload?.node(name);
      return { machine, node, nodeMissing: name !== undefined && node === undefined };
    });
    return { targets, external: await externalRemediation(check, context) };
  },
  decide: ({ targets, external }, { check, cluster, now }) => {
    if (!targets) return wait("ConnectionDown", { message: "connection to the workload cluster is down" });
    const judged = targets.map((target) => ({ target, judgement: judge(target, check, cluster, now) }));
    const count = (health: Judgement["health"]) => judged.filter(({ judgement }) => judgement.health === health).length;
    const allowance = allowanceFor(check, targets.length, count("healthy"));
    const ill = judged.some(({ judgement }) => judgement.health === "unhealthy");
    const facts: Partial<HealthCheckFacts> = {
      targets: targets.map(({ machine }) => machine.metadata.name).sort(),
      healthy: count("healthy"),
      unhealthy: count("unhealthy"),
      ailing: judged.flatMap(({ target, judgement }) => (judgement.health === "ailing" ? [target] : [])),
      allowance,
      externalFailure:
        external && !external.template && ill && allowance.allowed
          ? {
              what: "template",
              message: `${check.spec.remediationTemplate?.kind} "${check.spec.remediationTemplate?.name}" not found`,
            }
          : undefined,
    };
    const options = { check, cluster, now, allowed: allowance.allowed, external };
    const effects = judged.flatMap(({ target, judgement }) => remediate(target, judgement, options));
    if (effects.length > 0) return act("MarkingMachines", effects, { facts });
    const rechecks = judged.flatMap(({ judgement }) => (judgement.health === "ailing" ? [judgement.recheckSeconds] : []));
    return rechecks.length === 0 ? ready(facts) : wait("Ailing", { recheckSeconds: Math.min(...rechecks), facts });
  },
});

/** CORE-345 */
const machinesOf = (check: Stored<MachineHealthCheck>, { caches }: ReconcileContext): readonly Stored<Machine>[] =>
  caches
    .list(Machine, { namespace: check.metadata.namespace ?? "", labels: { [labels.clusterName]: check.spec.clusterName } })
    .filter(
      (machine) =>
        matchesSelector(check.spec.selector, machine.metadata.labels) &&
        !hasPausedAnnotation(machine) &&
        machine.metadata.annotations?.[annotations.skipRemediation] === undefined,
    );

const externalRemediation = async (
  check: Stored<MachineHealthCheck>,
  context: ReconcileContext,
): Promise<ExternalRemediation | undefined> => {
  const { remediationTemplate } = check.spec;
  if (!remediationTemplate) return undefined;
  const template: External = await readExternal(context, remediationTemplate, {
    resource: MachineHealthCheckKind,
    namespace: check.metadata.namespace,
    controller: healthCheckControllerName,
  });
  const kind = template.resource.kind.replace(/Template$/, "");
  const requestResource: Resource<UnstructuredObject> = { ...template.resource, kind, plural: plural(kind.toLowerCase()) };
  await context.caches.synced(requestResource);
  return {
    template: template.object,
    templateResource: template.resource,
    requestResource,
    requestFor: ({ metadata }) =>
      context.caches.find(requestResource, { namespace: metadata.namespace ?? "", name: metadata.name }),
  };
};
