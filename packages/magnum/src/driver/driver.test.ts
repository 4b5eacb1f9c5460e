import {
  Cluster,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  Machine,
  MachineDeployment,
  MachineHealthCheck,
  MagnumCluster,
  OpenStackCluster,
  OpenStackMachineTemplate,
  Secret,
} from "@slipway/api";
import { textFromBase64 } from "@slipway/api/pki/pem.ts";
import { afterEach, expect, test } from "vitest";
import { createTestDriver, type TestDriver } from "../testing/driver.ts";

let driver: TestDriver;
afterEach(() => driver.stop());

const names = (items: readonly { readonly metadata: { readonly name: string } }[]) => items.map(({ metadata }) => metadata.name);

test("makes a cluster's objects, follows Cluster API until it is complete, and takes everything down again [DRV-003] [DRV-012] [DRV-013] [DRV-022] [DRV-024] [DRV-025] [DRV-156] [DRV-157] [DRV-183] [DRV-190] [DRV-192] [MAG-230]", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  expect(await driver.show(uuid)).toMatchObject({ status: "CREATE_IN_PROGRESS", api_address: null, health_status: "UNHEALTHY" });

  const secret = await driver.get(Secret, `${stack}-cloud-config`);
  const cloudsYaml = textFromBase64(secret.data?.["clouds.yaml"] ?? "");
  expect(cloudsYaml).toContain("application_credential_secret: s3cret");
  expect([...driver.cloud.credentials.values()]).toMatchObject([
    { name: uuid, roles: ["member", "reader", "load-balancer_member"] },
  ]);
  expect([...driver.serverGroups.values()].map(({ name, policies }) => [name, ...policies])).toEqual([
    [stack, "soft-anti-affinity"],
    [`${stack}-default-worker`, "soft-anti-affinity"],
  ]);
  expect(await driver.get(Cluster, stack)).toMatchObject({
    metadata: { namespace: "magnum-system", labels: { "cluster-uuid": uuid, cni: "calico-v3.32.1" } },
    spec: { controlPlaneRef: { name: `${stack}-control-plane` }, infrastructureRef: { kind: "OpenStackCluster", name: stack } },
  });
  expect(await driver.get(OpenStackCluster, stack)).toMatchObject({
    spec: { identityRef: { name: `${stack}-cloud-config`, cloudName: "default" }, apiServerLoadBalancer: { enabled: true } },
  });
  const controlPlane = await driver.get(KubeadmControlPlane, `${stack}-control-plane`);
  expect(controlPlane.spec).toMatchObject({ replicas: 3, version: "v1.31.1" });
  const deployment = await driver.get(MachineDeployment, `${stack}-default-worker`);
  expect(deployment.spec).toMatchObject({ replicas: 2, template: { spec: { version: "v1.31.1" } } });
  expect(names(await driver.list(MachineHealthCheck)).toSorted()).toEqual([`${stack}-control-plane`, `${stack}-default-worker`]);

  await driver.capiCatchesUp(stack);
  expect(await driver.show(uuid)).toMatchObject({
    status: "CREATE_COMPLETE",
    status_reason: null,
    health_status: "HEALTHY",
    api_address: "https://203.0.113.7:6443",
    coe_version: "v1.31.1",
    master_count: 3,
    node_count: 2,
  });

  const before = (await driver.cluster(uuid)).metadata.resourceVersion;
  driver.running.wake("magnumcluster", { namespace: "magnum-system", name: stack });
  await driver.running.settled();
  expect((await driver.cluster(uuid)).metadata.resourceVersion).toBe(before);

  expect((await driver.call("DELETE", `/v1/clusters/${uuid}`)).status).toBe(204);
  await driver.running.settled();
  await driver.capiDeletes(stack);
  expect((await driver.call("GET", `/v1/clusters/${uuid}`)).status).toBe(404);
  expect(driver.revoked).toMatchObject([{ userId: "5a284c9ca8bb4767a011b681e81a5d69" }]);
  expect(driver.cloud.credentials.size).toBe(0);
  expect(driver.serverGroups.size).toBe(0);
  for (const kind of [
    Cluster,
    OpenStackCluster,
    KubeadmControlPlane,
    MachineDeployment,
    OpenStackMachineTemplate,
    KubeadmConfigTemplate,
    Secret,
    Machine,
  ])
    expect(names(await driver.list(kind as never)), kind.kind).toEqual([]);
});

test("the credential outlives the Cluster, which needs it to clean up [TRAP-13] [DRV-183]", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  await driver.api.client.patch(
    Cluster,
    { namespace: "magnum-system", name: stack },
    { type: "merge", body: { metadata: { finalizers: ["cluster.cluster.x-k8s.io"] } } },
  );
  await driver.call("DELETE", `/v1/clusters/${uuid}`);
  await driver.running.settled();
  expect(await driver.show(uuid)).toMatchObject({ status: "DELETE_IN_PROGRESS" });
  expect(driver.revoked).toEqual([]);
  expect(await driver.get(Secret, `${stack}-cloud-config`)).toBeDefined();
  await driver.capiDeletes(stack);
  expect(driver.revoked).toHaveLength(1);
});

test("a resize changes only the size: no template is made anew, nothing rolls [TRAP-15] [DRV-164] [DRV-168] [MAG-220] [MAG-221]", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  await driver.capiCatchesUp(stack);
  const templates = names(await driver.list(OpenStackMachineTemplate));
  const resized = await driver.call("POST", `/v1/clusters/${uuid}/actions/resize`, { version: "1.10", body: { node_count: 4 } });
  expect(resized).toMatchObject({ status: 202, body: { uuid } });
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_IN_PROGRESS", node_count: 4 });
  await driver.running.settled();
  expect((await driver.get(MachineDeployment, `${stack}-default-worker`)).spec.replicas).toBe(4);
  expect(names(await driver.list(OpenStackMachineTemplate))).toEqual(templates);
  await driver.capiCatchesUp(stack);
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_COMPLETE", node_count: 4 });
});

test("an upgrade rolls the control plane first, the workers after it, and leaves no old template behind [DRV-169] [MAG-227] [TRAP-18]", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  await driver.capiCatchesUp(stack);
  const newer = await driver.call("POST", "/v1/clustertemplates", {
    version: "latest",
    body: {
      ...{ coe: "kubernetes", flavor_id: "m1.small", master_flavor_id: "m1.small" },
      name: "newer",
      image_id: "ubuntu-2204-kube-v1.32.5",
      labels: { kube_tag: "v1.32.5" },
    },
  });
  const upgraded = await driver.call("POST", `/v1/clusters/${uuid}/actions/upgrade`, {
    version: "latest",
    body: { cluster_template: newer.body.uuid, max_batch_size: 1 },
  });
  expect(upgraded.status).toBe(202);
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_IN_PROGRESS", cluster_template_id: newer.body.uuid });
  await driver.running.settled();
  expect((await driver.get(KubeadmControlPlane, `${stack}-control-plane`)).spec.version).toBe("v1.32.5");
  // Until the control plane runs it, a newer kubelet must not appear.
  expect((await driver.get(MachineDeployment, `${stack}-default-worker`)).spec.template.spec?.version).toBe("v1.31.1");
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_IN_PROGRESS" });
  await driver.capiCatchesUp(stack);
  expect((await driver.get(MachineDeployment, `${stack}-default-worker`)).spec.template.spec?.version).toBe("v1.32.5");
  expect(await driver.show(uuid)).toMatchObject({
    status: "UPDATE_COMPLETE",
    coe_version: "v1.32.5",
    labels: { kube_tag: "v1.32.5" },
  });
  const templates = await driver.list(OpenStackMachineTemplate);
  expect(templates).toHaveLength(2);
  expect(new Set(templates.map(({ spec }) => spec.template.spec.image.id))).toEqual(
    new Set(["2dd093d3-c593-42ed-9ab8-9d9861b9a337"]),
  );
});

test("a node group comes and goes with its machines, its server group and its record [DRV-174] [DRV-176] [DRV-161] [MAG-239] [MAG-258]", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  await driver.capiCatchesUp(stack);
  const path = `/v1/clusters/${uuid}/nodegroups`;
  const made = await driver.call("POST", path, {
    version: "latest",
    body: {
      name: "gpu",
      role: "gpu",
      node_count: 1,
      node_labels: { team: "ml" },
      node_taints: [{ key: "gpu", effect: "NoSchedule", value: "" }],
    },
  });
  expect(made).toMatchObject({ status: 202, body: { name: "gpu", status: "CREATE_IN_PROGRESS", node_labels: { team: "ml" } } });
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_IN_PROGRESS", node_count: 3 });
  await driver.capiCatchesUp(stack);
  expect((await driver.call("GET", `${path}/gpu`, { version: "latest" })).body).toMatchObject({ status: "CREATE_COMPLETE" });
  const bootstrap = (await driver.list(KubeadmConfigTemplate)).find(({ metadata }) => metadata.name.startsWith(`${stack}-gpu`));
  expect(bootstrap?.spec.template.spec?.joinConfiguration?.nodeRegistration).toMatchObject({
    kubeletExtraArgs: { "node-labels": "team=ml" },
    taints: [{ key: "gpu", effect: "NoSchedule" }],
  });
  expect([...driver.serverGroups.values()].map(({ name }) => name)).toContain(`${stack}-gpu`);

  expect((await driver.call("DELETE", `${path}/gpu`, { version: "latest" })).status).toBe(204);
  expect((await driver.call("GET", `${path}/gpu`, { version: "latest" })).body).toMatchObject({ status: "DELETE_IN_PROGRESS" });
  await driver.running.settled();
  expect(names(await driver.list(MachineDeployment))).toEqual([`${stack}-default-worker`]);
  for (const machine of await driver.list(Machine))
    if (machine.metadata.labels?.["magnum.slipway.dev/node-group"] === "gpu")
      await driver.api.client.delete(Machine, { namespace: "magnum-system", name: machine.metadata.name });
  await driver.capiCatchesUp(stack);
  expect((await driver.call("GET", `${path}/gpu`, { version: "latest" })).status).toBe(404);
  expect([...driver.serverGroups.values()].map(({ name }) => name)).not.toContain(`${stack}-gpu`);
  expect(await driver.show(uuid)).toMatchObject({ status: "UPDATE_COMPLETE", node_count: 2 });
});

test("the servers that the tenant names go first when a group shrinks [DRV-165]", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  await driver.capiCatchesUp(stack);
  const machine = (await driver.list(Machine)).find(
    ({ metadata }) => metadata.labels?.["magnum.slipway.dev/node-group"] === "default-worker",
  );
  const server = machine?.spec.providerID?.slice("openstack:///".length) ?? "";
  await driver.call("POST", `/v1/clusters/${uuid}/actions/resize`, {
    version: "1.10",
    body: { node_count: 1, nodes_to_remove: [server] },
  });
  await driver.running.settled();
  const marked = await driver.get(Machine, machine?.metadata.name ?? "");
  expect(marked.metadata.annotations).toMatchObject({ "cluster.x-k8s.io/delete-machine": "yes" });
  expect((await driver.get(MachineDeployment, `${stack}-default-worker`)).spec.replicas).toBe(1);
});

test("a restricted login cannot make the credential: the cluster fails and says what to do [DRV-023] [WANT-11]", async () => {
  driver = await createTestDriver();
  const made = await driver.call("POST", "/v1/clustertemplates", {
    version: "latest",
    body: (await import("../testing/api.ts")).TEMPLATE,
  });
  const created = await driver.call("POST", "/v1/clusters", {
    as: "tenant-a-restricted",
    version: "latest",
    body: { name: "poor", cluster_template_id: made.body.uuid },
  });
  expect(created.status).toBe(202);
  await driver.running.settled();
  const shown = await driver.show(created.body.uuid);
  expect(shown).toMatchObject({ status: "CREATE_FAILED", faults: expect.anything() });
  expect(shown["status_reason"]).toContain("--unrestricted");
  expect(await driver.list(Cluster)).toEqual([]);
  expect((await driver.call("DELETE", `/v1/clusters/${created.body.uuid}`)).status).toBe(204);
  await driver.running.settled();
  expect((await driver.call("GET", `/v1/clusters/${created.body.uuid}`)).status).toBe(404);
});

test("a label that makes no sense fails the cluster with its text; nothing is made [DRV-095]", async () => {
  driver = await createTestDriver();
  const { uuid } = await driver.start({ labels: { auto_healing_enabled: "perhaps" }, merge_labels: true });
  expect(await driver.show(uuid)).toMatchObject({
    status: "CREATE_FAILED",
    status_reason: 'Label auto_healing_enabled is "perhaps": it must be true or false.',
  });
  expect(await driver.list(Cluster)).toEqual([]);
});

test("while machines are not there yet, the reason is what the cloud said [DRV-194] [WANT-01] [TRAP-19]", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  const machine = await driver.api.client.create(Machine, {
    apiVersion: "cluster.x-k8s.io/v1beta1",
    kind: "Machine",
    metadata: {
      name: `${stack}-m`,
      namespace: "magnum-system",
      labels: { "cluster.x-k8s.io/cluster-name": stack, "magnum.slipway.dev/node-group": "default-worker" },
    },
    spec: { clusterName: stack, bootstrap: { dataSecretName: "x" }, infrastructureRef: { name: "i" } },
  });
  await driver.api.client.update(
    Machine,
    {
      ...machine,
      status: {
        conditions: [
          {
            type: "InfrastructureReady",
            status: "False",
            reason: "InstanceCreateFailed",
            message: "Quota exceeded for instances",
            lastTransitionTime: "2026-11-22T12:00:00Z",
          },
        ],
      },
    },
    { subresource: "status" },
  );
  await driver.running.settled();
  const shown = await driver.show(uuid);
  expect(shown).toMatchObject({ status: "CREATE_IN_PROGRESS" });
  expect(shown["status_reason"]).toContain("InstanceCreateFailed: Quota exceeded for instances");
});

test("a Cluster deleted behind Magnum's back is reported, not quietly made again [RUN-028]", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  await driver.capiCatchesUp(stack);
  await driver.api.client.delete(Cluster, { namespace: "magnum-system", name: stack });
  await driver.running.settled();
  const shown = await driver.show(uuid);
  expect(shown).toMatchObject({ status: "CREATE_FAILED", health_status: "UNKNOWN" });
  expect(shown["status_reason"]).toContain(`The backing Cluster ${stack} is gone`);
  expect(await driver.list(Cluster)).toEqual([]);
  expect((await driver.call("DELETE", `/v1/clusters/${uuid}`)).status).toBe(204);
  await driver.capiDeletes(stack);
  expect((await driver.call("GET", `/v1/clusters/${uuid}`)).status).toBe(404);
});

test("while its Cluster is paused nothing of a cluster is put back or changed; then it is", async () => {
  driver = await createTestDriver();
  const { uuid, stack } = await driver.start();
  await driver.capiCatchesUp(stack);
  const pause = (paused: true | null) =>
    driver.api.client.patch(Cluster, { namespace: "magnum-system", name: stack }, { type: "merge", body: { spec: { paused } } });
  await pause(true);
  await driver.running.settled();
  expect(await driver.show(uuid)).toMatchObject({ status: "CREATE_COMPLETE" });
  const [deployment] = await driver.list(MachineDeployment);
  await driver.api.client.delete(MachineDeployment, {
    namespace: "magnum-system",
    name: deployment?.metadata.name ?? "",
  });
  await driver.running.settled();
  expect(await driver.list(MachineDeployment)).toEqual([]);
  await pause(null);
  await driver.running.settled();
  expect(await driver.list(MachineDeployment)).toHaveLength(1);
});

test("killed between the record and its credential: the cluster says so, and deleting it leaves nothing [MAG-192]", async () => {
  driver = await createTestDriver();
  const { uuid } = await driver.start();
  const whole = await driver.cluster(uuid);
  const { uid, name } = (
    await driver.api.client.create(MagnumCluster, {
      apiVersion: whole.apiVersion,
      kind: whole.kind,
      metadata: {
        name: "kube-killd",
        namespace: "magnum-system",
        labels: whole.metadata.labels ?? {},
        finalizers: whole.metadata.finalizers ?? [],
      },
      spec: { ...whole.spec, name: "killed" },
    })
  ).metadata;
  // Keystone had made it already; its secret is lost.
  driver.cloud.credentials.set("orphan", { userId: whole.spec.userId, name: uid, roles: [] });
  await driver.running.settled();
  expect(await driver.show(uid)).toMatchObject({
    status: "CREATE_IN_PROGRESS",
    status_reason: "The cluster's credential is being made.",
  });
  await driver.clock.advance(130_000);
  await driver.running.settled();
  const shown = await driver.show(uid);
  expect(shown["status"]).toBe("CREATE_FAILED");
  expect(shown["status_reason"]).toContain("Delete the cluster and create it again");
  expect((await driver.call("DELETE", `/v1/clusters/${uid}`)).status).toBe(204);
  await driver.running.settled();
  expect((await driver.call("GET", `/v1/clusters/${uid}`)).status).toBe(404);
  expect(driver.cloud.credentials.has("orphan")).toBe(false);
  expect(name).toBe("kube-killd");
});
