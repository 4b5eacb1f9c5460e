import type { Environment } from "@marcbachmann/cel-js";

/** `quantity("1.5Gi")`: Kubernetes' numbers with suffixes, exact to a billionth. */
export class Quantity {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

const suffixes: { readonly [suffix: string]: bigint } = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  "": 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 2n ** 10n * 10n ** 9n,
  Mi: 2n ** 20n * 10n ** 9n,
  Gi: 2n ** 30n * 10n ** 9n,
  Ti: 2n ** 40n * 10n ** 9n,
  Pi: 2n ** 50n * 10n ** 9n,
  Ei: 2n ** 60n * 10n ** 9n,
};

/** Undefined when it is not a quantity. */
export const parseQuantity = (text: string): Quantity | undefined => {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2})|(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]))?$/.exec(text);
  if (!match) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent, suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(`${whole}${fraction}` || "0");
  const power = Number(exponent ?? "0") - fraction.length;
  const unit = suffixes[suffix] ?? 1n;
  const scaled = power >= 0 ? digits * unit * 10n ** BigInt(power) : (digits * unit) / 10n ** BigInt(-power);
  return new Quantity(sign === "-" ? -scaled : scaled);
};

const one = 10n ** 9n;

export const registerQuantity = (environment: Environment): void => {
  environment
    .registerType("Quantity", { ctor: Quantity, fields: {} })
    .registerFunction("isQuantity(string): bool", (text: string) => parseQuantity(text) !== undefined)
    .registerFunction("quantity(string): Quantity", (text: string) => {
      const quantity = parseQuantity(text);
      if (!quantity) throw new Error(`quantities must match the regular expression for resource quantities: ${text}`);
      return quantity;
    })
    .registerFunction("Quantity.isInteger(): bool", (q: Quantity) => q.nanos % one === 0n)
    .registerFunction("Quantity.asInteger(): int", (q: Quantity) => {
      if (q.nanos % one !== 0n) throw new Error("cannot convert value to integer");
      return q.nanos / one;
    })
    .registerFunction("Quantity.asApproximateFloat(): double", (q: Quantity) => Number(q.nanos) / 1e9)
    .registerFunction("Quantity.sign(): int", (q: Quantity) => (q.nanos > 0n ? 1n : q.nanos < 0n ? -1n : 0n))
    .registerFunction("Quantity.isLessThan(Quantity): bool", (a: Quantity, b: Quantity) => a.nanos < b.nanos)
    .registerFunction("Quantity.isGreaterThan(Quantity): bool", (a: Quantity, b: Quantity) => a.nanos > b.nanos)
    .registerFunction("Quantity.compareTo(Quantity): int", (a: Quantity, b: Quantity) =>
      a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n,
    )
    .registerFunction("Quantity.add(Quantity): Quantity", (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos))
    .registerFunction("Quantity.add(int): Quantity", (a: Quantity, b: bigint) => new Quantity(a.nanos + b * one))
    .registerFunction("Quantity.sub(Quantity): Quantity", (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos))
    .registerOperator("Quantity == Quantity", (a: Quantity, b: Quantity) => a.nanos === b.nanos)
    .registerFunction("Quantity.sub(int): Quantity", (a: Quantity, b: bigint) => new Quantity(a.nanos - b * one));
};
