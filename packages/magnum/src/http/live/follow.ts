import type { MagnumCluster, Stored } from "@slipway/api";
import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { Flow } from "./stream.ts";
import type { LiveView } from "./watch.ts";

const listPart = 200;
/** Detail of one cluster, at most so often. */
const detailEveryMilliseconds = 500;

/** What is amiss is looked into at most so often when something changes, and so often when nothing does. */
const diagnoseEveryMilliseconds = 6_000;
const diagnoseAgainMilliseconds = 30_000;

const isAmiss = ({ phase, health, stuckSince }: LiveCluster): boolean =>
  phase === "ERROR" || health === "UNHEALTHY" || stuckSince !== null;

/** A project's clusters: all of them, then each change. */
export const followProject = (live: LiveView, projectId: string, { send }: Flow): (() => void) => {
  const sent = new Map<string, { readonly id: string; readonly revision: string }>();
  const summaries = live.records(projectId).map((record) => live.summary(record));
  const remember = (cluster: LiveCluster) => void sent.set(cluster.capiName, cluster);
  for (let from = 0; from === 0 || from < summaries.length; from += listPart) {
    const clusters = summaries.slice(from, from + listPart);
    send("clusters", { clusters, last: from + listPart >= summaries.length });
    for (const cluster of clusters) remember(cluster);
  }
  return live.subscribe((names) => {
    for (const name of names) {
      const record = live.record(name);
      const known = sent.get(name);
      if (record === undefined || record.spec.projectId !== projectId) {
        if (known !== undefined) send("gone", { id: known.id });
        sent.delete(name);
        continue;
      }
      const summary = live.summary(record);
      if (known?.revision === summary.revision) continue;
      if (known !== undefined && known.id !== summary.id) send("gone", { id: known.id });
      send("cluster", summary);
      remember(summary);
    }
  });
};

/** One cluster's inside. */
export const followCluster = (
  live: LiveView,
  cluster: Stored<MagnumCluster>,
  diagnose: (record: Stored<MagnumCluster>) => Promise<object>,
  { send, later, end }: Flow,
): (() => void) => {
  const { name, uid } = cluster.metadata;
  const said = { detail: "", events: "", diagnosis: "" };
  let waiting = false;
  const tell = (kind: "detail" | "events" | "diagnosis", data: object): void => {
    const text = JSON.stringify(data);
    if (said[kind] === text) return;
    said[kind] = text;
    send(kind, data);
  };
  let examined: "no" | "now" | "since" = "no";
  /** Causes ripen after the state that they explain, and partly in the cloud, which tells nobody: while anything is amiss, it is looked again. */
  const examine = (): void => {
    const record = live.record(name);
    if (record === undefined || examined === "now" || !isAmiss(live.summary(record))) return;
    const isFirst = examined === "no";
    examined = "now";
    diagnose(record).then(
      (diagnosis) => tell("diagnosis", { id: uid, diagnosis }),
      () => {}, // the cloud does not answer now
    );
    later(() => {
      examined = "since";
    }, diagnoseEveryMilliseconds);
    if (isFirst) later(examineAgain, diagnoseAgainMilliseconds);
  };
  const examineAgain = (): void => {
    examine();
    later(examineAgain, diagnoseAgainMilliseconds);
  };
  const look = (): void => {
    const record = live.record(name);
    if (record === undefined || record.metadata.uid !== uid) {
      end();
      return;
    }
    tell("detail", { id: uid, tree: live.tree(record), history: live.history(record) });
    live.events(record).then(
      (events) => tell("events", { id: uid, events }),
      () => {}, // the events' cache is not filled yet: the next change tells
    );
    examine();
  };
  look();
  return live.subscribe((names) => {
    if (!names.has(name) || waiting) return;
    waiting = true;
    later(() => {
      waiting = false;
      look();
    }, detailEveryMilliseconds);
  });
};
