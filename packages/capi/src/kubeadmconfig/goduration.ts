/** Durations as Go prints and reads them: `4m0s`, `1h30m`, `1.5s`. */

const unitMilliseconds: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

export const durationMilliseconds = (text: string): number => {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text);
  if (text === "0") return 0;
  if (match === null) throw new Error(`"${text}" is not a duration: write it like 90s or 1h30m`);
  let total = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMilliseconds[unit] ?? 0);
  }
  return match[1] === "-" ? -total : total;
};
