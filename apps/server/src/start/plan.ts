import { accessSync, constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { findRunning } from "@slipway/runtime/process/running.node.ts";
import { HomeError } from "../home/home.ts";
import type { Inventory } from "../inventory/schema.ts";
import { checkPorts, portOf } from "../listen/ports.ts";

/** What a start would do, as sentences. Changes nothing. @throws HomeError, PortError */
export const planStart = async (home: string, inventory: Inventory): Promise<readonly string[]> => {
  const running = findRunning(home);
  if (running !== undefined) return [`Slipway runs on ${home} already (pid ${running.pid}): nothing would be changed.`];
  checkWritable(home);
  await checkPorts(inventory.listen.address, listenedPorts(inventory));
  const first = !existsSync(join(home, "secrets.json"));
  return [
    first
      ? `Would make the home ${home}: certificate authority, passwords, kubeconfig, clouds.yaml, an empty store.`
      : `Would use the home ${home} and go on where it stopped.`,
    `Would start the Kubernetes API on https://${inventory.listen.address}:${portsOf(inventory).kubernetes} and Magnum on port ${portsOf(inventory).containerInfra}.`,
    inventory.openstack.mode === "simulated"
      ? `Would start a simulated OpenStack (${inventory.openstack.profile}), Keystone on port ${portsOf(inventory).identity}.`
      : `Would use the cloud ${inventory.openstack.cloud} of ${inventory.openstack.cloudsYaml}.`,
    ...inventory.magnum.templates.map((template) => `Would keep the public cluster template ${template.name}.`),
    ...(inventory.demo === undefined
      ? []
      : [
          `Would make the demo cluster ${inventory.demo.name}, unless it is there: ${inventory.demo.masterCount} control plane machines, ${inventory.demo.nodeCount} workers.`,
        ]),
  ];
};

export const portsOf = (inventory: Inventory): { readonly [N in keyof typeof portOf]: number } => {
  const offset = inventory.listen.portOffset;
  const entries = Object.entries(portOf).map(([name, port]) => [name, port + offset]);
  return Object.fromEntries(entries) as { readonly [N in keyof typeof portOf]: number };
};

/** The services of the cloud are ours to listen for only when it is simulated. */
export const listenedPorts = (inventory: Inventory): { readonly [name: string]: number } => {
  const ports = portsOf(inventory);
  if (inventory.openstack.mode === "simulated") {
    const { console: _, ...listened } = ports;
    return listened;
  }
  return { kubernetes: ports.kubernetes, containerInfra: ports.containerInfra, metrics: ports.metrics };
};

const checkWritable = (home: string): void => {
  let folder = home;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new HomeError(
      `The home ${home} cannot be written: ${folder} is not writable by this user. Choose another with --home or SLIPWAY_HOME.`,
    );
  }
};
