import { MAGNUM_NAMESPACE, MagnumCluster, MagnumQuota } from "@slipway/api";
import { createVirtualClock, silentLog } from "@slipway/runtime";
import { describe, expect, test } from "vitest";
import { latest, startCluster, type TestApi } from "../../../testing/api.ts";
import { startLive, turn, watch } from "../../../testing/live.ts";
import type { SeenAlert } from "../alerts.ts";
import { createSharedList, type Items, type ListSource } from "./shared.ts";

const list = (api: Pick<TestApi, "magnum">, name: string, as = "admin") => watch(api, `/v1/live/lists/${name}`, as);
const remove = async (api: TestApi, uuid: string) => {
  const record = await api.cluster(uuid);
  await api.api.client.update(MagnumCluster, { ...record, metadata: { ...record.metadata, finalizers: [] } });
  await api.api.client.delete(MagnumCluster, { namespace: MAGNUM_NAMESPACE, name: record.metadata.name });
};
const firing = (name: string): SeenAlert => ({
  name: "CAPIClusterInFailedPhase",
  title: "CAPI Cluster in Failed Phase",
  state: "firing",
  activeAt: "2026-11-22T12:00:00Z",
  labels: { namespace: MAGNUM_NAMESPACE, severity: "critical", name },
  annotations: {},
});

describe("the lists that operators watch", () => {
  test("every project's clusters, then each change once, with what fires; a cluster that goes is told [CON-058]", async () => {
    const alerts: SeenAlert[] = [];
    const api = await startLive(alerts);
    const uuid = await startCluster(api);
    const { name } = (await api.cluster(uuid)).metadata;
    const [one, other] = [await list(api, "fleet"), await list(api, "fleet")];
    await turn(api);
    expect(one.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(one.seen).toMatchObject([
      { event: "items", data: { items: [{ key: name, value: { id: uuid, phase: "CREATING", alerts: [] } }], last: true } },
      { event: "about", data: {} },
    ]);
    await api.settle(uuid, "CREATE_FAILED");
    await turn(api);
    alerts.push(firing(name));
    api.alert();
    await turn(api);
    await api.settle(uuid, "CREATE_FAILED"); // the same again
    await turn(api);
    expect(one.seen.slice(2)).toMatchObject([
      { event: "item", data: { key: name, value: { phase: "ERROR", alerts: [] } } },
      { event: "item", data: { key: name, value: { phase: "ERROR", alerts: ["CAPI Cluster in Failed Phase"] } } },
    ]);
    await remove(api, uuid);
    await turn(api, 600);
    expect(one.seen.at(-1)).toEqual({ event: "gone", data: { key: name } });
    expect(other.seen).toEqual(one.seen);
  });

  test("an alert comes and clears as the rules say", async () => {
    const alerts: SeenAlert[] = [];
    const api = await startLive(alerts);
    const stream = await list(api, "alerts");
    await turn(api);
    alerts.push(firing("kube-x"));
    api.alert();
    await turn(api, 3000);
    alerts.length = 0;
    api.alert();
    await turn(api, 3000);
    expect(stream.seen.map(({ event, data }) => [event, data["key"]])).toEqual([
      ["items", undefined],
      ["about", undefined],
      ["item", "CAPIClusterInFailedPhase magnum-system/kube-x"],
      ["gone", "CAPIClusterInFailedPhase magnum-system/kube-x"],
    ]);
  });

  test("projects with what they use and may use: a new limit is told like a new cluster", async () => {
    const api = await startLive();
    const stream = await list(api, "projects");
    await turn(api);
    expect(stream.seen).toEqual([
      { event: "items", data: { items: [], last: true } },
      { event: "about", data: { defaultClusterLimit: 20 } },
    ]);
    const { projectId } = (await api.cluster(await startCluster(api))).spec;
    await turn(api, 1500);
    await api.call("POST", "/v1/quotas", {
      ...latest,
      as: "admin",
      body: { project_id: projectId, resource: "Cluster", hard_limit: 3 },
    });
    await turn(api, 1500);
    expect(stream.seen.slice(2)).toMatchObject([
      { event: "item", data: { key: projectId, value: { clusters: 1, clusterLimit: -1 } } },
      { event: "item", data: { key: projectId, value: { clusters: 1, clusterLimit: 3 } } },
    ]);
    expect((await api.api.client.list(MagnumQuota, { namespace: MAGNUM_NAMESPACE })).items).toHaveLength(1);
  });

  test("are not there for tenants, nor is a list that there is none of; what nobody can tell says so [CON-068]", async () => {
    const api = await startLive();
    for (const name of ["fleet", "alerts", "projects", "orphans", "nonsense"])
      expect([name, (await list(api, name, "tenant-a")).status]).toEqual([name, 404]);
    expect((await list(api, "nonsense")).status).toBe(404);
    expect((await list(api, "constructor")).status).toBe(404);
    expect((await list(api, "fleet", "nonsense")).status).toBe(401);
    // This Magnum has no administrator's account of the cloud.
    expect((await list(api, "orphans")).status).toBe(501);
    expect((await api.call("GET", "/v1/live/orphans", latest)).status).toBe(404);
  });

  test("end with their token, and the last reader's leaving stops every look", async () => {
    const api = await startLive();
    const stream = await list(api, "fleet");
    const brief = await list(api, "alerts");
    await turn(api);
    expect(api.listeners.size).toBe(2);
    await brief.cancel();
    expect(api.listeners.size).toBe(1);
    api.revoked.add("admin");
    await turn(api, 90_000);
    expect([stream.state.ended, api.listeners.size]).toEqual([true, 0]);
  });
});

describe("a list that several read", () => {
  const start = () => {
    const clock = createVirtualClock({ start: new Date("2026-11-22T12:00:00Z") });
    const state = { items: new Map<string, object>([["a", { n: 1 }]]), looks: 0, broken: false, wake: () => {} };
    const source: ListSource = {
      gatherMilliseconds: 100,
      all: async (): Promise<Items> => {
        state.looks += 1;
        if (state.broken) throw new Error("not now");
        return new Map(state.items);
      },
      about: () => ({}),
      subscribe: (wake) => {
        state.wake = wake;
        return () => {
          state.wake = () => {};
        };
      },
    };
    const shared = createSharedList({ source, clock, log: silentLog });
    const join = async () => {
      const seen: string[] = [];
      const leave = await shared.follow((event, json) => void seen.push(`${event} ${json}`));
      return { seen, leave };
    };
    const pass = async (milliseconds: number) => {
      await clock.advance(milliseconds);
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { state, join, pass };
  };

  test("is looked at once for all of them, and who comes later begins with what there is", async () => {
    const { state, join, pass } = start();
    const first = await join();
    state.items.set("b", { n: 2 });
    for (let n = 0; n < 5; n++) state.wake();
    await pass(100);
    const second = await join();
    expect(state.looks).toBe(2);
    expect(first.seen.slice(2)).toEqual(['item {"key":"b","value":{"n":2}}']);
    expect(second.seen).toEqual([
      'items {"items":[{"key":"a","value":{"n":1}},{"key":"b","value":{"n":2}}],"last":true}',
      "about {}",
    ]);
    first.leave();
    state.items.delete("a");
    state.wake();
    await pass(100);
    expect([first.seen.length, second.seen.at(-1)]).toEqual([3, 'gone {"key":"a"}']);
  });

  test("a look that fails is made again by itself; a list that cannot be read at first is not begun", async () => {
    const { state, join, pass } = start();
    const one = await join();
    state.broken = true;
    state.items.set("b", { n: 2 });
    state.wake();
    await pass(100);
    expect(one.seen).toHaveLength(2);
    state.broken = false;
    await pass(5_000);
    expect(one.seen.at(-1)).toBe('item {"key":"b","value":{"n":2}}');
    one.leave();
    state.broken = true;
    await expect(join()).rejects.toThrow("not now");
    state.broken = false;
    expect((await join()).seen).toHaveLength(2);
  });

  test("comes in parts when it is long", async () => {
    const { state, join } = start();
    for (let n = 0; n < 450; n++) state.items.set(`c${n}`, { n });
    const { seen } = await join();
    expect(seen.map((text) => [text.slice(0, 5), text.includes('"last":true')])).toEqual([
      ["items", false],
      ["items", false],
      ["items", true],
      ["about", false],
    ]);
  });
});
