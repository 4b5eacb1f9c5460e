/**
 * What each benchmark's figures should be, and which rows of spec/ say so. A row holds when all of its figures are there and good. The way a
 * figure is better is the goal's, or known from its name.
 */

/** @typedef {{ readonly figure: string; readonly goal: string; readonly rows?: readonly string[] }} Goal */

const goal = (figure, wanted, ...rows) => ({ figure, goal: wanted, rows });

/** @type {readonly Goal[]} */
export const goals = [
  goal("start.apiSeconds", "<= 1"),
  goal("start.demoSeconds", "<= 5"),
  goal("store.storage64.writesPerSecond", ">= 5000"),
  goal("store.watch.p99Ms", "<= 20"),
  goal("large.startSeconds", "<= 3"),
  goal("large.residentMiB", "<= 700"),
  goal("large.residentAtStartMiB", "<= 700"),
  goal("metrics.gzipWithReadingSeconds", "<= 2"),
  goal("metrics.plainWithReadingSeconds", "<= 2"),
  goal("metrics.exporterPeakMiB", "<= 512"),
  goal("http.get1.perSecond", ">= 20000"),
  goal("http.get2.perSecond", ">= 20000"),
  goal("http.create2.perSecond", ">= 5000"),
  goal("http.list.p50Ms", "<= 150"),
  goal("http.listBeside.othersP99Ms", "<= 50"),
  goal("http.fanOut1000.writesPerSecond", ">= 990"),
  goal("http.fanOut1000.seenPercent", ">= 100"),
  goal("http.fanOut1000.p99Ms", "<= 20"),
  goal("store.small500.writesPerSecond", ">= 4868", "API-470"),
  goal("store.small500.slowestMs", "<= 128", "API-470"),
  goal("http.get1.p99Ms", "<= 1000", "API-468"),
  goal("http.get2.p99Ms", "<= 1000", "API-468"),
  goal("http.create2.p99Ms", "<= 1000", "API-468"),
  goal("http.delete2.p99Ms", "<= 1000", "API-468"),
  goal("http.list.p99Ms", "<= 5000", "API-468"),
  goal("customresources.status.p99Ms", "<= 1000", "API-468"),
  goal("customresources.apply.p99Ms", "<= 1000", "API-468"),

  goal("customresources.create.perSecond", ">= 1500", "API-472"),
  goal("customresources.create.p99Ms", "<= 100", "API-472"),
  goal("customresources.status.perSecond", ">= 1200", "API-472"),
  goal("customresources.apply.perSecond", ">= 400", "API-473"),
  goal("customresources.applyUnchanged.perSecond", ">= 800", "API-473"),
  goal("http.lease.readsPerSecond", ">= 5000", "API-474"),
  goal("http.lease.readP99Ms", "<= 20", "API-474"),
  goal("http.lease.p99Ms", "<= 100", "API-474", "API-468"),
  goal("http.fanOut500.writesPerSecond", ">= 495", "API-475"),
  goal("http.fanOut500.seenPercent", ">= 100", "API-475"),
  goal("http.fanOut500.p99Ms", "<= 100", "API-475"),
  goal("http.fanOut500.stallMs", "<= 50", "API-475"),
  goal("http.list.firstByteMs", "<= 200", "API-476"),
  goal("http.list.maxMs", "<= 1500", "API-476"),
  goal("http.table.maxMs", "<= 1500", "API-476"),
  goal("http.metadata.maxMs", "<= 1000", "API-476"),
  goal("http.fiveLists.growthMiB", "<= 286", "API-476", "API-471"),
  goal("http.fiveLists.othersMaxMs", "<= 200", "API-476"),
  goal("http.mebibyte.p99Ms", "<= 50", "API-477"),
  goal("http.mebibyte.perSecond", ">= 20", "API-477"),
  goal("http.mebibyte.seenPercent", ">= 100", "API-477"),
  goal("capi.objects", ">= 60000", "API-478"),
  goal("capi.jsonMiB", ">= 950", "API-478"),
  goal("capi.residentMiB", "<= 1430", "API-478"),
  goal("capi.residentAtStartMiB", "<= 1430", "API-478"),
  goal("capi.startSeconds", "<= 15", "API-478"),
  goal("capi.tableMs", "<= 1000", "API-478"),
  goal("workloads.instances", ">= 50", "API-479"),
  goal("workloads.residentMiBEach", "<= 7.6", "API-479"),
  goal("workloads.idlePercentOfCore", "<= 1", "API-479"),
];

const meets = (value, wanted) => {
  const [sign, limit] = wanted.split(" ");
  return sign === "<=" ? value <= Number(limit) : value >= Number(limit);
};

/** One line a figure: `http.get1.perSecond`, its value. What is no number is left out. */
export const flatten = (figures, prefix = "") =>
  Object.entries(figures).flatMap(([key, value]) => {
    if (value !== null && typeof value === "object") return flatten(value, `${prefix}${key}.`);
    return typeof value === "number" ? [[`${prefix}${key}`, value]] : [];
  });

/** `higher`, `lower`, or undefined for what only describes the run. */
export const betterWay = (figure) => {
  const named = goals.find((each) => each.figure === figure)?.goal;
  if (named !== undefined) return named.startsWith(">=") ? "higher" : "lower";
  const last = figure.split(".").at(-1) ?? "";
  if (/(perSecond|PerSecond|perCoreSecond)$/.test(last) || /^(create|read|range)\d+$/.test(last)) return "higher";
  if (/(Seconds|Ms|MiB|MiBEach|MsEach|PerCluster|icrosecondsPerWrite|cpuMicroseconds)$/.test(last)) return "lower";
  return undefined;
};

/** So much worse than the recorded figure is a failure; less is the machine's mood. */
const tooMuch = 2;
/** Below these a ratio says nothing: a clock's tick, a page of memory. */
const floors = [
  [/(Ms|MsEach)$/, 20],
  [/Seconds$/, 0.1],
  [/(MiB|MiBEach)$/, 16],
];

/** @returns {readonly { readonly figure: string; readonly value: number; readonly recorded: number }[]} the figures that got twice as bad */
export const worsened = (figures, recorded) =>
  figures.flatMap(([figure, value]) => {
    const before = recorded[figure];
    const way = betterWay(figure);
    if (before === undefined || way === undefined) return [];
    const floor = floors.find(([name]) => name.test(figure))?.[1] ?? 0;
    const bad = way === "higher" ? value * tooMuch < before : value > Math.max(before, floor) * tooMuch;
    return bad ? [{ figure, value, recorded: before }] : [];
  });

export const missed = (figures) =>
  figures.flatMap(([figure, value]) => {
    const { goal: wanted } = goals.find((each) => each.figure === figure) ?? {};
    return wanted === undefined || meets(value, wanted) ? [] : [`${figure} is ${value}, and should be ${wanted}`];
  });

/** Rows whose figures are all here, and whether they are good: in the shape of a test report, which `npm run spec` reads. */
export const report = (figures) => {
  const values = new Map(figures);
  const rows = new Set(goals.flatMap(({ rows: named }) => named ?? []));
  const assertionResults = [...rows].flatMap((row) => {
    const own = goals.filter((each) => each.rows?.includes(row) === true);
    if (!own.every(({ figure }) => values.has(figure))) return [];
    const failures = missed(own.map(({ figure }) => [figure, values.get(figure)]));
    return [
      {
        fullName: `${own.map(({ figure, goal: wanted }) => `${figure} ${wanted}`).join(", ")} [${row}]`,
        status: failures.length === 0 ? "passed" : "failed",
        failureMessages: failures,
      },
    ];
  });
  return { testResults: [{ name: "npm run bench", assertionResults }] };
};
