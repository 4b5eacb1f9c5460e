import { MAGNUM_NAMESPACE, MagnumCluster, type Stored } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { createTestApi, latest, startCluster } from "../../testing/api.ts";
import { startLive as start, turn, watch } from "../../testing/live.ts";
import { readActivities } from "./activity.ts";
import type { SeenAlert } from "./alerts.ts";
import { withoutHosts } from "./conditions.ts";

describe("the watch of a project's clusters", () => {
  test("begins with all of them, then tells each change once, and nothing of other projects [CON-042 CON-068]", async () => {
    const api = await start();
    const uuid = await startCluster(api);
    const stream = await watch(api);
    const other = await watch(api, "/v1/live/watch", "tenant-b");
    expect([stream.status, stream.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    await turn(api);
    expect(stream.seen).toMatchObject([{ event: "clusters", data: { clusters: [{ id: uuid, phase: "CREATING" }], last: true } }]);
    await api.settle(uuid, "CREATE_COMPLETE");
    await turn(api);
    expect(stream.seen.slice(1)).toMatchObject([
      { event: "cluster", data: { id: uuid, phase: "ACTIVE", status: "CREATE_COMPLETE" } },
    ]);
    await api.settle(uuid, "CREATE_COMPLETE"); // the same again
    await turn(api);
    expect(stream.seen).toHaveLength(2);
    const record = await api.cluster(uuid);
    await api.api.client.update(MagnumCluster, { ...record, metadata: { ...record.metadata, finalizers: [] } });
    await api.api.client.delete(MagnumCluster, { namespace: MAGNUM_NAMESPACE, name: record.metadata.name });
    await turn(api);
    expect(stream.seen.at(-1)).toEqual({ event: "gone", data: { id: uuid } });
    expect(other.seen).toEqual([{ event: "clusters", data: { clusters: [], last: true } }]);
  });

  test("ends when its token does; a token that was never good gets none", async () => {
    const api = await start();
    expect((await watch(api, "/v1/live/watch", "nonsense")).status).toBe(401);
    const stream = await watch(api);
    await turn(api, 60_000);
    expect(stream.state.ended).toBe(false);
    api.revoked.add("tenant-a");
    await turn(api, 90_000);
    expect(stream.state.ended).toBe(true);
  });

  test("of one cluster is for who may read it, and ends with it", async () => {
    const api = await start();
    const uuid = await startCluster(api);
    expect((await watch(api, `/v1/live/watch?cluster=${uuid}`, "tenant-b")).status).toBe(404);
    const stream = await watch(api, `/v1/live/watch?cluster=${uuid}`);
    await turn(api);
    expect(stream.seen.map(({ event }) => event)).toEqual(expect.arrayContaining(["detail", "events"]));
    expect(stream.seen[0]?.data).toMatchObject({
      id: uuid,
      tree: { complete: false },
      history: { stages: [{ name: "network", state: "running" }, {}, {}, {}, {}, {}] },
    });
    const record = await api.cluster(uuid);
    await api.api.client.update(MagnumCluster, { ...record, metadata: { ...record.metadata, finalizers: [] } });
    await api.api.client.delete(MagnumCluster, { namespace: MAGNUM_NAMESPACE, name: record.metadata.name });
    await turn(api, 2000);
    expect(stream.state.ended).toBe(true);
  });

  test("of one cluster says why it stands still as soon as it does, and nothing of the kind while all is well", async () => {
    const api = await start();
    const uuid = await startCluster(api);
    const stream = await watch(api, `/v1/live/watch?cluster=${uuid}`);
    const told = () => stream.seen.filter(({ event }) => event === "diagnosis");
    await turn(api, 60_000);
    expect(told()).toEqual([]);
    await api.settle(uuid, "CREATE_FAILED", { statusReason: "No valid host was found." });
    await turn(api, 2_000);
    expect(told()).toMatchObject([{ data: { id: uuid, diagnosis: { cluster_uuid: uuid, state: "failed" } } }]);
    // The same again is no news.
    await turn(api, 120_000);
    expect(told()).toHaveLength(1);
  });

  test("without a list of changes, nothing is looked at: the last reader's leaving stops it", async () => {
    const api = await start();
    const stream = await watch(api);
    await turn(api);
    await stream.cancel();
    const before = api.clock.nextTimer()?.getTime();
    await startCluster(api);
    await new Promise((resolve) => setImmediate(resolve));
    expect(api.clock.nextTimer()?.getTime()).toBe(before);
  });
});

describe("what only administrators see", () => {
  test("alerts name the cluster they speak of; fleet and usage are for administrators, and not there for others [CON-058]", async () => {
    const labels = { namespace: "magnum-system", severity: "critical" };
    const alerts: SeenAlert[] = [];
    const api = await start(alerts);
    const uuid = await startCluster(api);
    const { name } = (await api.cluster(uuid)).metadata;
    alerts.push(
      {
        name: "CAPIMachineInFailedPhase",
        title: "CAPI Machine in Failed Phase",
        state: "firing",
        activeAt: "2026-11-22T12:00:00Z",
        labels: { ...labels, name: "m-1", cluster_name: name },
        annotations: { summary: "Machine failed", kubectl: "kubectl get machine m-1", runbook_url: "https://r" },
      },
      { name: "X", title: "Strange", state: "pending", activeAt: "2026-11-22T12:00:00Z", labels: { name }, annotations: {} },
    );
    const { body } = await api.call("GET", "/v1/live/alerts", { ...latest, as: "admin" });
    expect(body.alerts).toMatchObject([
      {
        object: { kind: "Machine", name: "m-1" },
        clusterId: uuid,
        severity: "critical",
        command: "kubectl get machine m-1",
        runbookUrl: "https://r",
      },
      { object: { kind: "Cluster", name }, clusterId: null, severity: "info", summary: "Strange", command: null },
    ]);
    const fleet = await api.call("GET", "/v1/live/fleet", { ...latest, as: "admin" });
    expect(fleet.body).toMatchObject({
      clusters: [{ id: uuid, alerts: ["CAPI Machine in Failed Phase"] }],
      totals: { clusters: 1, machines: 2 },
    });
    for (const path of ["fleet", "alerts", "projects"])
      expect((await api.call("GET", `/v1/live/${path}`, latest)).status).toBe(404);
  });

  test("an administrator's action on a tenant's cluster is on the tenant's list, as an operator's [CON-061]", async () => {
    const api = await start();
    const uuid = await startCluster(api);
    await api.settle(uuid, "CREATE_COMPLETE");
    const template = (await api.cluster(uuid)).spec.clusterTemplateId;
    const upgraded = await api.call("POST", `/v1/clusters/${uuid}/actions/upgrade`, {
      ...latest,
      as: "admin",
      body: { cluster_template: template },
    });
    expect(upgraded.status).toBe(202);
    const actions = readActivities(await api.cluster(uuid)).map(({ action, operator }) => ({ action, operator }));
    expect(actions[0]).toEqual({ action: "create", operator: false });
    expect(actions.at(-1)).toMatchObject({ operator: true });
  });
});

test("a list of what was done is bounded, and rubbish in it is none", () => {
  const record = (text: string) =>
    ({ metadata: { annotations: { "magnum.slipway.dev/activity": text } } }) as unknown as Stored<MagnumCluster>;
  expect(readActivities(record("{"))).toEqual([]);
  expect(readActivities(record('{"a":1}'))).toEqual([]);
});

test("messages do not name what runs the platform, nor secrets [CON-045]", () => {
  expect(withoutHosts('Get "https://slipway-api.capi-system.svc:443/x": refused')).toBe(
    'Get "https://the management API/x": refused',
  );
  expect(withoutHosts("kube-a.capi-system.svc.cluster.local timed out")).toBe("the management API timed out");
  expect(withoutHosts("login failed: password=hunter2 for x")).toBe("login failed: password=… for x");
  expect(withoutHosts("Machine kube-a-b is not ready")).toBe("Machine kube-a-b is not ready");
});

test("without caches it says so", async () => {
  const api = await createTestApi();
  expect((await api.call("GET", "/v1/live/clusters", latest)).status).toBe(503);
  expect((await api.call("GET", "/v1/live", latest)).body).toEqual({ live: false });
});
