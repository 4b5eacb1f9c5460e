import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Node, Pod, ServiceAccount } from "@slipway/api";
import { createCertificateRequest } from "@slipway/api/pki/index.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetchTool } from "../../../../../scripts/kubectl.mjs";
import { createKubectl, deployment, type Kubectl } from "../../testing/kubectl.node.ts";
import { type LiveApi, startLiveApi } from "../../testing/live.node.ts";
import { createRecorder, type Recorder } from "../../testing/recording.ts";
import { simulatedShell } from "../../testing/shell.ts";

/**
 * What kubectl asks for each command, and how it is answered: a change of what a client sees (one request more, a 404, another media type)
 * shows here as a difference. Written anew with `npx vitest run --project clients packages/apiserver/src/http/recordings --update`.
 */

let live: LiveApi;
let recorder: Recorder;
beforeEach(async () => {
  recorder = createRecorder();
  live = await startLiveApi({
    wrap: recorder.wrap,
    pods: {
      logs: () => "a line\n",
      exec: (_pod, options) => simulatedShell(options),
      attach: (_pod, options) => simulatedShell(options),
      // Whoever listens there answers what it is sent.
      portForward: () => new TransformStream<Uint8Array, Uint8Array>(),
    },
  });
});
afterEach(() => live.close());

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer}}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;
const object = (apiVersion: string, kind: string, name: string, rest: string) => `
apiVersion: ${apiVersion}
kind: ${kind}
metadata: {name: ${name}, labels: {app: web}}
${rest}
`;
const widget = (size: number) => object("example.com/v1", "Widget", "w", `spec: {size: ${size}}`);
const settings = (value: string) => object("v1", "ConfigMap", "settings", `data: {a: ${value}}`);
const applied = (name: string, value: string) => object("v1", "ConfigMap", name, `data: {a: ${value}}`);

/** In order: what one makes the next ones use. A text beside a command is what it reads. */
const commands: readonly (string | readonly [command: string, input: string])[] = [
  "version",
  "api-resources",
  "api-versions",
  // create
  ["create -f -", settings("one")],
  "create configmap literal --from-literal=a=b",
  "create namespace team",
  "create deployment web --image=nginx:1.27 --replicas=2",
  ["create -f -", crd],
  "wait --for=condition=Established crd/widgets.example.com --timeout=20s",
  ["create -f -", widget(1)],
  "create serviceaccount robot",
  "create token robot",
  "create role reader --verb=get --resource=pods",
  // get
  "get configmaps",
  "get configmap settings",
  "get configmap settings -o json",
  "get configmap settings -o yaml",
  "get configmaps -o name",
  "get configmaps -o wide",
  "get configmaps -l app=web",
  "get configmaps --field-selector metadata.name=settings",
  "get configmaps -A",
  "get configmaps,deployments",
  "get all",
  "get widgets",
  "get wd w -o yaml",
  "get configmap settings --watch --request-timeout=2s",
  "get widgets --watch-only --request-timeout=2s",
  "get configmap nobody",
  "get nothings",
  "get --raw /readyz",
  "get deployment web --subresource=status",
  // describe, explain
  "describe configmap settings",
  "describe deployment web",
  "describe node n1",
  "describe pod p",
  "describe widget w",
  "explain deployment.spec.replicas",
  "explain widget.spec",
  // apply
  ["apply -f -", applied("by-client", "one")],
  ["apply -f -", applied("by-client", "two")],
  ["apply -f -", deployment("nginx:1.27", 2).replaceAll("name: web", "name: applied")],
  ["apply -f -", deployment("nginx:1.28", 2).replaceAll("name: web", "name: applied")],
  ["apply -f -", widget(2)],
  ["apply --server-side -f -", applied("by-server", "one")],
  ["apply --server-side -f -", applied("by-server", "two")],
  ["apply --server-side --force-conflicts -f -", widget(3)],
  ["apply --dry-run=server -f -", applied("by-client", "three")],
  ["diff -f -", applied("by-client", "four")],
  ["replace -f -", settings("two")],
  ["replace --force -f -", settings("three")],
  // change
  'patch configmap settings --type=merge -p {"data":{"b":"c"}}',
  'patch configmap settings --type=json -p [{"op":"remove","path":"/data/b"}]',
  'patch deployment web --type=strategic -p {"spec":{"paused":false}}',
  'patch widget w --subresource=status --type=merge -p {"status":{"size":3}}',
  "edit configmap settings",
  "label configmap settings tier=front",
  "annotate configmap settings note=x",
  "scale deployment web --replicas=3",
  "scale widget w --replicas=4",
  "set image deployment/web nginx=nginx:1.29",
  "rollout restart deployment/web",
  `patch deployment web --subresource=status --type=merge -p {"status":{"observedGeneration":99,"replicas":3,"updatedReplicas":3,"readyReplicas":3,"availableReplicas":3}}`,
  "rollout status deployment/web --timeout=20s",
  "rollout history deployment/web",
  // wait
  "wait --for=jsonpath={.data.a}=edited configmap/settings --timeout=20s",
  "wait --for=delete configmap/nobody --timeout=20s",
  // pods
  "logs p",
  "exec p -- echo hello",
  "attach p -i",
  "port-forward pod/p :80",
  // access
  "auth can-i create pods",
  "auth can-i --list",
  "auth whoami",
  "get csr",
  "certificate approve wish",
  // nodes
  "cordon n1",
  "uncordon n1",
  "taint node n1 a=b:NoSchedule",
  "drain n1 --ignore-daemonsets --force --grace-period=0 --timeout=20s",
  "top nodes",
  "top pods",
  "config get-contexts",
  // delete
  "delete configmap settings",
  "delete configmaps -l app=web",
  "delete configmap literal --wait=false",
  "delete widget w",
  "delete deployment web --cascade=foreground --wait=false",
  "delete namespace team --wait=false",
  "delete configmap nobody --ignore-not-found",
];

const prepare = async (): Promise<void> => {
  const { client } = live.api;
  await client.create(ServiceAccount, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  });
  await client.create(Node, { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } });
  await client.create(Pod, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "default" },
    spec: { nodeName: "n1", containers: [{ name: "main", image: "i", stdin: true }] },
  });
  const ref = { name: "p", namespace: "default" };
  await client.patch(Pod, ref, { type: "merge", body: { status: { phase: "Running" } } }, { subresource: "status" });
  const { requestPem } = await createCertificateRequest({ commonName: "ann", organizations: [] });
  await client.create(
    {
      group: "certificates.k8s.io",
      version: "v1",
      kind: "CertificateSigningRequest",
      plural: "certificatesigningrequests",
      scope: "Cluster",
    },
    {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "wish" },
      spec: { request: btoa(requestPem), signerName: "example.com/s", usages: ["client auth"] },
    },
  );
};

const forward = async (program: string, k: Kubectl): Promise<void> => {
  const child = spawn(program, ["port-forward", "pod/p", ":80"], { env: { ...process.env, ...k.environment } });
  let said = "";
  const port = await new Promise<number>((resolve, reject) => {
    for (const output of [child.stdout, child.stderr])
      output.on("data", (piece: Buffer) => {
        said += String(piece);
        const found = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
    child.on("exit", () => reject(new Error(said)));
  });
  const socket = connect(port, "127.0.0.1");
  socket.write("ping");
  const [back] = await once(socket, "data");
  expect(String(back)).toBe("ping");
  socket.destroy();
  child.kill();
  await once(child, "exit");
};

test.each(["1.32", "1.35"] as const)("kubectl %s asks and is answered as recorded [API-033] [API-K01]", async (version) => {
  const program = fetchTool("kubectl", version);
  const editor = join(live.folder, "editor");
  writeFileSync(editor, '#!/bin/sh\nsed -i "s/a: three/a: edited/" "$1"\n');
  chmodSync(editor, 0o755);
  await prepare();
  const k = createKubectl(program, live, await live.kubeconfig({ name: "admin", groups: ["system:masters"] }), "default");
  recorder.take();
  let text = `What kubectl ${version} asks for each command, and how it is answered. See kubectl.client.test.ts.\n`;
  for (const each of commands) {
    const [command, input] = typeof each === "string" ? [each, ""] : each;
    let failed = "";
    if (command.startsWith("port-forward")) await forward(program, k);
    else {
      const { code } = await k.try(command, input, { KUBE_EDITOR: editor });
      if (code !== 0) failed = `  (ends with ${code})`;
    }
    text += `\n$ kubectl ${command}${failed}\n${recorder.take()}`;
    await live.api.settled();
  }
  await expect(text).toMatchFileSnapshot(`kubectl-${version}.txt`);
});
