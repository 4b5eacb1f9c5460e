import type { Clock, Logger, Timer } from "@slipway/runtime";
import type { GuestHost, GuestServer } from "../../guest/port.ts";
import { type Cloud, createCloud } from "../cloud.ts";
import { type CloudSettings, defaultSettings, seedUsers } from "../settings.ts";
import { type CloudStorage, memoryCloudStorage } from "../state/storage.ts";

/** Time that passes when told to. */
export interface ManualClock extends Clock {
  /** Runs what is due, in order, and lets what it set off finish. */
  advance(milliseconds: number): Promise<void>;
}

export const manualClock = (start = Date.parse("2026-11-22T12:00:00Z")): ManualClock => {
  let now = start;
  const due: { at: number; run: () => void }[] = [];
  const setTimeout = (run: () => void, milliseconds: number): Timer => {
    const entry = { at: now + Math.max(0, milliseconds), run };
    due.push(entry);
    return {
      cancel: () => {
        const i = due.indexOf(entry);
        if (i >= 0) due.splice(i, 1);
      },
    };
  };
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
    await new Promise((done) => setImmediate(done));
  };
  return {
    now: () => new Date(now),
    setTimeout,
    sleep: (milliseconds, signal) =>
      new Promise((done, fail) => {
        const timer = setTimeout(done, milliseconds);
        signal?.addEventListener("abort", () => {
          timer.cancel();
          fail(signal.reason);
        });
      }),
    advance: async (milliseconds) => {
      const end = now + milliseconds;
      for (;;) {
        await settled();
        const next = due.toSorted((a, b) => a.at - b.at)[0];
        if (!next || next.at > end) break;
        due.splice(due.indexOf(next), 1);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
  };
};

/** Time as it is, for tests with programs that do not wait for ours. */
export const realClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  setTimeout: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
};

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silent };
/** Fails a test that makes the cloud stumble. */
export const strictLog: Logger = {
  ...silent,
  error: (message, fields) => {
    throw new Error(`${message}: ${JSON.stringify(fields)}`);
  },
  child: () => strictLog,
};

export interface RecordingGuests extends GuestHost {
  readonly running: Map<string, GuestServer>;
  readonly log: string[];
}
export const recordingGuests = (): RecordingGuests => {
  const running = new Map<string, GuestServer>();
  const log: string[] = [];
  return {
    running,
    log,
    powerOn: (server) => {
      running.set(server.id, server);
      log.push(`on ${server.name}${server.firstBoot ? " (first boot)" : ""}`);
    },
    stopKubelet: () => log.push("kubelet off"),
    powerOff: (id) => {
      log.push(`off ${running.get(id)?.name ?? "unknown"}`);
      running.delete(id);
    },
    destroy: (id) => {
      log.push("destroy");
      running.delete(id);
    },
    consoleOutput: () => ["FAKE CONSOLE OUTPUT", "ANOTHER", "LAST LINE"],
  };
};

export interface Reply {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly body: any;
}
export type Ask = (method: string, path: string, body?: unknown, headers?: { [name: string]: string }) => Promise<Reply>;
export interface Tenant {
  readonly token: string;
  readonly projectId: string;
  readonly userId: string;
  readonly compute: Ask;
  readonly network: Ask;
  readonly image: Ask;
  readonly volume: Ask;
  readonly loadbalancer: Ask;
  readonly identity: Ask;
}

export const passwords = { admin: "admin-secret", demo: "demo-secret", magnum: "magnum-secret" };
export const testSettings = (changes: Partial<CloudSettings> = {}): CloudSettings =>
  defaultSettings({ users: seedUsers(passwords), passwordHashIterations: 1, ...changes });

/** A cloud, its clock, and people logged in. */
export const startCloud = async (
  options: {
    settings?: Partial<CloudSettings>;
    storage?: CloudStorage;
    clock?: ManualClock;
    guests?: RecordingGuests;
    random?: () => number;
  } = {},
) => {
  const clock = options.clock ?? manualClock();
  const guests = options.guests ?? recordingGuests();
  const storage = options.storage ?? memoryCloudStorage();
  const cloud = await createCloud({
    storage,
    clock,
    settings: testSettings(options.settings),
    guests: () => guests,
    log: strictLog,
    ...(options.random && { random: options.random }),
  });
  const login = async (user: string, project: string, password: string): Promise<Tenant> =>
    tenantOf(cloud, await loginAs(cloud, user, project, password));
  return {
    cloud,
    clock,
    guests,
    storage,
    login,
    demo: () => login("demo", "demo", passwords.demo),
    admin: () => login("admin", "admin", passwords.admin),
  };
};

export const askOf =
  (cloud: Cloud, service: keyof Cloud["services"], token?: string): Ask =>
  async (method, path, body, headers = {}) => {
    const raw = body instanceof Uint8Array;
    const response = await cloud.services[service].transport({
      method: method as "GET",
      url: `http://somewhere${path}`,
      headers: {
        ...(token !== undefined && { "x-auth-token": token }),
        ...(body !== undefined && { "content-type": raw ? "application/octet-stream" : "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : parsed(text) };
  };

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

export const passwordAuth = (user: string, password: string, project?: string) => ({
  auth: {
    identity: { methods: ["password"], password: { user: { name: user, domain: { name: "Default" }, password } } },
    ...(project !== undefined && { scope: { project: { name: project, domain: { name: "Default" } } } }),
  },
});
export const loginAs = (cloud: Cloud, user: string, project: string, password: string): Promise<Reply> =>
  askOf(cloud, "identity")("POST", "/v3/auth/tokens", passwordAuth(user, password, project));

export const tenantOf = (cloud: Cloud, reply: Reply): Tenant => {
  const token = reply.headers["x-subject-token"];
  if (token === undefined) throw new Error(`login failed: ${JSON.stringify(reply.body)}`);
  return {
    token,
    projectId: reply.body.token.project.id,
    userId: reply.body.token.user.id,
    compute: askOf(cloud, "compute", token),
    network: askOf(cloud, "network", token),
    image: askOf(cloud, "image", token),
    volume: askOf(cloud, "volume", token),
    loadbalancer: askOf(cloud, "loadbalancer", token),
    identity: askOf(cloud, "identity", token),
  };
};
