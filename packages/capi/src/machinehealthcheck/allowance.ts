import type { MachineHealthCheck } from "@slipway/api";
import type { Allowance } from "./scope.ts";

/** Whether so few Machines are ill that replacing them helps more than it harms. CORE-354 */
export const allowanceFor = ({ spec }: MachineHealthCheck, expected: number, healthy: number): Allowance => {
  const notHealthy = expected - healthy;
  if (spec.unhealthyRange !== undefined) {
    const [low, high] = rangeOf(spec.unhealthyRange);
    return allowance(notHealthy >= low && notHealthy <= high, high - notHealthy);
  }
  const limit = limitOf(spec.maxUnhealthy ?? "100%", expected);
  return allowance(notHealthy <= limit, limit - notHealthy);
};

const allowance = (allowed: boolean, left: number): Allowance => ({ allowed, remediations: allowed ? left : 0 });

const rangeOf = (text: string): readonly [number, number] => {
  const [, low = "", high = ""] = /^\[(\d+)-(\d+)\]$/.exec(text) ?? [];
  if (low === "" || Number(high) < Number(low)) {
    throw new Error(`spec.unhealthyRange "${text}" is not a range: write it like [1-3], the lower number first`);
  }
  return [Number(low), Number(high)];
};

/** Percentages are rounded down. */
const limitOf = (value: number | string, expected: number): number => {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) throw new Error(`spec.maxUnhealthy "${value}" is neither a number nor a percentage like 40%`);
  return Math.floor((expected * Number(percent)) / 100);
};

export const restrictedMessage = ({ spec }: MachineHealthCheck, expected: number, unhealthy: number): string =>
  spec.unhealthyRange === undefined
    ? `Remediation is not allowed, the number of not started or unhealthy machines exceeds maxUnhealthy (total: ${expected}, unhealthy: ${unhealthy}, maxUnhealthy: ${spec.maxUnhealthy ?? "100%"})`
    : `Remediation is not allowed, the number of not started or unhealthy machines does not fall within the range (total: ${expected}, unhealthy: ${unhealthy}, unhealthyRange: ${spec.unhealthyRange})`;
