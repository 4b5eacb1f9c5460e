const parts = (version: string): readonly [number, number, number] | undefined => {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
};

/** Kubernetes goes up one minor version at a time and never down. */
export const comparePath = (from: string, to: string): "ok" | "skipsMinor" | "sameOrOlder" | "unknownVersion" => {
  const [a, b] = [parts(from), parts(to)];
  if (a === undefined || b === undefined) return "unknownVersion";
  const older = a[0] !== b[0] ? b[0] < a[0] : a[1] !== b[1] ? b[1] < a[1] : b[2] <= a[2];
  if (older) return "sameOrOlder";
  return b[0] > a[0] || b[1] > a[1] + 1 ? "skipsMinor" : "ok";
};
