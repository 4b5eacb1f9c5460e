import { type Answer, jsonAnswer } from "./exchange.ts";

export const versionAnswer = (version: string): Answer => {
  const [, major = "1", minor = "33"] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return jsonAnswer({
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Math.max(0, Number(minor) - 1)),
    gitVersion: version,
    gitCommit: "slipway",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "none",
    compiler: "none",
    platform: "javascript/any",
  });
};
