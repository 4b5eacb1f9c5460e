import { existsSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { MAGNUM_NAMESPACE, MagnumCluster } from "@slipway/api";
import { readCertificate, readKubeconfig } from "@slipway/api/pki/index.ts";
import type { Status } from "@slipway/api/program/status.ts";
import { defaultComputeMicroversion } from "@slipway/openstack";
import { findRunning } from "@slipway/runtime/process/running.node.ts";
import { adminCloud, type CloudOptions, withClouds } from "../process/cloud.ts";
import { withCluster } from "../process/cluster.ts";
import { fetchStatus } from "../process/status.ts";

export interface Check {
  readonly name: string;
  readonly result: "ok" | "warning" | "error";
  readonly detail: string;
  /** Empty when all is well. */
  readonly todo: string;
}

export interface PlatformReport {
  readonly healthy: boolean;
  readonly checks: readonly Check[];
}

const ok = (name: string, detail: string): Check => ({ name, result: "ok", detail, todo: "" });
const wrong = (name: string, detail: string, todo: string): Check => ({ name, result: "error", detail, todo });
const doubtful = (name: string, detail: string, todo: string): Check => ({ name, result: "warning", detail, todo });
const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Everything that tenants' clusters stand on, from outside. Changes nothing. */
export const checkPlatform = async (home: string, options: CloudOptions): Promise<PlatformReport> => {
  const run = findRunning(home);
  const started =
    run === undefined
      ? wrong(
          "program",
          `Slipway does not run on ${home}.`,
          "Start it: slipway up --detach. Why it ended is at the end of `slipway logs`.",
        )
      : ok("program", `version ${run.version}, pid ${run.pid}`);
  const status = run === undefined ? undefined : await fetchStatus(run).catch(text);
  const checks = [
    started,
    ...(status === undefined ? [] : [componentsCheck(status)]),
    ...(await Promise.all([
      apiCheck(home),
      ...(typeof status === "object" ? [magnumCheck(status)] : []),
      cloudCheck(home, options),
      microversionCheck(home, options),
      certificatesCheck(home),
    ])),
    diskCheck(home),
    await clustersCheck(home),
  ].filter((check) => check !== undefined);
  return { healthy: checks.every(({ result }) => result === "ok"), checks };
};

const marks = { ok: "ok     ", warning: "WARNING", error: "ERROR  " } as const;

export const platformText = ({ healthy, checks }: PlatformReport): string => {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, result, detail, todo }) => [
    `${marks[result]}  ${name.padEnd(width)}  ${detail}`,
    ...(todo === "" ? [] : [`${" ".repeat(11 + width)}to do: ${todo}`]),
  ]);
  return `${lines.join("\n")}\n${healthy ? "Nothing is wrong." : "Something is wrong: see above, first cause first."}\n`;
};

const componentsCheck = (status: Status | string): Check => {
  if (typeof status === "string")
    return wrong("components", status, "Look at `slipway logs`; restart: slipway down, slipway up --detach.");
  const bad = status.components.filter(({ ready }) => !ready);
  return bad.length === 0
    ? ok("components", `${status.components.length} are ready`)
    : wrong("components", bad.map(({ name, message }) => `${name}: ${message}`).join("; "), "Look at `slipway logs`.");
};

const apiCheck = async (home: string): Promise<Check> => {
  const name = "management API";
  const file = join(home, "kubeconfig");
  if (!existsSync(file)) return wrong(name, `${file} is not there.`, "It is written when Slipway starts: slipway up --detach.");
  const begun = performance.now();
  try {
    await withCluster({ kubeconfig: file }, (client) => client.list(MagnumCluster, { namespace: MAGNUM_NAMESPACE, limit: 1 }));
    return ok(name, `answers in ${Math.round(performance.now() - begun)} ms`);
  } catch (error) {
    return wrong(name, text(error), "Look at `slipway status` and `slipway logs`.");
  }
};

const magnumCheck = async ({ endpoints }: Status): Promise<Check> => {
  const name = "Magnum API";
  const url = endpoints["containerInfra"] ?? "";
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (answer.ok) return ok(name, `${url} answers`);
    return wrong(name, `${url} answers ${answer.status}`, "Look at `slipway logs`.");
  } catch (error) {
    return wrong(name, `${url} does not answer: ${text(error)}`, "Look at `slipway status` and `slipway logs`.");
  }
};

/** The six services that clusters are made of. */
const cloudCheck = async (home: string, options: CloudOptions): Promise<Check> => {
  const name = "cloud";
  try {
    const identity = adminCloud(home, options);
    const silent = await withClouds(async (connect) => {
      const cloud = connect(identity);
      await cloud.session.token();
      const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["compute", () => cloud.compute.listAvailabilityZones()],
        ["network", () => cloud.network.listNetworks({ external: true })],
        ["load balancer", () => cloud.loadBalancing.listLoadBalancers({ name: "slipway-doctor" })],
        ["image", () => cloud.images.listImages({ name: "slipway-doctor" })],
        ["volume", () => cloud.volumes.listVolumesNamed("slipway-doctor")],
      ];
      const answers = await Promise.all(
        questions.map(async ([service, ask]) => [service, await ask().then(() => undefined, text)] as const),
      );
      return answers.filter(([, fault]) => fault !== undefined);
    });
    return silent.length === 0
      ? ok(name, `${identity.cloudName}: identity, compute, network, load balancer, image and volume answer`)
      : wrong(
          name,
          silent.map(([service, fault]) => `${service}: ${fault}`).join("; "),
          "Bring the service back, or its endpoint in the catalog. Clusters wait for it and go on by themselves.",
        );
  } catch (error) {
    return wrong(name, text(error), "Check the credentials, and that the cloud's Keystone can be reached from here.");
  }
};

const microversionCheck = async (home: string, options: CloudOptions): Promise<Check | undefined> => {
  const name = "Nova microversion";
  try {
    const identity = adminCloud(home, options);
    await withClouds((connect) => connect(identity).compute.checkMicroversion(), defaultComputeMicroversion);
    return ok(name, `${defaultComputeMicroversion} is in the cloud's range`);
  } catch (error) {
    // That the cloud does not answer at all is told already.
    if (!/microversion/.test(text(error))) return undefined;
    return wrong(name, text(error), "Set magnum.capi.nova_microversion in the inventory, 2.52 to 2.63.");
  }
};

const soonDays = 21;

/** The administrator's own certificate, and the one that the management API shows. */
const certificatesCheck = async (home: string): Promise<Check | undefined> => {
  const name = "certificates";
  const file = join(home, "kubeconfig");
  if (!existsSync(file)) return undefined;
  try {
    const access = readKubeconfig(readFileSync(file, "utf8"));
    const ends: (readonly [string, Date])[] = [];
    if (access.clientCertificatePem !== undefined)
      ends.push([`${file}'s client certificate`, readCertificate(access.clientCertificatePem).notAfter]);
    if (access.certificateAuthorityPem !== undefined)
      ends.push(["the certificate authority", readCertificate(access.certificateAuthorityPem).notAfter]);
    const shown = await servingUntil(access.server);
    if (shown !== undefined) ends.push(["the management API's certificate", shown]);
    const [first] = ends.toSorted(([, a], [, b]) => a.getTime() - b.getTime());
    if (first === undefined) return undefined;
    const [which, until] = first;
    const days = Math.floor((until.getTime() - Date.now()) / 86_400_000);
    const day = until.toISOString().slice(0, 10);
    const todo = "Restart Slipway: it renews what it made. Copies of the kubeconfig must be handed out again.";
    if (days < 0) return wrong(name, `${which} expired on ${day}`, todo);
    if (days < soonDays) return doubtful(name, `${which} expires in ${days} days, on ${day}`, todo);
    return ok(name, `the first to end does so on ${day}`);
  } catch (error) {
    return wrong(name, text(error), "Restart Slipway: it writes the kubeconfig again.");
  }
};

/** When the certificate that a server shows ends; undefined when nobody answers. Whether it is trusted is the API check's business. */
const servingUntil = (server: string): Promise<Date | undefined> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(server);
    const socket = connectTls(
      { host: hostname, port: Number(port === "" ? 443 : port), rejectUnauthorized: false, timeout: 5000 },
      () => {
        const { valid_to: until } = socket.getPeerCertificate();
        socket.destroy();
        resolve(until === undefined ? undefined : new Date(until));
      },
    );
    const none = () => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once("error", none).once("timeout", none);
  });

const gib = 1024 ** 3;

const diskCheck = (home: string): Check | undefined => {
  const name = "disk";
  if (!existsSync(home)) return undefined;
  const { bavail, bsize } = statfsSync(home);
  const free = (bavail * bsize) / gib;
  const detail = `${free.toFixed(1)} GiB are free under ${home}`;
  const todo = "Make room: without it nothing can be written, and Slipway ends rather than lose a write.";
  if (free < 0.25) return wrong(name, detail, todo);
  return free < 1 ? doubtful(name, detail, todo) : ok(name, detail);
};

const MOST_CLUSTERS = 5;

/** Which tenants' clusters need somebody. */
const clustersCheck = async (home: string): Promise<Check | undefined> => {
  const name = "clusters";
  const file = join(home, "kubeconfig");
  if (!existsSync(file)) return undefined;
  try {
    const { items } = await withCluster({ kubeconfig: file }, (client) => client.list(MagnumCluster));
    const troubled = items.filter(({ status }) => status?.status?.endsWith("_FAILED") || status?.statusReason?.startsWith("["));
    if (troubled.length === 0) return ok(name, `${items.length}, none of them in trouble`);
    const told = troubled
      .slice(0, MOST_CLUSTERS)
      .map(
        ({ metadata, status }) => `${metadata.name} ${/^\[\w+\]/.exec(status?.statusReason ?? "")?.[0] ?? status?.status ?? ""}`,
      );
    const more = troubled.length > MOST_CLUSTERS ? `, and ${troubled.length - MOST_CLUSTERS} more` : "";
    return doubtful(
      name,
      `${troubled.length} of ${items.length} are in trouble: ${told.join(", ")}${more}`,
      `slipway doctor cluster ${troubled[0]?.metadata.name ?? "NAME"}`,
    );
  } catch {
    return undefined;
  }
};
