import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestApi, detailOf, latest, startTemplate, TEMPLATE, type TestApi } from "../../testing/api.ts";

let api: TestApi;
beforeEach(async () => {
  api = await createTestApi();
});
afterEach(() => api.api.close());

test.each([
  ["not JSON", "{nope", 400, "Request is not in valid JSON format"],
  ["unknown", { ...TEMPLATE, nonsense: 1 }, 400, "Unknown attribute for argument cluster_template: nonsense"],
  [
    "read-only",
    { ...TEMPLATE, project_id: "x" },
    400,
    "Invalid input for field/attribute project_id. Value: 'x'. Cannot set read only field.",
  ],
  ["missing", { coe: "kubernetes" }, 400, "Invalid input for field/attribute image_id. Value: 'None'. Mandatory field missing."],
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
  ["a network that is not external", { ...TEMPLATE, external_network_id: "mine" }, 400, "Unable to find external network mine."],
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
    if (text !== undefined) expect(detailOf(refused)).toBe(text);
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
  const uuid = await startTemplate(api);
  const gone = await api.call("DELETE", `/v1/clustertemplates/${uuid}/`, {
    headers: { "Content-Type": "application/octet-stream" },
  });
  expect(gone.status).toBe(204);
});

test("query parameters that a route does not know are refused [MAG-046] [MAG-099]", async () => {
  const refused = await api.call("GET", "/v1/clusters?all_tenants=1");
  expect([refused.status, detailOf(refused)]).toEqual([400, 'Unknown argument: "all_tenants"']);
});
