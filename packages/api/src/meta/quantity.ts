import { parseQuantity } from "../schema/cel/quantity.ts";

const one = 10n ** 9n;
const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** `1024Mi` is written `1Gi`, `0.5` is written `500m`. Undefined when it is not a quantity. */
export const canonicalQuantity = (text: string): string | undefined => {
  const nanos = parseQuantity(text)?.nanos;
  if (nanos === undefined) return undefined;
  if (nanos === 0n) return "0";
  const small = nanos > -1024n * one && nanos < 1024n * one;
  if (/i$/.test(text) && !small && nanos % one === 0n) return suffixed(nanos / one, 1024n, binary);
  if (/[eE][+-]?\d+$/.test(text)) return exponential(nanos);
  return suffixed(nanos, 1000n, decimal);
};

const suffixed = (units: bigint, step: bigint, suffixes: readonly string[]): string => {
  let [amount, power] = [units, 0];
  while (amount % step === 0n && power < suffixes.length - 1) [amount, power] = [amount / step, power + 1];
  return `${amount}${suffixes[power] ?? ""}`;
};

const exponential = (nanos: bigint): string => {
  let [amount, exponent] = [nanos, -9];
  while (amount % 1000n === 0n) [amount, exponent] = [amount / 1000n, exponent + 3];
  return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
};
