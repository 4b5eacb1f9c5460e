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
      vars("phoenix_observability_alerts: {capi: {clusterProvisioningFor: 45m}, ipmi: {fanHealthThreshold: 95}}"),
      "i",
    );
    expect(inventory.observability.alerts).toEqual({ clusterProvisioningFor: "45m" });
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
