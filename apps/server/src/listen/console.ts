import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createConsole, createOpenWatch, folderVault, openVaultKey } from "@slipway/console/server/index.ts";
import { createHttpTransports } from "@slipway/openstack/transport/http.node.ts";
import type { Logger } from "@slipway/runtime";
import { stringify } from "yaml";
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
  const readTls = ({ certificate, key }: NonNullable<typeof settings.tls>) => ({
    cert: readFileSync(certificate),
    key: readFileSync(key),
    minVersion: "TLSv1.2" as const,
  });
  const tls = settings.tls === undefined ? undefined : readTls(settings.tls);
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
    toYaml: (object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }),
    log,
  });
  const limits = { keepAliveTimeout: 65_000, requestTimeout: 60_000, headersTimeout: 20_000, maxHeaderSize: 32 * 1024 };
  const server =
    tls === undefined ? createServer(limits, console.serve) : createSecureServer({ ...limits, ...tls }, console.serve);
  server.maxConnections = 5000;
  const listener = await listenOn(server, options);
  const renewal =
    settings.tls === undefined
      ? undefined
      : followCertificate(settings.tls, (files) => (server as SecureServer).setSecureContext(readTls(files)), log);
  return {
    close: async () => {
      clearInterval(renewal);
      await console.close();
      await listener.close();
      await watches.close();
      await transports.close();
    },
  };
};

const lookAtCertificateMilliseconds = 60_000;

/** Who renews the certificate replaces the files: connections made after that get the new one. */
const followCertificate = <Files extends { readonly certificate: string; readonly key: string }>(
  files: Files,
  use: (files: Files) => void,
  log: Logger,
): NodeJS.Timeout => {
  const stamp = () => [files.certificate, files.key].map((file) => statSync(file).mtimeMs).join();
  const seen = { stamp: stamp() };
  const timer = setInterval(() => {
    try {
      const now = stamp();
      if (now === seen.stamp) return;
      use(files);
      seen.stamp = now;
      log.info("the console's certificate was replaced", { file: files.certificate });
    } catch (error) {
      log.warn("the console's new certificate cannot be used: the former one stays", { file: files.certificate, error });
    }
  }, lookAtCertificateMilliseconds);
  timer.unref();
  return timer;
};

/** For `slipway status`. */
export const consoleMessage = (): string =>
  existsSync(join(consolePages(), "index.html")) ? "pages and API for tenants" : "its pages are not built: npm run build";
