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
