import type { Report, Verdict } from "@slipway/runtime";

export const verdictOf = (report: Pick<Report<unknown, unknown>, "verdicts">, name: string): Verdict | undefined =>
  report.verdicts.find(({ phase }) => phase === name);

export const isBroken = (verdict: Verdict | undefined): verdict is Verdict & { outcome: "fail" | "error" } =>
  verdict?.outcome === "fail" || verdict?.outcome === "error";

export const messageOf = (verdict: Verdict | undefined): string =>
  verdict !== undefined && "message" in verdict ? (verdict.message ?? "") : "";
