import type { Clock, LogFields, Logger } from "../controller/controller.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
const rank: { readonly [L in LogLevel]: number } = { debug: 0, info: 1, warn: 2, error: 3 };

export interface LogOptions {
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
  readonly clock: Pick<Clock, "now">;
  readonly level?: LogLevel;
}

/** One JSON line an event: `{"ts":…,"level":…,"msg":…,…fields}`. Errors become their message and stack. */
export const createLog = ({ write, clock, level = "info" }: LogOptions, fields: LogFields = {}): Logger => {
  const line = (at: LogLevel) => (msg: string, extra: LogFields | undefined) => {
    if (rank[at] < rank[level]) return;
    write(JSON.stringify({ ts: clock.now().toISOString(), level: at, msg, ...fields, ...extra }, plainErrors));
  };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    child: (extra) => createLog({ write, clock, level }, { ...fields, ...extra }),
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
