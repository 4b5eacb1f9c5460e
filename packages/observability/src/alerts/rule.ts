import { promql } from "../query/promql.ts";
import type { Query } from "../query/query.ts";

/** One alert, declared once: Prometheus rules and Grafana's provisioning are written from it, and it is answered here. */
export interface AlertRule {
  /** Stays the same over releases, so that silences and links survive. */
  readonly uid: string;
  readonly title: string;
  /** Absent: only Prometheus can answer it, since it is about rates or about Slipway being gone. */
  readonly ask?: Query;
  /** The same as PromQL: says how bad it is, one series an object. */
  readonly query: string;
  /** More than this is not healthy. */
  readonly threshold: number;
  /** How long it must be so: `30m`. */
  readonly for: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
  /** Of which dashboard and panel a person should look at first. */
  readonly panel: { readonly dashboardUid: string; readonly id: number };
}

export interface AlertGroup {
  readonly name: string;
  /** Grafana's folder. */
  readonly folder: string;
  /** How often its rules are looked at. */
  readonly interval: string;
  readonly rules: readonly AlertRule[];
}

/** Prometheus names alerts in one word: the title's letters. */
export const alertName = (title: string): string =>
  title
    .split(" ")
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join("");

type Declared = Omit<AlertRule, "query" | "threshold" | "ask">;

/** A rule that is answered here too. */
export const rule = (ask: Query, declared: Declared): AlertRule => ({ ...declared, ask, query: promql(ask), threshold: 0 });

/** A rule for Prometheus alone. */
export const prometheusRule = (query: string, threshold: number, declared: Declared): AlertRule => ({
  ...declared,
  query,
  threshold,
});
