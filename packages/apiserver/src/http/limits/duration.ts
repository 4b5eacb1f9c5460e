import { ApiError, jsonText } from "@slipway/api";

const units: { readonly [unit: string]: number } = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration (`32s`, `1m30s`, `1.5h`) in milliseconds; undefined when it is none. */
export const goDuration = (text: string): number | undefined => {
  if (text === "0") return 0;
  const [, sign, rest] = /^([-+]?)((?:\d+\.?\d*(?:ns|us|µs|ms|s|m|h)|\.\d+(?:ns|us|µs|ms|s|m|h))+)$/.exec(text) ?? [];
  if (rest === undefined) return undefined;
  let total = 0;
  for (const [, amount, unit] of rest.matchAll(/(\d*\.?\d*)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * (units[unit ?? ""] ?? 0);
  return sign === "-" ? -total : total;
};

const longest = 60_000;
/** Writes give up earlier: a client that hears of it still has time to look what became of them. */
const longestWrite = 34_000;

/** How long a request may take, in milliseconds: what `?timeout=` says, and never longer than a minute. @throws ApiError BadRequest */
export const allowedTime = (timeout: string | null, mutating: boolean): number => {
  const most = mutating ? longestWrite : longest;
  if (timeout === null || timeout === "") return most;
  const asked = goDuration(timeout);
  if (asked === undefined)
    throw new ApiError(
      "BadRequest",
      `invalid timeout specified in the request URL - time: invalid duration ${jsonText(timeout)}`,
    );
  return asked <= 0 ? most : Math.min(asked, most);
};
