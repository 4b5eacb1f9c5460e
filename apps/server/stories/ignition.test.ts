import {
  Cluster,
  KubeadmConfigTemplate,
  KubeadmControlPlane,
  type KubeObject,
  Machine,
  MachineDeployment,
  Node,
  OpenStackCluster,
  OpenStackMachineTemplate,
  type Resource,
  Secret,
} from "@slipway/api";
import { afterEach, expect, test } from "vitest";
import { namespace, type Story, startStory } from "./story.ts";

let story: Story | undefined;
afterEach(async () => {
  await story?.end();
  story = undefined;
});

const name = "flat";
const ref = { namespace, name };
const clouds = {
  clouds: {
    demo: {
      auth: { auth_url: "http://127.0.0.1:5000/v3", username: "demo", password: "demo-password", project_name: "demo" },
      region_name: "RegionOne",
    },
  },
};
for (const domain of ["user_domain_name", "project_domain_name"]) Object.assign(clouds.clouds.demo.auth, { [domain]: "Default" });

const identityRef = { name: "clouds", cloudName: "demo" };
/** As CAPO's own flavor for Flatcar has it: a machine learns of itself from its environment. */
const flatcar = {
  format: "ignition",
  ignition: {
    containerLinuxConfig: {
      additionalConfig: [
        "systemd:",
        "  units:",
        "  - name: kubeadm.service",
        "    dropins:",
        "    - name: 10-flatcar.conf",
        "      contents: |",
        "        [Unit]",
        "        Requires=containerd.service coreos-metadata.service",
        "        [Service]",
        "        EnvironmentFile=/run/metadata/flatcar",
        "",
      ].join("\n"),
    },
  },
  preKubeadmCommands: ["envsubst < /etc/kubeadm.yml > /etc/kubeadm.yml.tmp", "mv /etc/kubeadm.yml.tmp /etc/kubeadm.yml"],
};
const nodeRegistration = {
  name: "$COREOS_OPENSTACK_HOSTNAME",
  kubeletExtraArgs: { "cloud-provider": "external", "provider-id": "openstack:///$COREOS_OPENSTACK_INSTANCE_UUID" },
};

test("machines that read Ignition become a cluster too, from bootstrap data of kubeadm's provider [BOOT-141] [BOOT-143]", async () => {
  story = await startStory({ featureGates: { KubeadmBootstrapFormatIgnition: true } });
  const { client, until } = story;
  const make = (kind: Resource, spec: object, metadata: object = {}) =>
    client.create(kind, {
      ...{ apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind, metadata: { ...ref, ...metadata } },
      spec,
    } as unknown as KubeObject);
  const infrastructure = (kind: string) => ({ apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind, name, namespace });
  const machine = { flavor: "m1.medium", image: { filter: { name: "ubuntu-2204-kube-v1.32.5" } }, identityRef };
  await client.create(Secret, {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "clouds", namespace } },
    data: { "clouds.yaml": btoa(JSON.stringify(clouds)) },
  });
  await make(OpenStackCluster, {
    ...{ identityRef, managedSubnets: [{ cidr: "10.6.0.0/24" }], managedSecurityGroups: {} },
    apiServerLoadBalancer: { enabled: true },
    externalNetwork: { filter: { name: "public" } },
  });
  await make(OpenStackMachineTemplate, { template: { spec: machine } });
  await make(KubeadmControlPlane, {
    ...{ replicas: 3, version: "v1.32.5" },
    machineTemplate: { infrastructureRef: infrastructure("OpenStackMachineTemplate") },
    kubeadmConfigSpec: { ...flatcar, initConfiguration: { nodeRegistration }, joinConfiguration: { nodeRegistration } },
  });
  await make(KubeadmConfigTemplate, { template: { spec: { ...flatcar, joinConfiguration: { nodeRegistration } } } });
  const bootstrap = { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfigTemplate", name, namespace };
  const labels = { "cluster.x-k8s.io/cluster-name": name, group: "workers" };
  await make(
    MachineDeployment,
    {
      ...{ clusterName: name, replicas: 2, selector: { matchLabels: labels } },
      template: {
        metadata: { labels },
        spec: {
          ...{ clusterName: name, version: "v1.32.5", bootstrap: { configRef: bootstrap } },
          infrastructureRef: infrastructure("OpenStackMachineTemplate"),
        },
      },
    },
    { labels },
  );
  await make(Cluster, {
    infrastructureRef: infrastructure("OpenStackCluster"),
    controlPlaneRef: { apiVersion: "controlplane.cluster.x-k8s.io/v1beta1", kind: "KubeadmControlPlane", name, namespace },
  });
  await until("five machines run", async () => {
    const machines = (await client.list(Machine, { namespace })).items;
    return machines.length === 5 && machines.every(({ status }) => status?.phase === "Running");
  });
  const workload = await story.workload(name);
  const nodes = (await workload.list(Node)).items;
  const machines = (await client.list(Machine, { namespace })).items;
  expect(nodes.map(({ spec }) => spec?.providerID).sort()).toEqual(machines.map(({ spec }) => spec.providerID).sort());
  expect(nodes.filter(({ metadata }) => "node-role.kubernetes.io/control-plane" in (metadata.labels ?? {}))).toHaveLength(3);
  for (const { spec } of machines) {
    const secret = await client.get(Secret, { namespace, name: spec.bootstrap.dataSecretName ?? "" });
    expect(atob(secret.data?.["format"] ?? "")).toBe("ignition");
  }
});
