import { expect, test } from "vitest";
import type { OriginLabel } from "../../contract/index.ts";
import { addonsOf } from "./addons.ts";
import { networkOf } from "./network.ts";
import { asksFor, healsItself } from "./settings.ts";

const label = (key: string, value: string): OriginLabel => ({ key, value, origin: "cluster" });
const states = (ready: number, health: readonly ("HEALTHY" | "UNKNOWN")[], labels: readonly OriginLabel[] = []) =>
  addonsOf(
    { controlPlane: { desired: 1, ready }, labels },
    health.map((one, at) => ({ name: `n${at}`, health: one })),
  );

test("what runs in a cluster is what kubeadm brings and what Ready nodes show; what a label asks for is not said to be there [CON-012]", () => {
  expect(states(0, []).every(({ state }) => state === "starting" || state === "notHere")).toBe(true);
  const running = states(1, ["HEALTHY", "UNKNOWN"], [label("monitoring_enabled", "True"), label("cinder_csi_enabled", "false")]);
  expect(running.map(({ name, state, on, label: asked }) => [name, state, on ?? asked])).toEqual([
    ["dns", "running", undefined],
    ["proxy", "running", undefined],
    ["network", "running", { ready: 1, desired: 2 }],
    ["cloud", "notHere", undefined],
    ["storage", "notHere", undefined],
    ["monitoring", "asked", "monitoring_enabled"],
    ["dashboard", "notHere", undefined],
    ["autoscaler", "notHere", undefined],
  ]);
});

test("labels mean here what they mean to the driver", () => {
  expect(healsItself([])).toBe(true);
  for (const value of ["false", " Off ", "N", "0"])
    expect([value, healsItself([label("auto_healing_enabled", value)])]).toEqual([value, false]);
  for (const value of ["true", "T", "yes", "1", ""])
    expect([value, healsItself([label("auto_healing_enabled", value)])]).toEqual([value, true]);
  expect(asksFor([label("monitoring_enabled", "on")], "monitoring_enabled")).toBe(true);
  expect(asksFor([], "monitoring_enabled")).toBe(false);
});

test("networks are read from the objects as far as they are there", () => {
  const nothing = networkOf(undefined, undefined);
  expect(nothing).toMatchObject({ pods: null, allowed: [], balancer: null, external: null });
  const seen = networkOf(
    { spec: { clusterNetwork: { pods: { cidrBlocks: ["10.100.0.0/16"] }, serviceDomain: "cluster.local" } } },
    {
      spec: { apiServerLoadBalancer: { allowedCIDRs: ["192.0.2.0/24"] } },
      status: { apiServerLoadBalancer: { name: "lb", ip: "203.0.113.9", internalIP: "10.0.0.5" }, externalNetwork: { id: "e" } },
    },
  );
  expect(seen).toEqual({
    balancer: "lb",
    innerAddress: "10.0.0.5",
    outerAddress: "203.0.113.9",
    allowed: ["192.0.2.0/24"],
    external: "e",
    pods: "10.100.0.0/16",
    services: null,
    domain: "cluster.local",
  });
});
