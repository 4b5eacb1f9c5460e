/** The console alone: the same server and pages in front of any Keystone and Magnum. `slipway console` starts it. */
import { readFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { createLog, systemClock } from "@slipway/runtime";
import type { ConsoleSettings } from "./inventory/schema.ts";
import { listenConsole } from "./listen/console.ts";
import type { Listener } from "./listen/http.ts";

const exit = { failed: 1, usage: 2 } as const;

class UsageError extends Error {}

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      keystone: { type: "string" },
      magnum: { type: "string" },
      region: { type: "string" },
      cacert: { type: "string" },
      listen: { type: "string", default: "127.0.0.1:8080" },
      home: { type: "string", default: "./.slipway-console" },
      certificate: { type: "string" },
      key: { type: "string" },
      origin: { type: "string" },
      "behind-proxy": { type: "boolean", default: false },
      domain: { type: "string" },
      banner: { type: "string" },
      "idle-minutes": { type: "string" },
      "session-hours": { type: "string" },
    },
  });
  const keystone = values.keystone ?? process.env["OS_AUTH_URL"];
  if (keystone === undefined || !/^https?:\/\//.test(keystone))
    throw new UsageError(
      "--keystone URL is needed (or OS_AUTH_URL): where the cloud's Keystone is, as https://keystone.example/v3",
    );
  const [, address = "", port = ""] = /^(.*):(\d+)$/.exec(values.listen) ?? [];
  if (address === "" || Number(port) > 65_535)
    throw new UsageError(`--listen ${values.listen}: give ADDRESS:PORT, as 127.0.0.1:8080`);
  if ((values.certificate === undefined) !== (values.key === undefined))
    throw new UsageError("--certificate and --key belong together: give both, or neither");
  if (values.origin !== undefined && !/^https?:\/\/[^/]+$/.test(values.origin))
    throw new UsageError(`--origin ${values.origin}: give scheme and host only, as https://console.example`);
  const isLoopback = /^(127\.|\[?::1\]?$|localhost$)/.test(address);
  if (!isLoopback && values.certificate === undefined && values.origin?.startsWith("https:") !== true)
    throw new UsageError(
      `--listen ${values.listen} is not loopback: give --certificate and --key, or --origin https://… of the proxy in front. Passwords must not travel in the clear.`,
    );
  const count = (name: "idle-minutes" | "session-hours", most: number): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > most)
      throw new UsageError(`--${name} ${text}: give a number from 1 to ${most}`);
    return Number(text);
  };
  const settings: ConsoleSettings = {
    ...(values.certificate === undefined || values.key === undefined
      ? {}
      : { tls: { certificate: resolve(values.certificate), key: resolve(values.key) } }),
    origin: values.origin,
    behindProxy: values["behind-proxy"],
    defaultDomain: values.domain,
    banner: values.banner,
    sessionIdleMinutes: count("idle-minutes", 1440),
    sessionHours: count("session-hours", 168),
  };
  return { keystone, address, port: Number(port), settings, values };
};

const main = async (): Promise<void> => {
  const { keystone, address, port, settings, values } = readOptions();
  const log = createLog({ write: (line) => void writeSync(2, `${line}\n`), clock: systemClock, level: () => "info" });
  const listener: Listener = await listenConsole({
    address,
    port,
    home: resolve(values.home),
    authUrl: keystone,
    ...(values.magnum === undefined ? {} : { magnumUrl: values.magnum }),
    ...(values.region === undefined ? {} : { region: values.region }),
    ...(values.cacert === undefined ? {} : { caPem: readFileSync(values.cacert, "utf8") }),
    settings,
    log: log.child({ component: "console" }),
  });
  const scheme = settings.tls === undefined ? "http" : "https";
  process.stdout.write(`The console is at ${settings.origin ?? `${scheme}://${address}:${port}`}\n`);
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => {
      log.info("stopping", { why: signal });
      void listener.close().then(() => process.exit(0));
    });
};

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(
    error instanceof UsageError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") ? exit.usage : exit.failed,
  );
}
