import type { CloudContext } from "./context.ts";
import type { Quotas } from "./settings.ts";

type QuotaService = keyof Quotas;

/** What a project may have of each resource of a service. */
export const limitsOf = (
  { state, settings }: Pick<CloudContext, "state" | "settings">,
  service: QuotaService,
  projectId: string,
): { readonly [resource: string]: number } => {
  const override = state.quotas.get(`${service}/${projectId}`);
  return override ? { ...settings.quotas[service], ...override.limits } : settings.quotas[service];
};

export const limitOf = (
  context: Pick<CloudContext, "state" | "settings">,
  service: QuotaService,
  projectId: string,
  resource: string,
): number =>
  context.state.quotas.get(`${service}/${projectId}`)?.limits[resource] ?? context.settings.quotas[service][resource] ?? -1;

export const setLimits = (
  { state }: Pick<CloudContext, "state">,
  service: QuotaService,
  projectId: string,
  limits: { readonly [resource: string]: number },
): void => {
  const id = `${service}/${projectId}`;
  state.quotas.put({ id, limits: { ...state.quotas.get(id)?.limits, ...limits } });
};

export const resetLimits = ({ state }: Pick<CloudContext, "state">, service: QuotaService, projectId: string): void => {
  state.quotas.remove(`${service}/${projectId}`);
};

/** Whether `wanted` more would be too many. */
export const exceeds = (limit: number, used: number, wanted = 1): boolean => limit >= 0 && used + wanted > limit;
