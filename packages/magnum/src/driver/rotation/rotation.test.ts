import {
  Event,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  Machine,
  MachineDeployment,
  MagnumCluster,
  Secret,
} from "@slipway/api";
import {
  certificatesOf,
  createCertificateAuthority,
  freshKeys,
  isKeyOf,
  keyPins,
  textFromBase64,
  textToBase64,
} from "@slipway/api/pki/index.ts";
import { afterEach, expect, test } from "vitest";
import { createTestDriver, type TestDriver } from "../../testing/driver.ts";
import { purposes } from "./authorities.ts";

let driver: TestDriver;
afterEach(() => driver.stop());
const keys = freshKeys("ecdsa-p256");
const namespace = "magnum-system";

/** As the control plane's provider has made them. */
const putAuthorities = async (stack: string) => {
  for (const purpose of purposes) {
    const pair = await keys.take();
    const made =
      purpose === "sa"
        ? { certificatePem: pair.publicKeyPem, privateKeyPem: pair.privateKeyPem }
        : await createCertificateAuthority(pair, { now: driver.clock.now() });
    await driver.api.client.create(Secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `${stack}-${purpose}`, namespace, labels: { "cluster.x-k8s.io/cluster-name": stack } },
      type: "cluster.x-k8s.io/secret",
      data: { "tls.crt": textToBase64(made.certificatePem), "tls.key": textToBase64(made.privateKeyPem) },
    });
  }
};
const running = async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  await putAuthorities(stack);
  await driver.capiCatchesUp(stack);
  return { uuid, stack };
};
const rotate = (uuid: string) => driver.call("PATCH", `/v1/certificates/${uuid}`, { version: "latest" });
const pairOf = async (stack: string, purpose: string) => {
  const { data = {} } = await driver.get(Secret, `${stack}-${purpose}`);
  return { pem: textFromBase64(data["tls.crt"] ?? ""), key: textFromBase64(data["tls.key"] ?? "") };
};
const controlPlaneOf = async (stack: string) => {
  const { spec, metadata } = await driver.get(KubeadmControlPlane, `${stack}-control-plane`);
  const { files = [], clusterConfiguration } = spec.kubeadmConfigSpec;
  return {
    generation: metadata.generation,
    keys: files.map(({ contentFrom }) => contentFrom?.secret.key ?? ""),
    paths: files.map(({ path }) => path),
    signer: clusterConfiguration?.controllerManager?.extraArgs?.["cluster-signing-cert-file"],
  };
};
const templateOf = async (stack: string) =>
  (await driver.get(MachineDeployment, `${stack}-default-worker`)).spec.template.spec?.bootstrap?.configRef?.name;

test("goes through its stages, each begun when Cluster API has replaced what the last one touched [MAG-266] [DRV-178] [DRV-221] [DRV-224] [DRV-225]", async () => {
  const { uuid, stack } = await running();
  const old = await pairOf(stack, "ca");
  const [template, before] = [await templateOf(stack), await controlPlaneOf(stack)];
  expect(await rotate(uuid)).toMatchObject({ status: 202, body: { uuid } });
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_IN_PROGRESS" });
  expect((await rotate(uuid)).status).toBe(400);
  await driver.running.settled();

  // 1: the control plane is to trust both, and the controller manager has a signer of its own.
  expect(await driver.show(uuid)).toMatchObject({
    status: "UPDATE_IN_PROGRESS",
    status_reason: expect.stringContaining("step 1 of 5: the control plane learns to trust the new authority"),
  });
  const trust = await pairOf(stack, "ca");
  expect(certificatesOf(trust.pem)[0]).toBe(certificatesOf(old.pem)[0]);
  expect(certificatesOf(trust.pem)).toHaveLength(2);
  expect(trust.key).toBe(old.key);
  const first = await controlPlaneOf(stack);
  expect(first.keys).toEqual([
    "ca-trust.crt",
    "ca-old.key",
    "etcd-trust.crt",
    "etcd-old.key",
    "proxy-trust.crt",
    "proxy-old.key",
    "sa-trust.crt",
    "sa-old.key",
    "ca-old.crt",
  ]);
  expect([first.signer, first.paths.at(-1)]).toEqual(Array(2).fill("/etc/kubernetes/pki/cluster-signer.crt"));
  expect(await templateOf(stack)).toBe(template);

  await driver.api.client.patch(
    MagnumCluster,
    { namespace, name: stack },
    { type: "merge", body: { status: { status: null, caRotation: null, statusReason: null } } },
    { subresource: "status" },
  );
  await driver.running.settled();
  expect((await driver.cluster(uuid)).status?.caRotation).toMatchObject({ stage: "trust", step: 1, steps: 5 });

  const seen: string[] = [];
  for (let wave = 0; wave < 8; wave++) {
    const record = await driver.cluster(uuid);
    const { stage = "" } = record.status?.caRotation ?? {};
    const { pem, key } = await pairOf(stack, "ca");
    const controlPlane = await controlPlaneOf(stack);
    seen.push(
      [
        stage,
        certificatesOf(pem).length,
        key === old.key ? "old signs" : "new signs",
        controlPlane.keys[0] ?? "-",
        (await templateOf(stack)) === template ? "same workers" : "other workers",
      ].join(", "),
    );
    for (const purpose of purposes) {
      const pair = await pairOf(stack, purpose);
      expect(await isKeyOf(pair.key, pair.pem)).toBe(true);
      expect((await keyPins(pair.pem)).length).toBe(certificatesOf(pem).length);
    }
    if (stage === "done") break;
    await driver.capiCatchesUpOnce(stack);
  }
  expect(seen).toEqual([
    "trust, 2, old signs, ca-trust.crt, same workers",
    "trustWorkers, 2, old signs, ca-trust.crt, other workers",
    "switch, 2, new signs, ca-switch.crt, other workers",
    "renewWorkers, 1, new signs, ca-switch.crt, other workers",
    "drop, 1, new signs, -, other workers",
    "done, 1, new signs, -, other workers",
  ]);
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_COMPLETE", status_reason: null });
  expect((await pairOf(stack, "ca")).pem).not.toContain(certificatesOf(old.pem)[0]);
  const after = await controlPlaneOf(stack);
  expect([after.keys, after.signer]).toEqual([before.keys, before.signer]);
  await expect(driver.get(Secret, `${stack}-ca-rotation`)).rejects.toThrow("not found");
  expect((await driver.list(KubeadmConfigTemplate)).map(({ metadata }) => metadata.name)).toEqual([await templateOf(stack)]);

  const reasons = (await driver.list(Event)).filter(({ involvedObject }) => involvedObject.kind === "MagnumCluster");
  expect(reasons.filter(({ reason }) => reason === "RotatingCertificateAuthority").length).toBeGreaterThanOrEqual(5);
  expect(reasons.some(({ reason }) => reason === "CertificateAuthorityRotated")).toBe(true);

  // Quiet from here on, and good for another one.
  const { resourceVersion } = (await driver.cluster(uuid)).metadata;
  driver.running.wake("magnumcluster", { namespace, name: stack });
  await driver.running.settled();
  expect((await driver.cluster(uuid)).metadata.resourceVersion).toBe(resourceVersion);
  const worn = await pairOf(stack, "ca");
  expect((await rotate(uuid)).status).toBe(202);
  await driver.running.settled();
  expect(certificatesOf((await pairOf(stack, "ca")).pem)[0]).toBe(certificatesOf(worn.pem)[0]);
});

test("a stage is not over while a machine of before is only being deleted", async () => {
  const { uuid, stack } = await running();
  await rotate(uuid);
  await driver.running.settled();
  const [machine] = await driver.list(Machine);
  const ref = { namespace, name: machine?.metadata.name ?? "" };
  await driver.api.client.patch(Machine, ref, { type: "merge", body: { metadata: { finalizers: ["test/held"] } } });
  await driver.api.client.delete(Machine, ref);
  await driver.capiCatchesUpOnce(stack);
  expect((await driver.cluster(uuid)).status?.caRotation?.stage).toBe("trust");
  await driver.api.client.patch(Machine, ref, { type: "merge", body: { metadata: { finalizers: null } } });
  await driver.capiCatchesUpOnce(stack);
  expect((await driver.cluster(uuid)).status?.caRotation?.stage).not.toBe("trust");
});

test("says why it cannot begin, and when what it needs was taken away in the middle; both mend", async () => {
  const { uuid, stack } = await running();
  const { data = {} } = await driver.get(Secret, `${stack}-etcd`);
  const etcd = { namespace, name: `${stack}-etcd` };
  await driver.api.client.patch(Secret, etcd, { type: "merge", body: { data: { "tls.key": null } } });
  await rotate(uuid);
  await driver.running.settled();
  expect(await driver.show(uuid)).toMatchObject({
    status: "UPDATE_FAILED",
    status_reason: expect.stringContaining(`${stack}-etcd in magnum-system has no certificate or no key`),
  });
  await driver.api.client.patch(Secret, etcd, { type: "merge", body: { data } });
  await driver.running.settled();
  expect((await driver.cluster(uuid)).status?.caRotation?.stage).toBe("trust");

  const kept = await driver.get(Secret, `${stack}-ca-rotation`);
  await driver.api.client.delete(Secret, { namespace, name: kept.metadata.name });
  await driver.running.settled();
  expect(await driver.show(uuid)).toMatchObject({
    status: "UPDATE_FAILED",
    status_reason: expect.stringContaining("Restore it from a backup"),
  });
  const { resourceVersion: _, uid: __, ...metadata } = kept.metadata;
  await driver.api.client.create(Secret, { ...kept, metadata });
  await driver.running.settled();
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_IN_PROGRESS" });
});

test("a deleted cluster takes the authorities with it, in the middle of their exchange too", async () => {
  const { uuid, stack } = await running();
  await rotate(uuid);
  await driver.running.settled();
  expect(await driver.get(Secret, `${stack}-ca-rotation`)).toBeDefined();
  await driver.call("DELETE", `/v1/clusters/${uuid}`);
  await driver.capiDeletes(stack);
  expect(await driver.list(Secret)).toEqual([]);
});
