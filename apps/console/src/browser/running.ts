/** A Slipway of its own for a story: the built program, the simulated cloud, free ports, and a folder that goes afterwards. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePortOffset } from "../../../../scripts/freeports.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");

export interface Running {
  readonly console: string;
  readonly folder: string;
  /** What it was started with. */
  readonly inventory: string;
  readonly identity: string;
  readonly containerInfra: string;
  password(user: "admin" | "demo"): string;
  /** The simulated cloud's operator: faults, quotas, tokens. */
  operator(method: string, path: string, body?: object): Promise<void>;
  /** Keystone or Magnum, with an administrator's token. */
  asAdmin<T>(method: string, url: string, body?: object): Promise<T>;
  /** The management API, with the administrator's certificate. */
  kubernetes<T>(method: string, path: string, body?: object): Promise<T>;
  /** Ends the program and starts it again on the same home. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  end(): Promise<void>;
}

interface Settings {
  /** `instant` by default; `realistic` takes about a minute for a cluster. */
  readonly profile?: "instant" | "realistic";
  /** `console:` in the inventory. */
  readonly console?: { readonly [key: string]: string };
}

export const startSlipway = async ({ profile = "instant", console = {} }: Settings = {}): Promise<Running> => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-console-"));
  const home = join(folder, "home");
  const inventory = join(folder, "inventory.yaml");
  const source = readFileSync(join(root, "inventory/embedded.yaml"), "utf8");
  writeFileSync(
    inventory,
    source
      .replace("enabled: true\n      name: demo", "enabled: false\n      name: demo")
      .replace("profile: instant", `profile: ${profile}`)
      // What is YAML in a flow is what is JSON.
      .replace("    openstack:\n", `    console: ${JSON.stringify(console)}\n    openstack:\n`),
  );
  const offset = String(await freePortOffset());
  const slipway = (...args: string[]) =>
    run(process.execPath, [join(root, "apps/cli/bin/slipway.mjs"), ...args], { cwd: folder });
  const up = async () =>
    void (await slipway("up", "--detach", "--home", home, "--inventory", inventory, "--port-offset", offset));
  const down = async () => void (await slipway("down", "--home", home));
  await up();
  const { stdout } = await slipway("status", "--json", "--home", home);
  const { endpoints } = JSON.parse(stdout) as { readonly endpoints: { readonly [name: string]: string } };
  const of = (name: string): string => endpoints[name] ?? "";
  const password = (user: "admin" | "demo"): string =>
    /OS_PASSWORD=["']?([^"'\n]+)/.exec(readFileSync(join(home, `${user}-openrc.sh`), "utf8"))?.[1] ?? "";

  const takeToken = async (): Promise<string> => {
    const domain = { name: "Default" };
    const response = await fetch(`${of("identity")}/auth/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        auth: {
          identity: { methods: ["password"], password: { user: { name: "admin", domain, password: password("admin") } } },
          scope: { project: { name: "admin", domain } },
        },
      }),
    });
    return response.headers.get("x-subject-token") ?? "";
  };

  return {
    console: of("console"),
    identity: of("identity"),
    containerInfra: of("containerInfra"),
    folder,
    inventory: readFileSync(inventory, "utf8"),
    password,
    operator: async (method, path, body) => {
      const response = await fetch(`${of("identity").replace(/\/v3$/, "")}/operator/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${password("admin")}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    },
    asAdmin: async <T>(method: string, url: string, body?: object): Promise<T> => {
      const response = await fetch(url, {
        method,
        headers: {
          "x-auth-token": await takeToken(),
          "content-type": "application/json",
          "openstack-api-version": "container-infra latest",
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
    kubernetes: (method, path, body) => callKubernetes(readFileSync(join(home, "kubeconfig"), "utf8"), method, path, body),
    restart: async () => {
      await down();
      await up();
    },
    stop: down,
    start: up,
    end: async () => {
      if (existsSync(home)) await down().catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const callKubernetes = <T>(kubeconfig: string, method: string, path: string, body?: object): Promise<T> => {
  const field = (name: string) => new RegExp(`${name}: (\\S+)`).exec(kubeconfig)?.[1] ?? "";
  const pem = (name: string) => Buffer.from(field(name), "base64").toString();
  const options: RequestOptions = {
    method,
    ca: pem("certificate-authority-data"),
    cert: pem("client-certificate-data"),
    key: pem("client-key-data"),
    headers: { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" },
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, field("server")), options, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => {
        if ((incoming.statusCode ?? 500) < 300) resolve(JSON.parse(text) as T);
        else reject(new Error(`${method} ${path}: ${incoming.statusCode} ${text.slice(0, 500)}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
};
