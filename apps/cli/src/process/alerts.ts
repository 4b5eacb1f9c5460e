import type { RunFile } from "@slipway/runtime/process/running.node.ts";
import { askProgram } from "./operations.ts";

/** `slipway alerts --json`, and what the server's alerts endpoint answers. */
export interface AlertReport {
  readonly evaluatedAt: string;
  /** The worst first. */
  readonly alerts: readonly Alert[];
  readonly rules: readonly { readonly name: string; readonly for: string; readonly pending: number; readonly firing: number }[];
  /** Rules that only Prometheus can answer. */
  readonly elsewhere: readonly string[];
}

export interface Alert {
  readonly name: string;
  readonly title: string;
  readonly state: "pending" | "firing";
  readonly activeAt: string;
  readonly firesAt: string;
  readonly value: number;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
}

export const fetchAlerts = (run: RunFile): Promise<AlertReport> => askProgram<AlertReport>(run, "/alerts");

export const countAlerts = ({ alerts }: AlertReport, state: Alert["state"]): number =>
  alerts.filter((alert) => alert.state === state).length;
