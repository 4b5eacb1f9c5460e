import type { MachineHealthCheckClass } from "../cluster/clusterclass.ts";
import { healthCheckFieldErrors } from "../cluster/machinehealthcheck.admission.ts";
import type { FieldError } from "../kind/kind.ts";

/** A health check within a class or a topology obeys the rules of one that stands alone. */
export const healthCheckErrors = (
  check: MachineHealthCheckClass | undefined,
  namespace: string | undefined,
  path: string,
): readonly FieldError[] => (check === undefined ? [] : healthCheckFieldErrors(check, namespace, path));

/** Nothing is said of the check itself: the class's is meant. */
export const saysNothing = (check: object | undefined): boolean =>
  Object.entries(check ?? {}).every(([field, value]) => field === "enable" || value === undefined);
