import type { Transport } from "@slipway/openstack";
import type { Clock, Logger } from "@slipway/runtime";
import type { GuestHost } from "../guest/port.ts";
import { createComputeService } from "./compute/compute.ts";
import type { Lifecycle } from "./compute/lifecycle.ts";
import type { CloudContext } from "./context.ts";
import { createDataPlane, type DataPlane } from "./dataplane/dataplane.ts";
import { createFaults, type Faults } from "./faults/faults.ts";
import { type Audit, createAudit } from "./http/audit.ts";
import { createFront, type Front } from "./http/front.ts";
import { createService, type Service, type ServiceDefinition } from "./http/service.ts";
import { identityService } from "./identity/identity.ts";
import { seedIdentity } from "./identity/seed.ts";
import { createTokens } from "./identity/tokens.ts";
import { createIds } from "./ids.ts";
import { createImageService } from "./image/image.ts";
import { createLoadBalancerService } from "./loadbalancer/loadbalancer.ts";
import { createOperatingStatus } from "./loadbalancer/status.ts";
import { createNetworkService } from "./network/network.ts";
import { seedPublicNetwork } from "./network/seed.ts";
import { seedCatalogs } from "./seed.ts";
import type { CloudSettings, ServiceName } from "./settings.ts";
import { createDatabase } from "./state/database.ts";
import { createState, type State } from "./state/state.ts";
import type { CloudStorage } from "./state/storage.ts";
import { createTransitions } from "./transitions.ts";
import { createVolumeService } from "./volume/volume.ts";
import { createVolumes } from "./volume/volumes.ts";

export interface CloudInputs {
  readonly storage: CloudStorage;
  readonly clock: Clock;
  readonly settings: CloudSettings;
  /** What runs inside the servers; it is shown the network that they live in. */
  readonly guests: (network: DataPlane) => GuestHost | Promise<GuestHost>;
  readonly log: Logger;
  /** Chance, for tests that must come out the same; 0 up to, not including, 1. */
  readonly random?: () => number;
}

export interface Cloud {
  /** By port or by path prefix to one of the services; web Request and Response. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The same for clients in this process, without the cost of web objects. */
  readonly transport: Transport;
  /** One service alone, for whoever listens on its port. */
  readonly services: { readonly [name in ServiceName]: Front };
  /** Which servers answer at an address, for guests and for whoever opens sockets. */
  readonly dataPlane: DataPlane;
  readonly faults: Faults;
  readonly audit: Audit;
  readonly state: State;
  readonly settings: CloudSettings;
  /** What happens to servers without anybody asking. */
  readonly servers: Pick<Lifecycle, "crash" | "fail" | "lose" | "stopKubelet">;
  /** Resolves when everything changed so far is durable. */
  commit(): Promise<void>;
  /** Ends timers; open calls are still answered. */
  stop(): void;
}

/** A whole OpenStack in one process, picked up where the storage says it was. */
export const createCloud = async ({ storage, clock, settings, guests, log, random }: CloudInputs): Promise<Cloud> => {
  const database = createDatabase(storage);
  const state = createState(database);
  await database.load();
  const ids = createIds(random);
  const transitions = createTransitions(clock, log, database.commit);
  const faults = createFaults(state, ids, clock, random ?? Math.random);
  const operating = createOperatingStatus(state);
  const dataPlane = createDataPlane(state, database, settings, operating);
  const context: CloudContext = {
    settings,
    state,
    database,
    clock,
    log,
    ids,
    transitions,
    faults,
    guests: await guests(dataPlane),
  };

  await seedIdentity(context);
  seedPublicNetwork(context);
  seedCatalogs(context);
  await database.commit();

  const tokens = createTokens(context);
  const audit = createAudit(() => clock.now(), 2000);
  const volumes = createVolumes(context);
  const network = createNetworkService(context);
  const compute = createComputeService(context, network, volumes.host);
  const image = createImageService(context);
  const loadBalancer = createLoadBalancerService(context, network, operating);
  const serve = (definition: ServiceDefinition): Service => createService(definition, context, tokens.authenticate, audit);
  const services: { readonly [name in ServiceName]: Service } = {
    identity: serve(identityService(context, tokens)),
    compute: serve(compute.definition),
    network: serve(network.definition),
    image: serve(image),
    loadbalancer: serve(loadBalancer.definition),
    volume: serve(createVolumeService(context, volumes)),
  };
  const resume = (): void => {
    network.resume();
    volumes.resume();
    image.resume();
    loadBalancer.resume();
    compute.lifecycle.resume();
  };
  faults.onRelease(resume);
  compute.lifecycle.restart();
  resume();
  await database.commit();

  return {
    ...createFront(services, settings),
    dataPlane,
    faults,
    audit,
    state,
    settings,
    servers: compute.lifecycle,
    commit: async () => database.commit(),
    stop: transitions.stop,
  };
};
