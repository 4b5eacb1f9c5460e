import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKubeconfig } from "@slipway/api/pki/index.ts";
import { afterAll, expect, test } from "vitest";
import { findKubeconfig, insideCluster } from "./kubeconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test("in a Pod it is the cluster that runs it, as its ServiceAccount, in its namespace [CTL-010]", () => {
  write("token", "abc\n");
  write("ca.crt", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n");
  write("namespace", "operators");
  const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  const target = insideCluster(environment, folder);
  expect(target?.namespace).toBe("operators");
  expect(readKubeconfig(target?.kubeconfig ?? "")).toMatchObject({ server: "https://[fd00::1]:443", token: "abc" });
  expect(insideCluster({}, folder)).toBeUndefined();
  expect(insideCluster(environment, join(folder, "none"))).toBeUndefined();
});

test("the first file of a list that names a thing wins; the context says the namespace [CTL-010]", () => {
  const config = (server: string, namespace: string) =>
    `apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts:\n- {name: a, context: {cluster: a, user: a, namespace: ${namespace}}}\n- {name: b, context: {cluster: a, user: a}}\nclusters: [{name: a, cluster: {server: "${server}"}}]\nusers: [{name: a, user: {token: t}}]\n`;
  const kubeconfig = write("one.yaml", config("https://one.example.com", "here"));
  const target = findKubeconfig({ kubeconfig });
  expect([readKubeconfig(target.kubeconfig).server, target.namespace]).toEqual(["https://one.example.com", "here"]);
  expect(findKubeconfig({ kubeconfig, context: "b" }).namespace).toBe("default");
  expect(() => findKubeconfig({ kubeconfig, context: "c" })).toThrow('has no context "c"');
});
