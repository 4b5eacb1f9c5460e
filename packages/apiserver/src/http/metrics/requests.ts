import { groupResource } from "@slipway/api";
import type { Registry } from "../../registry/registry.ts";
import type { InFlight } from "../limits/inflight.ts";
import type { RequestInfo } from "../path.ts";
import { createFamilies, type Families } from "./families.ts";

/** What a kube-apiserver counts about its requests, under its names: dashboards and alerts for one work with the other. */
export interface RequestMetrics {
  /** `bytes`: of the answer, when it is known at once. */
  answered(info: RequestInfo | undefined, outcome: RequestOutcome): void;
  watchEvents(group: string, version: string, kind: string, count: number): void;
  audited(): void;
  auditLost(): void;
  /** For what others count. */
  readonly families: Families;
  render(): string;
}

export interface RequestOutcome {
  readonly method: string;
  readonly code: number;
  readonly seconds: number;
  readonly dryRun: boolean;
  readonly longRunning: boolean;
  readonly bytes: number | undefined;
}

const seconds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const sizes = [1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];
const about = ["verb", "group", "version", "resource", "subresource", "scope", "component"];

export const createRequestMetrics = (registry: Registry, inFlight: InFlight): RequestMetrics => {
  const families = createFamilies();
  const requests = families.counter(
    "apiserver_request_total",
    "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
    ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component", "code"],
  );
  const durations = families.histogram(
    "apiserver_request_duration_seconds",
    "Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.",
    ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component"],
    seconds,
  );
  const responseSizes = families.histogram(
    "apiserver_response_sizes",
    "Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.",
    about,
    sizes,
  );
  const events = families.counter("apiserver_watch_events_total", "Number of events sent in watch clients", [
    "group",
    "version",
    "kind",
  ]);
  const audits = families.counter(
    "apiserver_audit_event_total",
    "Counter of audit events generated and sent to the audit backend.",
    [],
  );
  const lost = families.counter(
    "apiserver_audit_error_total",
    "Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.",
    ["plugin"],
  );
  families.gauge(
    "apiserver_current_inflight_requests",
    "Maximal number of currently used inflight request limit of this apiserver per request kind in last second.",
    ["request_kind"],
    () => [
      [["readOnly"], inFlight.counts.readOnly],
      [["mutating"], inFlight.counts.mutating],
    ],
  );
  families.gauge(
    "apiserver_longrunning_requests",
    "Gauge of all active long-running apiserver requests: watches and followed logs.",
    [],
    () => [[[], inFlight.longRunningCount]],
  );
  families.gauge(
    "apiserver_storage_objects",
    "Number of stored objects at the time of last check split by kind.",
    ["resource"],
    () => stored(registry),
  );

  /** Labels come from what is served, never from what was asked: strangers cannot make up series. */
  const labelsOf = (info: RequestInfo | undefined, method: string): readonly string[] => {
    if (info === undefined) return [verbOf(method), "", "", "", "", "", "apiserver"];
    if (!info.isResource) return [verbOf(method), "", "", "", "", "", "apiserver"];
    const served = registry.catalog.find(info.group, info.version, info.resource);
    if (served === undefined) return [verbOf(method), "", "", "", "", "", "apiserver"];
    const subresource = /^[a-z]{0,20}$/.test(info.subresource) ? info.subresource : "";
    const collection = info.verb === "list" || info.verb === "watch" || info.verb === "deletecollection";
    const scope =
      served.scope === "Cluster"
        ? "cluster"
        : info.namespace === ""
          ? "cluster"
          : collection && info.name === ""
            ? "namespace"
            : "resource";
    const verb = upperVerbs[info.verb] ?? verbOf(method);
    return [verb, info.group, info.version, info.resource, subresource, scope, "apiserver"];
  };

  /** What most requests have in common with one before: found again by one look. */
  const known = new Map<string, Series>();
  const seriesOf = (info: RequestInfo | undefined, { method, code, dryRun }: RequestOutcome): Series => {
    const key =
      info?.isResource === true
        ? `${method} ${code} ${dryRun} ${info.verb} ${info.group}/${info.version}/${info.resource}/${info.subresource} ${info.namespace === ""} ${info.name === ""}`
        : `${method} ${code} ${dryRun}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const labels = labelsOf(info, method);
    const [verb = "", ...rest] = labels;
    const dry = dryRun ? "All" : "";
    const made: Series = {
      count: requests.series([verb, dry, ...rest, String(code)]),
      time: durations.series([verb, dry, ...rest]),
      size: responseSizes.series(labels),
    };
    // Strangers may ask for what is not there in a thousand ways, and what is not there may come: neither is remembered.
    const served = info?.isResource !== true || registry.catalog.find(info.group, info.version, info.resource) !== undefined;
    if (served && known.size < mostKnown && key.length < 300) known.set(key, made);
    return made;
  };

  return {
    families,
    answered: (info, outcome) => {
      const { count, time, size } = seriesOf(info, outcome);
      count(1);
      if (outcome.longRunning) return;
      time(outcome.seconds);
      if (outcome.bytes !== undefined) size(outcome.bytes);
    },
    watchEvents: (group, version, kind, count) => events.add([group, version, kind], count),
    audited: () => audits.add([]),
    auditLost: () => lost.add(["log"]),
    render: () => families.render(),
  };
};

interface Series {
  readonly count: (amount: number) => void;
  readonly time: (seconds: number) => void;
  readonly size: (bytes: number) => void;
}
const mostKnown = 2000;

const upperVerbs: { readonly [verb: string]: string } = {
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
};

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"]);
const verbOf = (method: string): string => (methods.has(method) ? method : "other");

const stored = function* (registry: Registry): Generator<readonly [readonly string[], number]> {
  const seen = new Set<string>();
  for (const served of registry.catalog.all()) {
    const name = groupResource(served);
    if (served.virtual !== undefined || seen.has(name)) continue;
    seen.add(name);
    yield [[name], registry.count(served)];
  }
};
