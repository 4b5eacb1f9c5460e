import { Cluster, Machine, MachineDeployment, OpenStackMachine, Secret } from "@slipway/api";
import { textFromBase64, textToBase64 } from "@slipway/api/pki/pem.ts";
import { diagnosisText } from "@slipway/doctor";
import { describe, expect, test } from "vitest";
import { machines } from "./doctor/machines.ts";
import { people } from "./doctor/people.ts";
import { quotas } from "./doctor/quotas.ts";
import { begin, doctor, plain, recordOf } from "./doctor/scenario.ts";
import { services } from "./doctor/services.ts";
import { machinesOf, networkQuota, remove, resize } from "./doctor/steps.ts";
import { cloudOf, namespace } from "./story.ts";

const scenarios = [...quotas, ...services, ...machines, ...people];

describe("each thing that goes wrong is told by its cause, its evidence and what to do, everywhere in the same words", () => {
  test.each(scenarios.map((one) => [one.name, one] as const))("%s [WANT-01] [RUN-058]", async (_, one) => {
    const { now, name } = await begin(one);
    try {
      await now.until(
        `doctor says ${one.code}, and so does Magnum`,
        async () => {
          const [first] = (await doctor(now, name)).findings;
          if (first?.code !== one.code) return false;
          return ((await recordOf(now))?.status?.statusReason ?? "").startsWith(`[${one.code}] ${first.title}.`);
        },
        2,
      );
      const diagnosis = await doctor(now, name);
      const [first] = diagnosis.findings;
      expect(["stuck", "failed", "progressing"]).toContain(diagnosis.state);
      expect(first?.title).toMatch(one.title);
      expect(first?.evidence.map(({ text }) => text).join("\n")).toMatch(one.evidence);
      expect(first?.actions.map(({ text }) => text).join("\n")).toMatch(one.todo);
      expect(first?.object.kind).toMatch(one.object);
      expect(diagnosisText(name, diagnosis)).toContain(`[${one.code}]`);
      const reason = (await recordOf(now))?.status?.statusReason ?? "";
      expect(reason).toMatch(one.title);
      expect((await recordOf(now))?.status?.conditions?.find(({ type }) => type === "Unobstructed")).toMatchObject({
        status: "False",
        reason: one.code,
        message: expect.stringContaining("What to do: "),
      });
      expect(reason).not.toMatch(/kubectl annotate|kubectl patch|\n/);
    } finally {
      await now.end();
    }
  });
});

/** Everything that the conditions of an object say, both families. */
const saidBy = (object: { readonly status?: object } | undefined): string => JSON.stringify(object?.status ?? {});

describe("a full quota", () => {
  test("is told in its own words at every level, from the machine's server to the Cluster [RUN-021]", async () => {
    const { now, name } = await begin({ ...plain, before: (story) => story.setQuota({ instances: 2 }) });
    const text = "already used 2 of 2 instances";
    try {
      await now.until("the Cluster says so", async () => {
        const [machines, deployments, cluster, infra] = [
          (await now.client.list(Machine, { namespace })).items,
          (await now.client.list(MachineDeployment, { namespace })).items,
          await now.client.get(Cluster, { namespace, name }),
          (await now.client.list(OpenStackMachine, { namespace })).items,
        ];
        return [infra.map(saidBy), machines.map(saidBy), deployments.map(saidBy), [saidBy(cluster)]].every((level) =>
          level.some((said) => said.includes(text)),
        );
      });
    } finally {
      await now.end();
    }
  });

  test("of networks is told by the Cluster's InfrastructureReady: what was tried, and what is used up [RUN-020]", async () => {
    const { now, name } = await begin({ ...plain, before: networkQuota({ network: 0 }) });
    try {
      await now.until("the Cluster says so", async () => {
        const cluster = await now.client.get(Cluster, { namespace, name }).catch(() => undefined);
        const condition = cluster?.status?.conditions?.find(({ type }) => type === "InfrastructureReady");
        return condition?.status === "False" && /Quota exceeded.*network.*POST \/networks/.test(condition.message ?? "");
      });
    } finally {
      await now.end();
    }
  });

  test("is in status_reason within half a minute, and gone two minutes after the quota is raised: nothing is made anew [ASK-01] [RUN-027] [RUN-029]", async () => {
    const { now } = await begin({ ...plain, before: (story) => story.setQuota({ instances: 2 }) });
    try {
      await now.until("a machine is refused", async () =>
        (await now.client.list(OpenStackMachine, { namespace })).items.some((one) => saidBy(one).includes("Quota exceeded")),
      );
      const refusedAt = now.clock.now().getTime();
      await now.until("Magnum says so", async () =>
        ((await recordOf(now))?.status?.statusReason ?? "").startsWith("[QuotaExceeded]"),
      );
      expect(now.clock.now().getTime() - refusedAt).toBeLessThanOrEqual(30_000);
      const group = (await recordOf(now))?.status?.nodeGroups?.find(({ name }) => name === "default-worker");
      expect(group?.statusReason).toMatch(/^\[QuotaExceeded\] .*What to do: /);
      const before = (await machinesOf(now)).map(({ metadata }) => metadata.uid).toSorted();
      await now.setQuota({ instances: 10 });
      const raisedAt = now.clock.now().getTime();
      await now.until("complete", async () => (await recordOf(now))?.status?.status === "CREATE_COMPLETE");
      expect(now.clock.now().getTime() - raisedAt).toBeLessThanOrEqual(120_000);
      expect((await recordOf(now))?.status?.statusReason).toBeUndefined();
      expect((await recordOf(now))?.status?.conditions).toMatchObject([{ type: "Unobstructed", status: "True" }]);
      expect((await machinesOf(now)).map(({ metadata }) => metadata.uid).toSorted()).toEqual(before);
    } finally {
      await now.end();
    }
  });
});

describe("a cluster that is complete", () => {
  test("is healthy, and its doctor has nothing to say; Magnum neither", async () => {
    const { now, name } = await begin({ ...plain, complete: () => undefined });
    try {
      expect(await doctor(now, name)).toEqual({
        state: "healthy",
        summary: "The cluster is as asked for; nothing is wrong.",
        findings: [],
      });
    } finally {
      await now.end();
    }
  });

  test("is warned of what the next machine will lack, though all its machines run", async () => {
    const { now, name } = await begin({
      ...plain,
      complete: (story) => remove(story.world.cloud.state.images, ({ name: image }) => image === "ubuntu-2204-kube-v1.32.5"),
    });
    try {
      const { state, findings } = await doctor(now, name);
      expect([state, findings.map(({ code }) => code)]).toEqual(["stuck", ["ImageNotFound"]]);
    } finally {
      await now.end();
    }
  });
});

describe("a credential that was taken away", () => {
  test("is repaired by new contents of its Secret alone: no machine is made again, and the cause goes away [RUN-081]", async () => {
    const { now, uuid, name } = await begin({ ...plain, complete: () => undefined });
    try {
      const before = (await machinesOf(now)).map(({ metadata }) => metadata.uid).toSorted();
      await now.world.operator.removeApplicationCredential(uuid);
      await resize(now, uuid, 3);
      await now.until("Magnum tells the cause", async () =>
        ((await recordOf(now))?.status?.statusReason ?? "").startsWith("[CredentialRejected]"),
      );
      const made = await cloudOf(now, "demo").identity.createApplicationCredential({ name: "repaired" });
      const ref = { namespace, name: `${name}-cloud-config` };
      const secret = await now.client.get(Secret, ref);
      const clouds = textFromBase64(secret.data?.["clouds.yaml"] ?? "")
        .replace(/(application_credential_id: ).*/, `$1${made.id}`)
        .replace(/(application_credential_secret: ).*/, `$1${made.secret}`);
      await now.client.patch(Secret, ref, { type: "merge", body: { data: { "clouds.yaml": textToBase64(clouds) } } });
      await now.until("the resize is done", async () => (await recordOf(now))?.status?.status === "UPDATE_COMPLETE");
      expect((await recordOf(now))?.status?.statusReason).toBeUndefined();
      const after = (await machinesOf(now)).map(({ metadata }) => metadata.uid);
      expect(after).toEqual(expect.arrayContaining(before));
    } finally {
      await now.end();
    }
  });
});
