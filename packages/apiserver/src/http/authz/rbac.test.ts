import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding, type Subject } from "@slipway/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubernetesApi, type KubernetesApi } from "../../kubernetesapi.ts";
import { stampObject } from "../../registry/core.ts";
import type { StoredObject } from "../../registry/object.ts";
import { createMemoryStorage } from "../../storage/memory.ts";
import type { AccessReview } from "./authorizer.ts";
import { forbiddenMessage } from "./message.ts";
import { createRbacAuthorizer, type RbacAuthorizer, ruleAllows } from "./rbac.ts";

const resource = (name: string, more: object = {}) => ({
  group: "",
  version: "v1",
  resource: name,
  subresource: "",
  namespace: "a",
  name: "",
  ...more,
});

describe("a rule", () => {
  const rule = (more: Partial<PolicyRule>): PolicyRule => ({ verbs: ["get"], apiGroups: [""], resources: ["pods"], ...more });
  test.each([
    ["its own resource", rule({}), resource("pods"), true],
    ["not a subresource of it", rule({}), resource("pods", { subresource: "log" }), false],
    ["a subresource by name", rule({ resources: ["pods/log"] }), resource("pods", { subresource: "log" }), true],
    ["a subresource of all", rule({ resources: ["*/scale"] }), resource("pods", { subresource: "scale" }), true],
    ["everything by a star", rule({ resources: ["*"] }), resource("pods", { subresource: "log" }), true],
    ["not another group", rule({}), resource("pods", { group: "apps" }), false],
    ["a named object", rule({ resourceNames: ["x"] }), resource("pods", { name: "x" }), true],
    ["not one without a name", rule({ resourceNames: ["x"] }), resource("pods"), false],
    ["not another verb", rule({ verbs: ["list"] }), resource("pods"), false],
  ])("allows %s [API-387]", (_, given, about, allowed) => {
    expect(ruleAllows(given, { verb: "get", resource: about })).toBe(allowed);
  });

  test.each([
    ["/healthz", "/healthz", true],
    ["/healthz/*", "/healthz/ping", true],
    ["/healthz/*", "/healthz", false],
    ["*", "/anything", true],
  ])("path %s allows %s: %s [API-389]", (pattern, path, allowed) => {
    expect(ruleAllows({ verbs: ["get"], nonResourceURLs: [pattern] }, { verb: "get", path })).toBe(allowed);
  });
});

describe("RBAC from the store", () => {
  let api: KubernetesApi;
  let rbac: RbacAuthorizer;
  const group = "rbac.authorization.k8s.io";
  const subject = (kind: "User" | "Group", name: string): Subject => ({ apiGroup: group, kind, name });
  const may = async (name: string, groups: readonly string[], verb: string, about: Partial<AccessReview> & object) =>
    rbac.authorize({ user: { name, groups }, verb, ...about });

  beforeAll(async () => {
    api = await createKubernetesApi({ storage: createMemoryStorage<StoredObject>({ stamp: stampObject }) });
    const { client } = api;
    rbac = createRbacAuthorizer(api.registry);
    await rbac.ready;
    await client.create(
      { group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: "Cluster" },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } },
    );
    const rules = [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }];
    await client.create(Role, { apiVersion: `${group}/v1`, kind: "Role", metadata: { name: "r", namespace: "a" }, rules });
    await client.create(RoleBinding, {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata: { name: "b", namespace: "a" },
      roleRef: { apiGroup: group, kind: "Role", name: "r" },
      subjects: [subject("User", "joe"), { kind: "ServiceAccount", namespace: "x", name: "bot" }],
    });
    await client.create(ClusterRole, {
      apiVersion: `${group}/v1`,
      kind: "ClusterRole",
      metadata: { name: "crds", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
      rules: [{ verbs: ["get", "list"], apiGroups: ["example.com"], resources: ["widgets"] }],
    });
    await client.create(ClusterRoleBinding, {
      apiVersion: `${group}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: "viewers" },
      roleRef: { apiGroup: group, kind: "ClusterRole", name: "view" },
      subjects: [subject("Group", "viewers")],
    });
    await client.create(ClusterRoleBinding, {
      apiVersion: `${group}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: "broken" },
      roleRef: { apiGroup: group, kind: "ClusterRole", name: "nosuch" },
      subjects: [subject("User", "eve")],
    });
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await may("eve", [], "get", { resource: resource("pods") })).reason !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  afterAll(async () => {
    rbac.close();
    await api.close();
  });

  test("a RoleBinding grants in its namespace only, to users and ServiceAccounts [API-390]", async () => {
    const allowed = await may("joe", [], "get", { resource: resource("pods") });
    expect(allowed).toEqual({ allowed: true, reason: 'RBAC: allowed by RoleBinding "b/a" of Role "r" to User "joe"' });
    expect(await may("joe", [], "get", { resource: resource("pods", { namespace: "b" }) })).toEqual({ allowed: false });
    expect(await may("system:serviceaccount:x:bot", [], "get", { resource: resource("pods") })).toMatchObject({ allowed: true });
  });

  test("aggregated roles are what their parts are now [API-395] [API-400]", async () => {
    const widgets = { resource: resource("widgets", { group: "example.com" }) };
    expect(await may("v", ["viewers"], "list", widgets)).toMatchObject({ allowed: true });
    expect(await may("v", ["viewers"], "delete", widgets)).toMatchObject({ allowed: false });
    expect(await may("v", ["viewers"], "get", { resource: resource("secrets") })).toMatchObject({ allowed: false });
    for (const name of ["view", "edit", "admin"]) {
      let written: readonly PolicyRule[] = [];
      for (let tries = 0; tries < 100 && !written.some((rule) => rule.resources?.includes("widgets")); tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        written = (await api.client.get(ClusterRole, { name })).rules ?? [];
      }
      expect(
        written.some((rule) => rule.resources?.includes("widgets")),
        name,
      ).toBe(true);
    }
  });

  test("masters may everything, others only what a rule says, and a role that is missing is told [API-386] [API-391]", async () => {
    expect(await may("root", ["system:masters"], "delete", { path: "/anything" })).toEqual({ allowed: true });
    const verdict = await may("eve", [], "get", { resource: resource("pods") });
    expect(verdict).toEqual({ allowed: false, reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "nosuch" not found' });
    expect(
      forbiddenMessage({ user: { name: "eve<", groups: [] }, verb: "get", resource: resource("pods", { name: "p" }) }, undefined),
    ).toBe('pods "p" is forbidden: User "eve&lt;" cannot get resource "pods" in API group "" in the namespace "a"');
  });

  test("everyone who is known may discover, everyone at all may ask for the version [API-399] [API-401]", async () => {
    expect(await may("joe", ["system:authenticated"], "get", { path: "/apis/apps/v1" })).toMatchObject({ allowed: true });
    expect(await may("system:anonymous", ["system:unauthenticated"], "get", { path: "/version" })).toMatchObject({
      allowed: true,
    });
    expect(await may("system:anonymous", ["system:unauthenticated"], "get", { path: "/apis" })).toMatchObject({ allowed: false });
  });

  test("one question costs little with many bindings [API-402]", async () => {
    const start = performance.now();
    for (let at = 0; at < 2000; at += 1)
      rbac.authorize({ user: { name: "joe", groups: ["system:authenticated"] }, verb: "get", resource: resource("pods") });
    expect((performance.now() - start) / 2000).toBeLessThan(0.5); // milliseconds; a guard against scanning, not a benchmark
  });
});

describe("giving rights away", () => {
  let api: KubernetesApi;
  const group = "rbac.authorization.k8s.io";
  const role = (name: string, verbs: readonly string[]) => ({
    apiVersion: `${group}/v1`,
    kind: "Role",
    metadata: { name, namespace: "default" },
    rules: [{ verbs, apiGroups: [""], resources: ["pods"] }],
  });
  const binding = (name: string, kind: string, target: string, user: string) => ({
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata: { name, namespace: "default" },
    roleRef: { apiGroup: group, kind, name: target },
    subjects: [{ apiGroup: group, kind: "User" as const, name: user }],
  });
  const as = (name: string) => api.as({ user: { name, groups: ["system:authenticated"] } });
  const settled = async (attempt: () => Promise<unknown>): Promise<void> => {
    for (let tries = 0; ; tries += 1) {
      const error = await attempt().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) return;
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  beforeAll(async () => {
    api = await createKubernetesApi({ storage: createMemoryStorage<StoredObject>({ stamp: stampObject }) });
    await api.client.create(Role, role("readers", ["get", "list"]));
    await api.client.create(Role, role("writers", ["create"]));
    await api.client.create(RoleBinding, binding("joe-reads", "Role", "readers", "joe"));
  });
  afterAll(() => api.close());

  test("who writes a role must hold all of it [API-394]", async () => {
    await settled(() => as("joe").create(Role, role("narrow", ["get"])));
    const refused = as("joe").create(Role, role("wide", ["get", "delete"]));
    await expect(refused).rejects.toMatchObject({ reason: "Forbidden" });
    await expect(refused).rejects.toThrow(
      /attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["pods"\], Verbs:\["delete"\]\}/,
    );
  });

  test("who binds a role must hold all of it, or may bind it by name [API-394]", async () => {
    await settled(() => as("joe").create(RoleBinding, binding("fair", "Role", "readers", "ann")));
    await expect(as("joe").create(RoleBinding, binding("unfair", "Role", "writers", "joe"))).rejects.toMatchObject({
      reason: "Forbidden",
    });
    await expect(as("joe").create(RoleBinding, binding("worst", "ClusterRole", "cluster-admin", "joe"))).rejects.toMatchObject({
      reason: "Forbidden",
    });
    await api.client.create(Role, {
      ...role("binders", []),
      rules: [{ verbs: ["bind"], apiGroups: [group], resources: ["roles"], resourceNames: ["writers"] }],
    });
    await api.client.create(RoleBinding, binding("joe-binds", "Role", "binders", "joe"));
    await settled(() => as("joe").create(RoleBinding, binding("allowed", "Role", "writers", "ann")));
  });
});
