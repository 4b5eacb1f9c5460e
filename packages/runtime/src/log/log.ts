import type { Clock, LogFields, Logger } from "../controller/controller.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];
const rank: { readonly [L in LogLevel]: number } = { debug: 0, info: 1, warn: 2, error: 3 };

/** Who a line is from: its `controller`, else its `component`. */
export type LogSource = string | undefined;

export interface LogOptions {
  /** Takes one line without its end. */
  readonly write: (line: string, source: LogSource) => void;
  readonly clock: Pick<Clock, "now">;
  /** The least that is written. A function is asked at each line, so that it can change while the program runs. */
  readonly level?: LogLevel | ((source: LogSource) => LogLevel);
}

/** One JSON line an event: `{"ts":…,"level":…,"msg":…,…fields}`. Errors become their message and stack. */
export const createLog = (options: LogOptions, fields: LogFields = {}): Logger => {
  const { level = "info" } = options;
  return logWith({ ...options, least: typeof level === "function" ? level : () => level }, sourceOf(fields), () => fields);
};

interface LogMaker extends Pick<LogOptions, "write" | "clock"> {
  readonly least: (source: LogSource) => LogLevel;
}

const sourceOf = (fields: LogFields): LogSource => {
  const { controller, component } = fields;
  return typeof controller === "string" ? controller : typeof component === "string" ? component : undefined;
};

const logWith = (maker: LogMaker, source: LogSource, fields: () => LogFields): Logger => {
  const { write, clock, least } = maker;
  const line = (at: LogLevel) => (msg: string, extra: LogFields | undefined) => {
    if (rank[at] < rank[least(source)]) return;
    write(JSON.stringify({ ts: clock.now().toISOString(), level: at, msg, ...fields(), ...extra }, plainErrors), source);
  };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    child: (extra) => {
      if (typeof extra === "function") return logWith(maker, source, () => ({ ...fields(), ...extra() }));
      return logWith(maker, sourceOf(extra) ?? source, () => ({ ...fields(), ...extra }));
    },
  };
};

const plainErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error
    ? { name: value.name, message: value.message, stack: value.stack }
    : typeof value === "bigint"
      ? `${value}`
      : value;

export const silentLog: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
