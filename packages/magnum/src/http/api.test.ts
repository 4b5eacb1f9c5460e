import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTestApi, TEMPLATE, type TestApi } from "../testing/api.ts";
import { PEOPLE } from "../testing/tinycloud.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

const latest = { version: "latest" };
const detail = (called: { body: { errors: { detail: string }[] } }): string => called.body.errors[0]?.detail ?? "";

const template = async (more: object = {}, as = "tenant-a"): Promise<string> => {
  const made = await api.call("POST", "/v1/clustertemplates", { ...latest, as, body: { ...TEMPLATE, ...more } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.uuid;
};
const cluster = async (more: object = {}): Promise<string> => {
  const made = await api.call("POST", "/v1/clusters", {
    ...latest,
    body: { name: "mine", cluster_template_id: await template(), ...more },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(202);
  return made.body.uuid;
};

describe("microversions", () => {
  test.each([
    [undefined, "1.1"],
    ["container-infra latest", "1.14"],
    ["container-infra LATEST", "1.14"],
    ["nonsense latest", "1.14"],
    ["container-infra 1.9", "1.9"],
    ["container-infrastructure-management 1.12", "1.12"],
  ])(
    "header %s runs at %s, told by the long name [MAG-014] [MAG-015] [MAG-016] [MAG-020] [MAG-021] [MAG-022] [TRAP-01] [TRAP-02]",
    async (header, version) => {
      const { status, headers } = await api.call("GET", "/v1/clusters", {
        headers: header === undefined ? {} : { "OpenStack-API-Version": header },
      });
      expect(status).toBe(200);
      expect(headers.get("OpenStack-API-Version")).toBe(`container-infrastructure-management ${version}`);
      expect(headers.get("OpenStack-API-Maximum-Version")).toBe("container-infrastructure-management 1.14");
      expect(headers.get("OpenStack-API-Minimum-Version")).toBe("container-infrastructure-management 1.1");
      expect(headers.get("Vary")).toBe("OpenStack-API-Version");
      expect(headers.get("x-openstack-request-id")).toMatch(/^req-/);
    },
  );

  test.each([
    "1.10",
    "container-infra 1.1 compute 2.1",
    "compute 2.1",
    "container-infra abc",
    "container-infra 2.0",
    "container-infra 1.15",
    "container-infra 1.0",
  ])("header %s is not acceptable [MAG-017] [MAG-018] [MAG-019]", async (header) => {
    expect((await api.call("GET", "/v1/clusters", { headers: { "OpenStack-API-Version": header } })).status).toBe(406);
  });

  test("what is too new says which versions there are [MAG-019] [MAG-043]", async () => {
    const { body } = await api.call("GET", "/v1/clusters", { version: "1.99" });
    expect(body.errors[0]).toMatchObject({ code: "magnum.microversion-unsupported", min_version: "1.1", max_version: "1.14" });
  });

  test("the token is looked at before the version; a root document at neither [MAG-024] [MAG-003] [MAG-004] [MAG-023] [MAG-064]", async () => {
    expect((await api.call("GET", "/v1/clusters", { as: null, version: "9.9" })).status).toBe(401);
    expect((await api.call("GET", "/", { as: null, version: "9.9" })).body.versions[0]).toMatchObject({
      min_version: "1.1",
      max_version: "1.14",
    });
    expect((await api.call("GET", "/v1/", { as: null })).body).toMatchObject({ id: "v1", credentials: expect.any(Array) });
    expect((await api.call("GET", "/v1", { as: null, version: "9.9" })).status).toBe(406);
  });

  test.each([
    ["POST", "/v1/clusters/x/actions/resize", "1.6", 406],
    ["POST", "/v1/clusters/x/actions/upgrade", "1.6", 406],
    ["POST", "/v1/clusters/x/actions/upgrade", "1.7", 400],
    ["GET", "/v1/clusters/x/nodegroups", "1.8", 406],
    ["PATCH", "/v1/credentials/x", "1.11", 406],
    ["GET", "/v1/bays", "1.5", 404],
    ["GET", "/v1/clusters/x/detail", "1.5", 404],
  ])(
    "%s %s at %s is %d [MAG-025] [MAG-029] [MAG-030] [MAG-031] [MAG-034] [MAG-035] [MAG-097]",
    async (method, path, version, status) => {
      const body = method === "POST" ? { cluster_template: "x", node_count: 1 } : undefined;
      const called = await api.call(method, path, {
        version,
        body: method === "POST" ? (path.endsWith("resize") ? { node_count: 1 } : { cluster_template: "x" }) : body,
      });
      expect(called.status).toBe(status);
    },
  );

  test("clusters rename stack_id to cluster_id at 1.13, node groups never do [MAG-036] [MAG-037] [MAG-159]", async () => {
    const uuid = await cluster();
    const old = (await api.call("GET", `/v1/clusters/${uuid}`, { version: "1.12" })).body;
    const now = (await api.call("GET", `/v1/clusters/${uuid}`, { version: "1.13" })).body;
    expect([old.stack_id, old.cluster_id]).toEqual([now.cluster_id, undefined]);
    expect(now.stack_id).toBeUndefined();
    expect(now.cluster_id).toMatch(/^kube-[a-z0-9]{5}$/);
    const group = (await api.call("GET", `/v1/clusters/${uuid}/nodegroups/default-worker`, latest)).body;
    expect(group).toMatchObject({ stack_id: now.cluster_id, cluster_id: uuid });
  });
});

describe("tokens and projects", () => {
  test("a missing or bad token is Keystone's own 401 [MAG-065]", async () => {
    for (const as of [null, "nonsense"]) {
      const { status, body, headers } = await api.call("GET", "/v1/clusters", { as });
      expect(status).toBe(401);
      expect(body.error).toMatchObject({ code: 401, title: "Unauthorized" });
      expect(headers.get("WWW-Authenticate")).toBe('Keystone uri="http://keystone.test/v3"');
    }
  });

  test("tokens are asked about once in a while, and not beyond their end [MAG-068]", async () => {
    const checks = () => api.cloud.log.filter((line) => line.endsWith("/auth/tokens")).length;
    await Promise.all([1, 2, 3].map(() => api.call("GET", "/v1/clusters")));
    expect(checks()).toBe(1);
    await api.clock.advance(61_000);
    await api.call("GET", "/v1/clusters");
    expect(checks()).toBe(2);
  });

  test("identity headers of the client count for nothing [MAG-067]", async () => {
    const { status } = await api.call("GET", "/v1/mservices", {
      headers: { "X-Roles": "admin", "X-Identity-Status": "Confirmed" },
    });
    expect(status).toBe(403);
  });

  test("without Keystone nobody is let in, and it is not their fault [MAG-066]", async () => {
    api.cloud.down.add("keystone.test");
    expect((await api.call("GET", "/v1/clusters")).status).toBe(503);
  });

  test("projects do not see each other; administrators see all, but may not resize or sign everywhere [MAG-071] [MAG-073] [MAG-074]", async () => {
    const uuid = await cluster();
    for (const path of [
      `/v1/clusters/${uuid}`,
      "/v1/clusters/mine",
      `/v1/certificates/${uuid}`,
      `/v1/clusters/${uuid}/nodegroups`,
    ])
      expect((await api.call("GET", path, { as: "tenant-b", ...latest })).status, path).toBe(404);
    expect((await api.call("DELETE", `/v1/clusters/${uuid}`, { as: "tenant-b" })).status).toBe(404);
    expect((await api.call("GET", `/v1/clusters/${uuid}`, { as: "admin" })).status).toBe(200);
    expect((await api.call("GET", "/v1/clusters", { as: "admin" })).body.clusters).toHaveLength(1);
    expect((await api.call("GET", "/v1/clusters", { as: "tenant-b" })).body.clusters).toEqual([]);
    const resize = { as: "admin", ...latest, body: { node_count: 2 } };
    expect((await api.call("POST", `/v1/clusters/${uuid}/actions/resize`, resize)).status).toBe(404);
    expect((await api.call("GET", `/v1/certificates/${uuid}`, { as: "admin" })).status).toBe(404);
  });

  test("readers read, members write, and only the creator has the certificates [MAG-059] [MAG-076] [MAG-077] [MAG-079] [MAG-080] [TRAP-11]", async () => {
    const uuid = await cluster();
    expect((await api.call("GET", `/v1/clusters/${uuid}`, { as: "tenant-a-reader" })).status).toBe(200);
    const refused = await api.call("DELETE", `/v1/clusters/${uuid}`, { as: "tenant-a-reader" });
    expect([refused.status, detail(refused)]).toEqual([403, "Policy doesn't allow cluster:delete to be performed."]);
    expect((await api.call("GET", `/v1/certificates/${uuid}`, { as: "tenant-a-colleague" })).status).toBe(403);
    expect((await api.call("DELETE", `/v1/clusters/${uuid}`, { as: "tenant-a-colleague" })).status).toBe(204);
  });

  test("an application credential with access rules opens only the doors they name [MAG-070]", async () => {
    const rules = [{ service: "container-infra", method: "GET", path: "/v1/clusters" }];
    Object.assign(PEOPLE, { narrow: { ...PEOPLE["tenant-a"], accessRules: rules } });
    expect((await api.call("GET", "/v1/clusters", { as: "narrow" })).status).toBe(200);
    expect((await api.call("GET", "/v1/clustertemplates", { as: "narrow" })).status).toBe(401);
  });
});

describe("bodies", () => {
  test.each([
    ["not JSON", "{nope", 400, "Request is not in valid JSON format"],
    ["unknown", { ...TEMPLATE, nonsense: 1 }, 400, "Unknown attribute for argument cluster_template: nonsense"],
    [
      "read-only",
      { ...TEMPLATE, project_id: "x" },
      400,
      "Invalid input for field/attribute project_id. Value: 'x'. Cannot set read only field.",
    ],
    [
      "missing",
      { coe: "kubernetes" },
      400,
      "Invalid input for field/attribute image_id. Value: 'None'. Mandatory field missing.",
    ],
    [
      "a port out of range",
      { ...TEMPLATE, apiserver_port: 80 },
      400,
      "Invalid input for field/attribute apiserver_port. Value: '80'. Value should be greater or equal to 1024",
    ],
    ["a driver nobody has", { ...TEMPLATE, driver: "nope" }, 400, "Driver nope is not supported."],
    ["devicemapper on 1 GB", { ...TEMPLATE, docker_storage_driver: "devicemapper", docker_volume_size: 1 }, 400, undefined],
    ["an image that is not there", { ...TEMPLATE, image_id: "nope" }, 400, "Unable to find image nope."],
    ["an image name taken twice", { ...TEMPLATE, image_id: "twice" }, 409, undefined],
    [
      "a network that is not external",
      { ...TEMPLATE, external_network_id: "mine" },
      400,
      "Unable to find external network mine.",
    ],
    ["a subnet that is not there", { ...TEMPLATE, fixed_subnet: "nope" }, 400, "Unable to find fixed subnet nope."],
    ["a flavor without a disk", { ...TEMPLATE, flavor_id: "diskless", labels: { kube_tag: "v1.31.1" } }, 400, undefined],
    ["a boot volume of no size", { ...TEMPLATE, labels: { boot_volume_size: "big" } }, 400, undefined],
    ["an unknown network driver", { ...TEMPLATE, network_driver: "flannel" }, 400, undefined],
    [
      "publishing by a member",
      { ...TEMPLATE, public: true },
      403,
      "Not authorized to set public or hidden flag for cluster template.",
    ],
  ])(
    "a template with %s is refused [MAG-045] [MAG-047] [MAG-048] [MAG-049] [MAG-055] [MAG-110] [MAG-113] [MAG-116] [MAG-118] [MAG-123] [MAG-128] [MAG-131] [MAG-136] [MAG-137] [MAG-139] [TRAP-07]",
    async (_what, body, status, text) => {
      const refused = await api.call("POST", "/v1/clustertemplates", { ...latest, body });
      expect(refused.status, JSON.stringify(refused.body)).toBe(status);
      if (text !== undefined) expect(detail(refused)).toBe(text);
      expect((await api.call("GET", "/v1/clustertemplates")).body.clustertemplates).toEqual([]);
    },
  );

  test("nulls mean not given, numbers and booleans may be text, labels become text [MAG-050] [MAG-051] [MAG-052] [MAG-126] [MAG-138] [MCLI-029] [TRAP-04] [TRAP-09]", async () => {
    const { status, body } = await api.call("POST", "/v1/clustertemplates", {
      ...latest,
      body: {
        name: null,
        image_id: "ubuntu-2204-kube-v1.31.1",
        coe: "kubernetes",
        flavor_id: "m1.small",
        master_flavor_id: null,
        network_driver: null,
        docker_volume_size: "5",
        tls_disabled: "False",
        labels: { a: true, b: 5, c: "x" },
      },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      docker_volume_size: 5,
      tls_disabled: false,
      network_driver: "calico",
      labels: { a: "True", b: "5", c: "x" },
      driver: "k8s_cluster_api_ubuntu",
      cluster_distro: "ubuntu",
    });
    expect(body.name).toMatch(/^[a-z]+-\d+-template$/);
  });

  test("a body of another media type is 415; an octet-stream without a body is fine [MAG-013] [MCLI-002]", async () => {
    const wrong = await api.call("POST", "/v1/clustertemplates", { body: "<xml/>", headers: { "Content-Type": "text/xml" } });
    expect(wrong.status).toBe(415);
    const uuid = await template();
    const gone = await api.call("DELETE", `/v1/clustertemplates/${uuid}/`, {
      headers: { "Content-Type": "application/octet-stream" },
    });
    expect(gone.status).toBe(204);
  });

  test("query parameters that a route does not know are refused [MAG-046] [MAG-099]", async () => {
    const refused = await api.call("GET", "/v1/clusters?all_tenants=1");
    expect([refused.status, detail(refused)]).toEqual([400, 'Unknown argument: "all_tenants"']);
  });
});

describe("templates", () => {
  test("in use they keep what clusters were made from [MAG-146] [MAG-147]", async () => {
    const id = await template();
    await api.call("POST", "/v1/clusters", { ...latest, body: { cluster_template_id: id } });
    const patch = (body: object[]) => api.call("PATCH", `/v1/clustertemplates/${id}`, { body });
    expect((await patch([{ op: "replace", path: "/flavor_id", value: "m1.medium" }])).status).toBe(400);
    expect((await patch([{ op: "replace", path: "/name", value: "b" }])).body.name).toBe("b");
    expect((await patch([{ op: "replace", path: "/tags", value: "a,b" }])).body.tags).toBe("a,b");
    expect(
      (
        await patch([
          { op: "replace", path: "/tags", value: "c" },
          { op: "replace", path: "/name", value: "c" },
        ])
      ).status,
    ).toBe(400);
    const refused = await api.call("DELETE", `/v1/clustertemplates/${id}`);
    expect(detail(refused)).toBe(`ClusterTemplate ${id} is referenced by one or multiple clusters.`);
  });

  test("public ones are everybody's to use, hidden ones nobody's [MAG-100] [MAG-140] [MAG-142] [MAG-148] [MAG-184]", async () => {
    const open = await template({ name: "open", public: true }, "admin");
    const hidden = await template({ name: "hidden", public: true, hidden: true }, "admin");
    const own = await template({ name: "own" });
    const seen = async (as: string) =>
      (await api.call("GET", "/v1/clustertemplates", { as })).body.clustertemplates.map(({ uuid }: { uuid: string }) => uuid);
    expect((await seen("tenant-b")).toSorted()).toEqual([open]);
    expect((await seen("admin")).toSorted()).toEqual([open, hidden, own].toSorted());
    expect((await api.call("GET", `/v1/clustertemplates/${hidden}`, { as: "tenant-b" })).status).toBe(404);
    expect((await api.call("DELETE", `/v1/clustertemplates/${open}`, { as: "tenant-b" })).status).toBe(403);
    expect(
      (await api.call("POST", "/v1/clusters", { as: "tenant-b", ...latest, body: { cluster_template_id: hidden } })).status,
    ).toBe(404);
  });

  test("patches take what clients print: JSON text, Python's dictionaries, single labels [MAG-194] [MAG-195] [MAG-196] [MAG-198] [MAG-199] [MAG-200] [MAG-201] [MAG-203] [MCLI-033] [TRAP-05]", async () => {
    const id = await template();
    const patch = (...body: object[]) => api.call("PATCH", `/v1/clustertemplates/${id}`, { body });
    expect((await patch({ op: "replace", path: "/labels", value: "{'kube_tag': 'v1.31.1', 'x': True}" })).body.labels).toEqual({
      kube_tag: "v1.31.1",
      x: "True",
    });
    expect((await patch({ op: "add", path: "/labels/y", value: 5 })).body.labels).toMatchObject({ y: "5" });
    expect((await patch({ op: "remove", path: "/labels/x" })).body.labels).toEqual({ kube_tag: "v1.31.1", y: "5" });
    expect((await patch({ op: "replace", path: "/tls_disabled", value: "True" })).body.tls_disabled).toBe(true);
    expect((await patch({ op: "remove", path: "/docker_volume_size" })).body.docker_volume_size).toBeNull();
    expect((await patch({ op: "remove", path: "/floating_ip_enabled" })).body.floating_ip_enabled).toBe(true);
    const refusals: readonly object[] = [
      { op: "replace", path: "/labels", value: { a: "b" } },
      { op: "replace", path: "/labels", value: "a=b,c=d" },
      { op: "add", path: "/name", value: "x" },
      { op: "replace", path: "/nope", value: "x" },
      { op: "replace", path: "/name" },
      { op: "remove", path: "/labels/never" },
      { op: "replace", path: "/uuid", value: "x" },
      { op: "move", path: "/name", value: "x" },
    ];
    for (const one of refusals) expect((await patch(one)).status, JSON.stringify(one)).toBe(400);
    expect(
      (await api.call("PATCH", "/v1/clustertemplates/00000000-0000-0000-0000-000000000000", { body: TEMPLATE })).status,
    ).toBe(400);
  });
});

describe("clusters", () => {
  test.each([
    [{ name: "" }, "1.14", 400],
    [{ name: "1-bad!" }, "1.14", 400],
    [{ name: "a".repeat(243) }, "1.14", 400],
    [{ master_count: 2 }, "1.14", 400],
    [{ master_count: 0 }, "1.14", 400],
    [{ node_count: 0 }, "1.9", 400],
    [{ node_count: -1 }, "1.14", 400],
    [{ cluster_template_id: "nope" }, "1.9", 400],
    [{ cluster_template_id: "nope" }, "1.10", 404],
    [{ keypair: "nope" }, "1.14", 404],
    [{ flavor_id: "nope" }, "1.14", 400],
    [{ fixed_network: "nope" }, "1.14", 400],
    [{ master_count: 3, master_lb_enabled: false }, "1.14", 400],
    [{ api_address: "x" }, "1.14", 400],
    [{ create_timeout: -1 }, "1.14", 400],
    [{ node_count: 0 }, "1.10", 202],
    [{ create_timeout: 0, uuid: "x", status: "x", faults: {} }, "1.1", 202],
    [{ name: null, keypair: null, labels: null, discovery_url: null }, "1.1", 202],
  ])(
    "%j at %s is %d [MAG-032] [MAG-033] [MAG-167] [MAG-168] [MAG-169] [MAG-170] [MAG-171] [MAG-172] [MAG-173] [MAG-181] [MAG-183] [CONF-008] [CONF-009] [CONF-010]",
    async (more, version, status) => {
      const body = { name: "c", cluster_template_id: await template(), ...more };
      const called = await api.call("POST", "/v1/clusters", { version, body });
      expect(called.status, JSON.stringify(called.body)).toBe(status);
      expect((await api.call("GET", "/v1/clusters")).body.clusters).toHaveLength(status === 202 ? 1 : 0);
      expect(api.cloud.credentials.size).toBe(status === 202 ? 1 : 0);
    },
  );

  test("a cluster is whole from the first moment: both default groups, in progress, nothing unknown invented [MAG-150] [MAG-155] [MAG-156] [MAG-166] [MAG-188] [MAG-189] [MAG-190] [TRAP-10]", async () => {
    const uuid = await cluster({ node_count: 2, master_count: 3, labels: { min_node_count: "1" }, merge_labels: true });
    const shown = (await api.call("GET", `/v1/clusters/${uuid}`, latest)).body;
    expect(shown).toMatchObject({
      status: "CREATE_IN_PROGRESS",
      status_reason: null,
      node_count: 2,
      master_count: 3,
      api_address: null,
      coe_version: null,
      node_addresses: [],
      master_addresses: [],
      updated_at: null,
    });
    expect(shown).not.toHaveProperty("faults");
    const groups = (await api.call("GET", `/v1/clusters/${uuid}/nodegroups`, latest)).body.nodegroups;
    expect(groups).toMatchObject([
      {
        name: "default-master",
        role: "master",
        node_count: 3,
        is_default: true,
        status: "CREATE_IN_PROGRESS",
        image_id: "ubuntu-2204-kube-v1.31.1",
      },
      { name: "default-worker", role: "worker", node_count: 2, is_default: true, status: "CREATE_IN_PROGRESS" },
    ]);
    expect((await api.call("GET", `/v1/clusters/${uuid}/nodegroups/default-worker`, latest)).body).toMatchObject({
      min_node_count: 1,
      max_node_count: null,
    });
  });

  test.each([
    [undefined, false, { a: "1", kube_tag: "v1.31.1" }, [{}, {}, {}]],
    [{ a: "2", b: "3" }, false, { a: "2", b: "3" }, [{ a: "1" }, { b: "3" }, { kube_tag: "v1.31.1" }]],
    [{ a: "2", b: "3" }, true, { a: "2", b: "3", kube_tag: "v1.31.1" }, [{ a: "1" }, { b: "3" }, {}]],
  ])(
    "labels %j, merged: %s, give %j [MAG-157] [MAG-158] [MAG-176] [MAG-177] [MAG-178] [TRAP-08]",
    async (labels, merge, expected, [overridden, added, skipped]) => {
      const id = await template({ labels: { a: "1", kube_tag: "v1.31.1" } });
      const made = await api.call("POST", "/v1/clusters", {
        ...latest,
        body: { cluster_template_id: id, labels, merge_labels: merge },
      });
      const shown = (await api.call("GET", `/v1/clusters/${made.body.uuid}`, latest)).body;
      expect(shown).toMatchObject({
        labels: expected,
        labels_overridden: overridden,
        labels_added: added,
        labels_skipped: skipped,
      });
    },
  );

  test("without a kube_tag anywhere there is no version to run: 400 [DRV-095] [WANT-06]", async () => {
    const id = await template({ labels: { boot_volume_size: "20" } });
    const refused = await api.call("POST", "/v1/clusters", { ...latest, body: { cluster_template_id: id } });
    expect([refused.status, detail(refused)]).toEqual([
      400,
      "Label kube_tag says which Kubernetes version to run: set it on the cluster or on its template.",
    ]);
  });

  test("the quota holds even for requests at one time [MAG-185] [MAG-186] [TRAP-12]", async () => {
    const id = await template();
    await api.call("POST", "/v1/quotas", {
      as: "admin",
      body: { project_id: PEOPLE["tenant-a"]?.projectId, resource: "Cluster", hard_limit: 2 },
    });
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => api.call("POST", "/v1/clusters", { ...latest, body: { cluster_template_id: id } })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 403, 403]);
    expect(detail(answers.find(({ status }) => status === 403) as never)).toContain(
      "Resource limit exceeded: You have reached the maximum clusters per project, 2.",
    );
  });

  test("names may be shared; then the uuid is asked for [MAG-061] [MAG-062]", async () => {
    const id = await template();
    for (const _ of [1, 2])
      await api.call("POST", "/v1/clusters", { ...latest, body: { name: "same", cluster_template_id: id } });
    expect((await api.call("GET", "/v1/clusters/same")).status).toBe(409);
  });

  test("only size and health can be patched; terraform's text is a number [MAG-205] [MAG-206] [MAG-207] [MAG-210] [MAG-214] [MAG-215] [MCLI-047] [TRAP-06]", async () => {
    const uuid = await cluster();
    await api.settle(uuid, "CREATE_COMPLETE");
    const patch = (body: object[], path = "") => api.call("PATCH", `/v1/clusters/${uuid}${path}`, { body, version: "1.3" });
    for (const path of ["/name", "/master_count", "/keypair", "/labels/a"])
      expect(
        (await patch([{ op: path === "/labels/a" ? "add" : "replace", path, value: path === "/master_count" ? 3 : "x" }])).status,
        path,
      ).toBe(400);
    expect((await patch([{ op: "add", path: "/node_count", value: 2 }])).status).toBe(400);
    expect((await patch([{ op: "replace", path: "/node_count", value: "3" }], "/?rollback=True")).status).toBe(202);
    expect((await api.call("GET", `/v1/clusters/${uuid}`)).body).toMatchObject({ node_count: 3, status: "UPDATE_IN_PROGRESS" });
    await api.settle(uuid, "UPDATE_COMPLETE");
    expect(
      (
        await patch([
          { op: "replace", path: "/health_status", value: "UNHEALTHY" },
          { op: "replace", path: "/health_status_reason", value: "{'api': 'nok'}" },
        ])
      ).status,
    ).toBe(202);
    expect((await api.call("GET", `/v1/clusters/${uuid}`)).body).toMatchObject({
      health_status: "UNHEALTHY",
      health_status_reason: { api: "nok" },
      status: "UPDATE_COMPLETE",
    });
    expect((await api.call("PATCH", `/v1/clusters/${uuid}?rollback=True`, { body: [], version: "1.2" })).status).toBe(400);
    const unknown = "00000000-0000-0000-0000-000000000000";
    expect(
      (await api.call("PATCH", `/v1/clusters/${unknown}`, { body: [{ op: "replace", path: "/name", value: "x" }] })).status,
    ).toBe(404);
  });

  test("a resize keeps to its group's range [MAG-216] [MAG-217] [MAG-218] [MAG-219] [DRV-179]", async () => {
    const uuid = await cluster({ labels: { min_node_count: "1" }, merge_labels: true });
    await api.settle(uuid, "CREATE_COMPLETE");
    const resize = (body: object) => api.call("POST", `/v1/clusters/${uuid}/actions/resize`, { ...latest, body });
    expect(detail(await resize({ node_count: 0 }))).toBe(
      "Resizing default-worker outside the allowed range: min_node_count = 1, max_node_count = None",
    );
    expect((await resize({ node_count: 2, nodegroup: "default-master" })).status).toBe(400);
    expect((await resize({ node_count: 3, nodegroup: "default-master" })).status).toBe(202);
    expect((await resize({ node_count: 1, nodegroup: "nope" })).status).toBe(404);
    expect((await resize({ node_count: 4, nodegroup: null, nodes_to_remove: null })).status).toBe(202);
    expect((await api.call("GET", `/v1/clusters/${uuid}`, latest)).body).toMatchObject({ node_count: 4, master_count: 3 });
  });

  test.each([
    ["v1.32.5", 202, undefined],
    ["v1.31.1", 202, undefined],
    ["v1.30.0", 400, "The cluster runs v1.31.1: a downgrade to v1.30.0 is not possible."],
    [
      "v1.33.0",
      400,
      "The cluster runs v1.31.1: an upgrade to v1.33.0 would skip a minor version. Upgrade one minor version at a time.",
    ],
    [undefined, 400, undefined],
  ])("an upgrade to %s is %d [MAG-222] [MAG-225] [MAG-228] [DRV-170] [DRV-173]", async (version, status, text) => {
    const uuid = await cluster();
    const newer = await template({
      name: "newer",
      labels: version === undefined ? { boot_volume_size: "9" } : { kube_tag: version, boot_volume_size: "9" },
    });
    const upgrade = () =>
      api.call("POST", `/v1/clusters/${uuid}/actions/upgrade`, { ...latest, body: { cluster_template: newer } });
    expect(detail(await upgrade())).toBe('Upgrading a cluster when status is "CREATE_IN_PROGRESS" is not supported.');
    await api.settle(uuid, "CREATE_COMPLETE");
    const upgraded = await upgrade();
    expect(upgraded.status).toBe(status);
    if (text !== undefined) expect(detail(upgraded)).toBe(text);
  });

  test("an unknown template or group is 404; a group of the tenant's own follows its cluster [MAG-223] [MAG-224]", async () => {
    const uuid = await cluster();
    await api.settle(uuid, "CREATE_COMPLETE");
    await api.call("POST", `/v1/clusters/${uuid}/nodegroups`, { ...latest, body: { name: "gpu" } });
    await api.settle(uuid, "UPDATE_COMPLETE");
    const newer = await template({ name: "newer" });
    const upgrade = (body: object) => api.call("POST", `/v1/clusters/${uuid}/actions/upgrade`, { ...latest, body });
    expect((await upgrade({ cluster_template: "nope" })).status).toBe(404);
    expect((await upgrade({ cluster_template: newer, nodegroup: "nope" })).status).toBe(404);
    expect((await upgrade({ cluster_template: newer, nodegroup: "gpu" })).status).toBe(409);
  });

  test("a cluster can be deleted in any state, again and again, and then it is gone [MAG-229] [CONF-012]", async () => {
    const uuid = await cluster();
    for (const _ of [1, 2]) expect((await api.call("DELETE", `/v1/clusters/${uuid}`)).status).toBe(204);
    expect((await api.call("GET", `/v1/clusters/${uuid}`)).body.status).toBe("DELETE_IN_PROGRESS");
    expect((await api.call("DELETE", "/v1/clusters/00000000-0000-0000-0000-000000000000")).status).toBe(404);
  });
});

describe("lists", () => {
  test("pages follow each other until an empty one; limits are cut, zero is refused [MAG-089] [MAG-090] [MAG-091] [MAG-092] [MAG-093] [MAG-094] [MAG-095] [TRAP-03]", async () => {
    await api.api.close();
    api = await createTestApi({ maxLimit: 2 });
    for (const name of ["b", "a", "c", "d"]) await template({ name });
    const get = (query: string) => api.call("GET", `/v1/clustertemplates${query}`);
    const seen: string[] = [];
    for (let next: string | undefined = "?sort_key=name&limit=5000"; next !== undefined; ) {
      const { body, status } = await get(next);
      expect(status).toBe(200);
      seen.push(...body.clustertemplates.map(({ name }: { name: string }) => name));
      next = body.next === undefined ? undefined : new URL(body.next).search;
    }
    expect(seen).toEqual(["a", "b", "c", "d"]);
    expect((await get("?sort_dir=desc&sort_key=name&limit=1")).body.clustertemplates[0].name).toBe("d");
    for (const bad of ["?limit=0", "?limit=-1", "?limit=x", "?sort_dir=up", "?sort_key=nope", "?marker=nope"])
      expect((await get(bad)).status, bad).toBe(400);
    expect((await get("?marker=00000000-0000-0000-0000-000000000000")).status).toBe(404);
    expect((await api.call("GET", "/v1/clusters?sort_key=node_count")).status).toBe(400);
  });

  test("links lead back here, in both forms, and a path without v1 is the same [MAG-008] [MAG-010] [MAG-063] [MAG-154]", async () => {
    const uuid = await cluster();
    const { body } = await api.call("GET", `/clusters/${uuid}/`);
    expect(body.links).toEqual([
      { href: `http://magnum.test:9511/v1/clusters/${uuid}`, rel: "self" },
      { href: `http://magnum.test:9511/clusters/${uuid}`, rel: "bookmark" },
    ]);
  });
});

describe("node groups", () => {
  test.each([
    [{ name: "gpu", min_node_count: 2 }, 409],
    [{ name: "gpu", max_node_count: 0, node_count: 9 }, 202],
    [{ name: "gpu", min_node_count: 5, max_node_count: 2 }, 409],
    [{ name: "gpu", node_count: 4, max_node_count: 3 }, 409],
    [{ name: "default-worker" }, 409],
    [{ node_count: 1 }, 400],
    [{ name: "gpu", role: "master" }, 400],
    [{ name: "gpu", flavor_id: "nope" }, 400],
    [{ name: "gpu", image_id: "nope" }, 202],
    [{ name: "gpu", node_labels: { "kubernetes.io/x": "y" } }, 409],
    [{ name: "gpu", node_labels: { "node.kubernetes.io/x": "y", "kubernetes.io/os": "linux", mine: "1" } }, 202],
    [{ name: "gpu", node_taints: [{ key: "a" }] }, 409],
    [{ name: "gpu", node_taints: [{ key: "a", effect: "NoExecute", more: 1 }] }, 409],
  ])("%j is %d [MAG-245] [MAG-247] [MAG-248] [MAG-250] [MAG-251] [MAG-252] [MAG-253]", async (body, status) => {
    const uuid = await cluster();
    const create = () => api.call("POST", `/v1/clusters/${uuid}/nodegroups/`, { ...latest, body });
    await api.settle(uuid, "CREATE_COMPLETE");
    const called = await create();
    expect(called.status, JSON.stringify(called.body)).toBe(status);
  });

  test("none before the cluster has an address [MAG-246]", async () => {
    const uuid = await cluster();
    const refused = await api.call("POST", `/v1/clusters/${uuid}/nodegroups`, { ...latest, body: { name: "gpu" } });
    expect([refused.status, detail(refused)]).toEqual([409, "Cluster API address is not available yet"]);
  });

  test("only range, labels and taints change; default groups stay [MAG-254] [MAG-255] [MAG-256] [MAG-257] [MCLI-038]", async () => {
    const uuid = await cluster();
    await api.settle(uuid, "CREATE_COMPLETE");
    const patch = (group: string, ...body: object[]) =>
      api.call("PATCH", `/v1/clusters/${uuid}/nodegroups/${group}`, { ...latest, body });
    expect((await patch("default-worker", { op: "replace", path: "/max_node_count", value: "5" })).body).toMatchObject({
      max_node_count: 5,
      node_count: 1,
    });
    expect((await patch("default-worker", { op: "replace", path: "/min_node_count", value: 2 })).status).toBe(409);
    expect((await patch("default-worker", { op: "replace", path: "/node_count", value: 2 })).status).toBe(400);
    await api.settle(uuid, "UPDATE_COMPLETE");
    expect((await patch("default-worker", { op: "replace", path: "/node_labels", value: "{'team': 'a'}" })).body).toMatchObject({
      node_labels: { team: "a" },
      max_node_count: 5,
    });
    await api.settle(uuid, "UPDATE_COMPLETE");
    expect(
      (
        await patch("default-worker", {
          op: "replace",
          path: "/node_taints",
          value: "[{'key': 'k', 'value': '', 'effect': 'NoSchedule'}]",
        })
      ).body,
    ).toMatchObject({ node_taints: [{ key: "k", effect: "NoSchedule" }] });
    expect((await patch("default-master", { op: "replace", path: "/node_labels", value: "{'a': 'b'}" })).status).toBe(409);
    expect((await api.call("DELETE", `/v1/clusters/${uuid}/nodegroups/default-worker`, latest)).status).toBe(400);
  });
});

describe("quotas, statistics, services, federations", () => {
  const project = PEOPLE["tenant-a"]?.projectId ?? "";

  test("a quota is a plain document; without one the default holds [MAG-282] [MAG-283] [MAG-284] [MAG-285] [MAG-286] [MAG-287] [MCLI-041] [TRAP-12]", async () => {
    const path = `/v1/quotas/${project}/Cluster`;
    expect((await api.call("GET", path)).body).toEqual({ hard_limit: 20, project_id: project, resource: "Cluster" });
    expect((await api.call("GET", path, { as: "tenant-b" })).status).toBe(403);
    const create = (body: object) => api.call("POST", "/v1/quotas", { as: "admin", body });
    expect((await create({ resource: "Cluster", hard_limit: 3 })).status).toBe(400);
    expect((await create({ project_id: "nobody", hard_limit: 3 })).status).toBe(404);
    expect((await create({ project_id: project, hard_limit: 3 })).body).toMatchObject({ id: expect.any(Number), hard_limit: 3 });
    expect((await create({ project_id: project, hard_limit: 3 })).status).toBe(409);
    expect((await api.call("PATCH", path, { as: "admin", body: { hard_limit: 5 } })).body).toMatchObject({ hard_limit: 5 });
    expect((await api.call("GET", "/v1/quotas", { as: "admin" })).body.quotas).toEqual([]);
    expect((await api.call("GET", "/v1/quotas?all_tenants=True", { as: "admin" })).body.quotas).toHaveLength(1);
    expect((await api.call("DELETE", path, { as: "admin" })).status).toBe(204);
    expect((await api.call("DELETE", path, { as: "admin" })).status).toBe(404);
  });

  test("statistics count machines of all groups, in one's own project [MAG-288] [MAG-289]", async () => {
    await cluster({ node_count: 2, master_count: 3 });
    expect((await api.call("GET", `/v1/stats?project_id=${project}`)).body).toEqual({ clusters: 1, nodes: 5 });
    expect((await api.call("GET", "/v1/stats", { as: "admin" })).body).toEqual({ clusters: 1, nodes: 5 });
    expect((await api.call("GET", "/v1/stats", { as: "tenant-b" })).body).toEqual({ clusters: 0, nodes: 0 });
    expect((await api.call("GET", `/v1/stats?project_id=${project}`, { as: "tenant-b" })).status).toBe(403);
    expect((await api.call("GET", "/v1/stats?type=nope")).status).toBe(400);
  });

  test("administrators see one service, up [MAG-290] [MAG-291] [CONF-031] [CONF-032]", async () => {
    expect((await api.call("GET", "/v1/mservices")).status).toBe(403);
    await api.clock.advance(130_000);
    expect((await api.call("GET", "/v1/mservices", { as: "admin" })).body.mservices).toMatchObject([
      { id: 1, state: "up", binary: "magnum-conductor", report_count: 3 },
    ]);
    expect((await api.call("GET", "/v1/mservices?limit=1", { as: "admin" })).status).toBe(400);
  });

  test("federations are taken and come to nothing, as upstream's do [MAG-292] [MAG-293]", async () => {
    const host = await cluster();
    const post = (body: object) => api.call("POST", "/v1/federations", { body });
    expect((await post({ name: "f" })).status).toBe(400);
    expect((await post({ name: "f", hostcluster_id: "nope", properties: { "dns-zone": "x" } })).status).toBe(404);
    expect((await post({ name: "f", hostcluster_id: host, properties: {} })).status).toBe(400);
    expect((await post({ name: "f", hostcluster_id: host, properties: { "dns-zone": "x" } })).status).toBe(202);
    expect((await api.call("GET", "/v1/federations")).body).toEqual({ federations: [] });
  });

  test("neither CA nor credential can be rotated: 400, and nothing is broken [MAG-265] [MAG-266] [MAG-268] [DRV-178]", async () => {
    const uuid = await cluster();
    await api.settle(uuid, "CREATE_COMPLETE");
    expect((await api.call("PATCH", `/v1/certificates/${uuid}`)).status).toBe(400);
    expect((await api.call("PATCH", `/v1/credentials/${uuid}`, latest)).status).toBe(400);
    expect((await api.call("GET", `/v1/clusters/${uuid}`)).body.status).toBe("CREATE_COMPLETE");
  });
});
