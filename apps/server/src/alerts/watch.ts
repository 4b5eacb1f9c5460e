import { existsSync, readFileSync } from "node:fs";
import { type AlertMemory, type AlertReport, type AlertRule, later, lookAtAlerts, type ReadFamily } from "@slipway/observability";
import type { Clock, Logger, Metrics, Timer } from "@slipway/runtime";
import { writeSecretFile } from "../home/home.ts";

/** As often as Prometheus and Grafana look at the same rules. */
const everyMilliseconds = 30_000;
/** Some rules are about the time itself: certificates end while nothing changes. */
const lookAnywayMilliseconds = 600_000;
/** Who asks gets a look of their own unless the last one is this fresh. */
const freshMilliseconds = 2_000;
/** While anything is pending or firing, the file is written this often: it says that somebody has been looking. */
const rememberMilliseconds = 600_000;

/** The alerts' state without any Prometheus. */
export interface AlertWatch {
  /** Looks again when the last look is some seconds old. */
  report(): Promise<AlertReport>;
  /** Called when a look found other alerts, or others firing, than the one before. Answers with how to stop. */
  subscribe(listener: () => void): () => void;
  stop(): void;
}

/** Looks at the rules while the program runs, and keeps since when each alert is so in a file: a restart goes on from there. */
export const watchAlerts = (options: {
  readonly rules: readonly AlertRule[];
  readonly read: ReadFamily;
  /** Grows with every change of what is read: while it stays, only the time moves. */
  readonly changes: () => number;
  /** Until then what is missing means nothing, and nobody looks. */
  readonly ready: Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** 0600: it names tenants' clusters. */
  readonly file: string;
}): AlertWatch => {
  const { rules, read, clock, log, metrics, file } = options;
  const state: {
    memory: AlertMemory | undefined;
    written: string;
    writtenAt: number;
    under: Promise<AlertReport> | undefined;
    last: AlertReport | undefined;
    changes: number;
    lookedAt: number;
  } = {
    memory: readMemory(file, log),
    written: "",
    writtenAt: 0,
    under: undefined,
    last: undefined,
    changes: -1,
    lookedAt: 0,
  };
  const listeners = new Set<() => void>();
  let said = "[]";
  let timer: Timer | undefined;
  let stopped = false;

  const remember = (memory: AlertMemory): void => {
    const keys = JSON.stringify(memory.since);
    const late = memory.lookedAt - state.writtenAt >= rememberMilliseconds && keys !== "{}";
    if (keys === state.written && !late) return;
    try {
      writeSecretFile(file, `${JSON.stringify(memory)}\n`);
      state.written = keys;
      state.writtenAt = memory.lookedAt;
    } catch (error) {
      log.warn("since when alerts are so could not be written down: after a restart their clocks begin anew", { file, error });
    }
  };
  const look = async (): Promise<AlertReport> => {
    await options.ready;
    const now = clock.now();
    const changes = options.changes();
    const still =
      state.last !== undefined && changes === state.changes && now.getTime() - state.lookedAt < lookAnywayMilliseconds;
    const { report, memory } =
      still && state.last !== undefined && state.memory !== undefined
        ? { report: later(state.last, now), memory: { ...state.memory, lookedAt: now.getTime() } }
        : await lookAtAlerts(rules, state.memory, { read, now });
    if (!still) {
      state.changes = changes;
      state.lookedAt = now.getTime();
    }
    state.memory = memory;
    state.last = report;
    remember(memory);
    const saying = JSON.stringify(report.alerts.map(({ name, labels, state: now }) => [name, labels, now]));
    if (saying !== said) {
      said = saying;
      for (const listener of listeners) listener();
    }
    for (const { name, pending, firing } of report.rules) {
      metrics.gauge("slipway_alerts", { alertname: name, alertstate: "pending" }, pending);
      metrics.gauge("slipway_alerts", { alertname: name, alertstate: "firing" }, firing);
    }
    return report;
  };
  const report = (): Promise<AlertReport> => {
    const { last } = state;
    if (last !== undefined && clock.now().getTime() - Date.parse(last.evaluatedAt) < freshMilliseconds)
      return Promise.resolve(last);
    // One look at a time: what one has begun another must not overtake.
    state.under ??= look().finally(() => {
      state.under = undefined;
    });
    return state.under;
  };
  const round = async (): Promise<void> => {
    await report().catch((error: unknown) => log.error("the alerts could not be looked at", { error }));
    if (!stopped) timer = clock.setTimeout(() => void round(), everyMilliseconds);
  };
  void round();
  return {
    report,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: () => {
      stopped = true;
      timer?.cancel();
    },
  };
};

const readMemory = (file: string, log: Logger): AlertMemory | undefined => {
  if (!existsSync(file)) return undefined;
  try {
    const { lookedAt, since } = JSON.parse(readFileSync(file, "utf8")) as Partial<AlertMemory>;
    if (typeof lookedAt !== "number" || typeof since !== "object" || since === null) throw new Error("it is no alert memory");
    return { lookedAt, since: Object.fromEntries(Object.entries(since).filter(([, at]) => Number.isFinite(at))) };
  } catch (error) {
    log.warn("since when alerts are so could not be read: their clocks begin anew", { file, error });
    return undefined;
  }
};
