/** The doctor and the orphans as an operator meets them: the real commands beside a running Slipway. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, type RunningSlipway, startSlipway } from "../testing/slipway.node.ts";

let slipway: RunningSlipway | undefined;
const running = (): RunningSlipway => {
  if (slipway === undefined) throw new Error("Slipway was not started");
  return slipway;
};
beforeAll(async () => {
  slipway = await startSlipway();
});
afterAll(async () => {
  await slipway?.end();
});

const password = (): string => /OS_PASSWORD=(\S+)/.exec(readFileSync(join(running().home, "admin-openrc.sh"), "utf8"))?.[1] ?? "";
const operator = async (method: string, path: string, body: object): Promise<void> => {
  const answer = await fetch(`http://127.0.0.1:${running().port(5000)}/operator/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${password()}` },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
};
const openstack = async (...args: string[]): Promise<string> => {
  const outcome = await running().openstack(...args);
  if (outcome.code !== 0) throw new Error(`openstack ${args.join(" ")}: ${outcome.error}`);
  return outcome.out.trim();
};
/** Asks again until it is as expected; a slow machine only takes longer. */
const eventually = async (ask: () => Promise<Outcome>, wanted: (outcome: Outcome) => boolean): Promise<Outcome> => {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const outcome = await ask();
    if (wanted(outcome)) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return ask();
};

describe("slipway doctor", () => {
  test("finds a fresh platform well: program, APIs, cloud, microversion, certificates, disk [RUN-088]", async () => {
    const { code, out, error } = await running().slipway("doctor", "--json");
    expect(error).toBe("");
    const { healthy, checks } = JSON.parse(out);
    expect(checks.map(({ name, result }: { name: string; result: string }) => `${name} ${result}`)).toEqual([
      "program ok",
      "components ok",
      "management API ok",
      "Magnum API ok",
      "cloud ok",
      "Nova microversion ok",
      "certificates ok",
      "disk ok",
      "clusters ok",
    ]);
    expect([healthy, code]).toEqual([true, 0]);
    expect((await running().slipway("doctor")).out).toContain("2.63 is in the cloud's range");
  });

  test("tells a cluster's first cause, evidence and remedy in a few lines, as Magnum's client does in one [WANT-01] [MCLI-012]", async () => {
    await operator("PUT", "quotas/compute/demo", { instances: 2 });
    const [template = ""] = (await openstack("coe", "cluster", "template", "list", "-f", "value", "-c", "uuid")).split("\n");
    await openstack(
      "coe",
      "cluster",
      "create",
      "blue",
      "--cluster-template",
      template,
      "--master-count",
      "1",
      "--node-count",
      "2",
    );
    const told = await eventually(
      () => running().slipway("doctor", "cluster", "blue"),
      ({ out }) => out.includes("[QuotaExceeded]"),
    );
    expect(told.code).toBe(1);
    expect(told.error).toBe("");
    expect(told.out).toMatch(/^kube-\w+: stuck\. The project's quota is used up: instances\./);
    expect(told.out).toMatch(/evidence: OpenStackServer .*already used 2 of 2 instances/);
    expect(told.out).toMatch(/to do: +Delete what is not needed, or ask for a higher quota/);
    expect(told.out.split("\n").length).toBeLessThan(12);

    const [stack = ""] = told.out.split(":");
    const json = JSON.parse((await running().slipway("doctor", "cluster", stack, "--json")).out);
    expect(json).toMatchObject({ cluster: stack, state: "stuck", findings: [{ code: "QuotaExceeded", severity: "error" }] });
    expect(JSON.parse((await running().slipway("doctor", "cluster", json.cluster_uuid, "--json")).out).findings[0].code).toBe(
      "QuotaExceeded",
    );
    const shown = await eventually(
      () => running().openstack("coe", "cluster", "show", "blue", "-f", "value", "-c", "status_reason"),
      ({ out }) => out.startsWith("["),
    );
    expect(shown.out).toMatch(/^\[QuotaExceeded\] The project's quota is used up: instances\. .*What to do: /);
    const platform = await running().slipway("doctor");
    expect(platform.code).toBe(1);
    expect(platform.out).toContain(`1 of 1 are in trouble: ${stack} [QuotaExceeded]`);
  });

  test("has one exit code for wrong usage, and one sentence", async () => {
    for (const args of [
      ["doctor", "cluster", "nobody"],
      ["doctor", "cluster"],
      ["doctor", "--nonsense"],
      ["orphans", "delete"],
    ]) {
      const { code, error, out } = await running().slipway(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(error).toMatch(/nobody|missing required argument|unknown option/);
      expect(out + error).not.toMatch(/\n\s+at /);
    }
    for (const help of [["doctor"], ["doctor", "cluster"], ["orphans"], ["orphans", "delete"]])
      expect((await running().slipway(...help, "--help")).out).toMatch(/Example:\n {2}slipway (doctor|orphans)/);
  });
});

describe("slipway orphans", () => {
  test("lists what a cluster of ours left, deletes it by its id only, and leaves alone what only looks like it [RUN-079]", async () => {
    expect(await running().slipway("orphans")).toMatchObject({ code: 0, out: "There are no orphans.\n" });
    const project = await openstack("--os-cloud", "slipway-admin", "project", "show", "demo", "-f", "value", "-c", "id");
    const ledger = join(running().folder, "ledger.json");
    writeFileSync(
      ledger,
      JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "kube-ghost-ledger", namespace: "magnum-system", labels: { "magnum.slipway.dev/ledger": "cluster" } },
        data: {
          name: "kube-ghost",
          uuid: "11111111-2222-4333-8444-555555555555",
          projectId: project,
          userId: "u",
          title: "ghost",
        },
      }),
    );
    const network = async (cloud: string, name: string) =>
      openstack("--os-cloud", cloud, "network", "create", name, "-f", "value", "-c", "id");
    const name = "k8s-clusterapi-cluster-magnum-system-kube-ghost";
    const left = await network("slipway-demo", name);
    const others = await network("slipway-admin", name);
    expect((await running().slipway("orphans")).code).toBe(0);
    expect(await running().kubectl("create", "-f", ledger)).toMatchObject({ code: 0 });

    const listed = await running().slipway("orphans");
    expect(listed.code).toBe(1);
    expect(listed.out.split("\n").filter((line) => line.startsWith("network"))).toEqual([
      expect.stringMatching(
        new RegExp(`^network +${left} +${name} +${project} +\\d+s +kube-ghost \\(ghost\\) +its name is the cluster's`),
      ),
    ]);
    const { orphans } = JSON.parse((await running().slipway("orphans", "--json")).out);
    expect(orphans).toMatchObject([{ kind: "network", id: left, project_id: project, cluster: { name: "kube-ghost" } }]);

    expect(await running().slipway("orphans", "delete", left)).toMatchObject({
      code: 2,
      error: "Nobody is there to be asked: say --yes to delete them.\n",
    });
    const foreign = await running().slipway("orphans", "delete", others, "--yes");
    expect(foreign).toMatchObject({ code: 1, out: expect.stringContaining(`${others}: not an orphan`) });
    expect(await running().slipway("orphans", "delete", left, "--yes")).toMatchObject({
      code: 0,
      out: `network ${left} (${name}): deleted\n`,
    });
    expect((await running().slipway("orphans")).code).toBe(0);
    expect(await openstack("--os-cloud", "slipway-admin", "network", "show", others, "-f", "value", "-c", "name")).toBe(name);
  });

  test("the doctor says so when nothing runs", async () => {
    await running().slipway("down");
    const { code, out } = await running().slipway("doctor");
    expect(code).toBe(1);
    expect(out).toMatch(/ERROR +program +Slipway does not run on /);
    expect(out).toContain("slipway up --detach");
  });
});
