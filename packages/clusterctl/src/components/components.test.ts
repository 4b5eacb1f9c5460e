import { describe, expect, test } from "vitest";
import { describeComponents, inventoryObject, readComponents } from "./components.ts";
import { overrideImage } from "./images.ts";

const provider = { name: "thing", type: "InfrastructureProvider" } as const;
const none = () => undefined;
const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: {name: manager, namespace: old, labels: {own: label}}
spec:
  template:
    spec:
      initContainers: [{name: first, image: registry.example.com/team/setup:v1}]
      containers: [{name: manager, image: "registry.example.com/team/manager:\${TAG:=v2}"}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: job, namespace: old}
spec: {template: {spec: {containers: [{name: x, image: registry.example.com/team/job:v1}]}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: binding}
subjects: [{kind: ServiceAccount, name: manager, namespace: old}, {kind: User, name: somebody}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hooks, annotations: {cert-manager.io/inject-ca-from: old/serving}}
webhooks: [{name: a, clientConfig: {service: {name: hooks, namespace: old}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com, annotations: {cert-manager.io/inject-ca-from: old/serving}}
spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: hooks, namespace: old}}}}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: serving, namespace: old}
spec: {dnsNames: [hooks.old.svc, hooks.old.svc.cluster.local]}
---
apiVersion: v1
kind: Namespace
metadata: {name: old}
`;
const read = (yaml = manifest, more = {}) => readComponents(yaml, { provider, version: "v1.0.0", variables: none, ...more });

describe("a provider's manifest", () => {
  test("is ordered: its namespace, certificates, then the rest as it was [CTL-036]", () => {
    expect(read().objects.map(({ kind }) => kind)).toEqual([
      "Namespace",
      "Certificate",
      "Deployment",
      "Job",
      "ClusterRoleBinding",
      "ValidatingWebhookConfiguration",
      "CustomResourceDefinition",
    ]);
  });

  test("gets clusterctl's labels on everything, beside its own [CTL-035]", () => {
    const labels = { "clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": "infrastructure-thing" };
    for (const { kind, metadata } of read().objects)
      expect(metadata.labels).toEqual(kind === "Deployment" ? { own: "label", ...labels } : labels);
  });

  test("is put into another namespace with all that names it [CTL-034]", () => {
    const moved = read(manifest, { targetNamespace: "new" });
    expect(moved.namespace).toBe("new");
    const object = (kind: string) => moved.objects.find((candidate) => candidate.kind === kind);
    expect(object("Namespace")?.metadata.name).toBe("new");
    expect(object("Deployment")?.metadata.namespace).toBe("new");
    expect(object("ClusterRoleBinding")).toMatchObject({ subjects: [{ namespace: "new" }, { kind: "User", name: "somebody" }] });
    expect(object("ClusterRoleBinding")?.metadata).not.toHaveProperty("namespace");
    expect(object("ValidatingWebhookConfiguration")).toMatchObject({
      metadata: { annotations: { "cert-manager.io/inject-ca-from": "new/serving" } },
      webhooks: [{ clientConfig: { service: { name: "hooks", namespace: "new" } } }],
    });
    expect(object("CustomResourceDefinition")).toMatchObject({
      metadata: { annotations: { "cert-manager.io/inject-ca-from": "new/serving" } },
      spec: { conversion: { webhook: { clientConfig: { service: { namespace: "new" } } } } },
    });
    expect(object("Certificate")?.spec).toEqual({ dnsNames: ["hooks.new.svc", "hooks.new.svc.cluster.local"] });
    expect(JSON.stringify(moved.objects)).not.toContain('"old');
  });

  test("needs exactly one namespace, or to be told one [CTL-033]", () => {
    const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n";
    expect(() => read(`${namespace}---\n${namespace.replace("one", "two")}`)).toThrow(
      "no more than one resource with Kind Namespace",
    );
    const bare = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    expect(() => read(bare)).toThrow("target namespace can't be defaulted. Please specify a target namespace");
    expect(read(bare, { targetNamespace: "told" }).objects.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ["Namespace", "told"],
      ["ConfigMap", "x"],
    ]);
  });

  test("is told other images before it is looked at, in Deployments and DaemonSets only [CTL-027, CTL-028, CTL-032]", () => {
    const images = {
      all: { repository: "mirror.example.com" },
      "infrastructure-thing": { tag: "v9" },
      "infrastructure-thing/setup": { tag: "v8" },
    };
    const changed = read(manifest, { images });
    expect(changed.images).toEqual(["mirror.example.com/manager:v9", "mirror.example.com/setup:v8"]);
    expect(JSON.stringify(changed.objects.find(({ kind }) => kind === "Job"))).toContain("registry.example.com/team/job:v1");
  });

  test.each([
    ["nginx", {}, "nginx"],
    ["nginx", { all: { repository: "m.example.com/" } }, "m.example.com/nginx"],
    ["r.example.com:5000/a/b:v1", { all: { tag: "v2" } }, "r.example.com:5000/a/b:v2"],
    ["r.example.com/a/b@sha256:00", { all: { repository: "m.example.com" } }, "m.example.com/b@sha256:00"],
    ["r.example.com/a/b:v1", { other: { tag: "v2" } }, "r.example.com/a/b:v1"],
  ])("image %s with %j is %s [CTL-027]", (image, images, changed) => {
    expect(overrideImage(image, "component", images)).toBe(changed);
  });

  test("is remembered as an object of its own kind [CTL-038]", () => {
    expect(inventoryObject(read())).toEqual({
      apiVersion: "clusterctl.cluster.x-k8s.io/v1alpha3",
      kind: "Provider",
      metadata: {
        name: "infrastructure-thing",
        namespace: "old",
        labels: {
          "clusterctl.cluster.x-k8s.io": "",
          "clusterctl.cluster.x-k8s.io/core": "inventory",
          "cluster.x-k8s.io/provider": "infrastructure-thing",
        },
      },
      providerName: "thing",
      type: "InfrastructureProvider",
      version: "v1.0.0",
    });
  });

  test("is described with its variables and images [CTL-084]", () => {
    expect(
      describeComponents(read(), "/base/infrastructure-thing/v1.0.0/infrastructure-components.yaml"),
    ).toBe(`Name:               thing
Type:               InfrastructureProvider
URL:                /base/infrastructure-thing/v1.0.0/
Version:            v1.0.0
File:               infrastructure-components.yaml
TargetNamespace:    old
Variables:
  - TAG
Images:
  - registry.example.com/team/manager:v2
  - registry.example.com/team/setup:v1

`);
  });
});
