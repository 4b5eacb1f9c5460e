/** What kube-state-metrics makes of a field: a number, or nothing. */
export const gaugeValue = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return undefined;
  const word = value.toLowerCase();
  if (word === "true" || word === "yes") return 1;
  if (word === "false" || word === "no" || word === "unknown") return 0;
  if (timestamp.test(value)) {
    const milliseconds = Date.parse(value);
    return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
  }
  const quantity = quantityForm.exec(value);
  if (quantity !== null) return Number(quantity[1]) * (quantity[2] === undefined ? 1 : (factors[quantity[2]] ?? 1));
  if (percentage.test(value)) return Number(value.slice(0, -1)) / 100;
  return other[word];
};

const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const quantityForm = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;
const percentage = /^[+-]?(?:\d+\.?\d*|\.\d+)%$/;
const factors: { readonly [suffix: string]: number } = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const infinity = Number.POSITIVE_INFINITY;
const other: { readonly [word: string]: number } = {
  nan: Number.NaN,
  inf: infinity,
  "+inf": infinity,
  "-inf": -infinity,
  infinity,
  "+infinity": infinity,
  "-infinity": -infinity,
};

/** As Go prints a float shortest: plain up to six digits before the point, `1.692974065e+09` beyond. */
export const formatValue = (value: number): string => {
  if (Number.isInteger(value) && value > -1_000_000 && value < 1_000_000) return Object.is(value, -0) ? "-0" : String(value);
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
};

/** As a label's value stands between quotes. */
export const escapeValue = (value: string): string =>
  special.test(value) ? value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"') : value;
const special = /[\\\n"]/;
