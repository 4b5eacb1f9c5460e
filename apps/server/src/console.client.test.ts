/** The console over real sockets: pages, a tenant's way from sign-in to kubectl, a restart while streaming, and the console alone. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createCertificateAuthority, generateKeyPair, issueCertificate } from "@slipway/api/pki/index.ts";
import type { AnswerOf, ClusterList } from "@slipway/console/contract/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, freePortOffset } from "../../../scripts/freeports.ts";
import { faultOf, openBrowser } from "../stories/browser.ts";
import { portOf } from "./listen/ports.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "slipway-console-"));
const home = join(folder, "home");
const inventory = join(folder, "inventory.yaml");
const program = join(root, "apps/cli/bin/slipway.mjs");
const env = { PATH: process.env["PATH"] ?? "", HOME: folder };
const slipway = (...args: string[]) => run(process.execPath, [program, ...args], { cwd: folder, env });
const started: ChildProcess[] = [];

let offset = 0;
let origin = "";
const up = () => slipway("up", "--detach", "--if-needed", "--home", home, "--inventory", inventory, "--port-offset", `${offset}`);
const passwordOf = (user: "admin" | "demo"): string =>
  /OS_PASSWORD=(\S+)/.exec(readFileSync(join(home, `${user}-openrc.sh`), "utf8"))?.[1] ?? "";
const signedIn = async (user: "admin" | "demo" = "demo", at = origin) => {
  const browser = openBrowser({ origin: at });
  await browser.signIn(user, { password: passwordOf(user) });
  return browser;
};
const until = async <T>(what: string, look: () => Promise<T | undefined> | T | undefined, seconds = 90): Promise<T> => {
  for (let n = 0; n < seconds * 5; n++) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(200);
  }
  throw new Error(`${what}: not so after ${seconds} s`);
};

let told = "";
beforeAll(async () => {
  const source = readFileSync(join(root, "inventory/embedded.yaml"), "utf8");
  writeFileSync(inventory, source.replace("enabled: true\n      name: demo", "enabled: false\n      name: demo"));
  offset = await freePortOffset();
  origin = `http://127.0.0.1:${portOf.console + offset}`;
  told = (await up()).stdout;
});
afterAll(async () => {
  for (const child of started) child.kill("SIGTERM");
  if (existsSync(home)) await slipway("down", "--home", home);
  rmSync(folder, { recursive: true, force: true });
});

describe("the console of a running Slipway", () => {
  test("the program says where it is and who may sign in; the page is called IaaS UI and brings its files compressed and for ever [CON-014 CON-076]", async () => {
    expect(told).toContain(`${origin}   user demo, password ${passwordOf("demo")}, domain Default`);
    const page = await fetch(`${origin}/clusters`);
    const html = await page.text();
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(html).toMatch(/<title>[^<]*IaaS UI[^<]*<\/title>/);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|__CSP_NONCE__|https?:\/\/(?!127\.0\.0\.1|www\.w3\.org)/);
    const script = /<script[^>]+src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? "";
    const asset = await fetch(`${origin}${script}`, { headers: { "accept-encoding": "br" } });
    expect(Object.fromEntries(asset.headers)).toMatchObject({
      "content-encoding": "br",
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "text/javascript; charset=utf-8",
    });
    await asset.arrayBuffer();
  });

  test("a tenant goes from the sign-in to kubectl, with a certificate and with no secret in the file; what was asked for is on record [CON-009 CON-051]", async () => {
    const browser = await signedIn();
    const { templates } = await browser.get<AnswerOf<"GET /api/templates">>("/api/templates");
    const stream = await browser.watch();
    const made = await browser.send<{ id: string }>("POST", "/api/clusters", {
      name: "mine",
      templateId: templates[0]?.id,
      masterCount: 1,
      nodeCount: 1,
      nodeGroups: [{ name: "more", nodeCount: 1 }],
    });
    const { id } = made.body;
    await until(
      "the stream says ACTIVE",
      () =>
        stream.events.some((event) => event.name === "cluster" && event.data.id === id && event.data.phase === "ACTIVE") ||
        undefined,
    );
    // The group that came with it is made as soon as Magnum takes it.
    await until(
      "three nodes",
      async () =>
        (await browser.get<AnswerOf<"GET /api/clusters/:id/nodes">>(`/api/clusters/${id}/nodes`)).nodes.filter(
          ({ phase }) => phase === "Running",
        ).length === 3 || undefined,
    );
    stream.stop();

    const kubectl = await import(join(root, "scripts/kubectl.mjs")).then((module: { findKubectl(): string | Promise<string> }) =>
      module.findKubectl(),
    );
    const nodes = async (form: "certificate" | "exec", more: { readonly [name: string]: string } = {}) => {
      const reply = await browser.send<AnswerOf<"POST /api/clusters/:id/kubeconfig">>("POST", `/api/clusters/${id}/kubeconfig`, {
        form,
      });
      const file = join(folder, reply.body.filename);
      writeFileSync(file, reply.body.yaml.replace("command: slipway", `command: ${JSON.stringify(program)}`), { mode: 0o600 });
      return run(kubectl, ["--kubeconfig", file, "get", "nodes", "-o", "name"], { env: { ...env, ...more } });
    };
    expect((await nodes("certificate")).stdout.trim().split("\n")).toHaveLength(3);
    const login = { OS_CLOUD: "slipway-demo", OS_CLIENT_CONFIG_FILE: join(home, "clouds.yaml") };
    expect((await nodes("exec", login)).stdout.trim().split("\n")).toHaveLength(3);
    const variables = Object.fromEntries(
      [...readFileSync(join(home, "demo-openrc.sh"), "utf8").matchAll(/^export (\w+)=(.*)$/gm)].map((match) => [
        match[1] ?? "",
        match[2] ?? "",
      ]),
    );
    expect((await nodes("exec", variables)).stdout.trim().split("\n")).toHaveLength(3);
    await expect(nodes("exec")).rejects.toThrow("Say which OpenStack login to use");
    const { actions } = await browser.get<AnswerOf<"GET /api/clusters/:id/history">>(`/api/clusters/${id}/history`);
    expect(actions.map(({ action, by }) => `${by}: ${action}`)).toEqual(["demo: kubeconfig", "demo: nodeGroup", "demo: create"]);
  });

  test("a restart in the middle of a stream: the session is still there, the browser comes back and sees the cluster through [CON-042 CON-066]", async () => {
    const browser = await signedIn();
    const { clusters } = await browser.get<ClusterList>("/api/clusters");
    const id = clusters[0]?.id ?? "";
    const stream = await browser.watch(`?cluster=${id}`);
    await until("the first list", () => stream.events.find(({ name }) => name === "detail"));
    expect((await browser.send("POST", `/api/clusters/${id}/scale`, { nodeCount: 2 })).status).toBe(200);
    const { pid } = JSON.parse(readFileSync(join(home, "run.json"), "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
    await stream.ended;
    expect((await browser.send("GET", "/api/clusters").catch(() => undefined))?.status).toBeUndefined();
    await up();
    const again = await browser.watch(`?cluster=${id}&since=${stream.events.findLast((event) => event.id !== undefined)?.id}`);
    await until("the whole list again", () => again.events.find(({ name }) => name === "snapshot"));
    expect(again.events[0]).toMatchObject({ name: "hello", data: { resumed: false } });
    await until(
      "four nodes",
      async () => (await browser.get<AnswerOf<"GET /api/clusters/:id">>(`/api/clusters/${id}`)).workers.ready === 3 || undefined,
    );
    await until("the stream saw it", () =>
      again.events.find((event) => event.name === "cluster" && event.data.workers.ready === 3),
    );
    again.stop();
  });

  test("operators see the fleet, what fires and what is left over; tenants do not [CON-058 CON-059]", async () => {
    const [admin, tenant] = [await signedIn("admin"), await signedIn()];
    const list = (name: string) => admin.get<AnswerOf<"GET /api/operator/lists/:list">>(`/api/operator/lists/${name}`);
    expect((await list("fleet")).items).toMatchObject([{ value: { name: "mine" } }]);
    expect((await list("alerts")).items).toEqual(expect.any(Array));
    expect(await list("orphans")).toMatchObject({ items: [], about: { problems: [] } });
    for (const page of ["fleet", "alerts", "projects", "orphans", "nonsense"])
      for (const path of [`/api/operator/lists/${page}`, `/api/live?list=${page}`]) {
        const reply = await tenant.send("GET", path);
        expect([path, reply.status]).toEqual([path, 404]);
      }
  });
});

describe("the console alone", () => {
  const alone = (...args: string[]) => {
    const child = spawn(process.execPath, [program, "console", ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    started.push(child);
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    return { child, said: () => text };
  };
  const keystone = () => `http://127.0.0.1:${portOf.identity + offset}/v3`;

  test("works in front of any Keystone, finds Magnum in the catalog, over TLS with a cookie that is bound to it [CON-066 CON-068]", async () => {
    const authority = await createCertificateAuthority(await generateKeyPair("ecdsa-p256"), {
      now: new Date(),
      commonName: "test",
    });
    const certificate = await issueCertificate(
      authority,
      { commonName: "console", sans: ["127.0.0.1", "localhost"], usages: ["serverAuth"], days: 1 },
      { keys: await generateKeyPair("ecdsa-p256"), now: new Date() },
    );
    const [cert, key] = [join(folder, "tls.crt"), join(folder, "tls.key")];
    writeFileSync(cert, certificate.certificatePem);
    writeFileSync(key, certificate.privateKeyPem, { mode: 0o600 });
    const port = await freePort();
    const { said } = alone(
      "--keystone",
      keystone(),
      "--listen",
      `127.0.0.1:${port}`,
      "--certificate",
      cert,
      "--key",
      key,
      "--home",
      join(folder, "alone"),
    );
    await until("it listens", () => said().includes(`https://127.0.0.1:${port}`) || undefined);
    const ask = (path: string, options: { readonly method?: string; readonly headers?: object; readonly body?: string } = {}) =>
      new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
        const { body, ...rest } = options;
        const request = httpsRequest(
          { host: "127.0.0.1", port, path, ca: authority.certificatePem, ...rest } as object,
          (answer) => {
            let text = "";
            answer.on("data", (chunk: Buffer) => {
              text += chunk.toString();
            });
            answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
          },
        );
        request.on("error", reject);
        request.end(body);
      });
    const login = await ask("/api/session", {
      method: "POST",
      headers: { origin: `https://127.0.0.1:${port}`, "content-type": "application/json" },
      body: JSON.stringify({ method: "password", user: "demo", password: passwordOf("demo"), domain: "Default" }),
    });
    expect(login.status).toBe(200);
    const cookie = String(login.headers["set-cookie"]);
    expect(cookie).toMatch(/^__Host-slipway-session=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    expect(login.headers["strict-transport-security"]).toBe("max-age=31536000");
    const clusters = await ask("/api/clusters", { headers: { cookie: cookie.split(";")[0] } });
    expect((JSON.parse(clusters.text) as ClusterList).clusters.map(({ name }) => name)).toEqual(["mine"]);
  });

  test("refuses to let passwords travel in the clear, and says how to start", async () => {
    const refused = async (...args: string[]) => {
      const { child } = alone(...args);
      let text = "";
      child.stderr?.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      const code = await new Promise((resolve) => child.once("exit", resolve));
      return [code, text.trim()];
    };
    expect(await refused("--keystone", keystone(), "--listen", "0.0.0.0:9")).toEqual([
      2,
      expect.stringContaining("must not travel in the clear"),
    ]);
    expect(await refused("--listen", "127.0.0.1:9")).toEqual([2, expect.stringContaining("--keystone URL is needed")]);
    expect(await refused("--keystone", keystone(), "--certificate", "x")).toEqual([
      2,
      expect.stringContaining("belong together"),
    ]);
    expect(await refused("--keystone", keystone(), "--nonsense")).toEqual([2, expect.stringContaining("unknown option")]);
  });

  test("behind a proxy it knows itself by the proxy's name, and takes requests of no other", async () => {
    const port = await freePort();
    const { said } = alone(
      "--keystone",
      keystone(),
      "--listen",
      `127.0.0.1:${port}`,
      "--origin",
      "https://console.example",
      "--behind-proxy",
      "--home",
      join(folder, "proxied"),
    );
    await until("it listens", () => said().includes("https://console.example") || undefined);
    const browser = openBrowser({ origin: `http://127.0.0.1:${port}` });
    const body = { method: "password", user: "demo", password: passwordOf("demo"), domain: "Default" };
    const proxied = await browser.send("POST", "/api/session", body, { origin: "https://console.example" });
    expect([proxied.status, proxied.headers.get("set-cookie")]).toEqual([200, expect.stringMatching(/^__Host-.*Secure$/)]);
    const direct = await browser.send("POST", "/api/session", body);
    expect(faultOf(direct).code).toBe("notFromHere");
  });
});
