import {
  type Client,
  Cluster,
  customKinds,
  KubeadmConfig,
  Machine,
  OpenStackCluster,
  type UnstructuredObject,
} from "@slipway/api";
import { createKubernetesApi, createMemoryStorage, type KubernetesApi, type StoredObject, stampObject } from "@slipway/apiserver";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collect } from "./collect.ts";

const namespace = "default";
const at = (name: string) => ({ namespace, name });
const labels = { "cluster.x-k8s.io/cluster-name": "demo" };
let api: KubernetesApi;
let client: Client;

const create = (resource: typeof Cluster | typeof OpenStackCluster | typeof Machine | typeof KubeadmConfig, object: object) =>
  client.create(resource as typeof Cluster, object as unknown as Cluster);
const cluster = (spec: object) =>
  create(Cluster, { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster", metadata: at("demo"), spec });
const infrastructureRef = { apiVersion: "infrastructure.cluster.x-k8s.io/v1beta1", kind: "OpenStackCluster", ...at("demo") };
const infrastructure = () =>
  create(OpenStackCluster, {
    apiVersion: infrastructureRef.apiVersion,
    kind: "OpenStackCluster",
    metadata: at("demo"),
    spec: { identityRef: { name: "x", cloudName: "x" } },
  });

beforeEach(async () => {
  api = await createKubernetesApi({
    storage: createMemoryStorage<StoredObject>({ stamp: stampObject }),
    kinds: customKinds,
    authorization: "always",
  });
  ({ client } = api);
});
afterEach(() => api.close());

describe("what describe cluster reads", () => {
  test("must have its infrastructure: missing or not named, the command fails and says so [CTL-104]", async () => {
    await cluster({ infrastructureRef });
    await expect(collect(client, at("demo"))).rejects.toThrow(
      'The infrastructure of Cluster default/demo, OpenStackCluster "demo", is not there',
    );
    await client.delete(Cluster, at("demo"));
    await cluster({});
    await expect(collect(client, at("demo"))).rejects.toThrow("Cluster default/demo has no infrastructureRef");
  });

  test("does without a control plane object that is not there [CTL-104]", async () => {
    const controlPlaneRef = { apiVersion: "controlplane.cluster.x-k8s.io/v1beta1", kind: "KubeadmControlPlane", ...at("none") };
    await cluster({ infrastructureRef, controlPlaneRef });
    await infrastructure();
    expect((await collect(client, at("demo"))).controlPlane).toBeUndefined();
  });

  test("finds a machine's parts also when they carry no label, and does without those that are not there [CTL-107]", async () => {
    await cluster({ infrastructureRef });
    await infrastructure();
    const configRef = { apiVersion: "bootstrap.cluster.x-k8s.io/v1beta1", kind: "KubeadmConfig", ...at("m") };
    await create(Machine, {
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Machine",
      metadata: { ...at("m"), labels },
      spec: {
        clusterName: "demo",
        bootstrap: { configRef },
        infrastructureRef: { apiVersion: infrastructureRef.apiVersion, kind: "OpenStackMachine", ...at("m") },
      },
    });
    await create(KubeadmConfig, { apiVersion: configRef.apiVersion, kind: "KubeadmConfig", metadata: at("m"), spec: {} });
    const { machines, related } = await collect(client, at("demo"));
    expect(machines.map((machine: UnstructuredObject) => machine.metadata.name)).toEqual(["m"]);
    expect([...related.keys()]).toEqual(["KubeadmConfig/m"]);
  });
});
