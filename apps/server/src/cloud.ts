import { readFileSync } from "node:fs";
import { type MagnumSettings, defaultSettings as magnumDefaults } from "@slipway/magnum";
import { type CloudIdentity, cloudConfig } from "@slipway/openstack";
import { defaultSettings, delayProfiles, fastGuests, realisticGuests, seedUsers } from "@slipway/sim";
import type { Home } from "./home/home.ts";
import type { Inventory } from "./inventory/schema.ts";
import type { SystemOptions } from "./system/system.ts";
import { dialReal, transportFor } from "./workload/real.ts";

/** Which cloud the inventory asks for: settings of the simulated one, or ways to a real one. */
export const cloudFor = (inventory: Inventory, home: Home): SystemOptions["cloud"] => {
  const { openstack, listen } = inventory;
  if (openstack.mode === "existing") {
    return {
      mode: "existing",
      transport: transportFor({ caPem: undefined, verify: true }),
      transportFor,
      dial: dialReal,
    };
  }
  const { adminPassword, demoPassword, servicePassword } = home.secrets;
  const settings = defaultSettings({
    users: seedUsers({ admin: adminPassword, demo: demoPassword, magnum: servicePassword }),
    endpoints: { scheme: "http", host: listen.address, portOffset: listen.portOffset },
    publicNetwork: {
      name: "public",
      subnet: "public-subnet",
      cidr: openstack.publicNetwork ?? publicNetworkFor(listen.portOffset),
    },
    delays: openstack.profile === "realistic" ? delayProfiles.demo : delayProfiles.none,
    operatorToken: adminPassword, // who may administer the cloud may make it misbehave
  });
  return { mode: "simulated", settings, guests: openstack.profile === "realistic" ? realisticGuests : fastGuests };
};

/** Two Slipways on one machine must not share floating IPs: the range moves along with the ports. */
export const publicNetworkFor = (portOffset: number): string => `127.${64 + ((13 + portOffset) % 128)}.0.0/16`;

export const magnumSettingsFor = (inventory: Inventory, endpoints: { readonly identity?: string }): MagnumSettings => {
  const authUrl =
    inventory.openstack.mode === "existing"
      ? cloudConfig(readFileSync(inventory.openstack.cloudsYaml, "utf8"), inventory.openstack.cloud).authUrl
      : (endpoints.identity ?? "");
  return {
    ...magnumDefaults,
    authUrl,
    publicAuthUrl: authUrl,
    computeMicroversion: inventory.magnum.novaMicroversion,
    maxClustersPerProject: inventory.magnum.maxClustersPerProject,
  };
};

/** Magnum's own account, which may take tenants' application credentials away. */
export const serviceIdentityFor = (inventory: Inventory, home: Home, authUrl: string): CloudIdentity => {
  const { openstack } = inventory;
  if (openstack.mode === "existing")
    return { cloudsYaml: readFileSync(openstack.cloudsYaml, "utf8"), cloudName: openstack.cloud };
  const auth = {
    auth_url: authUrl,
    username: "magnum",
    password: home.secrets.servicePassword,
    project_name: "service",
    user_domain_name: "Default",
    project_domain_name: "Default",
  };
  // JSON is YAML.
  return { cloudsYaml: JSON.stringify({ clouds: { service: { auth, region_name: "RegionOne" } } }), cloudName: "service" };
};
