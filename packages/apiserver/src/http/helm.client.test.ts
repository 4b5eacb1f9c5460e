import { join } from "node:path";
import { Cluster, ConfigMap, customKinds, Deployment, Namespace, type Resource, Secret, Service } from "@slipway/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchTool } from "../../../../scripts/kubectl.mjs";
import { type LiveApi, run, startLiveApi } from "../testing/live.node.ts";

/** The real helm with a chart of ours: install, upgrade, roll back, uninstall, with its own records in our Secrets. */
let live: LiveApi;
let kubeconfig: string;
const chart = join(import.meta.dirname, "../testing/chart");

beforeAll(async () => {
  live = await startLiveApi({ kinds: customKinds });
  kubeconfig = await live.kubeconfig({ name: "admin", groups: ["system:masters"] });
});
afterAll(() => live?.close());

describe.each(["1.32", "1.35"] as const)("helm of Kubernetes %s", (version) => {
  const namespace = `helm-${version.replace(".", "-")}`;
  const helm = async (...args: string[]): Promise<string> => {
    const env = { HOME: live.folder, KUBECONFIG: kubeconfig };
    const outcome = await run(fetchTool("helm", version), [...args, "-n", namespace], { env });
    if (outcome.code !== 0) throw new Error(`helm ${args.join(" ")}: ${outcome.code}\n${outcome.stdout}${outcome.stderr}`);
    return outcome.stdout;
  };
  const greeting = async () => (await live.api.client.get(ConfigMap, { namespace, name: "hi-greeting" })).data;

  test("installs, upgrades, rolls back and uninstalls a chart, and leaves nothing [API-K06]", async () => {
    expect(await helm("install", "hi", chart, "--create-namespace")).toContain("STATUS: deployed");
    expect(await greeting()).toMatchObject({ greeting: "hello", cluster: expect.stringMatching(/^v1\.\d+/) });
    expect((await live.api.client.get(Cluster, { namespace, name: "hi" })).spec.paused).toBe(true);

    await helm("upgrade", "hi", chart, "--set", "greeting=good day", "--set", "replicas=3");
    expect(await greeting()).toMatchObject({ greeting: "good day" });
    expect((await live.api.client.get(Deployment, { namespace, name: "hi" })).spec?.replicas).toBe(3);
    expect((await live.api.client.get(ConfigMap, { namespace, name: "hi-hook" })).data).toEqual({ revision: "2" });

    await helm("rollback", "hi", "1");
    expect(await greeting()).toMatchObject({ greeting: "hello" });
    expect(await helm("get", "values", "hi", "--all")).toContain("greeting: hello");
    const history = JSON.parse(await helm("history", "hi", "-o", "json")) as { readonly status: string }[];
    expect(history.map(({ status }) => status)).toEqual(["superseded", "superseded", "deployed"]);
    expect(await helm("list", "-q")).toBe("hi\n");
    const { items: records } = await live.api.client.list(Secret, { namespace });
    expect(records.map(({ type }) => type)).toEqual(Array(3).fill("helm.sh/release.v1"));

    await helm("uninstall", "hi");
    expect((await live.api.client.list(Secret, { namespace })).items).toEqual([]);
    for (const kind of [Service, Deployment, Cluster] as readonly Resource[])
      expect((await live.api.client.list(kind, { namespace })).items).toEqual([]);
    expect((await live.api.client.get(Namespace, { name: namespace })).status?.phase).toBe("Active");
  });

  test("refuses a chart that the API refuses, and says why", async () => {
    await expect(helm("install", "bad", chart, "--set", "replicas=many", "--create-namespace")).rejects.toThrow(/replicas/);
    expect((await live.api.client.list(Deployment, { namespace })).items).toEqual([]);
  });
});
