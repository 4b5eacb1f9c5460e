import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InventoryError, loadInventory, nearest, parseInventory } from "./load.ts";

const root = join(import.meta.dirname, "../../../..");
const vars = (yaml: string) => `all:\n  vars:\n${yaml.replace(/^/gm, "    ")}\n`;
const faultsOf = (source: string): readonly string[] => {
  try {
    parseInventory(source, "inventory.yml");
  } catch (error) {
    if (error instanceof InventoryError) return error.faults;
    throw error;
  }
  return [];
};

describe("the inventory", () => {
  test.each(["inventory/embedded.yaml", "inventory.example.yml"])("%s, which ships, is valid [PLAT-004]", (file) => {
    expect(loadInventory(join(root, file)).inventory).toMatchObject({ openstack: { mode: "simulated" }, demo: { name: "demo" } });
  });

  test("an unknown key is refused with the nearest known one and its place [PLAT-039]", () => {
    expect(faultsOf(vars("magnum:\n  capi:\n    enabeld: true"))).toEqual([
      "line 5, column 18: unknown key magnum.capi.enabeld; did you mean magnum.capi.enabled?",
    ]);
  });

  test("every fault is told at once [PLAT-039]", () => {
    const faults = faultsOf(vars('cluster_name: "Not A Name"\nlisten:\n  port_offset: -1\nwhat: 1'));
    expect(faults).toHaveLength(3);
    expect(faults.join("\n")).toMatch(/cluster_name must match pattern[\s\S]*listen.port_offset must be >= 0, not -1/);
  });

  test("the console's certificate and key belong together and lie beside the inventory; without TLS beyond loopback it says so", () => {
    const console = (text: string) =>
      parseInventory(vars(`listen: {address: 192.0.2.1}\nconsole: {${text}}`), "/etc/slipway/site.yml");
    expect(faultsOf(vars("console: {certificate: a.crt}"))[0]).toContain("belong together");
    expect(faultsOf(vars("console: {origin: https://c.example/path}"))[0]).toContain("console.origin must match pattern");
    const tls = console("certificate: a.crt, key: /k/a.key, session_hours: 8, grafana: https://g.example");
    expect(tls.inventory.console).toEqual({
      tls: { certificate: "/etc/slipway/a.crt", key: "/k/a.key" },
      sessionHours: 8,
      links: { grafana: "https://g.example" },
    });
    expect(tls.notices).toEqual([]);
    expect(console("origin: https://c.example, behind_proxy: true").notices).toEqual([]);
    expect(console("").notices.join()).toContain("passwords travel in the clear");
  });

  test("Cluster API's feature gates stand as they are known, and an unknown one is refused", () => {
    const gates = (text: string) => vars(`management_cluster: {feature_gates: {${text}}}`);
    expect(parseInventory(vars("cluster_name: a"), "i.yml").inventory.featureGates).toEqual({});
    expect(parseInventory(gates("KubeadmBootstrapFormatIgnition: true"), "i.yml").inventory.featureGates).toEqual({
      KubeadmBootstrapFormatIgnition: true,
    });
    expect(faultsOf(gates("KubeadmBootstrapFormatIgnit: true"))[0]).toContain("did you mean");
  });

  test("a store in etcd needs what several servers must share, and a cloud that is not one program's own", () => {
    const faults = faultsOf(vars('store: {type: etcd, maximum_mib: 100, etcd: {endpoints: ["https://a:2379"], ca_file: ca}}'));
    expect(faults.join("\n")).toMatch(
      /needs ca_file, certificate_file and key_file[\s\S]*needs openstack.mode existing[\s\S]*--quota-backend-bytes[\s\S]*keys_file, with the same keys/,
    );
    expect(faultsOf(vars("store: {type: etcd}"))[0]).toBe("store.type etcd needs store.etcd.endpoints");
    expect(faultsOf(vars("store: {etcd: {prefix: /x/}}"))).toEqual(["store.etcd is for store.type etcd only"]);
    const { inventory } = parseInventory(
      vars(
        'openstack: {mode: existing, clouds_yaml: c, cloud: x}\nstore: {type: etcd, etcd: {endpoints: ["http://a:2379"]}, encryption: {keys_file: k.json}}',
      ),
      "/etc/slipway/site.yml",
    );
    expect(inventory.store).toMatchObject({
      etcd: { endpoints: ["http://a:2379"], prefix: "/slipway/" },
      encryption: { enabled: true, keysFile: "/etc/slipway/k.json" },
    });
    expect(parseInventory(vars("cluster_name: x"), "i").inventory.store).toEqual({
      etcd: undefined,
      maximumBytes: undefined,
      encryption: { enabled: true, keysFile: undefined },
    });
  });

  test("the Heat driver is refused before anything is changed, and the key's end is announced [PLAT-034]", () => {
    expect(faultsOf(vars("magnum: {capi: {enabled: false}}"))[0]).toMatch(/legacy Heat driver, which Slipway does not contain/);
    expect(parseInventory(vars("magnum: {capi: {enabled: true}}"), "i").notices.join()).toMatch(
      /deprecated: a later release removes it/,
    );
  });

  test.each([
    ["2.14", "at least 2.15"],
    ["2.64", "from 2.64 on Nova refuses the policies list"],
  ])("Nova microversion %s cannot make the server groups", (version, reason) => {
    expect(faultsOf(vars(`magnum: {capi: {nova_microversion: "${version}"}}`))[0]).toContain(reason);
  });

  test("keys of other deployments' inventories are accepted and named [PLAT-037]", () => {
    expect(parseInventory(vars("cluster_public_domain: example.org"), "i").notices).toEqual([
      "cluster_public_domain is a key of other deployments' inventories; it has no effect here",
    ]);
  });

  test("thresholds of alerts override one by one; an unknown one is refused, and those of alerts that are not here are named [OBS-129 PLAT-037]", () => {
    const { inventory, notices } = parseInventory(
      vars(
        "phoenix_observability_alerts: {capi: {clusterProvisioningFor: 45m}, magnum: {orphanedClustersThreshold: 2}, ipmi: {fanHealthThreshold: 95}}",
      ),
      "i",
    );
    expect(inventory.observability.alerts).toEqual({ clusterProvisioningFor: "45m", orphanedClustersThreshold: 2 });
    expect(notices).toEqual(["phoenix_observability_alerts.ipmi is about alerts of other deployments; it has no effect here"]);
    const wrong = (yaml: string) => faultsOf(vars(`phoenix_observability_alerts: ${yaml}`))[0];
    expect(wrong("{capi: {clusterProvisionFor: 45m}}")).toContain(
      "did you mean phoenix_observability_alerts.capi.clusterProvisioningFor?",
    );
    expect(wrong("{capy: {}}")).toContain("did you mean phoenix_observability_alerts.capi?");
    for (const not of ["45", "soon", "1m30", "-5m", '""']) {
      expect(wrong(`{capi: {clusterProvisioningFor: ${not}}}`), not).toContain(
        "phoenix_observability_alerts.capi.clusterProvisioningFor must",
      );
    }
  });

  test("metrics without TLS are for loopback only [OBS-101]", () => {
    const open = "observability: {insecure_diagnostics: true}";
    expect(parseInventory(vars(open), "i").inventory.observability.insecureDiagnostics).toBe(true);
    expect(parseInventory(vars("demo: {}"), "i").inventory.observability.insecureDiagnostics).toBe(false);
    expect(faultsOf(vars(`${open}\nlisten: {address: 10.0.0.5}`))[0]).toContain("needs a loopback listen.address, not 10.0.0.5");
  });

  test("an existing cloud needs its credentials; broken YAML is told with its line", () => {
    expect(faultsOf(vars("openstack: {mode: existing}"))[0]).toContain("needs openstack.clouds_yaml and openstack.cloud");
    expect(faultsOf("all:\n  vars: [\n")[0]).toMatch(/^line \d+: /);
  });

  test("a file that is not there is said to be not there", () => {
    expect(() => loadInventory("/nowhere/inventory.yml")).toThrow(/cannot be read: ENOENT/);
  });
});

test.each([
  ["enabeld", "enabled"],
  ["port_ofset", "port_offset"],
  ["zebra", undefined],
])("nearest to %s is %s", (word, wanted) => {
  expect(nearest(word, ["enabled", "port_offset", "cluster_name"])).toBe(wanted);
});
