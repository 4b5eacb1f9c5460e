import { ApiError, Pod, PodDisruptionBudget, type Status, type Stored, type UnstructuredObject } from "@slipway/api";
import { matchesSelector } from "@slipway/api/meta/labelselector.ts";
import type { Registry, RequestContext } from "../../registry/registry.ts";
import type { ServedResource, SubresourceHandler, SubresourceTarget } from "../../registry/served.ts";

/** `pods/eviction` and `pods/binding`. */
export const podSubresources = (registry: () => Registry): { readonly [name: string]: SubresourceHandler } => ({
  eviction: { create: (target, body, context) => evict(registry(), target, body, context) },
  binding: { create: (target, body, context) => bind(registry(), target, body, context) },
  // Stored without effect: there is no kubelet to start or resize anything.
  ephemeralcontainers: {
    update: (live, sent) => ({
      ...live,
      spec: { ...live.spec, ephemeralContainers: sent.spec?.["ephemeralContainers"] },
    }),
  },
  resize: { update: (live, sent) => ({ ...live, spec: { ...live.spec, containers: sent.spec?.["containers"] } }) },
});

/** `bindings`: the same, named in the body. */
export const bindings =
  (registry: () => Registry, pods: () => ServedResource | undefined): NonNullable<ServedResource["virtual"]> =>
  async (body, context, { dryRun }) => {
    const { namespace = "", name = "" } = body.metadata;
    const resource = pods();
    if (resource === undefined) throw new ApiError("NotFound", "pods are not served here");
    return bind(registry(), { resource, namespace, name, dryRun }, body, context);
  };

const success = (code: number): UnstructuredObject => {
  const status: Status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code };
  return status as unknown as UnstructuredObject;
};

/** A deletion that asks the disruption budgets first. Drains count on 404 (gone) and 429 (try again). */
const evict = async (
  registry: Registry,
  { namespace = "", name, dryRun }: SubresourceTarget,
  body: UnstructuredObject,
  context: RequestContext,
): Promise<UnstructuredObject> => {
  const pod = (await registry.get(Pod, { namespace, name }, {}, context)) as unknown as Stored<Pod>;
  const phase = pod.status?.phase;
  const options = isFields(body["deleteOptions"]) ? body["deleteOptions"] : {};
  if (phase !== "Succeeded" && phase !== "Failed" && phase !== "Pending" && pod.metadata.deletionTimestamp === undefined)
    await spend(registry, pod, dryRun, context);
  await registry.delete(
    Pod,
    { namespace, name },
    {
      ...options,
      dryRun: dryRun || (Array.isArray(options["dryRun"]) && options["dryRun"].includes("All")),
    },
    context,
  );
  return success(201);
};

const spend = async (registry: Registry, pod: Stored<Pod>, dryRun: boolean, context: RequestContext): Promise<void> => {
  const { namespace = "", name, labels } = pod.metadata;
  const budgets = (await registry.list(PodDisruptionBudget, { namespace }, context))
    .items as unknown as readonly Stored<PodDisruptionBudget>[];
  const covering = budgets.filter(({ spec }) => covers(spec?.selector, labels));
  if (covering.length > 1)
    throw new ApiError(
      "InternalError",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  const [budget] = covering;
  if (budget === undefined) return;
  const { status } = budget;
  const current = (status?.observedGeneration ?? 0) >= (budget.metadata.generation ?? 0);
  if (status === undefined || !current || status.disruptionsAllowed <= 0)
    throw new ApiError("TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
      details: {
        causes: [
          {
            reason: "DisruptionBudget",
            message: `The disruption budget ${budget.metadata.name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`,
          },
        ],
      },
    });
  const at = `${registry.clock.now().toISOString().slice(0, 19)}Z`;
  const next = {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: status.disruptionsAllowed - 1,
      disruptedPods: { ...status.disruptedPods, [name]: at },
    },
  };
  // Its resourceVersion is that of the budget just read: two evictions cannot spend the same disruption.
  await registry.update(
    PodDisruptionBudget,
    { namespace, name: budget.metadata.name },
    next as unknown as UnstructuredObject,
    { subresource: "status", dryRun },
    context,
  );
};

/** A selector that cannot be read covers nothing, as upstream. */
const covers = (...[selector, labels]: Parameters<typeof matchesSelector>): boolean => {
  try {
    return matchesSelector(selector, labels);
  } catch {
    return false;
  }
};

const bind = async (
  registry: Registry,
  { namespace = "", name, dryRun }: SubresourceTarget,
  body: UnstructuredObject,
  context: RequestContext,
): Promise<UnstructuredObject> => {
  const target = isFields(body["target"]) ? body["target"]["name"] : undefined;
  if (typeof target !== "string" || target === "") throw new ApiError("BadRequest", "target.name: a binding names the node");
  const pod = await registry.get(Pod, { namespace, name }, {}, context);
  const bound = pod.spec?.["nodeName"];
  if (typeof bound === "string" && bound !== "")
    throw new ApiError(
      "Conflict",
      `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to node "${bound}"`,
    );
  const next = { ...pod, spec: { ...pod.spec, nodeName: target } };
  await registry.update(Pod, { namespace, name }, next, { dryRun }, context);
  return success(201);
};

const isFields = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
