import type { PodLogOptions } from "@slipway/apiserver";
import type { Clock } from "@slipway/runtime";

/** The last lines of each provider, for `kubectl logs`. */
export interface PodLogs {
  /** A line without its end. */
  write(provider: string, line: string): void;
  read(provider: string, options: PodLogOptions): AsyncIterable<string>;
}

export interface PodLogsLimits {
  readonly lines: number;
  /** Of text, a provider. */
  readonly characters: number;
}

const defaults: PodLogsLimits = { lines: 5000, characters: 2_000_000 };

/** Memory is bounded: the oldest lines go first, and a reader that follows too slowly misses lines and is told how many. */
export const createPodLogs = (clock: Pick<Clock, "now">, limits: PodLogsLimits = defaults): PodLogs => {
  const rings = new Map<string, Ring>();
  const ringOf = (provider: string): Ring => {
    const known = rings.get(provider);
    if (known) return known;
    const made: Ring = { lines: [], characters: 0, followers: new Set() };
    rings.set(provider, made);
    return made;
  };
  return {
    write: (provider, line) => {
      const ring = ringOf(provider);
      ring.lines.push(line);
      ring.characters += line.length;
      if (ring.lines.length > limits.lines * 1.1 || ring.characters > limits.characters * 1.1) trim(ring, limits);
      for (const follower of ring.followers) follower(line);
    },
    read: (provider, options) => readRing(ringOf(provider), options, { limits, now: clock.now().getTime() }),
  };
};

interface Ring {
  readonly lines: string[];
  characters: number;
  readonly followers: Set<(line: string) => void>;
}

/** Many at once, so that a full ring is not moved at each line. */
const trim = (ring: Ring, limits: PodLogsLimits): void => {
  let surplus = 0;
  while (ring.lines.length - surplus > limits.lines || ring.characters > limits.characters) {
    ring.characters -= ring.lines[surplus]?.length ?? 0;
    surplus += 1;
  }
  ring.lines.splice(0, surplus);
};

async function* readRing(
  ring: Ring,
  options: PodLogOptions,
  { limits, now }: { readonly limits: PodLogsLimits; readonly now: number },
): AsyncIterable<string> {
  const shown = (line: string) => `${options.timestamps ? `${timeOf(line) ?? ""} ` : ""}${line}\n`;
  const since = sinceOf(options, now);
  const recent = since === undefined ? ring.lines : ring.lines.filter((line) => Date.parse(timeOf(line) ?? "") >= since);
  const kept = options.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - options.tailLines));
  const waiting = { lines: kept.slice(), missed: 0, wake: () => {} };
  const follower = (line: string) => {
    if (waiting.lines.length >= limits.lines) waiting.missed += 1;
    else waiting.lines.push(line);
    waiting.wake();
  };
  if (options.follow) ring.followers.add(follower);
  const ended = () => waiting.wake();
  options.signal.addEventListener("abort", ended, { once: true });
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  try {
    for (;;) {
      for (const line of waiting.lines.splice(0)) {
        const bytes = Buffer.from(shown(line));
        yield bytes.subarray(0, Math.min(bytes.length, left)).toString();
        left -= bytes.length;
        if (left <= 0) return;
      }
      if (waiting.missed > 0) {
        yield `{"level":"warn","msg":"${waiting.missed} lines are missing here: the reader was too slow"}\n`;
        waiting.missed = 0;
      }
      if (!options.follow || options.signal.aborted) return;
      await new Promise<void>((resolve) => {
        waiting.wake = resolve;
        if (waiting.lines.length > 0 || options.signal.aborted) resolve();
      });
    }
  } finally {
    ring.followers.delete(follower);
    options.signal.removeEventListener("abort", ended);
  }
}

const timeOf = (line: string): string | undefined => /"ts":"([^"]+)"/.exec(line)?.[1];

const sinceOf = ({ sinceSeconds, sinceTime }: PodLogOptions, now: number): number | undefined =>
  sinceTime !== undefined ? Date.parse(sinceTime) : sinceSeconds !== undefined ? now - sinceSeconds * 1000 : undefined;
