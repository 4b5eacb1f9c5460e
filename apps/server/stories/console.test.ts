import type {
  AnswerOf,
  ClusterList,
  ClusterSummary,
  LiveEvent,
  OperatorItems,
  OperatorList,
  SignedIn,
} from "@slipway/console/contract/index.ts";
import { memoryVault } from "@slipway/console/server/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browser, faultOf, openBrowser, openSite, type Site } from "./browser.ts";
import { type Story, startStory } from "./story.ts";

let story: Story;
let site: Site;
const audit: { readonly message: string; readonly fields: object }[] = [];
beforeAll(async () => {
  story = await startStory();
  site = await openSite(story, { seen: (line) => void audit.push(line) });
});
afterAll(async () => {
  await site?.close();
  await story?.end();
});

const signedIn = async (user: string): Promise<Browser> => {
  const browser = openBrowser(site);
  await browser.signIn(user);
  return browser;
};
const template = async (browser: Browser, version: string, name = `k8s-${version}`): Promise<string> => {
  const reply = await browser.send<AnswerOf<"POST /api/templates">>("POST", "/api/templates", {
    name,
    imageId: `ubuntu-2204-kube-${version}`,
    externalNetwork: "public",
    flavor: "m1.medium",
    masterFlavor: "m1.medium",
    masterLbEnabled: true,
    labels: { kube_tag: version },
  });
  expect(reply.status).toBe(200);
  return reply.body.id;
};
const make = async (browser: Browser, name: string, more: object = {}): Promise<string> => {
  const templateId = await template(browser, "v1.32.5", `of-${name}`);
  const reply = await browser.send<{ id: string }>("POST", "/api/clusters", {
    name,
    templateId,
    masterCount: 1,
    nodeCount: 1,
    ...more,
  });
  expect([reply.status, reply.body]).toEqual([200, expect.objectContaining({ id: expect.any(String) })]);
  return reply.body.id;
};
const operatorList = async <List extends OperatorList>(browser: Browser, list: List) => {
  const { items, about } = await browser.get<AnswerOf<"GET /api/operator/lists/:list">>(`/api/operator/lists/${list}`);
  return { items: items.map(({ value }) => value) as readonly unknown[] as readonly OperatorItems[List][], about };
};
const cluster = (browser: Browser, id: string) => browser.get<AnswerOf<"GET /api/clusters/:id">>(`/api/clusters/${id}`);
const untilPhase = (browser: Browser, id: string, phase: ClusterSummary["phase"]) =>
  story.until(`cluster ${id} is ${phase}`, async () => (await cluster(browser, id)).phase === phase);
const until = async (what: string, so: () => boolean): Promise<void> => {
  for (let turn = 0; !so(); turn += 1) {
    if (turn > 6000) throw new Error(`${what}: it never came to be`);
    // After a while only the sockets can be late: time need not pass for them.
    if (turn < 400) await story.clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe("a tenant in the console", () => {
  test("makes a cluster, sees each phase and stage pass, takes its kubeconfig, grows it, and takes it down [CON-004 CON-005 CON-007 CON-008 CON-039 CON-040 CON-041 CON-043 CON-044 CON-047 CON-050]", async () => {
    const browser = await signedIn("demo");
    const stream = await browser.watch();
    const id = await make(browser, "blue", { nodeCount: 2 });
    const seen = (): readonly string[] => [
      ...new Set(stream.events.flatMap((event) => (event.name === "cluster" && event.data.id === id ? [event.data.phase] : []))),
    ];
    await until("the new row", () => seen().length > 0);
    expect(seen()[0]).toBe("CREATING");
    for (let step = 0; step < 600 && !seen().includes("ACTIVE"); step += 1) {
      await story.system.controllers.settled();
      await story.clock.advance(250);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await until("it is ACTIVE", () => seen().includes("ACTIVE"));
    const order = ["CREATING", "BOOTSTRAPPING", "READY_CONTROL_PLANE", "ADDING_WORKERS", "ACTIVE"];
    expect(seen().map((phase) => order.indexOf(phase))).toEqual(
      seen()
        .map((phase) => order.indexOf(phase))
        .toSorted((a, b) => a - b),
    );
    expect(seen().at(-1)).toBe("ACTIVE");

    const detail = await cluster(browser, id);
    expect(detail).toMatchObject({
      status: "CREATE_COMPLETE",
      health: "HEALTHY",
      version: "v1.32.5",
      controlPlane: { desired: 1, ready: 1 },
      workers: { desired: 2, ready: 2 },
      createdBy: { name: "demo" },
      containerRuntime: "containerd",
      cloudProvider: "openstack",
      labels: [{ key: "kube_tag", value: "v1.32.5", origin: "template" }],
    });
    const history = await browser.get<AnswerOf<"GET /api/clusters/:id/history">>(`/api/clusters/${id}/history`);
    expect(history.stages.map(({ name, state }) => [name, state])).toEqual(
      ["network", "loadBalancer", "firstControlPlaneNode", "apiReachable", "controlPlane", "workers"].map((name) => [
        name,
        "done",
      ]),
    );
    for (const stage of history.stages)
      expect(Date.parse(stage.finishedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(stage.startedAt ?? ""));
    expect(history.phases.map(({ phase }) => phase)).toEqual(order);
    expect(history.actions).toMatchObject([{ action: "create", by: "demo", operator: false }]);

    const { nodes } = await browser.get<AnswerOf<"GET /api/clusters/:id/nodes">>(`/api/clusters/${id}/nodes`);
    expect(nodes.map(({ role, phase, health, nodeGroup, version }) => [role, phase, health, nodeGroup, version])).toEqual([
      ["master", "Running", "HEALTHY", "default-master", "v1.32.5"],
      ["worker", "Running", "HEALTHY", "default-worker", "v1.32.5"],
      ["worker", "Running", "HEALTHY", "default-worker", "v1.32.5"],
    ]);
    const { events } = await browser.get<AnswerOf<"GET /api/clusters/:id/events">>(`/api/clusters/${id}/events`);
    expect(new Set(events.map(({ object }) => object.kind))).toEqual(expect.objectContaining(new Set(["OpenStackServer"])));
    expect(events.map(({ lastAt }) => lastAt)).toEqual(
      events
        .map(({ lastAt }) => lastAt)
        .toSorted()
        .toReversed(),
    );

    const grown = await browser.send("POST", `/api/clusters/${id}/scale`, { nodeCount: 3, minNodeCount: 1, maxNodeCount: 5 });
    expect(grown.status).toBe(200);
    await story.until("three workers", async () => (await cluster(browser, id)).workers.ready === 3);
    expect((await cluster(browser, id)).nodeGroups.find(({ name }) => name === "default-worker")).toMatchObject({
      nodeCount: 3,
      minNodeCount: 1,
      maxNodeCount: 5,
    });
    // Beyond the bounds that are, in one request (ASK-18).
    expect(
      (await browser.send("POST", `/api/clusters/${id}/scale`, { nodeCount: 6, minNodeCount: 6, maxNodeCount: 8 })).status,
    ).toBe(200);
    await untilPhase(browser, id, "ACTIVE");
    expect((await cluster(browser, id)).workers.ready).toBe(6);
    const refused = await browser.send("POST", `/api/clusters/${id}/scale`, { nodeCount: 2 });
    expect(faultOf(refused)).toMatchObject({ code: "invalid", field: "nodeCount" });
    expect(
      (await browser.get<AnswerOf<"GET /api/clusters/:id/history">>(`/api/clusters/${id}/history`)).actions[0],
    ).toMatchObject({ by: "demo" });

    const preview = await browser.get<AnswerOf<"GET /api/clusters/:id/deletion">>(`/api/clusters/${id}/deletion`);
    expect(preview.removed.filter(({ kind }) => kind === "Server")).toHaveLength(7);
    expect(new Set(preview.removed.map(({ kind }) => kind))).toEqual(
      new Set(["Network", "Subnet", "Router", "LoadBalancer", "FloatingIP", "SecurityGroup", "Server", "Port"]),
    );
    expect(faultOf(await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "green" }))).toMatchObject({
      field: "confirm",
    });
    expect((await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "blue" })).status).toBe(204);
    await until("it is being deleted", () => seen().includes("DELETING"));
    await story.until("it is gone", async () => (await browser.get<ClusterList>("/api/clusters")).clusters.length === 0);
    await until("its row is gone", () => stream.events.some((event) => event.name === "clusterGone" && event.data.id === id));
    stream.stop();
  });

  test("asks for several node groups at once; one that is refused is named, and the cluster is made all the same [CON-031]", async () => {
    const browser = await signedIn("demo");
    const id = await make(browser, "groups", {
      nodeGroups: [
        {
          name: "gpu",
          nodeCount: 1,
          minNodeCount: 1,
          maxNodeCount: 3,
          nodeLabels: { kind: "gpu" },
          nodeTaints: [{ key: "gpu", effect: "NoSchedule" }],
        },
        { name: "idle", nodeCount: 0 },
      ],
    });
    await untilPhase(browser, id, "ACTIVE");
    const { nodeGroups, workers } = await cluster(browser, id);
    expect(
      nodeGroups.map(({ name, nodeCount, readyCount, maxNodeCount }) => [name, nodeCount, readyCount, maxNodeCount]),
    ).toEqual([
      ["default-master", 1, 1, null],
      ["default-worker", 1, 1, null],
      ["gpu", 1, 1, 3],
      ["idle", 0, 0, null],
    ]);
    expect(nodeGroups[2]).toMatchObject({ nodeLabels: { kind: "gpu" }, nodeTaints: [{ key: "gpu", effect: "NoSchedule" }] });
    expect(workers).toEqual({ desired: 2, ready: 2 });
    const templateId = await template(browser, "v1.32.5", "of-refused");
    const refused = await browser.send("POST", "/api/clusters", {
      name: "refused",
      templateId,
      nodeGroups: [{ name: "gpu", nodeCount: 1, flavor: "no-such-flavor" }],
    });
    expect(faultOf(refused)).toMatchObject({
      field: "nodeGroups.0",
      detail: expect.stringContaining("The cluster is being made, but its node group gpu was refused"),
    });
    const { clusters } = await browser.get<ClusterList>("/api/clusters");
    for (const one of clusters) await browser.send("DELETE", `/api/clusters/${one.id}`, { confirm: one.name });
    await story.until("all are gone", async () => (await browser.get<ClusterList>("/api/clusters")).clusters.length === 0);
  });

  test("takes a kubeconfig once the cluster is ACTIVE, with a certificate of its own or with none in it [CON-006 CON-009 CON-051 CON-052]", async () => {
    const browser = await signedIn("demo");
    const id = await make(browser, "keys");
    expect(faultOf(await browser.send("POST", `/api/clusters/${id}/kubeconfig`, { form: "certificate" })).code).toBe("notReady");
    expect((await cluster(browser, id)).blocked).toMatchObject({ kubeconfig: "notActive", scale: "inProgress" });
    await untilPhase(browser, id, "ACTIVE");
    expect((await cluster(browser, id)).blocked).toEqual({});
    const own = await browser.send<AnswerOf<"POST /api/clusters/:id/kubeconfig">>("POST", `/api/clusters/${id}/kubeconfig`, {
      form: "certificate",
    });
    expect(own.body.yaml).toContain("client-certificate-data");
    expect(own.body.filename).toBe("keys.kubeconfig");
    expect(Date.parse(own.body.certificateExpiresAt ?? "")).toBeGreaterThan(story.clock.now().getTime());
    const exec = await browser.send<AnswerOf<"POST /api/clusters/:id/kubeconfig">>("POST", `/api/clusters/${id}/kubeconfig`, {
      form: "exec",
    });
    expect(exec.body.yaml).toContain("command: slipway");
    expect(exec.body.yaml).not.toMatch(/client-key-data|token:/);
    const { certificates } = await browser.get<AnswerOf<"GET /api/clusters/:id/certificates">>(
      `/api/clusters/${id}/certificates`,
    );
    expect(certificates).toMatchObject([{ kind: "ca", subject: "CN=kubernetes" }]);
    const { actions } = await browser.get<AnswerOf<"GET /api/clusters/:id/history">>(`/api/clusters/${id}/history`);
    expect(actions.map(({ action, by }) => [action, by])).toEqual([
      ["kubeconfig", "demo"],
      ["create", "demo"],
    ]);
    await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "keys" });
  });

  test("sees what a cluster would need before it is made, and why it does not fit [CON-030 CON-035 CON-036 CON-054]", async () => {
    const browser = await signedIn("demo");
    const templateId = await template(browser, "v1.32.5", "of-preview");
    const ask = (more: object) =>
      browser.send<AnswerOf<"POST /api/clusters/preview">>("POST", "/api/clusters/preview", { name: "big", templateId, ...more });
    const { body } = await ask({
      masterCount: 3,
      nodeCount: 2,
      keypair: "demo",
      labels: { audit_log_enabled: "true" },
      mergeLabels: true,
    });
    expect(body.command).toBe(
      "openstack coe cluster create --cluster-template of-preview --master-count 3 --node-count 2 --keypair demo --labels audit_log_enabled=true --merge-labels big",
    );
    expect(body.body).toMatchObject({ name: "big", master_count: 3, node_count: 2, merge_labels: true });
    expect(body.quota.find(({ resource }) => resource === "instances")).toMatchObject({ adds: 5 });
    expect(body.shortfalls).toEqual([]);
    expect(
      (await ask({ name: "9", masterCount: 2, masterFlavor: "m1.tiny" })).body.problems.map(({ field, code }) => [field, code]),
    ).toEqual([
      ["name", "nameInvalid"],
      ["masterCount", "evenControlPlane"],
      ["masterFlavor", "flavorTooSmall"],
    ]);
    await story.setQuota({ instances: 3 });
    expect((await ask({ masterCount: 3, nodeCount: 2 })).body.shortfalls).toMatchObject([
      { resource: "instances", needed: 5, limit: 3 },
    ]);
    const refused = await browser.send("POST", "/api/clusters", { name: "big", templateId, masterCount: 3, nodeCount: 2 });
    expect([refused.status, faultOf(refused).code, faultOf(refused).shortfalls?.[0]?.resource]).toEqual([
      409,
      "quotaExceeded",
      "instances",
    ]);
    await story.setQuota({ instances: 1000 });
    const { quotas } = await browser.get<AnswerOf<"GET /api/quotas">>("/api/quotas");
    expect(quotas.map(({ resource }) => resource)).toEqual(
      expect.arrayContaining([
        "clusters",
        "instances",
        "cores",
        "ram",
        "floatingIps",
        "loadBalancers",
        "volumes",
        "securityGroups",
      ]),
    );
    expect(quotas.find(({ resource }) => resource === "clusters")?.limit).toBe(20);
  });

  test("is offered only upgrades that are possible, with what would roll; a second user's old view is a conflict [CON-049 CON-057]", async () => {
    const browser = await signedIn("demo");
    const id = await make(browser, "up", { masterCount: 1, nodeCount: 1 });
    await untilPhase(browser, id, "ACTIVE");
    const next = await template(browser, "v1.33.1");
    const older = await template(browser, "v1.31.1");
    const preview = await browser.get<AnswerOf<"GET /api/clusters/:id/upgrade">>(`/api/clusters/${id}/upgrade`);
    expect(preview.targets.map(({ templateId }) => templateId)).toEqual([next]);
    expect(preview.targets[0]?.steps.map(({ nodeGroup, surge, machines }) => [nodeGroup, surge, machines.length])).toEqual([
      ["default-master", 1, 1],
      ["default-worker", 1, 1],
    ]);
    expect(preview.unavailable).toContainEqual({
      templateId: older,
      name: "k8s-v1.31.1",
      version: "v1.31.1",
      because: "sameOrOlder",
    });
    const { revision } = await cluster(browser, id);
    expect(
      (await browser.send("POST", `/api/clusters/${id}/upgrade`, { templateId: next }, { "if-match": `"${revision}"` })).status,
    ).toBe(200);
    await story.until("it upgrades", async () => (await cluster(browser, id)).phase === "UPGRADING");
    const late = await browser.send("POST", `/api/clusters/${id}/scale`, { nodeCount: 4 }, { "if-match": `"${revision}"` });
    expect([late.status, faultOf(late).code, faultOf(late).changed?.by]).toEqual([409, "changedMeanwhile", "demo"]);
    await untilPhase(browser, id, "ACTIVE");
    expect((await cluster(browser, id)).version).toBe("v1.33.1");
    await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "up" });
  });

  test("sees public templates and own ones; one that is in use stays, and its clusters are named; operators publish and hide [CON-055 CON-029]", async () => {
    const [browser, other, admin] = [await signedIn("demo"), await signedIn("other"), await signedIn("admin")];
    const id = await make(browser, "holder");
    const { templateId } = await cluster(browser, id);
    expect(await browser.get(`/api/templates/${templateId}`)).toMatchObject({
      own: true,
      public: false,
      version: "v1.32.5",
      usedBy: [id],
    });
    expect([
      (await browser.send("DELETE", `/api/templates/${templateId}`)).status,
      (await other.send("GET", `/api/templates/${templateId}`)).status,
    ]).toEqual([400, 404]);
    expect(faultOf(await browser.send("PATCH", `/api/templates/${templateId}`, { public: true })).code).toMatch(
      /forbidden|roleMissing/,
    );
    expect((await admin.send("PATCH", `/api/templates/${templateId}`, { public: true })).status).toBe(200);
    expect(await other.get(`/api/templates/${templateId}`)).toMatchObject({ own: false, public: true, deprecated: false });
    expect((await admin.send("PATCH", `/api/templates/${templateId}`, { hidden: true })).status).toBe(200);
    const { templates } = await other.get<AnswerOf<"GET /api/templates">>("/api/templates");
    expect(templates.map((one) => one.id)).not.toContain(templateId);
    expect(await browser.get(`/api/templates/${templateId}`)).toMatchObject({ hidden: true, deprecated: true });
    // Its application credential is the maker's to see.
    const { credential } = await browser.get<AnswerOf<"GET /api/clusters/:id/certificates">>(`/api/clusters/${id}/certificates`);
    expect(credential).toMatchObject({ id: expect.any(String), expiresAt: null });
    await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "holder" });
    await story.until(
      "it is gone",
      async () => !(await browser.get<ClusterList>("/api/clusters")).clusters.some((one) => one.id === id),
    );
    expect((await browser.send("DELETE", `/api/templates/${templateId}`)).status).toBe(204);
  });

  test("replaces the credential that a cluster works with: the former one is good no more, no machine is, and the cluster goes on growing [CON-053]", async () => {
    const browser = await signedIn("demo");
    const id = await make(browser, "rotated");
    await untilPhase(browser, id, "ACTIVE");
    const credentials = async () =>
      (await browser.get<AnswerOf<"GET /api/credentials">>("/api/credentials")).credentials.filter(
        ({ clusterId }) => clusterId === id,
      );
    const nodes = async () =>
      (await browser.get<AnswerOf<"GET /api/clusters/:id/nodes">>(`/api/clusters/${id}/nodes`)).nodes.map(
        ({ machine }) => machine,
      );
    const [former] = await credentials();
    const machines = await nodes();
    expect((await browser.send("POST", `/api/clusters/${id}/credential/rotate`)).status).toBe(200);
    const [now, ...others] = await credentials();
    expect([others, now?.id === former?.id]).toEqual([[], false]);
    await untilPhase(browser, id, "ACTIVE");
    expect((await browser.send("POST", `/api/clusters/${id}/scale`, { nodeCount: 2 })).status).toBe(200);
    await story.until("another worker", async () => (await cluster(browser, id)).workers.ready === 2);
    expect(await nodes()).toEqual(expect.arrayContaining([...machines]));
    expect(
      (await browser.get<AnswerOf<"GET /api/clusters/:id/history">>(`/api/clusters/${id}/history`)).actions.map(
        ({ action }) => action,
      ),
    ).toEqual(["scale", "rotateCredential", "create"]);
    await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "rotated" });
    await story.until(
      "it is gone",
      async () => !(await browser.get<ClusterList>("/api/clusters")).clusters.some((one) => one.id === id),
    );
    expect(await credentials()).toEqual([]);
  });

  test("replaces a node, reads its console, adds and removes a group [CON-043 CON-048 CON-056]", async () => {
    const browser = await signedIn("demo");
    const id = await make(browser, "nodes");
    await untilPhase(browser, id, "ACTIVE");
    const nodes = async () => (await browser.get<AnswerOf<"GET /api/clusters/:id/nodes">>(`/api/clusters/${id}/nodes`)).nodes;
    const worker = (await nodes()).find(({ role }) => role === "worker")?.machine ?? "";
    const master = (await nodes()).find(({ role }) => role === "master")?.machine ?? "";
    expect((await browser.get<{ text: string }>(`/api/clusters/${id}/nodes/${worker}/console`)).text).toContain("cloud-init");
    expect(faultOf(await browser.send("POST", `/api/clusters/${id}/nodes/${master}/replace`)).code).toBe("conflict");
    expect((await browser.send("POST", `/api/clusters/${id}/nodes/${worker}/replace`)).status).toBe(200);
    await story.until("another worker", async () => {
      const now = await nodes();
      return now.length === 2 && now.every(({ machine, phase }) => machine !== worker && phase === "Running");
    });
    await untilPhase(browser, id, "ACTIVE");
    expect(
      (
        await browser.send("POST", `/api/clusters/${id}/nodegroups`, {
          name: "gpu",
          nodeCount: 1,
          maxNodeCount: 3,
          flavor: "m1.medium",
        })
      ).status,
    ).toBe(200);
    await story.until(
      "the group is there",
      async () => (await nodes()).filter(({ nodeGroup, phase }) => nodeGroup === "gpu" && phase === "Running").length === 1,
    );
    const { nodeGroups } = await browser.get<AnswerOf<"GET /api/clusters/:id/nodegroups">>(`/api/clusters/${id}/nodegroups`);
    expect(nodeGroups.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ["default-master", true],
      ["default-worker", true],
      ["gpu", false],
    ]);
    expect(faultOf(await browser.send("DELETE", `/api/clusters/${id}/nodegroups/default-worker`)).code).toBe("invalid");
    await untilPhase(browser, id, "ACTIVE");
    expect((await browser.send("DELETE", `/api/clusters/${id}/nodegroups/gpu`)).status).toBe(204);
    await story.until("the group is gone", async () => (await nodes()).length === 2);
    await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "nodes" });
  });

  test("reads why a cluster stands still, and sees it at the stage where it does [CON-040 CON-024 CON-046]", async () => {
    const browser = await signedIn("demo");
    const id = await make(browser, "stuck");
    await story.setQuota({ instances: 0 });
    await story.until("it is told", async () => (await cluster(browser, id)).statusReason !== null);
    await story.clock.advance(60_000);
    await story.system.controllers.settled();
    const diagnosis = await browser.get<AnswerOf<"GET /api/clusters/:id/diagnosis">>(`/api/clusters/${id}/diagnosis`);
    expect(diagnosis.verdict).toBe("blocked");
    expect(diagnosis.findings[0]?.todo.length).toBeGreaterThan(0);
    const { stages } = await browser.get<AnswerOf<"GET /api/clusters/:id/history">>(`/api/clusters/${id}/history`);
    const blocked = stages.find(({ state }) => state === "running");
    expect(blocked?.name).toBe("firstControlPlaneNode");
    expect(blocked?.blockedBy?.message).toMatch(/quota/i);
    expect((await cluster(browser, id)).waitingFor).toMatchObject({ what: "firstControlPlaneNode", desired: 1, ready: 0 });
    await story.clock.advance(31 * 60_000);
    await story.system.controllers.settled();
    expect(await cluster(browser, id)).toMatchObject({ phase: "ERROR", stuckSince: expect.any(String) });
    await story.setQuota({ instances: 1000 });
    expect((await browser.send("POST", `/api/clusters/${id}/retry`)).status).toBe(200);
    await untilPhase(browser, id, "ACTIVE");
    await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "stuck" });
  });

  test("makes, lists and deletes application credentials; one that is restricted explains why it makes no cluster [CON-062 CON-064]", async () => {
    const browser = await signedIn("demo");
    const made = await browser.send<AnswerOf<"POST /api/credentials">>("POST", "/api/credentials", {
      name: "terraform",
      description: "CI",
    });
    expect(made.status).toBe(200);
    const { id, secret, snippets } = made.body;
    expect(snippets.cloudsYaml).toContain(secret);
    expect(snippets.terraform).toContain(id);
    const listed = await browser.get<AnswerOf<"GET /api/credentials">>("/api/credentials");
    expect(listed.credentials.find((one) => one.id === id)).toMatchObject({
      name: "terraform",
      unrestricted: false,
      clusterId: null,
    });
    expect(JSON.stringify(listed)).not.toContain(secret);

    const robot = openBrowser(site);
    const reply = await robot.send<SignedIn>("POST", "/api/session", { method: "applicationCredential", id, secret });
    expect([reply.status, reply.body.restricted, reply.body.project?.name]).toEqual([200, true, "demo"]);
    robot.csrf = reply.body.csrfToken;
    const templateId = await template(browser, "v1.32.5", "of-robot");
    expect(faultOf(await robot.send("POST", "/api/clusters", { name: "robots", templateId })).code).toBe("restrictedCredential");
    expect(faultOf(await robot.send("POST", "/api/credentials", { name: "another" })).code).toBe("restrictedCredential");
    expect((await browser.send("DELETE", `/api/credentials/${id}`)).status).toBe(204);
    expect((await robot.send("GET", "/api/clusters")).status).toBe(401);
  });
});

describe("two tenants", () => {
  test("do not see each other: a guessed id is answered as one that is not there, at every door [CON-045 CON-068]", async () => {
    const [mine, theirs] = [await signedIn("demo"), await signedIn("other")];
    const id = await make(mine, "secret");
    await untilPhase(mine, id, "ACTIVE");
    const machine = (await mine.get<AnswerOf<"GET /api/clusters/:id/nodes">>(`/api/clusters/${id}/nodes`)).nodes[0]?.machine;
    const nothing = "00000000-1111-4222-8333-444444444444";
    const doors: readonly (readonly [string, string, unknown?])[] = [
      ["GET", ""],
      ["GET", "/tree"],
      ["GET", "/nodes"],
      ["GET", `/nodes/${machine}/console`],
      ["GET", "/events"],
      ["GET", "/history"],
      ["GET", "/diagnosis"],
      ["GET", "/certificates"],
      ["GET", "/nodegroups"],
      ["GET", "/upgrade"],
      ["GET", "/deletion"],
      ["POST", "/kubeconfig", { form: "certificate" }],
      ["POST", "/kubeconfig", { form: "exec" }],
      ["POST", "/certificates", { csr: "-----BEGIN CERTIFICATE REQUEST-----" }],
      ["POST", "/scale", { nodeCount: 0 }],
      ["POST", "/scale/preview", { nodeCount: 0 }],
      ["POST", "/upgrade", { templateId: nothing }],
      ["POST", "/nodegroups", { name: "x", nodeCount: 1 }],
      ["POST", `/nodes/${machine}/replace`],
      ["POST", "/retry"],
      ["POST", "/certificates/rotate"],
      ["POST", "/credential/rotate"],
      ["DELETE", "/nodegroups/default-worker"],
      ["DELETE", "", { confirm: "secret" }],
    ];
    for (const [method, path, body] of doors) {
      const guessed = await theirs.send(method, `/api/clusters/${id}${path}`, body);
      const absent = await theirs.send(method, `/api/clusters/${nothing}${path}`, body);
      const told = (reply: typeof guessed) =>
        JSON.stringify(faultOf(reply))
          .replaceAll(id, "ID")
          .replaceAll(nothing, "ID")
          .replaceAll(/"(upstreamR|r)equestId":"[^"]*"/g, "");
      expect([method, path, guessed.status, told(guessed)]).toEqual([method, path, 404, told(absent)]);
    }
    expect((await theirs.get<ClusterList>("/api/clusters")).clusters).toEqual([]);
    const stream = await theirs.watch(`?cluster=${id}`);
    await until("their list", () => stream.events.some(({ name }) => name === "snapshot"));
    await mine.send("POST", `/api/clusters/${id}/scale`, { nodeCount: 2 });
    await untilPhase(mine, id, "ACTIVE");
    await story.clock.advance(5000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(JSON.stringify(stream.events)).not.toContain(id);
    stream.stop();
    expect((await theirs.send("GET", "/api/operator/lists/fleet")).status).toBe(404);
    await mine.send("DELETE", `/api/clusters/${id}`, { confirm: "secret" });
  });

  test("and a path in place of an id goes nowhere", async () => {
    const browser = await signedIn("demo");
    for (const id of ["..%2fclusters", "%2e%2e", "a%00b", "x%3Fy=1", "%ff"]) {
      const reply = await browser.send("GET", `/api/clusters/${id}`);
      expect([id, reply.status]).toEqual([id, 404]);
    }
  });
});

describe("operators", () => {
  test("see every tenant's clusters, failed and stuck first, and how much each project has; they set its limit, pause one and write to its tenant [CON-054 CON-058 CON-059 CON-061]", async () => {
    const tenant = await signedIn("other");
    const id = await make(tenant, "theirs");
    const admin = await signedIn("admin");
    const row = (await operatorList(admin, "fleet")).items.find((one) => one.id === id);
    expect(row?.commands[0]).toBe(`clusterctl describe cluster ${row?.capiName} -n magnum-system --show-conditions all`);
    const { items: projects, about } = await operatorList(admin, "projects");
    expect(about.defaultClusterLimit).toBe(20);
    const { names } = await admin.get<AnswerOf<"GET /api/operator/names">>("/api/operator/names");
    const project = projects.find((one) => names[one.id] === "other");
    expect(project).toMatchObject({ clusters: 1, nodes: 2, clusterLimit: -1 });
    expect((await admin.send("PUT", `/api/operator/projects/${project?.id}/quota`, { hardLimit: 1 })).status).toBe(204);
    expect((await admin.send("PUT", `/api/operator/projects/${project?.id}/quota`, { hardLimit: 2 })).status).toBe(204);
    const { quotas } = await tenant.get<AnswerOf<"GET /api/quotas">>("/api/quotas");
    expect(quotas.find(({ resource }) => resource === "clusters")).toMatchObject({ used: 1, limit: 2 });
    // What an operator does to a tenant's cluster, its tenant reads.
    await untilPhase(tenant, id, "ACTIVE");
    expect((await admin.send("POST", `/api/operator/clusters/${id}/pause`, { paused: true })).status).toBe(200);
    expect((await admin.send("POST", `/api/operator/clusters/${id}/banner`, { text: "We look at it." })).status).toBe(200);
    const seen = await cluster(tenant, id);
    expect([seen.banner, seen.createdBy.name]).toEqual(["We look at it.", "other"]);
    expect((await operatorList(admin, "fleet")).items.find((one) => one.id === id)?.paused).toBe(true);
    expect((await tenant.send("POST", `/api/operator/clusters/${id}/pause`, { paused: false })).status).toBe(404);
    expect((await admin.send("POST", `/api/operator/clusters/${id}/pause`, { paused: false })).status).toBe(200);
    expect((await admin.send("POST", `/api/operator/clusters/${id}/banner`, { text: "" })).status).toBe(200);
    expect((await cluster(tenant, id)).banner).toBeUndefined();
    const { actions } = await tenant.get<AnswerOf<"GET /api/clusters/:id/history">>(`/api/clusters/${id}/history`);
    expect(actions.map(({ by, operator, detail }) => [by, operator, detail])).toEqual([
      ["admin", true, "banner"],
      ["admin", true, "resume"],
      ["admin", true, "banner"],
      ["admin", true, "pause"],
      ["other", false, null],
    ]);
    // An administrator's own list is the own project's.
    expect((await admin.get<ClusterList>("/api/clusters")).clusters).toEqual([]);
    await tenant.send("DELETE", `/api/clusters/${id}`, { confirm: "theirs" });
  });
});

/** What an operator's stream has said of one list, put together as the page does. */
const listOf = <List extends OperatorList>(events: readonly LiveEvent[], list: List): readonly OperatorItems[List][] => {
  const items = new Map<string, unknown>();
  for (const event of events) {
    if (event.name === "list" && event.data.list === list) for (const { key, value } of event.data.items) items.set(key, value);
    if (event.name === "item" && event.data.list === list) items.set(event.data.key, event.data.value);
    if (event.name === "itemGone" && event.data.list === list) items.delete(event.data.key);
  }
  return [...items.values()] as readonly OperatorItems[List][];
};

describe("operators' live view", () => {
  test("carries every project's clusters, limits and left-overs as they change, goes on after a break, and is not there for tenants [CON-042 CON-058 CON-059 CON-068]", async () => {
    const [admin, tenant] = [await signedIn("admin"), await signedIn("other")];
    const fleet = await admin.watch("?list=fleet");
    const projects = await admin.watch("?list=projects");
    const orphans = await admin.watch("?list=orphans");
    await until("the lists", () =>
      [fleet, projects, orphans].every(({ events }) =>
        events.some(({ name, data }) => name === "list" && "last" in data && data.last),
      ),
    );
    const id = await make(tenant, "seen");
    const phaseNow = (events: readonly LiveEvent[] = fleet.events) =>
      listOf(events, "fleet").find((one) => one.id === id)?.phase ?? "none";
    await until("the cluster of another project", () => phaseNow() !== "none");
    await untilPhase(tenant, id, "ACTIVE");
    await until("it is ACTIVE there too", () => phaseNow() === "ACTIVE");
    await until("its project's use", () => listOf(projects.events, "projects").some(({ nodes }) => nodes === 2));
    // The list of the admin's own project knows nothing of it.
    expect(JSON.stringify(fleet.events.filter(({ name }) => name === "cluster" || name === "snapshot"))).not.toContain(id);

    fleet.stop();
    await fleet.ended;
    const last = fleet.events.findLast((event) => event.id !== undefined)?.id ?? "";
    expect(last).toMatch(/\.fleet$/);
    await tenant.send("DELETE", `/api/clusters/${id}`, { confirm: "seen" });
    const again = await admin.watch(`?list=fleet&since=${last}`);
    await until("it goes", () => again.events.some(({ name }) => name === "itemGone"));
    expect(again.events[0]).toMatchObject({ name: "hello", data: { resumed: true } });
    expect(again.events.filter(({ name }) => name === "list")).toEqual([]);

    // A cluster that went may have left something.
    await until("the cloud was looked through again", () => orphans.events.some(({ name }) => name === "listAbout"));
    expect(listOf(orphans.events, "orphans")).toEqual([]);
    for (const list of ["fleet", "alerts", "projects", "orphans", "nonsense"])
      expect([list, (await tenant.send("GET", `/api/live?list=${list}`)).status]).toEqual([list, 404]);
    expect((await admin.send("GET", "/api/live?list=nonsense")).status).toBe(404);
    for (const stream of [projects, orphans, again]) stream.stop();
  });
});

describe("a Magnum that is not Slipway's", () => {
  test("is shown as far as it tells: list, detail, stream by asking again; what is inside is said to be unknown", async () => {
    const plain = await openSite(story, { plainMagnum: true, vault: memoryVault() });
    const browser = openBrowser(plain);
    const { features } = await browser.signIn("demo");
    expect(features).toMatchObject({ live: false, diagnosis: false, nodeReplace: false });
    const id = await make(browser, "plain");
    await untilPhase(browser, id, "ACTIVE");
    expect((await browser.get<ClusterList>("/api/clusters")).clusters.find((one) => one.id === id)).toMatchObject({
      name: "plain",
      phase: "ACTIVE",
      workers: { desired: 1, ready: 1 },
    });
    expect(faultOf(await browser.send("GET", `/api/clusters/${id}/tree`))).toMatchObject({ code: "unsupported", status: 501 });
    const stream = await browser.watch();
    await until("the list", () =>
      stream.events.some((event) => event.name === "snapshot" && event.data.clusters.some((one) => one.id === id)),
    );
    stream.stop();
    await browser.send("DELETE", `/api/clusters/${id}`, { confirm: "plain" });
    await plain.close();
  });
});

test("whatever changes something is written to the audit log with who, where, what and how it ended [CON-069]", async () => {
  const browser = await signedIn("demo");
  const before = audit.length;
  const reply = await browser.send("POST", "/api/clusters/00000000-1111-4222-8333-444444444444/retry");
  const line = audit.slice(before).find(({ message }) => message === "audit")?.fields;
  expect(line).toMatchObject({
    action: "POST /api/clusters/:id/retry",
    target: "00000000-1111-4222-8333-444444444444",
    result: "notFound",
    requestId: faultOf(reply).requestId,
  });
  expect(JSON.stringify(audit)).not.toContain("-password");
});
