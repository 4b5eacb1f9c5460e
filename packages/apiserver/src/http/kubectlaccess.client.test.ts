import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Namespace, Node, Pod } from "@slipway/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findKubectl } from "../../../../scripts/kubectl.mjs";
import { createKubectl, type Kubectl } from "../testing/kubectl.node.ts";
import { type LiveApi, startLiveApi } from "../testing/live.node.ts";

/** kubectl and what is about an API: who may do what, tokens, logs, nodes, kinds that come and go. */

let live: LiveApi;
let admin: string;
let program: string;
let k: Kubectl;
let namespace: string;
let counter = 0;

beforeAll(async () => {
  program = findKubectl();
  live = await startLiveApi({
    pods: {
      logs: (pod, { container, tailLines }) => (tailLines === 1 ? "last\n" : `${pod.metadata.name}/${container} first\nlast\n`),
    },
  });
  admin = await live.kubeconfig({ name: "admin", groups: ["system:masters"] });
});
afterAll(() => live.close());

beforeEach(async () => {
  counter += 1;
  namespace = `test-${counter}`;
  k = createKubectl(program, live, admin, namespace);
  await live.api.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});

describe("kubectl", () => {
  test("asks whether it may, as itself and as others [API-K20] [API-384] [API-396]", async () => {
    expect(await k("auth can-i delete deployments")).toBe("yes\n");
    const joe = await k.try("auth can-i list pods --as=joe");
    expect(joe).toMatchObject({ code: 1, stdout: "no\n" });
    expect(await k("auth whoami")).toContain("admin");
    expect(await k("auth can-i --list --as=joe")).toContain("selfsubjectreviews.authentication.k8s.io");
  });

  test("keeps others out, in the words that kubectl prints [API-374] [API-391] [API-373]", async () => {
    const reader = await live.kubeconfig({ name: "reader", groups: ["people"] });
    const refused = await k.try("get pods", undefined, { KUBECONFIG: reader });
    expect(refused.stderr).toContain(
      `pods is forbidden: User "reader" cannot list resource "pods" in API group "" in the namespace "${namespace}"`,
    );
    await k("create role reader --verb=get,list,watch --resource=pods");
    await k("create rolebinding people --role=reader --group=people");
    expect((await k.try("get pods", undefined, { KUBECONFIG: reader })).stderr).toContain("No resources found");
  });

  test("gets a token for a ServiceAccount that works until the account is gone [API-K21] [API-378]", async () => {
    await k("create serviceaccount bot");
    await k("create role reader --verb=get,list --resource=pods");
    await k(`create rolebinding bots --role=reader --serviceaccount=${namespace}:bot`);
    const token = await k("create token bot");
    const bare = join(live.folder, "bare.kubeconfig");
    writeFileSync(bare, "apiVersion: v1\nkind: Config\n");
    const asBot = `--server=${live.listener.url} --insecure-skip-tls-verify --token=${token.trim()}`;
    expect((await k.try(`get pods ${asBot}`, undefined, { KUBECONFIG: bare })).stderr).toContain("No resources found");
    expect((await k.try(`get cm ${asBot}`, undefined, { KUBECONFIG: bare })).stderr).toContain("forbidden");
    await k("delete serviceaccount bot");
    expect((await k.try(`get pods ${asBot}`, undefined, { KUBECONFIG: bare })).stderr).toContain("Unauthorized");
  });

  test("reads logs of pods that a backend knows, and says plainly what it cannot do [API-K22] [API-297] [API-298]", async () => {
    await live.api.client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace },
      spec: { nodeName: "n", containers: [{ name: "main", image: "i" }] },
    });
    expect(await k("logs p")).toBe("p/main first\nlast\n");
    expect(await k("logs p --tail=1")).toBe("last\n");
    expect((await k.try("logs p -c other")).stderr).toContain("container other is not valid for pod p");
    expect((await k.try("exec p -- ls")).stderr).toContain("exec is not possible for pod p");
  });

  test("cordons and drains a node, evicting its pods [API-K25] [API-294]", async () => {
    const { client } = live.api;
    const node = `drained-${counter}`;
    await client.create(Node, { apiVersion: "v1", kind: "Node", metadata: { name: node } });
    await client.create(Pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "guest", namespace },
      spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "i" }] },
    });
    expect(await k(`drain ${node} --force --timeout=30s`)).toContain("drained");
    expect(await k(`get node ${node}`)).toContain("SchedulingDisabled");
    expect(await k("get pods -o name")).toBe("");
  });

  test("serves a kind of one's own from the moment it is established until it goes [API-049] [API-055] [API-071] [API-K04]", async () => {
    const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, description: How big it is}
              replicas: {type: integer, default: 1}
            x-kubernetes-validations: [{rule: "self.size < 100", message: too big}]
          status: {type: object, properties: {replicas: {type: integer}}}
`;
    const widget = (size: number) =>
      `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"size":${size}}}`;
    await k("apply -f -", definition);
    await k("wait --for=condition=Established crd/widgets.example.com --timeout=10s");
    expect(await k("apply -f -", widget(5))).toBe("widget.example.com/w created\n");
    expect(await k("get wd")).toMatch(/^NAME\s+SIZE\nw\s+5\n$/);
    expect(await k("get all -o name")).toContain("widget.example.com/w");
    await k("scale wd w --replicas=3");
    expect(await k("get wd w -o jsonpath={.spec.replicas}")).toBe("3");
    expect(await k("explain widget.spec")).toMatch(/size\s+<integer> -required-\s+How big it is/);
    expect((await k.try("apply -f -", widget(500))).stderr).toContain("too big");
    expect((await k.try("apply -f -", widget(0))).stderr).toContain("spec.size");
    await k("delete crd widgets.example.com --timeout=30s");
    expect((await k.try("get widgets")).code).not.toBe(0);
    expect(await k("api-resources -o name")).not.toContain("widgets.example.com");
  });
});
