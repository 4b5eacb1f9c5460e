/**
 * How soon to look again at something that the cloud is still working on: a third of the time it has taken so far. What is done
 * in a moment is seen in a moment, and what takes minutes is asked about some twenty times, not a thousand.
 */
export const recheckAfter = (now: Date, since: Date | undefined): number => {
  const ageSeconds = since === undefined ? 0 : (now.getTime() - since.getTime()) / 1000;
  return Math.min(longestSeconds, Math.max(shortestSeconds, ageSeconds / 3));
};

const shortestSeconds = 0.1;
const longestSeconds = 10;
