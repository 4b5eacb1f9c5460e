/** Durations as Go prints and reads them: `1h30m0s`, `1.5s`, `100ms`. */

const units: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Undefined when it is not a duration. */
export const parseDurationMilliseconds = (text: string): number | undefined => {
  const match = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (!match) return undefined;
  const total = [...(match[2] ?? "").matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (units[unit ?? "s"] ?? 0),
    0,
  );
  return match[1] === "-" ? -total : total;
};

/** As Go prints it, to the nanosecond. */
export const formatDuration = (milliseconds: number): string => {
  const sign = milliseconds < 0 ? "-" : "";
  const all = Math.abs(milliseconds);
  if (all === 0) return "0s";
  if (all < 1e-3) return `${sign}${Math.round(all * 1e6)}ns`;
  if (all < 1) return `${sign}${rounded(all * 1000)}µs`;
  if (all < 1000) return `${sign}${rounded(all)}ms`;
  const hours = Math.floor(all / 3_600_000);
  const minutes = Math.floor((all % 3_600_000) / 60_000);
  const seconds = rounded((all % 60_000) / 1000);
  return `${sign}${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
};

const rounded = (amount: number): number => Number(amount.toFixed(9));

/** `90s` is written `1m30s`. Undefined when it is not a duration. */
export const canonicalDuration = (text: string): string | undefined => {
  const milliseconds = parseDurationMilliseconds(text);
  return milliseconds === undefined ? undefined : formatDuration(milliseconds);
};
