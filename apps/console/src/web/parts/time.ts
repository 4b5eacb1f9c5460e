/** Times as people read them. Everything takes the language and the moment, so that a test can too. */

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 minutes ago", "in 2 days"; under a minute "now", so that a page does not flicker. `at` is ISO 8601. */
export const relativeTime = (at: string, now: number, language: string): string => {
  const seconds = (Date.parse(at) - now) / 1000;
  if (Number.isNaN(seconds)) return "";
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const step = steps.find(([, length]) => Math.abs(seconds) >= length);
  return step === undefined ? format.format(0, "second") : format.format(Math.trunc(seconds / step[1]), step[0]);
};

/** The whole moment in the reader's time zone, for the title of a relative time. */
export const absoluteTime = (at: string, language: string): string => {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" }).format(date);
};

/** How long something took: "4 s", "2 min 5 s", "3 h 20 min"; at most two units. */
export const duration = (milliseconds: number, language: string): string => {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [
    [Math.floor(total / 86_400), "day"],
    [Math.floor((total % 86_400) / 3_600), "hour"],
    [Math.floor((total % 3_600) / 60), "minute"],
    [total % 60, "second"],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = first < 0 ? parts.slice(3) : parts.slice(first, first + 2).filter(([amount], at) => at === 0 || amount > 0);
  return shown
    .map(([amount, unit]) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(amount))
    .join(" ");
};

/** A count with the language's separators. */
export const number = (amount: number, language: string): string => new Intl.NumberFormat(language).format(amount);

/** Memory as flavors give it, in MiB: "4 GiB", "512 MiB". */
export const memory = (mebibytes: number, language: string): string =>
  mebibytes >= 1024
    ? `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(mebibytes / 1024)} GiB`
    : `${number(mebibytes, language)} MiB`;
