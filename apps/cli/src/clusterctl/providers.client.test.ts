/** clusterctl init, upgrade and delete as one types them, against a Kubernetes API that knows nothing of Cluster API yet. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Client, Namespace, type Resource, type UnstructuredObject } from "@slipway/api";
import { type LiveApi, startLiveApi } from "@slipway/apiserver/testing/live.node.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clusterctlIn } from "../testing/clusterctl.test-support.ts";

const folder = mkdtempSync(join(tmpdir(), "clusterctl-providers-"));
const repository = join(folder, "repository");
const config = join(folder, "clusterctl.yaml");
const run = clusterctlIn(folder);
let live: LiveApi;
let client: Client;
let kubeconfig = "";

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const metadata = (...series: readonly (readonly [minor: number, contract: string])[]) =>
  `apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n${series
    .map(([minor, contract]) => `- {major: 1, minor: ${minor}, contract: ${contract}}\n`)
    .join("")}`;
/** A provider whose one kind is `<Name>Thing`, with a manager, a role of its own and a variable. */
const manifest = (name: string, kind: string, version: string) => `apiVersion: v1
kind: Namespace
metadata: {name: ${name}-system}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${kind.toLowerCase()}s.${name}.example.com}
spec:
  group: ${name}.example.com
  scope: Namespaced
  names: {kind: ${kind}, plural: ${kind.toLowerCase()}s, singular: ${kind.toLowerCase()}, listKind: ${kind}List}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${name}-system-manager}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: shared-viewer-of-${name}}
rules: []
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}-manager, namespace: ${name}-system}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - {name: manager, image: "registry.example.com/${name}:${version}", args: ["--level=\${LEVEL:=info}"]}
`;
const put = (name: string, text: string): string => {
  write(join(folder, name), text);
  return join(folder, name);
};
const provider = (label: string, file: string, releases: { readonly [version: string]: string }, data: string) => {
  for (const [version, text] of Object.entries(releases)) {
    write(join(repository, label, version, file), text);
    write(join(repository, label, version, "metadata.yaml"), data);
  }
  return join(repository, label, "latest", file);
};

const clusterctl = (...args: string[]) => run(["--config", config, ...args], { env: { KUBECONFIG: kubeconfig } });
const done = async (...args: string[]) => {
  const outcome = await clusterctl(...args);
  if (outcome.code !== 0) throw new Error(`clusterctl ${args.join(" ")} ended with ${outcome.code}: ${outcome.error}`);
  return outcome;
};
const refused = async (sentence: string | RegExp, ...args: string[]) => {
  const outcome = await clusterctl(...args);
  expect(outcome.error).toMatch(sentence);
  expect(outcome.code).toBe(1);
};
const resource = (
  group: string,
  version: string,
  kind: string,
  scope: "Namespaced" | "Cluster",
): Resource<UnstructuredObject> => ({
  group,
  version,
  kind,
  plural: `${kind.toLowerCase()}s`,
  scope,
});
const crds = resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "Cluster");
const roles = resource("rbac.authorization.k8s.io", "v1", "ClusterRole", "Cluster");
const deployments = resource("apps", "v1", "Deployment", "Namespaced");
const providers = resource("clusterctl.cluster.x-k8s.io", "v1alpha3", "Provider", "Namespaced");
const names = async (of: Resource<UnstructuredObject>, labelSelector = "cluster.x-k8s.io/provider") =>
  (await client.list(of, { labelSelector })).items.map(({ metadata: { name } }) => name).sort();
const inventory = async () => {
  const { items } = await client.list(providers);
  return items.map((one) => `${one.metadata.namespace}/${one.metadata.name} ${one["version"]}`).sort();
};
/** As a Deployment controller would. */
const setReplicas = (name: string, replicas: number, available = replicas > 0) =>
  client.patch(
    deployments,
    { namespace: `${name}-system`, name: `${name}-manager` },
    {
      type: "merge",
      body: { status: { replicas, conditions: [{ type: "Available", status: available ? "True" : "False" }] } },
    },
    { subresource: "status" },
  );

beforeAll(() => {
  const core = (version: string) => manifest("core", "CoreThing", version);
  const urls = {
    "cluster-api CoreProvider": provider(
      "cluster-api",
      "core-components.yaml",
      { "v1.0.0": core("v1.0.0"), "v1.0.1": core("v1.0.1"), "v1.1.0": core("v1.1.0"), "v1.2.0-rc.0": core("v1.2.0-rc.0") },
      metadata([0, "v1beta1"], [1, "v1beta1"], [2, "v1beta1"]),
    ),
    "kubeadm BootstrapProvider": provider(
      "bootstrap-kubeadm",
      "bootstrap-components.yaml",
      { "v1.0.0": manifest("boot", "BootThing", "v1.0.0") },
      metadata([0, "v1beta1"]),
    ),
    "kubeadm ControlPlaneProvider": provider(
      "control-plane-kubeadm",
      "control-plane-components.yaml",
      { "v1.0.0": manifest("cp", "PlaneThing", "v1.0.0") },
      metadata([0, "v1beta1"]),
    ),
    "thing InfrastructureProvider": provider(
      "infrastructure-thing",
      "infrastructure-components.yaml",
      { "v1.0.0": manifest("infra", "InfraThing", "v1.0.0"), "v1.1.0": manifest("infra", "InfraThing", "v1.1.0") },
      metadata([0, "v1beta1"], [1, "v1beta1"]),
    ),
    "future InfrastructureProvider": provider(
      "infrastructure-future",
      "infrastructure-components.yaml",
      { "v1.0.0": manifest("future", "FutureThing", "v1.0.0") },
      metadata([0, "v1beta9"]),
    ),
    "misnamed AddonProvider": provider(
      "addon-misnamed",
      "addon-components.yaml",
      {
        "v1.0.0": manifest("addon", "AddonThing", "v1.0.0")
          .replace("plural: addonthings", "plural: others")
          .replace("name: addonthings.", "name: others."),
      },
      metadata([0, "v1beta1"]),
    ),
  };
  const entries = Object.entries(urls).map(([id, url]) => {
    const [name, type] = id.split(" ");
    return `- {name: ${name}, type: ${type}, url: ${url}}\n`;
  });
  write(config, `providers:\n${entries.join("")}images:\n  all: {repository: mirror.example.com}\n`);
});
beforeEach(async () => {
  live = await startLiveApi();
  ({ client } = live.api);
  kubeconfig = await live.kubeconfig({ name: "admin", groups: ["system:masters"] });
  return () => live.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const markAsManagement = () =>
  client.create(crds, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "clusters.cluster.x-k8s.io" },
    spec: {
      group: "cluster.x-k8s.io",
      scope: "Namespaced",
      names: { kind: "Cluster", plural: "clusters", singular: "cluster", listKind: "ClusterList" },
      versions: [{ name: "v1beta1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });

const installOld = ["init", "--core", "cluster-api:v1.0.0", "-i", "thing:v1.0.0"];

describe("init", () => {
  test("installs what was named, and on the first run the core and kubeadm providers, each where it belongs [CTL-023, CTL-035, CTL-038, CTL-040, CTL-043, CTL-045, CTL-048, CTL-050]", async () => {
    const { error } = await done("init", "-i", "thing:v1.0.0");
    expect(error).toContain("clusterctl generate cluster [name] --kubernetes-version [version] | kubectl apply -f -");
    const order = ["cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm", "infrastructure-thing"];
    expect([...error.matchAll(/Installing provider="([^"]+)"/g)].map(([, label]) => label)).toEqual(order);
    expect(await inventory()).toEqual([
      "boot-system/bootstrap-kubeadm v1.0.0",
      "core-system/cluster-api v1.1.0",
      "cp-system/control-plane-kubeadm v1.0.0",
      "infra-system/infrastructure-thing v1.0.0",
    ]);
    const found = await client.get(deployments, { namespace: "infra-system", name: "infra-manager" });
    expect(found.metadata.labels).toMatchObject({
      "clusterctl.cluster.x-k8s.io": "",
      "cluster.x-k8s.io/provider": "infrastructure-thing",
    });
    expect(JSON.stringify(found.spec)).toContain("mirror.example.com/infra:v1.0.0");
    expect(JSON.stringify(found.spec)).toContain("--level=info");
    const crd = await client.get(crds, { name: "providers.clusterctl.cluster.x-k8s.io" });
    expect(crd.metadata.labels).toMatchObject({ "clusterctl.cluster.x-k8s.io/core": "inventory" });
    // Once more changes nothing; another version of the same is refused.
    const again = await done("init", "-i", "thing:v1.0.0");
    expect(again.error).not.toContain("Installing provider");
    expect(again.error).not.toContain("clusterctl generate cluster");
    await refused(
      'there is already an instance of the "infrastructure-thing" provider installed in the "infra-system" namespace',
      "init",
      "-i",
      "thing:v1.1.0",
    );
  });

  test("takes the newest stable release, leaves what '-' keeps away, and puts all into one namespace [CTL-024, CTL-034, CTL-045]", async () => {
    await done("init", "-b", "-", "-c", "-", "-n", "together");
    expect(await inventory()).toEqual(["together/cluster-api v1.1.0"]);
    expect((await client.get(deployments, { namespace: "together", name: "core-manager" })).metadata.name).toBe("core-manager");
    await refused("the '-' value can not be used for the core provider", "init", "--core", "-");
  });

  test("is refused before anything is installed when the result could not work; --validate=false goes on [CTL-046, CTL-047]", async () => {
    await refused(
      "only compatible with v1beta1 providers, detected v1beta9 for provider infrastructure-future",
      "init",
      "-i",
      "future",
    );
    await refused(
      /CRD name "others.addon.example.com" is invalid .* it should be "addonthings.addon.example.com"/,
      "init",
      "--addon",
      "misnamed",
    );
    expect(await inventory()).toEqual([]);
    const { error } = await done("init", "--addon", "misnamed", "--validate=false");
    expect(error).toContain("Ignoring validation errors");
    expect(await inventory()).toContain("addon-system/addon-misnamed v1.0.0");
  });

  test("refuses names that cannot be [CTL-044]", async () => {
    await refused("name[:version]", "init", "-i", "a:b:c");
    await refused("version cannot be empty", "init", "-i", "thing:");
    await refused("name cannot be empty", "init", "-i", ":v1.0.0");
    await refused('invalid provider name "a_b"', "init", "-i", "a_b");
    await refused("failed to get configuration for the InfrastructureProvider with name nobody", "init", "-i", "nobody");
  });

  test("waits for the managers when it is told to, and not for ever [CTL-049]", async () => {
    await refused(
      'deployment "core-manager" is not ready after 1s',
      "init",
      "-b",
      "-",
      "-c",
      "-",
      "--wait-providers",
      "--wait-provider-timeout",
      "1",
    );
    await done("init", "-b", "-", "-c", "-");
    await setReplicas("core", 1);
    await done("init", "-b", "-", "-c", "-", "--wait-providers", "--wait-provider-timeout", "1");
  });

  test("lists the images it would need, without any cluster [CTL-051]", async () => {
    const { out } = await run(["--config", config, "init", "list-images", "-i", "thing:v1.1.0"]);
    expect(out).toBe(
      ["boot:v1.0.0", "core:v1.1.0", "cp:v1.0.0", "infra:v1.1.0"].map((image) => `mirror.example.com/${image}\n`).join(""),
    );
  });

  test("brings cert-manager along when a manifest wants certificates, once, marked as clusterctl's [CTL-052, CTL-053, CTL-054]", async () => {
    const kind = (name: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${name.toLowerCase()}s.cert-manager.io}
spec:
  group: cert-manager.io
  scope: Namespaced
  names: {kind: ${name}, plural: ${name.toLowerCase()}s, singular: ${name.toLowerCase()}, listKind: ${name}List}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
---
`;
    const operator = manifest("cert-manager", "Unused", "v1").split("---\n").at(-1) ?? "";
    const signer = put(
      "cert-manager.yaml",
      `${kind("Issuer")}${kind("Certificate")}apiVersion: v1\nkind: Namespace\nmetadata: {name: cert-manager-system}\n---\n${operator}`,
    );
    const signed = `${manifest("core", "CoreThing", "v1.0.0")}---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: serving, namespace: core-system}\nspec: {dnsNames: [a.core-system.svc]}\n`;
    const core = provider("signed/cluster-api", "core-components.yaml", { "v1.0.0": signed }, metadata([0, "v1beta1"]));
    const settings = (version: string) =>
      put(
        "signed.yaml",
        `providers: [{name: cluster-api, type: CoreProvider, url: ${core}}]\ncert-manager: {url: ${signer}, version: ${version}, timeout: 20s}\n`,
      );
    const init = ["init", "-b", "-", "-c", "-"];
    const first = await done("--config", settings("v1.18.1"), ...init);
    expect(first.error.indexOf("Installing cert-manager")).toBeLessThan(first.error.indexOf("Installing provider"));
    const made = await client.get(deployments, { namespace: "cert-manager-system", name: "cert-manager-manager" });
    expect(made.metadata.labels).toMatchObject({
      "clusterctl.cluster.x-k8s.io": "",
      "clusterctl.cluster.x-k8s.io/core": "cert-manager",
    });
    expect(made.metadata.annotations).toMatchObject({ "cert-manager.clusterctl.cluster.x-k8s.io/version": "v1.18.1" });
    await markAsManagement();
    await done("delete", "--all");
    expect((await done("--config", settings("v1.18.1"), ...init)).error).not.toContain("Installing cert-manager");
    const plan = async (version: string) => (await done("--config", settings(version), "upgrade", "plan")).out;
    expect(await plan("v1.18.1")).toMatch(/^Cert-Manager is already up to date\n\n/);
    expect(await plan("v1.19.0")).toMatch(/^Cert-Manager will be upgraded from "v1.18.1" to "v1.19.0"\n\n/);
  });

  test("says who it is to the cluster [CTL-011]", async () => {
    const seen = new Set<string | undefined>();
    const server = createServer((request, response) => {
      seen.add(request.headers["user-agent"]);
      response
        .writeHead(404, { "content-type": "application/json" })
        .end('{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const file = put(
      "plain.kubeconfig",
      `apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nclusters: [{name: a, cluster: {server: "http://127.0.0.1:${port}"}}]\nusers: [{name: a, user: {}}]\n`,
    );
    const outcome = await run(["upgrade", "plan", "--kubeconfig", file]);
    server.close();
    expect(outcome.error).toContain("this is no management cluster");
    expect([...seen]).toEqual([expect.stringMatching(/^clusterctl\/v1\.10\.4 \(\w+\/\w+\)$/)]);
  });

  test("of Slipway's own providers teaches the cluster their kinds and says that these are all [CTL-014, CTL-039]", async () => {
    const { error } = await run(["init", "-i", "openstack", "--kubeconfig", kubeconfig]);
    expect(error).toContain("only its kinds were installed");
    expect(await inventory()).toContain("capo-system/infrastructure-openstack v0.11.8");
    expect(await names(crds, "cluster.x-k8s.io/provider=infrastructure-openstack")).toContain(
      "openstackclusters.infrastructure.cluster.x-k8s.io",
    );
    const crd = await client.get(crds, { name: "providers.clusterctl.cluster.x-k8s.io" });
    expect(JSON.stringify(crd.spec)).toMatch(/"Age".*"Type".*"\.type".*"Provider".*"\.providerName".*"Version".*"\.version"/);
    // The contract is that of the kinds: another one is not ours to work on.
    const version = (name: string, storage: boolean) => ({
      name,
      served: true,
      storage,
      schema: { openAPIV3Schema: { type: "object" } },
    });
    const versions = [version("v1beta1", false), version("v1beta9", true)];
    await client.patch(crds, { name: "clusters.cluster.x-k8s.io" }, { type: "merge", body: { spec: { versions } } });
    await refused('could be used only with "v1beta1" management clusters, "v1beta9" detected', "upgrade", "plan");
  });
});

describe("upgrade", () => {
  test("plan shows what is newer, apply installs it: old objects go, kinds and inventory stay [CTL-055, CTL-056, CTL-057, CTL-061, CTL-062]", async () => {
    await done(...installOld);
    await markAsManagement();
    const { out } = await done("upgrade", "plan");
    expect(out).toBe(`
Latest release available for the v1beta1 API Version of Cluster API (contract):

NAME                    NAMESPACE      TYPE                     CURRENT VERSION   NEXT VERSION
cluster-api             core-system    CoreProvider             v1.0.0            v1.1.0
bootstrap-kubeadm       boot-system    BootstrapProvider        v1.0.0            Already up to date
control-plane-kubeadm   cp-system      ControlPlaneProvider     v1.0.0            Already up to date
infrastructure-thing    infra-system   InfrastructureProvider   v1.0.0            v1.1.0

You can now apply the upgrade by executing the following command:

clusterctl upgrade apply --contract v1beta1

`);
    const before = await client.get(crds, { name: "corethings.core.example.com" });
    const { error } = await done("upgrade", "apply", "--contract", "v1beta1");
    expect([...error.matchAll(/Scaling down provider="([^"]+)"/g)].map(([, label]) => label)).toEqual([
      "cluster-api",
      "infrastructure-thing",
    ]);
    expect(await inventory()).toEqual([
      "boot-system/bootstrap-kubeadm v1.0.0",
      "core-system/cluster-api v1.1.0",
      "cp-system/control-plane-kubeadm v1.0.0",
      "infra-system/infrastructure-thing v1.1.0",
    ]);
    const manager = await client.get(deployments, { namespace: "core-system", name: "core-manager" });
    expect(JSON.stringify(manager.spec)).toContain("core:v1.1.0");
    expect(manager.spec).toMatchObject({ replicas: 1 });
    expect((await client.get(crds, { name: "corethings.core.example.com" })).metadata.uid).toBe(before.metadata.uid);
    expect((await done("upgrade", "plan")).out).toContain("You are already up to date!");
  });

  test("apply takes a contract or providers, with versions that keep the contract, of what is installed [CTL-059, CTL-060]", async () => {
    await done(...installOld);
    await markAsManagement();
    await refused("Either the --contract flag or at least one", "upgrade", "apply");
    await refused("can't be used in combination", "upgrade", "apply", "--contract", "v1beta1", "-i", "thing:v1.1.0");
    await refused("could only upgrade to v1beta1 contract, requested v1beta2", "upgrade", "apply", "--contract", "v1beta2");
    await refused("version cannot be empty", "upgrade", "apply", "-i", "thing");
    await refused("in not part of the management cluster", "upgrade", "apply", "-i", "future:v1.0.0");
    const { error } = await done("upgrade", "apply", "-i", "infra-system/thing:v1.1.0");
    expect(error).toContain("deprecated");
    expect(await inventory()).toContain("infra-system/infrastructure-thing v1.1.0");
    expect(await inventory()).toContain("core-system/cluster-api v1.0.0");
  });

  test("is refused while a provider is there twice [CTL-042]", async () => {
    await done(...installOld);
    await markAsManagement();
    await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: "second" } });
    const one = await client.get(providers, { namespace: "infra-system", name: "infrastructure-thing" });
    await client.create(providers, {
      ...one,
      metadata: { name: "infrastructure-thing", namespace: "second" },
    } as UnstructuredObject);
    await refused("infra-system/infrastructure-thing, second/infrastructure-thing", "upgrade", "apply", "--contract", "v1beta1");
  });
});

describe("delete", () => {
  beforeEach(async () => {
    await done(...installOld);
    await markAsManagement();
  });
  const thing = resource("infra.example.com", "v1", "InfraThing", "Namespaced");

  test("takes a provider's objects and leaves its kinds, namespace, and roles that are not its own [CTL-065, CTL-067, CTL-069, CTL-070]", async () => {
    await done("delete", "-i", "thing:v1.0.0");
    expect(await inventory()).not.toContain("infra-system/infrastructure-thing v1.0.0");
    expect((await client.list(deployments, { namespace: "infra-system" })).items).toEqual([]);
    expect(await names(roles, "cluster.x-k8s.io/provider=infrastructure-thing")).toEqual(["shared-viewer-of-infra"]);
    expect(await names(crds, "cluster.x-k8s.io/provider=infrastructure-thing")).toEqual(["infrathings.infra.example.com"]);
    expect((await client.get(Namespace, { name: "infra-system" })).metadata.name).toBe("infra-system");
    expect((await client.list(deployments, { namespace: "core-system" })).items).toHaveLength(1);
  });

  test("takes kinds only when asked, and never while they have objects [CTL-067, CTL-068]", async () => {
    const object = { apiVersion: "infra.example.com/v1", kind: "InfraThing", metadata: { name: "mine", namespace: "default" } };
    await client.create(thing, object);
    await refused(
      'found existing objects for provider CRDs "infrastructure-thing": [InfraThing]',
      "delete",
      "-i",
      "thing",
      "--include-crd",
    );
    expect(await inventory()).toContain("infra-system/infrastructure-thing v1.0.0");
    await client.delete(thing, { namespace: "default", name: "mine" });
    await done("delete", "-i", "thing", "--include-crd");
    expect(await names(crds, "cluster.x-k8s.io/provider=infrastructure-thing")).toEqual([]);
  });

  test("takes all of them, and their namespaces when asked [CTL-065, CTL-071]", async () => {
    await done("delete", "--all", "--include-namespace");
    const left = (await client.list(Namespace)).items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    expect(left.map(({ metadata: { name } }) => name).filter((name) => /^(core|boot|cp|infra)-system$/.test(name))).toEqual([]);
  });

  test("is refused for what is not there, another version, or both ways at once [CTL-065, CTL-066]", async () => {
    await refused("Either the --all flag or at least one", "delete");
    await refused("can't be used in combination", "delete", "--all", "-i", "thing");
    await refused('failed to identify the namespace for the "future" provider', "delete", "-i", "future");
    await refused('failed to identify the provider "thing" with version "v1.1.0"', "delete", "-i", "thing:v1.1.0");
  });
});
