import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { customKinds, Deployment, Event, Namespace, Node } from "@slipway/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fetchTool } from "../../../../scripts/kubectl.mjs";
import { cluster, createKubectl, deployment, type Kubectl } from "../testing/kubectl.node.ts";
import { type LiveApi, startLiveApi } from "../testing/live.node.ts";

/** The real kubectl over TLS with a client certificate: what an operator types must work and print what it prints elsewhere. */

let live: LiveApi;
let admin: string;
let program: string;
let k: Kubectl;
let namespace: string;
let counter = 0;

beforeAll(async () => {
  live = await startLiveApi({ kinds: customKinds });
  admin = await live.kubeconfig({ name: "admin", groups: ["system:masters"] });
});
afterAll(() => live.close());

beforeEach(async () => {
  counter += 1;
  namespace = `test-${counter}`;
  k = createKubectl(program, live, admin, namespace);
  await live.api.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});

const setReady = async (name: string): Promise<void> => {
  await k(
    `patch cluster ${name} --subresource=status --type=merge -p '{"status":{"phase":"Provisioned","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}'`,
  );
};

describe.each(["1.32", "1.35"] as const)("kubectl %s", (version) => {
  beforeAll(() => {
    program = fetchTool("kubectl", version);
  });

  test("finds out what is served [API-K01] [API-050] [API-056]", async () => {
    expect(await k("version -o json")).toContain(`"gitVersion": "v1.33.4"`);
    const resources = await k("api-resources");
    expect(resources).toMatch(/^clusters\s+cl\s+cluster\.x-k8s\.io\/v1beta1\s+true\s+Cluster$/m);
    expect(resources).toMatch(/^namespaces\s+ns\s+v1\s+false\s+Namespace$/m);
    expect(await k("api-resources --categories=cluster-api -o name")).toContain("machines.cluster.x-k8s.io");
    expect(await k("api-versions")).toContain("rbac.authorization.k8s.io/v1");
  });

  test("gets objects as tables, yaml, json and by path [API-K02] [API-281] [API-284]", async () => {
    await k("create configmap settings --from-literal=colour=blue --from-literal=size=3");
    await k("apply -f -", cluster());
    expect(await k("get cm")).toMatch(/^NAME\s+DATA\s+AGE\nsettings\s+2\s+\d+s\n$/);
    expect(await k("get cm settings -o jsonpath={.data.colour}")).toBe("blue");
    expect(JSON.parse(await k("get cm settings -o json"))).toMatchObject({ kind: "ConfigMap", data: { size: "3" } });
    expect(await k("get cm settings -o yaml")).toContain("colour: blue");
    expect(await k("get clusters,cm -o name")).toBe("cluster.cluster.x-k8s.io/c1\nconfigmap/settings\n");
    expect(await k("get cl -o wide")).toMatch(/^NAME\s+CLUSTERCLASS\s+PHASE\s+AGE\s+VERSION\s*\nc1\s/);
    expect(await k("get cm -A --show-labels")).toMatch(new RegExp(`${namespace}\\s+settings`));
    expect(await k("get cm -l none=such -o name")).toBe("");
    expect(await k("get cm --field-selector metadata.name=settings -o name")).toBe("configmap/settings\n");
  });

  test("prints pods, nodes and deployments as it prints them elsewhere, the wide columns too [API-090] [API-091] [API-092] [API-099]", async () => {
    const { client } = live.api;
    await client.create(Node, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `node-${namespace}`, labels: { "node-role.kubernetes.io/control-plane": "" } },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [{ type: "InternalIP", address: "10.6.0.9" }],
        nodeInfo: {
          machineID: "",
          systemUUID: "",
          bootID: "",
          kernelVersion: "6.8.0",
          osImage: "Ubuntu 24.04",
          containerRuntimeVersion: "containerd://2.0.1",
          kubeletVersion: "v1.32.1",
          kubeProxyVersion: "",
          operatingSystem: "linux",
          architecture: "amd64",
        },
      },
    });
    expect(await k("get nodes -o wide")).toMatch(
      /node-test-\d+\s+Ready\s+control-plane\s+\d+s\s+v1\.32\.1\s+10\.6\.0\.9\s+<none>\s+Ubuntu 24\.04\s+6\.8\.0\s+containerd:\/\/2\.0\.1/,
    );
    await k("run p --image=busybox");
    expect(await k("get pod p -o wide")).toMatch(/^p\s+0\/1\s+Pending\s+0\s+\d+s\s+<none>\s+<none>\s+<none>\s+<none>\s*$/m);
    await k("apply -f -", deployment());
    expect(await k("get deploy -o wide")).toMatch(/^web\s+0\/2\s+0\s+0\s+\d+s\s+web,side\s+nginx:1\.27,busybox:1\s+app=web$/m);
    expect(await k("get all")).toContain("deployment.apps/web");
  });

  test("applies from the client's side: new, unchanged, changed, of both families [API-K06] [API-068] [API-231]", async () => {
    expect(await k("apply -f -", deployment())).toBe("deployment.apps/web created\n");
    expect(await k("apply -f -", deployment())).toBe("deployment.apps/web unchanged\n");
    expect(await k("apply -f -", deployment("nginx:1.28"))).toBe("deployment.apps/web configured\n");
    expect(await k("get deploy web -o jsonpath={.spec.template.spec.containers[*].image}")).toBe("nginx:1.28 busybox:1");
    expect(await k("apply -f -", cluster())).toBe("cluster.cluster.x-k8s.io/c1 created\n");
    expect(await k("apply -f -", cluster("c1", "10.8.0.0/16"))).toBe("cluster.cluster.x-k8s.io/c1 configured\n");
    expect(await k("get cluster c1 -o jsonpath={.spec.clusterNetwork.pods.cidrBlocks[0]}")).toBe("10.8.0.0/16");
  });

  test("applies on the server's side and tells who owns a contested field [API-K07]", async () => {
    expect(await k("apply --server-side -f -", deployment())).toBe("deployment.apps/web serverside-applied\n");
    await k("apply --server-side --field-manager=other --force-conflicts -f -", deployment("nginx:1.29"));
    const refused = await k.try("apply --server-side -f -", deployment("nginx:1.30"));
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('conflict with "other"');
    expect(await k("apply --server-side --dry-run=server --force-conflicts -f -", deployment("nginx:1.30"))).toContain(
      "server dry run",
    );
    expect(await k("get deploy web -o jsonpath={.spec.template.spec.containers[0].image}")).toBe("nginx:1.29");
    expect(await k("apply --server-side -f -", cluster())).toContain("serverside-applied");
  });

  test("shows a difference before it is applied [API-K08]", async () => {
    await k("apply -f -", deployment());
    const { code, stdout } = await k.try("diff -f -", deployment("nginx:1.31"));
    expect(code).toBe(1);
    expect(stdout).toContain("+      - image: nginx:1.31");
  });

  test("sees nothing new in a control plane that was stored with more than was sent [BOOT-030] [API-K08]", async () => {
    const yaml = `
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: cp}
spec:
  version: 1.33.1
  machineTemplate:
    infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: OpenStackMachineTemplate, name: t}
  kubeadmConfigSpec:
    clusterConfiguration: {apiServer: {extraArgs: {a: b}}}
    initConfiguration: {nodeRegistration: {taints: []}}
    files: [{path: /a, content: x}]
`;
    expect(await k("apply -f -", yaml)).toContain("created");
    expect(await k("get kcp cp -o jsonpath={.spec.kubeadmConfigSpec.clusterConfiguration.etcd}")).toBe("{}");
    const before = await k("get kcp cp -o jsonpath={.metadata.resourceVersion}");
    expect(await k("apply -f -", yaml.replace("1.33.1", "v1.33.1"))).toContain("configured");
    expect(await k("apply -f -", yaml.replace("1.33.1", "v1.33.1"))).toContain("unchanged");
    expect(await k("get kcp cp -o jsonpath={.metadata.generation}")).toBe("1");
    expect(await k("diff -f -", yaml.replace("1.33.1", "v1.33.1"))).toBe("");
    expect(await k("apply --server-side --force-conflicts -f -", yaml)).toContain("serverside-applied");
    const applied = await k("get kcp cp -o jsonpath={.metadata.resourceVersion}");
    await k("apply --server-side -f -", yaml);
    expect(await k("get kcp cp -o jsonpath={.metadata.resourceVersion}")).toBe(applied);
    expect(Number(applied)).toBeGreaterThan(Number(before));
  });

  test("edits with an editor [API-K11]", async () => {
    await k("apply -f -", deployment());
    await k("apply -f -", cluster());
    const editor = join(live.folder, "editor.sh");
    mkdirSync(live.folder, { recursive: true });
    writeFileSync(editor, '#!/bin/sh\nsed -i -e s/nginx:1.27/nginx:2.0/ -e s,10.0.0.0/16,10.9.0.0/16, "$1"\n');
    chmodSync(editor, 0o755);
    expect(await k("edit deploy web", undefined, { EDITOR: editor })).toContain("edited");
    expect(await k("get deploy web -o jsonpath={.spec.template.spec.containers[*].name}")).toBe("web side");
    expect(await k("get deploy web -o jsonpath={.spec.template.spec.containers[0].image}")).toBe("nginx:2.0");
    expect(await k("edit cluster c1", undefined, { EDITOR: editor })).toContain("edited");
    expect(await k("get cluster c1 -o jsonpath={.spec.clusterNetwork.pods.cidrBlocks[0]}")).toBe("10.9.0.0/16");
  });

  test("patches in all three ways, and status on its own path [API-K12] [API-236]", async () => {
    await k("apply -f -", deployment());
    await k(`patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"busybox:2"}]}}}}'`);
    expect(await k("get deploy web -o jsonpath={.spec.template.spec.containers[*].image}")).toBe("nginx:1.27 busybox:2");
    await k(`patch deploy web --type merge -p '{"spec":{"replicas":5}}'`);
    await k(`patch deploy web --type json -p '[{"op":"replace","path":"/metadata/labels/app","value":"api"}]'`);
    expect(await k("get deploy web -o jsonpath={.spec.replicas},{.metadata.labels.app}")).toBe("5,api");
    await k("apply -f -", cluster());
    await setReady("c1");
    expect(await k("get cluster c1 -o jsonpath={.status.phase}")).toBe("Provisioned");
    const refused = await k.try(`patch cluster c1 -p '{"spec":{}}'`);
    expect(refused.stderr).toContain("is not supported by cluster.x-k8s.io/v1beta1, Kind=Cluster");
  });

  test("labels, annotates, scales and sets images [API-K13] [API-K14] [API-K16]", async () => {
    await k("apply -f -", deployment());
    await k("label deploy web tier=front");
    await k("annotate deploy web note='by hand'");
    expect(await k("get deploy -l tier=front -o jsonpath={.items[0].metadata.annotations.note}")).toBe("by hand");
    expect(await k("scale deploy web --replicas=7")).toBe("deployment.apps/web scaled\n");
    expect(await k("set image deploy/web side=busybox:3")).toContain("image updated");
    expect(await k("get deploy web -o jsonpath={.spec.replicas},{.spec.template.spec.containers[1].image}")).toBe("7,busybox:3");
    expect(await k("rollout restart deploy/web")).toContain("restarted");
  });

  test("creates namespaces, secrets, configmaps and roles, whose bodies it sends in protobuf [API-K09] [API-414] [API-T12]", async () => {
    expect(await k(`create namespace ${namespace}-b`)).toBe(`namespace/${namespace}-b created\n`);
    expect(await k(`get ns ${namespace}-b`)).toMatch(/Active/);
    await k("create secret generic s --from-literal=password=hunter2");
    expect(await k("get secret s -o jsonpath={.data.password},{.type}")).toBe("aHVudGVyMg==,Opaque");
    await k("create configmap c --from-literal=a=1");
    await k("create serviceaccount bot");
    await k("create role reader --verb=get,list --resource=pods,deployments.apps");
    expect(await k("get role reader -o jsonpath={.rules[1].apiGroups[0]}/{.rules[1].resources[0]}")).toBe("apps/deployments");
    await k(`create rolebinding readers --role=reader --serviceaccount=${namespace}:bot`);
    expect(await k("get rolebinding -o wide")).toMatch(new RegExp(`readers\\s+Role/reader\\s+\\d+s\\s+${namespace}/bot`));
    await k("create deployment made --image=nginx --replicas=3 --port=8080");
    expect(
      await k("get deploy made -o jsonpath={.spec.replicas},{.spec.template.spec.containers[0].ports[0].containerPort}"),
    ).toBe("3,8080");
    await k("create job once --image=busybox -- true");
    expect(await k("get job once -o jsonpath={.spec.template.spec.containers[0].command[0]}")).toBe("true");
  });

  test("describes objects with their events [API-K05] [API-K24]", async () => {
    await k("apply -f -", cluster());
    const uid = await k("get cluster c1 -o jsonpath={.metadata.uid}");
    await live.api.client.create(Event, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "c1.1", namespace },
      involvedObject: { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", namespace, name: "c1", uid },
      reason: "Provisioned",
      message: "the cluster is there",
      type: "Normal",
      source: { component: "test" },
      firstTimestamp: new Date().toISOString().replace(/\.\d+/, ""),
      lastTimestamp: new Date().toISOString().replace(/\.\d+/, ""),
      count: 1,
    });
    const described = await k("describe cluster c1");
    expect(described).toContain("Cidr Blocks:\n        10.0.0.0/16");
    expect(described).toMatch(/Normal\s+Provisioned\s+\S+\s+test\s+the cluster is there/);
    expect(await k("events --for cluster/c1")).toContain("the cluster is there");
    expect(await k("get events")).toMatch(/Normal\s+Provisioned\s+cluster\/c1\s+the cluster is there/);
    await k("apply -f -", deployment());
    expect(await k("describe deploy web")).toContain("25% max unavailable, 25% max surge");
    await k("create secret generic s --from-literal=a=b");
    expect(await k("describe secret s")).toContain("a:  1 bytes");
  });

  test("waits for conditions, for fields and for an end [API-K17] [API-009]", async () => {
    await k("apply -f -", cluster());
    const waiting = k("wait --for=condition=Ready cluster/c1 --timeout=20s");
    const phase = k("wait --for=jsonpath={.status.phase}=Provisioned cluster/c1 --timeout=20s");
    await setReady("c1");
    expect(await waiting).toContain("condition met");
    expect(await phase).toContain("condition met");
    await k(`patch cluster c1 --type merge -p '{"metadata":{"finalizers":["example.com/hold"]}}'`);
    await k("delete cluster c1 --wait=false");
    const gone = k("wait --for=delete cluster/c1 --timeout=20s");
    // It prints only when it was there to see the end.
    setTimeout(() => void k(`patch cluster c1 --type merge -p '{"metadata":{"finalizers":null}}'`), 1000);
    expect(await gone).toContain("condition met");
    const late = await k.try("wait --for=condition=Ready cluster/c1 --timeout=1s");
    expect(late.code).not.toBe(0);
  });

  test("follows changes, printing the header once [API-K03] [API-287] [API-T29]", async () => {
    await k("create configmap first --from-literal=a=1");
    const child = spawn(program, ["-n", namespace, "get", "cm", "-w"], { env: { ...process.env, ...k.environment } });
    let output = "";
    const seen = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`never printed ${text}:\n${output}`)), 20_000);
        const look = () => {
          if (!output.includes(text)) return;
          clearTimeout(timer);
          child.stdout.off("data", look);
          resolve();
        };
        child.stdout.on("data", look);
        look();
      });
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
    });
    await seen("first");
    await k("create configmap second --from-literal=a=1 --from-literal=b=2");
    await seen("second");
    child.kill();
    expect(output.match(/NAME/g)).toHaveLength(1);
    expect(output).toMatch(/second\s+2\s+\d+s/);
  });

  test("deletes: one, all, with finalizers, orphaning, namespaces [API-K18]", async () => {
    await k("create configmap a --from-literal=x=1");
    await k("create configmap b --from-literal=x=1");
    expect(await k("delete cm a")).toMatch(/configmap "a" deleted/);
    expect(await k("delete cm --all")).toMatch(/configmap "b" deleted/);
    await k("create configmap held --from-literal=x=1");
    await k(`patch cm held --type merge -p '{"metadata":{"finalizers":["example.com/hold"]}}'`);
    await k("delete cm held --wait=false");
    expect(await k("get cm held -o jsonpath={.metadata.deletionTimestamp}")).not.toBe("");
    const waiting = k("wait --for=delete cm/held --timeout=20s");
    await k(`patch cm held --type merge -p '{"metadata":{"finalizers":null}}'`);
    await waiting;
    await k(`delete namespace ${namespace} --timeout=30s`);
    expect((await k.try(`get namespace ${namespace}`)).stderr).toContain(`namespaces "${namespace}" not found`);
    const kept = await k.try("delete namespace default");
    expect(kept.stderr).toContain("this namespace may not be deleted");
  });

  test("explains kinds and fields [API-K19] [API-069]", async () => {
    expect(await k("explain deployment.spec.strategy")).toMatch(/rollingUpdate\s+<RollingUpdateDeployment>/);
    expect(await k("explain cluster.spec.controlPlaneEndpoint")).toMatch(/port\s+<integer>/);
    expect(await k("explain machine --recursive")).toContain("providerID");
  });

  test("hears what is wrong with what it sends [API-027] [API-273] [API-012]", async () => {
    const unknown = await k.try("apply -f -", deployment().replace("replicas:", "replica:"));
    expect(unknown.stderr).toContain('unknown field "spec.replica"');
    const wrongType = await k.try("apply -f -", deployment().replace("replicas: 2", "replicas: two"));
    expect(wrongType.code).not.toBe(0);
    const mismatch = await k.try("apply -f -", deployment().replace("matchLabels: {app: web}", "matchLabels: {app: api}"));
    expect(mismatch.stderr).toContain("`selector` does not match template `labels`");
    expect((await k.try("get cm nosuch")).stderr).toBe('Error from server (NotFound): configmaps "nosuch" not found\n');
    expect((await k.try("get nosuch")).stderr).toContain(`the server doesn't have a resource type "nosuch"`);
    const badCluster = await k.try("apply -f -", cluster().replace("spec:", "spec:\n  paused: often"));
    expect(badCluster.code).not.toBe(0);
    await k("create configmap stale --from-literal=a=1");
    const stale = await k.try(
      "replace -f -",
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"stale","resourceVersion":"1"},"data":{}}`,
    );
    expect(stale.stderr).toContain("the object has been modified");
  });

  test("reports a rollout that progresses [API-K15]", async () => {
    await k("apply -f -", deployment("nginx:1.27", 1));
    const status = k("rollout status deploy/web --timeout=20s");
    const found = await live.api.client.get(Deployment, { namespace, name: "web" });
    await live.api.client.update(
      Deployment,
      {
        ...found,
        status: {
          observedGeneration: found.metadata.generation ?? 1,
          replicas: 1,
          updatedReplicas: 1,
          readyReplicas: 1,
          availableReplicas: 1,
          conditions: [{ type: "Available", status: "True" }],
        },
      },
      { subresource: "status" },
    );
    expect(await status).toContain("successfully rolled out");
  });

  test("sees a kind's own validation as the cause, field by field [API-028]", async () => {
    const refused = await k.try("apply -f -", cluster("c2", "not-a-cidr"));
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("spec.clusterNetwork.pods.cidrBlocks");
  });
});
