import { ConfigMap, type UnstructuredObject } from "@slipway/api";
import { createKubernetesApi, createMemoryStorage, type KubernetesApi, type StoredObject, stampObject } from "@slipway/apiserver";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Installed } from "../inventory/inventory.ts";
import { latestCandidates, nextVersion } from "../repository/releases.ts";
import { applyObject } from "./apply.ts";
import { certManagerPlan, printCertManagerPlan } from "./certmanager.ts";
import { requireKubernetesVersion } from "./kubernetesversion.ts";
import { type Offer, planUpgrades } from "./plan.ts";
import { isToDelete } from "./remove.ts";

describe("an object of a manifest", () => {
  let api: KubernetesApi;
  beforeEach(async () => {
    api = await createKubernetesApi({
      storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
      authorization: "always",
    });
  });
  afterEach(() => api.close());

  test("is made, or merged into what is there: fields of others stay [CTL-037]", async () => {
    const object: UnstructuredObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "default" },
      data: { ours: "1" },
    };
    const tools = { client: api.client, log: () => undefined, sleep: async () => undefined };
    await applyObject(object, tools);
    const made = await api.client.get(ConfigMap, { namespace: "default", name: "a" });
    await api.client.patch(ConfigMap, { namespace: "default", name: "a" }, { type: "merge", body: { data: { theirs: "x" } } });
    await applyObject({ ...object, data: { ours: "2" } }, tools);
    const merged = await api.client.get(ConfigMap, { namespace: "default", name: "a" });
    expect(merged.data).toEqual({ ours: "2", theirs: "x" });
    expect(merged.metadata.uid).toBe(made.metadata.uid);
  });
});

const installed = (name: string, type: Installed["type"], version: string): Installed => ({
  label: name,
  namespace: `${name}-system`,
  name,
  type,
  version,
  builtIn: false,
});
const series = [
  { major: 1, minor: 0, contract: "v1beta1" },
  { major: 1, minor: 1, contract: "v1beta1" },
  { major: 2, minor: 0, contract: "v1beta2" },
];
const offer = (name: string, type: Installed["type"], versions: readonly string[]): Offer => ({
  provider: installed(name, type, "v1.0.0"),
  versions,
  series,
});

describe("an upgrade plan", () => {
  const core = offer("core", "CoreProvider", ["v1.0.0", "v1.0.9", "v1.1.2", "v1.1.10", "v1.2.0-rc.0", "v2.0.1"]);

  test("is shown for another contract only when every provider can follow, for the current one always [CTL-058]", () => {
    const behind = planUpgrades([core, offer("infra", "InfrastructureProvider", ["v1.0.0"])]);
    expect(behind.map(({ contract, items }) => [contract, items.map(({ next }) => next)])).toEqual([
      ["v1beta1", ["v1.1.10", undefined]],
    ]);
    const together = planUpgrades([core, offer("infra", "InfrastructureProvider", ["v2.0.0"])]);
    expect(together.map(({ contract, items }) => [contract, items.map(({ next }) => next)])).toEqual([
      ["v1beta1", ["v1.1.10", undefined]],
      ["v1beta2", ["v2.0.1", "v2.0.0"]],
    ]);
  });

  test("takes the highest stable version of a series of the contract [CTL-057]", () => {
    const next = (current: string, versions: readonly string[]) =>
      nextVersion(current, versions, { series, contract: "v1beta1" })?.text;
    expect(next("v1.0.0", core.versions)).toBe("v1.1.10");
    expect(next("v1.1.10", core.versions)).toBeUndefined();
    expect(next("v1.1.0-rc.1", ["v1.1.0"])).toBe("v1.1.0");
  });

  test("looks for the latest among stable releases first, newest first [CTL-024]", () => {
    expect(
      latestCandidates(["v1.9.0", "v1.10.0", "v2.0.0-rc.1", "v2.0.0-rc.0", "nonsense", "v1.10.0-beta.1"]).map(({ text }) => text),
    ).toEqual(["v1.10.0", "v1.9.0", "v2.0.0-rc.1", "v2.0.0-rc.0", "v1.10.0-beta.1"]);
  });
});

test.each([
  ["v1.19.9", {}, "minimum required version is v1.20.0"],
  ["v1.21.3", { topology: true }, "minimum required version is v1.22.0"],
  ["nonsense", {}, "cannot be read"],
])("a Kubernetes %s %j is refused as a management cluster [CTL-013]", (version, options, sentence) => {
  expect(() => requireKubernetesVersion(version, options)).toThrow(sentence);
});

test("newer ones are taken, a vendor's too [CTL-013]", () => {
  for (const version of ["v1.20.0", "v1.20.0-gke.1", "v1.33.1+k3s1"]) requireKubernetesVersion(version);
  requireKubernetesVersion("v1.22.0", { topology: true });
});

test.each([
  [[], ""],
  [["v1.17.0", "v1.18.1"], 'Cert-Manager will be upgraded from "v1.17.0" to "v1.18.1"\n\n'],
  [["v1.18.1"], "Cert-Manager is already up to date\n\n"],
  [["v1.19.0"], "Cert-Manager is already up to date\n\n"],
])("of a cert-manager whose objects are of %j upgrade plan says: %s [CTL-054, CTL-063]", (versions, text) => {
  expect(printCertManagerPlan(certManagerPlan(versions, "v1.18.1"))).toBe(text);
});

test.each([
  ["ClusterRole", "infra-system-manager", undefined, {}, true],
  ["ClusterRole", "shared", undefined, {}, false],
  ["ValidatingWebhookConfiguration", "hooks", undefined, {}, true],
  ["Deployment", "manager", "infra-system", {}, true],
  ["Deployment", "manager", "elsewhere", {}, false],
  ["Deployment", "manager", "infra-system", { includeNamespace: true }, false],
  ["Namespace", "infra-system", undefined, { includeNamespace: true }, true],
  ["Namespace", "infra-system", undefined, {}, false],
  ["CustomResourceDefinition", "things", undefined, {}, false],
  ["CustomResourceDefinition", "things", undefined, { includeCrds: true }, true],
  ["Provider", "infra", "infra-system", { keepInventory: true }, false],
])("of a provider %s %s in %s with %j goes: %s [CTL-069, CTL-070, CTL-071]", (kind, name, namespace, more, goes) => {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const options = { includeNamespace: false, includeCrds: false, ...more };
  expect(isToDelete({ kind, metadata }, { namespace: "infra-system" }, options)).toBe(goes);
});
