import { expect, test } from "vitest";
import type { ClusterSummary, Flavor, QuotaUse } from "../../contract/index.ts";
import { createCommand, shellQuote } from "./command.ts";
import { checkNewCluster, needsOf, shortfallsOf, withNeeds } from "./needs.ts";
import { selectClusters } from "./select.ts";
import { comparePath } from "./versions.ts";

const summary = (n: number, more: Partial<ClusterSummary> = {}): ClusterSummary => ({
  id: `${n}`.padStart(4, "0"),
  name: `team-${n % 10}-c${n}`,
  phase: n % 100 === 0 ? "ERROR" : "ACTIVE",
  status: "CREATE_COMPLETE",
  statusReason: null,
  waitingFor: null,
  health: "HEALTHY",
  version: `v1.${30 + (n % 4)}.${n % 12}`,
  templateId: "t",
  controlPlane: { desired: 3, ready: 3 },
  workers: { desired: n % 7, ready: n % 7 },
  createdAt: "2026-11-22T08:00:00Z",
  updatedAt: null,
  stuckSince: null,
  revision: "1-a",
  paused: false,
  blocked: {},
  ...more,
});
const thousand = Array.from({ length: 1000 }, (_, n) => summary(n));
const select = (query: string) => selectClusters(thousand, new URLSearchParams(query));

test("a thousand clusters are searched by every word, sorted both ways and read in pages without a gap [CON-021 CON-022]", () => {
  expect(select("").clusters).toHaveLength(1000);
  expect(select("search=error").total).toBe(10);
  expect(
    select("search=team-3 v1.33").clusters.every(
      ({ name, version }) => name.startsWith("team-3") && version?.startsWith("v1.33"),
    ),
  ).toBe(true);
  const versions = select("sort=-version&limit=3").clusters.map(({ version }) => version);
  expect(versions).toEqual(["v1.33.11", "v1.33.11", "v1.33.11"]);
  const seen: string[] = [];
  for (let marker: string | undefined = ""; marker !== undefined; ) {
    const page = select(`sort=workers&limit=64${marker === "" ? "" : `&marker=${marker}`}`);
    seen.push(...page.clusters.map(({ id }) => id));
    marker = page.next;
  }
  expect(new Set(seen).size).toBe(1000);
  expect(seen).toHaveLength(1000);
  for (const wrong of ["limit=0", "limit=x", "limit=1001", "marker=none", "sort=colour"]) expect(() => select(wrong)).toThrow();
});

test("the shell gets exactly what was typed, whatever it is [CON-035 CON-079]", () => {
  expect(shellQuote("plain-1.0_x")).toBe("plain-1.0_x");
  expect(shellQuote("it's $(rm -rf /) `x`")).toBe(`'it'"'"'s $(rm -rf /) \`x\`'`);
  expect(shellQuote("")).toBe("''");
  const text = createCommand(
    {
      name: "c",
      templateId: "t",
      masterCount: 3,
      masterLbEnabled: true,
      floatingIpEnabled: false,
      labels: { a: "1", b: "x y" },
      nodeGroups: [{ name: "gpu", nodeCount: 2, minNodeCount: 1, maxNodeCount: 4, flavor: "g1" }],
    },
    "k8s",
  );
  expect(text.split("\n")).toEqual([
    "openstack coe cluster create --cluster-template k8s --master-count 3 --floating-ip-disabled --master-lb-enabled --labels 'a=1,b=x y' c",
    "openstack coe nodegroup create --node-count 2 --min-nodes 1 --max-nodes 4 --flavor g1 c gpu",
  ]);
});

const flavors: readonly Flavor[] = [
  { id: "1", name: "small", vcpus: 1, ram: 1024, disk: 10, fits: { controlPlane: false, worker: true } },
  { id: "2", name: "big", vcpus: 4, ram: 8192, disk: 40, fits: { controlPlane: true, worker: true } },
];
const template = { master_flavor_id: "big", flavor_id: "small", master_lb_enabled: true, labels: { boot_volume_size: "20" } };

test("what a cluster needs counts every machine at its largest, volumes and what is made once [CON-036]", () => {
  const needs = needsOf(
    {
      name: "c",
      templateId: "t",
      masterCount: 3,
      nodeCount: 2,
      nodeGroups: [{ name: "g", nodeCount: 1, maxNodeCount: 5, flavor: "2" }],
    },
    template,
    flavors,
    true,
  );
  expect(needs).toMatchObject({
    instances: 10,
    cores: 3 * 4 + 2 * 1 + 5 * 4,
    ram: 3 * 8192 + 2 * 1024 + 5 * 8192,
    volumes: 10,
    gigabytes: 200,
    loadBalancers: 1,
    floatingIps: 1,
    networks: 1,
    routers: 1,
    serverGroups: 3,
    serverGroupMembers: 5,
  });
  const quotas: readonly QuotaUse[] = [
    { resource: "instances", used: 95, limit: 100, adds: 0 },
    { resource: "cores", used: 0, limit: -1, adds: 0 },
    { resource: "volumes", used: 0, limit: 10, adds: 0 },
  ];
  expect(shortfallsOf(withNeeds(quotas, needs))).toEqual([{ resource: "instances", needed: 10, free: 5, limit: 100 }]);
});

test("what Magnum would refuse is found before it is asked, each at its field [CON-028 CON-030 CON-031]", () => {
  const problems = (more: object, names: readonly string[] = []) =>
    checkNewCluster({ name: "fine", templateId: "t", ...more }, template, flavors, names).map(
      ({ field, code }) => `${field}: ${code}`,
    );
  expect(problems({})).toEqual([]);
  expect(problems({ name: "taken" }, ["taken"])).toEqual(["name: nameTaken"]);
  expect(problems({ name: "-x" })).toEqual(["name: nameInvalid"]);
  expect(problems({ masterCount: 2 })).toEqual(["masterCount: evenControlPlane"]);
  expect(problems({ masterCount: 3, masterLbEnabled: false })).toEqual(["masterLbEnabled: loadBalancerNeeded"]);
  expect(problems({ masterFlavor: "small", flavor: "none" })).toEqual(["masterFlavor: flavorTooSmall", "flavor: unknown"]);
  expect(problems({ nodeGroups: [{ name: "default-worker", nodeCount: 5, maxNodeCount: 3 }] })).toEqual([
    "nodeGroups.0.nodeCount: outOfRange",
    "nodeGroups.0.name: nameTaken",
  ]);
});

test("Kubernetes goes up one minor version at a time [CON-049]", () => {
  expect(["v1.33.0", "v1.32.6", "v1.32.5", "v1.31.9", "v1.34.0", "latest"].map((to) => comparePath("v1.32.5", to))).toEqual([
    "ok",
    "ok",
    "sameOrOlder",
    "sameOrOlder",
    "skipsMinor",
    "unknownVersion",
  ]);
});
