import { type LogLevel, logLevels } from "@slipway/runtime";

export type Levels = ReadonlyMap<string, LogLevel>;

/** `slipway.dev/log-level` read. A level without a name is meant for all `sources`. @returns what is wrong with it, in words */
export const readLevels = (text: string | undefined, sources: readonly string[]): Levels | { readonly problem: string } => {
  const levels = new Map<string, LogLevel>();
  for (const part of (text ?? "").split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = equals < 0 ? undefined : part.slice(0, equals).trim();
    const asked = part.slice(equals + 1).trim();
    const level = logLevels.find((known) => known === asked);
    if (level === undefined) return { problem: `${asked} is no log level: give one of ${logLevels.join(", ")}` };
    if (name !== undefined && !sources.includes(name))
      return { problem: `${name} is no controller of this provider: it has ${sources.join(", ")}` };
    // What names a controller wins over what is meant for all, wherever it stands.
    if (name === undefined) for (const source of sources.filter((known) => !levels.has(known))) levels.set(source, level);
    else levels.set(name, level);
  }
  return levels;
};
