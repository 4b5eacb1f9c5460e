import { EventEmitter } from "node:events";
import type { LiveCluster, OperatorList } from "@slipway/api/magnum/live.ts";
import { describe, expect, test } from "vitest";
import type { ListEntry } from "../../contract/index.ts";
import { createHub } from "./hub.ts";
import { createReader, type Reader } from "./reader.ts";
import { readFrames } from "./upstream.ts";

const cluster = (n: number, more: Partial<LiveCluster> = {}): LiveCluster => ({
  id: `id-${n}`,
  name: `c${n}`,
  phase: "ACTIVE",
  status: "CREATE_COMPLETE",
  statusReason: null,
  waitingFor: null,
  health: "HEALTHY",
  version: "v1.33.1",
  templateId: "t",
  controlPlane: { desired: 1, ready: 1 },
  workers: { desired: 1, ready: 1 },
  createdAt: "2026-11-22T08:00:00Z",
  updatedAt: null,
  stuckSince: null,
  revision: "1-a",
  projectId: "p",
  userId: "u",
  capiName: `kube-${n}`,
  paused: false,
  ...more,
});
const reader = (about?: string, list?: OperatorList) => {
  const frames: string[] = [];
  const made: Reader = { cluster: about, list, write: (frame) => void frames.push(frame), end: () => void frames.push("END") };
  const events = () => frames.flatMap((frame) => /^event: (\w+)$/m.exec(frame)?.[1] ?? []);
  const last = () => frames.flatMap((frame) => /^id: (.*)$/m.exec(frame)?.[1] ?? []).at(-1);
  return { ...made, frames, events, last };
};
const hubWith = (clusters: readonly LiveCluster[], roles: readonly string[] = ["member"]) => {
  const hub = createHub({ epoch: "e", projectId: "p", roles: () => roles, now: () => 0 });
  hub.take({ name: "clusters", data: { clusters, last: true } });
  return hub;
};

test("a browser gets a thousand clusters in a few parts, then only what changes [CON-022 CON-042]", () => {
  const hub = hubWith(Array.from({ length: 1000 }, (_, n) => cluster(n)));
  const one = reader();
  hub.join(one, undefined);
  expect(one.events()).toEqual(["hello", "snapshot", "snapshot", "snapshot", "snapshot"]);
  hub.take({ name: "cluster", data: cluster(7, { revision: "1-b", phase: "UPDATING" }) });
  hub.take({ name: "cluster", data: cluster(8) }); // as it was
  hub.take({ name: "gone", data: { id: "id-9" } });
  hub.take({ name: "gone", data: { id: "never" } });
  expect(one.events().slice(5)).toEqual(["cluster", "clusterGone"]);
  expect(one.frames.join("")).not.toContain("kube-7"); // what tenants need not know
});

test("who comes back gets exactly what was missed; from another life, or from too long ago, everything [CON-042]", () => {
  const hub = hubWith([cluster(1)]);
  const first = reader();
  const leave = hub.join(first, undefined);
  hub.take({ name: "cluster", data: cluster(2) });
  leave();
  hub.take({ name: "cluster", data: cluster(3) });
  hub.take({ name: "gone", data: { id: "id-1" } });
  const again = reader();
  hub.join(again, first.last());
  expect(again.events()).toEqual(["hello", "cluster", "clusterGone"]);
  for (const since of ["other-1", "e-99999", "e-", "nonsense", "e--1", "e-1.5"]) {
    const stranger = reader();
    hub.join(stranger, since);
    expect([since, stranger.events()]).toEqual([since, ["hello", "snapshot"]]);
  }
  for (let n = 0; n < 4100; n++) hub.take({ name: "cluster", data: cluster(3, { revision: `1-${n}` }) });
  const late = reader();
  hub.join(late, first.last());
  expect(late.events()).toEqual(["hello", "snapshot"]);
});

test("a list that comes again after a break tells what went meanwhile; before the first list nobody is shown half of it", () => {
  const hub = createHub({ epoch: "e", projectId: "p", roles: () => ["member"], now: () => 0 });
  const early = reader();
  hub.join(early, undefined);
  hub.take({ name: "clusters", data: { clusters: [cluster(1)], last: false } });
  expect(early.events()).toEqual(["hello"]);
  hub.take({ name: "clusters", data: { clusters: [cluster(2)], last: true } });
  expect(early.events()).toEqual(["hello", "snapshot"]);
  hub.upstream("live");
  hub.upstream("stale");
  hub.upstream("live");
  hub.take({ name: "clusters", data: { clusters: [cluster(2), cluster(3)], last: true } });
  expect(early.events().slice(2)).toEqual(["upstream", "upstream", "upstream", "cluster", "clusterGone"]);
});

test("a cluster's inside goes to those who look at it", () => {
  const hub = hubWith([cluster(1)]);
  const [here, elsewhere] = [reader("id-1"), reader("id-2")];
  hub.join(here, undefined);
  hub.join(elsewhere, undefined);
  const detail = { id: "id-1", tree: { nodes: [], complete: true }, history: { phases: [], stages: [], actions: [] } };
  hub.take({ name: "detail", data: detail });
  hub.take({ name: "events", data: { id: "id-1", events: [] } });
  expect([here.events().slice(2), elsewhere.events().slice(2)]).toEqual([["detail", "events"], []]);
  const next = reader("id-1");
  hub.join(next, undefined);
  expect(next.events()).toEqual(["hello", "snapshot", "detail", "events"]);
});

describe("a list of every project's", () => {
  const entry = (n: number, more: object = {}): ListEntry => ({
    key: `kube-${n}`,
    value: { ...cluster(n), projectName: null, alerts: [], commands: [], ...more },
  });
  const listing = (...items: readonly ListEntry[]) => ({ name: "items", data: { items, last: true } }) as const;
  const start = () => {
    const hub = hubWith([cluster(1)], ["admin"]);
    const fleet = hub.list("fleet");
    return { hub, fleet };
  };

  test("goes to those who look at it, whole and then what changes; nothing of it to others [CON-058]", () => {
    const { hub, fleet } = start();
    const [here, elsewhere] = [reader(undefined, "fleet"), reader()];
    hub.join(here, undefined);
    hub.join(elsewhere, undefined);
    fleet.take(listing(...Array.from({ length: 600 }, (_, n) => entry(n))));
    fleet.take({ name: "item", data: entry(7, { phase: "ERROR" }) });
    fleet.take({ name: "item", data: entry(8) }); // as it was
    fleet.take({ name: "gone", data: { key: "kube-9" } });
    fleet.take({ name: "gone", data: { key: "never" } });
    fleet.take({ name: "about", data: { defaultClusterLimit: 3 } });
    expect(here.events()).toEqual(["hello", "snapshot", "list", "list", "list", "item", "itemGone", "listAbout"]);
    expect(elsewhere.events()).toEqual(["hello", "snapshot"]);
    expect([hub.isListed("fleet"), hub.isListed("alerts")]).toEqual([true, false]);
  });

  test("who comes back gets what was missed of it; who looked at another, or never had it whole, gets all of it [CON-042]", () => {
    const { hub, fleet } = start();
    const early = reader(undefined, "fleet");
    const leaveEarly = hub.join(early, undefined);
    const before = early.last();
    fleet.take(listing(entry(1)));
    const one = reader(undefined, "fleet");
    const leave = hub.join(one, undefined);
    leave();
    leaveEarly();
    fleet.take({ name: "item", data: entry(2) });
    hub.take({ name: "cluster", data: cluster(5) });
    fleet.take({ name: "gone", data: { key: "kube-1" } });
    const comesBack = (list: OperatorList | undefined, since: string | undefined) => {
      const again = reader(undefined, list);
      hub.join(again, since);
      return again.events();
    };
    expect(comesBack("fleet", one.last())).toEqual(["hello", "item", "cluster", "itemGone"]);
    expect(comesBack(undefined, one.last())).toEqual(["hello", "cluster"]);
    expect(comesBack("fleet", one.last()?.replace(/\..*/, ""))).toEqual(["hello", "list", "cluster"]);
    expect(comesBack("fleet", one.last()?.replace("fleet", "alerts"))).toEqual(["hello", "list", "cluster"]);
    expect(comesBack("fleet", before)).toEqual(["hello", "list", "cluster"]);
    // Nobody looked for so long that it is kept no more.
    hub.forgetList("fleet");
    hub.list("fleet").take(listing(entry(3)));
    expect(comesBack("fleet", one.last())).toEqual(["hello", "list", "cluster"]);
  });

  test("that comes again after Magnum was lost tells only what is different; half a list is never shown", () => {
    const { hub, fleet } = start();
    const one = reader(undefined, "fleet");
    hub.join(one, undefined);
    fleet.take({ name: "items", data: { items: [entry(1)], last: false } });
    expect(one.events()).toEqual(["hello", "snapshot"]);
    fleet.broken();
    fleet.take(listing(entry(1), entry(2)));
    fleet.broken();
    fleet.take(listing(entry(2), entry(3)));
    expect(one.events().slice(2)).toEqual(["list", "item", "itemGone"]);
  });

  test("what is kept for those who come back is bounded in bytes as well", () => {
    const { hub, fleet } = start();
    fleet.take(listing(entry(1)));
    const one = reader(undefined, "fleet");
    hub.join(one, undefined)();
    for (let n = 0; n < 20; n++) fleet.take({ name: "item", data: entry(2, { statusReason: `${n}`.repeat(1_000_000) }) });
    const late = reader(undefined, "fleet");
    hub.join(late, one.last());
    expect(late.events()).toEqual(["hello", "list", "snapshot"]);
  });
});

test("roles decide what a row offers [CON-026 CON-065]", () => {
  const blocked = (roles: readonly string[], more: Partial<LiveCluster>) => {
    const one = reader();
    hubWith([cluster(1, more)], roles).join(one, undefined);
    const data = JSON.parse(/^data: (.*)$/m.exec(one.frames[1] ?? "")?.[1] ?? "") as { clusters: { blocked: object }[] };
    return data.clusters[0]?.blocked;
  };
  expect(blocked(["member"], {})).toEqual({});
  expect(blocked(["reader"], {})).toMatchObject({ scale: "roleMissing", delete: "roleMissing", kubeconfig: "roleMissing" });
  expect(blocked(["member"], { status: "UPDATE_IN_PROGRESS", phase: "UPDATING" })).toMatchObject({
    scale: "inProgress",
    upgrade: "inProgress",
  });
  expect(blocked(["member"], { status: "DELETE_IN_PROGRESS", phase: "DELETING" })).toMatchObject({
    delete: "deleting",
    kubeconfig: "deleting",
  });
  expect(blocked(["admin"], { status: "CREATE_FAILED", phase: "ERROR" })).not.toHaveProperty("delete");
});

test("a browser that does not read is cut, by the bytes that wait for it or by the time", () => {
  const clock = { now: 0 };
  const make = (waiting: number) => {
    const socket = Object.assign(new EventEmitter(), {
      destroyed: false,
      writableEnded: false,
      writableLength: waiting,
      write: () => waiting === 0,
      end: () => socket,
      destroy: () => {
        socket.destroyed = true;
        return socket;
      },
    });
    const cuts: number[] = [];
    const made = createReader(socket as unknown as Parameters<typeof createReader>[0], {
      cluster: undefined,
      list: undefined,
      onCut: () => void cuts.push(clock.now),
      now: () => clock.now,
    });
    return { socket, made, cuts };
  };
  const full = make(17 * 1024 * 1024);
  full.made.write("x");
  expect([full.socket.destroyed, full.cuts]).toEqual([true, [0]]);
  const slow = make(10);
  slow.made.write("x");
  clock.now = 31_000;
  slow.made.write("x");
  expect(slow.socket.destroyed).toBe(true);
  const reads = make(10);
  reads.made.write("x");
  clock.now += 20_000;
  reads.socket.emit("drain");
  clock.now += 20_000;
  reads.made.write("x");
  expect(reads.socket.destroyed).toBe(false);
});

test("frames are read however the bytes are cut, also within a character", async () => {
  const bytes = new TextEncoder().encode(': beat\n\nevent: cluster\ndata: {"name":"青"}\n\nevent: gone\ndata: {}\n\n');
  for (const size of [1, 3, 7, bytes.length]) {
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    };
    const frames = [];
    for await (const frame of readFrames(chunks())) frames.push(frame);
    expect(frames).toEqual([
      { event: "message", data: "" },
      { event: "cluster", data: '{"name":"青"}' },
      { event: "gone", data: "{}" },
    ]);
  }
});
