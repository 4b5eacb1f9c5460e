import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createConsole, createOpenWatch, folderVault, openVaultKey } from "@slipway/console/server/index.ts";
import { createHttpTransports } from "@slipway/openstack/transport/http.node.ts";
import type { Logger } from "@slipway/runtime";
import type { Inventory } from "../inventory/schema.ts";
import { type Listener, listenOn } from "./http.ts";

export interface ConsoleListenOptions {
  readonly address: string;
  readonly port: number;
  /** Where sessions outlive a restart. */
  readonly home: string;
  readonly authUrl: string;
  /** Instead of the catalog's. */
  readonly magnumUrl?: string;
  readonly region?: string;
  readonly settings: Inventory["console"];
  /** The simulated cloud's user, offered on the page. */
  readonly demo?: { readonly user: string; readonly domain: string; readonly passwordLocation: string };
  readonly caPem?: string | undefined;
  readonly log: Logger;
}

/** Where `npm run build` puts the console's pages, seen from `dist/` and from the sources. */
export const consolePages = (): string => {
  const here = fileURLToPath(new URL(".", import.meta.url));
  return here.endsWith(join("src", "listen", "")) ? join(here, "../../../../dist/console") : join(here, "console");
};

/** The console on its port: pages, API, and live streams that a restart cuts and browsers take up again. */
export const listenConsole = async (options: ConsoleListenOptions): Promise<Listener> => {
  const { settings, log } = options;
  const transports = createHttpTransports({ caPem: options.caPem });
  const watches = createOpenWatch({ caPem: options.caPem });
  const folder = join(options.home, "console");
  const tls =
    settings.tls === undefined
      ? undefined
      : { cert: readFileSync(settings.tls.certificate), key: readFileSync(settings.tls.key), minVersion: "TLSv1.2" as const };
  const console = await createConsole({
    transport: transports.transportFor({ caPem: options.caPem, verify: true }),
    openWatch: watches.open,
    authUrl: options.authUrl,
    ...(options.magnumUrl === undefined ? {} : { magnumUrl: options.magnumUrl }),
    ...(options.region === undefined ? {} : { region: options.region }),
    vault: folderVault({ folder: join(folder, "sessions"), key: openVaultKey(join(folder, "session.key")) }),
    limits: {
      ...(settings.sessionIdleMinutes === undefined ? {} : { idleSeconds: settings.sessionIdleMinutes * 60 }),
      ...(settings.sessionHours === undefined ? {} : { absoluteSeconds: settings.sessionHours * 3600 }),
    },
    pages: consolePages(),
    site: {
      port: options.port,
      tls: tls !== undefined,
      trustForwarded: settings.behindProxy ?? false,
      ...(settings.origin === undefined ? {} : { origin: settings.origin }),
    },
    signIn: {
      ...(settings.defaultDomain === undefined ? {} : { defaultDomain: settings.defaultDomain }),
      ...(options.demo === undefined ? {} : { demo: options.demo }),
      ...(settings.banner === undefined ? {} : { banner: settings.banner }),
    },
    links: settings.links ?? {},
    log,
  });
  const limits = { keepAliveTimeout: 65_000, requestTimeout: 60_000, headersTimeout: 20_000, maxHeaderSize: 32 * 1024 };
  const server =
    tls === undefined ? createServer(limits, console.serve) : createSecureServer({ ...limits, ...tls }, console.serve);
  server.maxConnections = 5000;
  const listener = await listenOn(server, options);
  return {
    close: async () => {
      await console.close();
      await listener.close();
      await watches.close();
      await transports.close();
    },
  };
};
