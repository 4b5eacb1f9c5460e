/** Slipway, the program: settings in, sockets out. `system/system.ts` is the wiring diagram. */
import { writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { processMetrics } from "@slipway/apiserver/http/metrics/process.node.ts";
import { createKeyPool } from "@slipway/capi/certificates/keypool.node.ts";
import { alertGroups, cachedState, createPrometheusMetrics, joinedMetrics, readFrom } from "@slipway/observability";
import { watchProcess } from "@slipway/observability/metrics/process.node.ts";
import { createRenderedState } from "@slipway/observability/scrape/rendered.node.ts";
import { createLog, type Election, type Logger, nextTurn, systemClock } from "@slipway/runtime";
import { type AlertWatch, watchAlerts } from "./alerts/watch.ts";
import { cloudFor, magnumSettingsFor, serviceIdentityFor } from "./cloud.ts";
import { ensureDemo } from "./demo/demo.ts";
import { ensureTemplates } from "./demo/templates.ts";
import { HomeError, openHome, writeCredentials } from "./home/home.ts";
import { claimHome, refuseSecond } from "./home/lock.ts";
import { writeObservability } from "./home/observability.ts";
import { InventoryError, loadInventory } from "./inventory/load.ts";
import type { Inventory } from "./inventory/schema.ts";
import { delegatedAccess } from "./listen/access.ts";
import { openAudit } from "./listen/audit.ts";
import { listenCloud } from "./listen/cloud.ts";
import { consoleMessage, listenConsole } from "./listen/console.ts";
import { type Listener, listenFetch } from "./listen/http.ts";
import { listenKubernetes } from "./listen/kubernetes.ts";
import { listenOperations } from "./listen/operations.ts";
import { checkPorts } from "./listen/ports.ts";
import { listenPublic } from "./listen/public.ts";
import { countMagnumRequests, timeOperations } from "./metrics/magnum.ts";
import { countOrphans } from "./metrics/orphans.ts";
import { createProviderHost } from "./providers/host.ts";
import { listenedPorts, planStart, portsOf } from "./start/plan.ts";
import { reportToParent } from "./start/report.ts";
import { watchComponents } from "./status/components.ts";
import { createStatusBoard, type StatusBoard } from "./status/status.ts";
import { chooseStore } from "./store/choose.ts";
import { serveControl } from "./store/http.ts";
import { createSystem, type System } from "./system/system.ts";
import { dialSimulated } from "./workload/dial.ts";

let stopping = false;
const exit = { failed: 1, usage: 2, preflight: 3, inventory: 4 } as const;
const report = reportToParent();
const version = process.env["SLIPWAY_VERSION"] ?? "unknown";

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      home: { type: "string" },
      inventory: { type: "string" },
      "port-offset": { type: "string" },
      check: { type: "boolean", default: false },
    },
  });
  if (values.home === undefined || values.inventory === undefined) throw new UsageError("--home and --inventory are needed");
  const offset = values["port-offset"];
  if (offset !== undefined && !(/^\d{1,5}$/.test(offset) && Number(offset) <= 50_000)) {
    throw new UsageError(`--port-offset ${offset}: give a number from 0 to 50000`);
  }
  return {
    home: values.home,
    inventoryPath: values.inventory,
    portOffset: offset === undefined ? undefined : Number(offset),
    check: values.check,
  };
};

/** As a probe of the management API would find it. */
const isAlive = async (api: { fetch(request: Request): Promise<Response> }, origin: string): Promise<boolean> =>
  (await api.fetch(new Request(`${origin}/livez`))).ok;

class UsageError extends Error {}

const main = async (): Promise<void> => {
  const { home: homePath, inventoryPath, portOffset, check } = readOptions();
  const loaded = loadInventory(inventoryPath);
  for (const notice of loaded.notices) report.notice(notice);
  const inventory: Inventory =
    portOffset === undefined ? loaded.inventory : { ...loaded.inventory, listen: { ...loaded.inventory.listen, portOffset } };
  if (check) {
    process.send?.({ type: "plan", lines: await planStart(homePath, inventory) });
    process.disconnect?.();
    return;
  }
  await start(homePath, inventory);
};

const start = async (homePath: string, inventory: Inventory): Promise<void> => {
  const { address } = inventory.listen;
  const ports = portsOf(inventory);
  const now = () => new Date();
  const url = (port: number, scheme = "http") => `${scheme}://${address}:${port}`;
  const operationsUrl = url(ports.metrics, inventory.observability.insecureDiagnostics ? "http" : "https");
  const endpoints = {
    kubernetes: url(ports.kubernetes, "https"),
    ...(inventory.openstack.mode === "simulated"
      ? {
          identity: `${url(ports.identity)}/v3`,
          compute: `${url(ports.compute)}/v2.1`,
          network: url(ports.network),
          image: url(ports.image),
          loadbalancer: url(ports.loadbalancer),
          volume: `${url(ports.volume)}/v3`,
        }
      : {}),
    containerInfra: `${url(ports.containerInfra)}/v1`,
    console: url(ports.console, inventory.console.tls === undefined ? "http" : "https"),
    metrics: `${operationsUrl}/metrics`,
  };
  refuseSecond(homePath);
  // Before the home is made: a start that fails here leaves nothing behind.
  await checkPorts(address, listenedPorts(inventory));
  const home = await openHome(homePath, now());
  const claim = claimHome(homePath, version, operationsUrl);
  // Logs leave synchronously: the last line before a crash is the one that matters.
  const providers = createProviderHost({
    clock: systemClock,
    run: `${process.pid}-${now().getTime()}`,
    nodeName: hostname().toLowerCase(),
  });
  const log = createLog({
    write: (line, source) => {
      writeSync(2, `${line}\n`);
      providers.write(line, source);
    },
    clock: systemClock,
    level: (source) => providers.levelOf(source) ?? inventory.logLevel,
  });
  const metrics = createPrometheusMetrics();
  watchProcess(metrics);
  metrics.gauge("slipway_build_info", { version }, 1);
  const board = createStatusBoard(endpoints);
  const keys = createKeyPool();
  const listeners: Listener[] = [];
  const last: (() => Promise<void>)[] = [];
  const watched: { alerts?: AlertWatch } = {};
  let system: System | undefined;

  const stop = async (why: string) => {
    stopping = true;
    log.info("stopping", { why });
    await Promise.all(listeners.map((listener) => listener.close()));
    await system?.close();
    for (const close of last) await close();
    claim.release();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(signal));

  log.info("starting", { version, home: homePath, pid: process.pid });
  const store = await report
    .step("Store", () =>
      chooseStore(home, inventory.store, {
        version,
        clock: systemClock,
        log,
        check: storeCheck(home.dataPath),
        onFailure: (error) => {
          log.error("the disk refused a write: nothing is acknowledged any more, so the program ends", { error });
          process.exit(exit.failed);
        },
      }),
    )
    .catch((cause: unknown) => {
      claim.release();
      throw new HomeError(cause instanceof Error ? cause.message : String(cause), { cause });
    });
  const audit = openAudit(home, log);
  last.push(audit.sink.close);
  const { stores, control, election } = store;
  last.push(async () => store.closed());
  const magnumSettings = magnumSettingsFor(inventory, endpoints);
  system = await report.step("Controllers", async () =>
    createSystem({
      stores,
      clock: systemClock,
      log,
      metrics,
      keys,
      providers,
      version,
      magnum: magnumSettings,
      computeMicroversion: inventory.magnum.novaMicroversion,
      serviceIdentity: serviceIdentityFor(inventory, home, magnumSettings.authUrl),
      api: {
        audit,
        featureGates: inventory.featureGates,
        rootCaPem: home.secrets.certificateAuthority.certificatePem,
        clientCaPem: home.secrets.certificateAuthority.certificatePem,
        signer: home.secrets.certificateAuthority,
        apiServices: true,
        advertise: { address, port: ports.kubernetes },
        moreMetrics: async () => `${processMetrics()}${await metrics.render()}`,
        // With those of the controllers: one family has one place.
        queueMetrics: metrics,
        storageBytes: store.bytes,
      },
      serviceAccounts: { ...home.secrets.serviceAccountKey, issuer: "https://kubernetes.default.svc.cluster.local" },
      cloud: cloudFor(inventory, home),
      alerts: {
        read: async () => (await watched.alerts?.report())?.alerts ?? [],
        subscribe: (listener) => watched.alerts?.subscribe(listener) ?? (() => {}),
      },
      dialSimulated: (guests) => dialSimulated(guests, now),
      ...(election === undefined ? {} : { election }),
    }),
  );
  const running = system;
  await report.step(
    "Kubernetes API",
    async () => listeners.push(await listenKubernetes(running.management.api, home, { address, port: ports.kubernetes, now })),
    () => endpoints.kubernetes,
  );
  if (running.world !== undefined) {
    const { cloud, guests } = running.world;
    await report.step(
      "Simulated OpenStack",
      async () => {
        listeners.push(...(await listenCloud(cloud, { address, ports })));
        listeners.push(listenPublic({ network: cloud.dataPlane, guests, log: log.child({ component: "public-addresses" }) }));
      },
      () => `Keystone ${url(ports.identity)}/v3`,
    );
  }
  await report.step(
    "Magnum API",
    async () =>
      listeners.push(
        await listenFetch(countMagnumRequests(running.magnum.fetch, metrics, systemClock), {
          address,
          port: ports.containerInfra,
          origin: url(ports.containerInfra),
        }),
      ),
    () => endpoints.containerInfra,
  );
  timeOperations(running.controllers.caches, metrics, systemClock);
  countOrphans({
    ...{ caches: running.controllers.caches, projectExists: running.projectExists, metrics, clock: systemClock },
    log: log.child({ component: "orphans" }),
  });
  const source = cachedState(running.controllers.caches);
  const state = createRenderedState(source);
  watched.alerts = watchAlerts({
    rules: alertGroups(inventory.observability.alerts).flatMap(({ rules }) => rules),
    read: readFrom(source, nextTurn),
    ready: source.ready,
    changes: running.controllers.caches.changes,
    clock: systemClock,
    log: log.child({ component: "alerts" }),
    metrics,
    file: join(home.path, "alerts.json"),
  });
  const alerts = watched.alerts;
  listeners.push(
    ...(await listenOperations({
      ...{
        address,
        ports,
        board,
        state,
        alerts,
        alive: () => isAlive(running.management.api, url(ports.kubernetes, "https")),
        control: serveControl(control, claim.token),
      },
      metrics: joinedMetrics(metrics, () => running.management.api.metrics.render()),
      ...(inventory.observability.insecureDiagnostics
        ? {}
        : { secure: { home, access: delegatedAccess({ client: running.management.client, now }), now } }),
    })),
  );
  await writeCredentials(
    home,
    { kubernetes: endpoints.kubernetes, identity: `${url(ports.identity)}/v3` },
    { now: now(), clusterName: inventory.clusterName, simulated: inventory.openstack.mode === "simulated" },
  );
  listeners.push(
    await listenConsole({
      address,
      port: ports.console,
      home: homePath,
      authUrl: magnumSettings.authUrl,
      magnumUrl: endpoints.containerInfra,
      region: "RegionOne",
      settings: inventory.console,
      log: log.child({ component: "console" }),
      ...(inventory.openstack.mode === "simulated"
        ? { demo: { user: "demo", domain: "Default", passwordLocation: join(homePath, "clouds.yaml") } }
        : {}),
    }),
  );
  writeObservability(home, {
    alerts: inventory.observability.alerts,
    target: `${address}:${ports.metrics}`,
    insecure: inventory.observability.insecureDiagnostics,
  });
  if (election === undefined) await running.controllers.ready;
  else standBy(running, election, { board, log });
  board.set({ namespace: "magnum-system", name: "console", ready: true, message: consoleMessage() });
  watchComponents(running, providers, board);
  if (running.world !== undefined) {
    const tenant = {
      passwords: { admin: home.secrets.adminPassword, demo: home.secrets.demoPassword },
      magnum: running.magnum,
      world: running.world,
      authUrl: `${url(ports.identity)}/v3`,
      containerInfra: endpoints.containerInfra,
    };
    await report.step(
      "Cluster templates",
      () => ensureTemplates(tenant, inventory.magnum.templates),
      (count) => `${count}`,
    );
    const { demo } = inventory;
    if (demo !== undefined) {
      await report.step(
        "Demo cluster",
        (detail) =>
          ensureDemo(tenant, { client: running.controllers.client, demo, template: inventory.magnum.templates[0]?.name, detail }),
        (text) => text,
      );
    }
  }
  board.set({ name: "slipway", namespace: "capi-system", ready: true, message: `version ${version}` });
  report.ready(board.read());
  store.settle().catch((error: unknown) => log.error("the store could not be brought in order", { error }));
  // The first look at a large fleet takes seconds: before somebody waits for it.
  state.snapshot().catch((error: unknown) => log.warn("the first look at the metrics failed", { error }));
};

/** The API is served from now on, by each server; the controllers begin when this one leads, and a leader that is not one any more ends. */
const standBy = (running: System, { identity }: Election, { board, log }: { board: StatusBoard; log: Logger }): void => {
  const show = (message: string) => board.set({ name: "leader-election", namespace: "capi-system", ready: true, message });
  show(`standing by as ${identity}`);
  running.controllers.ready.then(
    () => show(`leading as ${identity}`),
    () => undefined,
  );
  running.controllers.done.catch((error: unknown) => {
    if (stopping) return;
    log.error("the controllers cannot go on, so the program ends", { error });
    process.exit(exit.failed);
  });
};

/** Reads the store in a process of its own: `store/tool.ts`, built beside this file. */
const storeCheck = (dataPath: string) =>
  [process.execPath, fileURLToPath(new URL("./storetool.mjs", import.meta.url)), "check", "--data", dataPath] as const;

try {
  await main();
} catch (error) {
  // What was under way when somebody ended the program fails; that is no news.
  if (stopping) await new Promise(() => undefined);
  const code =
    error instanceof InventoryError
      ? exit.inventory
      : error instanceof HomeError
        ? exit.preflight
        : error instanceof UsageError
          ? exit.usage
          : exit.failed;
  const message = error instanceof Error ? error.message : String(error);
  report.failed(message, code);
  // Whoever asks for a check reads the message itself. Only a fault of ours is told with where it happened.
  const told = code === exit.failed && error instanceof Error ? (error.stack ?? message) : message;
  if (!process.argv.includes("--check"))
    process.stderr.write(
      `${JSON.stringify({ ts: new Date().toISOString(), level: "error", msg: "could not start", error: told })}\n`,
    );
  // The parent must have the message before the channel closes.
  setTimeout(() => process.exit(code), 50);
}
