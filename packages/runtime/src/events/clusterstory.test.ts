import { type Cluster, type KubeObject, labels } from "@slipway/api";
import { expect, test } from "vitest";
import { createVirtualClock } from "../clock/clock.ts";
import type { Caches } from "../controller/controller.ts";
import { createClusterStory } from "./clusterstory.ts";

const cluster = {
  apiVersion: "cluster.x-k8s.io/v1beta1",
  kind: "Cluster",
  metadata: { name: "blue", namespace: "n", uid: "u1" },
};
const server = (name: string, of: string = "blue"): KubeObject => ({
  apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha1",
  kind: "OpenStackServer",
  metadata: { name, namespace: "n", labels: { [labels.clusterName]: of } },
});

test("events of a cluster's objects are told of the Cluster, one a reason and a minute [RUN-055]", async () => {
  const clock = createVirtualClock();
  const told: string[] = [];
  const caches = {
    find: ((_resource: unknown, ref: { name: string }) => (ref.name === "blue" ? cluster : undefined)) as Caches["find"],
  };
  const write = (type: string) => (object: KubeObject, reason: string, message: string) =>
    void told.push(`${type} ${object.kind} ${reason} ${message}`);
  const events = createClusterStory(caches, clock).of({ normal: write("Normal"), warning: write("Warning") });

  events.normal(server("a"), "Successfulcreateserver", "made a");
  events.normal(server("b"), "Successfulcreateserver", "made b");
  events.warning(server("b"), "Failedcreateserver", "no");
  events.normal(server("c", "gone"), "Successfulcreateserver", "of a cluster that is not there");
  events.normal(cluster as unknown as Cluster, "Provisioned", "its own");
  expect(told).toEqual([
    "Normal OpenStackServer Successfulcreateserver made a",
    "Normal Cluster Successfulcreateserver OpenStackServer a: made a",
    "Normal OpenStackServer Successfulcreateserver made b",
    "Warning OpenStackServer Failedcreateserver no",
    "Warning Cluster Failedcreateserver OpenStackServer b: no",
    "Normal OpenStackServer Successfulcreateserver of a cluster that is not there",
    "Normal Cluster Provisioned its own",
  ]);
  await clock.advance(61_000);
  told.length = 0;
  events.normal(server("d"), "Successfulcreateserver", "made d");
  expect(told).toHaveLength(2);
});
