import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnswerOf, ClusterList, SessionState, SignedIn } from "@slipway/console/contract/index.ts";
import { folderVault, memoryVault, openVaultKey } from "@slipway/console/server/index.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Browser, faultOf, openBrowser, openSite, type Site } from "./browser.ts";
import { type Story, startStory } from "./story.ts";

let story: Story;
let site: Site;
let folder: string;
const sites: Site[] = [];
const vault = () => folderVault({ folder: join(folder, "sessions"), key: openVaultKey(join(folder, "key")) });
const open = async (options: Parameters<typeof openSite>[1] = {}): Promise<Site> => {
  const made = await openSite(story, { vault: vault(), ...options });
  sites.push(made);
  return made;
};
beforeAll(async () => {
  story = await startStory();
});
afterAll(() => story?.end());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "slipway-console-"));
  site = await open();
});
afterEach(async () => {
  for (const one of sites.splice(0)) await one.close();
  rmSync(folder, { recursive: true, force: true });
});
const signedIn = async (user: string): Promise<Browser> => {
  const browser = openBrowser(site);
  await browser.signIn(user);
  return browser;
};
const settled = async (so: () => boolean): Promise<void> => {
  for (let turn = 0; !so(); turn += 1) {
    if (turn > 6000) throw new Error("it never came to be");
    // After a while only the sockets can be late: time need not pass for them.
    if (turn < 400) await story.clock.advance(50);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe("sign-in", () => {
  test("shows what it needs, takes a password, and tells the browser everything but the token [CON-062 CON-063 CON-066]", async () => {
    const browser = openBrowser(site);
    expect(await browser.get<SessionState>("/api/session")).toMatchObject({
      signedIn: false,
      signIn: { defaultDomain: "Default" },
    });
    const reply = await browser.send<SignedIn>("POST", "/api/session", {
      method: "password",
      user: "demo",
      password: "demo-password",
      domain: "Default",
    });
    expect(reply.body).toMatchObject({
      signedIn: true,
      user: { name: "demo", domain: "Default" },
      project: { name: "demo", domainName: "Default" },
      may: { see: true, change: true, administer: false },
      features: { live: true },
    });
    const cookie = reply.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^slipway-session-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const state = await browser.get<SessionState>("/api/session");
    expect(state).toMatchObject({ signedIn: true, csrfToken: reply.body.csrfToken });
    expect(JSON.stringify(state)).not.toMatch(/gAAAA|password"?:|"token"/);
    expect((await browser.get<AnswerOf<"GET /api/session/projects">>("/api/session/projects")).projects).toMatchObject([
      { name: "demo" },
    ]);
  });

  test("a wrong password, an unknown user and an unknown domain are told alike; after five the account waits, and its right password too [CON-069]", async () => {
    const browser = openBrowser(site);
    const attempt = (user: string, password: string, domain = "Default") =>
      browser.send("POST", "/api/session", { method: "password", user, password, domain });
    const told = new Set<string>();
    for (const [user, domain] of [
      ["demo", "Default"],
      ["nobody", "Default"],
      ["demo", "Nowhere"],
    ] as const) {
      const reply = await attempt(user, "wrong", domain);
      told.add(`${reply.status} ${faultOf(reply).code} ${faultOf(reply).detail}`);
    }
    expect([...told]).toEqual(["401 badCredentials Keystone does not accept these credentials."]);
    for (let n = 0; n < 4; n++) await attempt("demo", `wrong ${n}`);
    const limited = await attempt("demo", "demo-password");
    expect([limited.status, faultOf(limited).code]).toEqual([429, "tooManyRequests"]);
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await attempt("other", "other-password")).status).toBe(200);
    await story.clock.advance(31_000);
    expect((await attempt("demo", "demo-password")).status).toBe(200);
  });

  test("a project that is named must be the user's; signing out ends the token in Keystone too [CON-063]", async () => {
    const browser = openBrowser(site);
    const named = (project: string) =>
      browser.send<SignedIn>("POST", "/api/session", {
        method: "password",
        user: "demo",
        password: "demo-password",
        domain: "Default",
        project,
      });
    expect(faultOf(await named("admin"))).toMatchObject({ code: "forbidden", field: "project" });
    const reply = await named("demo");
    expect(reply.body.project?.name).toBe("demo");
    browser.csrf = reply.body.csrfToken;
    expect(faultOf(await browser.send("POST", "/api/session/project", { projectId: "0".repeat(32) })).code).toBe("forbidden");
    const [kept] = await vault().load();
    const isGood = async () =>
      (
        await story.world.cloud.transport({
          method: "GET",
          url: "http://127.0.0.1:5000/v3/auth/tokens",
          headers: { "x-auth-token": kept?.token ?? "", "x-subject-token": kept?.token ?? "" },
        })
      ).status === 200;
    expect(await isGood()).toBe(true);
    const out = await browser.send("DELETE", "/api/session");
    expect([out.status, out.headers.get("set-cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")]);
    expect(await isGood()).toBe(false);
    expect(await vault().load()).toEqual([]);
    expect((await browser.send("GET", "/api/clusters")).status).toBe(401);
  });

  test("an administrator of several projects chooses one, and changes it [CON-063]", async () => {
    const browser = openBrowser(site);
    const { project } = await browser.signIn("admin");
    const { projects } = await browser.get<AnswerOf<"GET /api/session/projects">>("/api/session/projects");
    const another = projects.find(({ id }) => id !== project?.id);
    if (another === undefined) expect(projects).toHaveLength(1);
    else {
      const changed = await browser.send<SignedIn>("POST", "/api/session/project", { projectId: another.id });
      expect(changed.body.project?.id).toBe(another.id);
      expect(changed.body.csrfToken).toBe(browser.csrf);
    }
  });
});

describe("requests of others", () => {
  test("what changes something is taken from this console's own pages only [CON-067]", async () => {
    const browser = await signedIn("demo");
    const body = { name: "x" };
    const attempts: readonly { readonly [name: string]: string }[] = [
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: site.origin, "sec-fetch-site": "same-site" },
      { origin: site.origin, "x-csrf-token": "" },
      { origin: site.origin, "x-csrf-token": "x".repeat(32) },
    ];
    for (const headers of attempts) {
      const reply = await browser.send("POST", "/api/credentials", body, headers);
      expect([headers, reply.status, faultOf(reply).code]).toEqual([headers, 403, "notFromHere"]);
    }
    // Signing somebody in from elsewhere is refused as well.
    const login = { method: "password", user: "demo", password: "demo-password", domain: "Default" };
    expect(faultOf(await openBrowser(site).send("POST", "/api/session", login, { origin: "https://evil.example" })).code).toBe(
      "notFromHere",
    );
    // A form cannot send JSON.
    const form = await browser.send("POST", "/api/credentials", "name=x", {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(form.status).toBe(415);
    expect((await browser.send("POST", "/api/credentials", { name: "mine" })).status).toBe(200);
    // A program that is no browser says neither.
    const bare = await fetch(`${site.origin}/api/credentials`, {
      method: "POST",
      headers: { cookie: browser.cookie, "x-csrf-token": browser.csrf },
    });
    expect(bare.status).toBe(403);
  });

  test("every answer forbids framing, foreign content, sniffing and referrers, and API answers are kept nowhere [CON-067]", async () => {
    const browser = await signedIn("demo");
    for (const path of ["/", "/clusters/x", "/api/session", "/api/nothing", "/assets/none.js"]) {
      const { headers } = await browser.send("GET", path);
      expect([path, headers.get("content-security-policy")]).toEqual([
        path,
        expect.stringMatching(
          /default-src 'none'; script-src 'self'; .*base-uri 'none'; form-action 'self'; frame-ancestors 'none'/,
        ),
      ]);
      expect(headers.get("content-security-policy")).not.toMatch(/unsafe|https?:|\*/);
      expect(Object.fromEntries(headers)).toMatchObject({
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      if (path.startsWith("/api/")) expect(headers.get("cache-control")).toBe("no-store");
    }
  });

  test("bodies and answers have bounds: too large, no JSON, wrong types, unknown doors and methods [CON-070 CON-075]", async () => {
    const browser = await signedIn("demo");
    const told = async (method: string, path: string, body?: unknown) => {
      const reply = await browser.send(method, path, body);
      return [reply.status, faultOf(reply).code, faultOf(reply).field];
    };
    expect(await told("POST", "/api/clusters", { name: "x".repeat(300 * 1024) })).toEqual([413, "tooLarge", undefined]);
    expect(await told("POST", "/api/clusters", "{")).toEqual([400, "invalid", ""]);
    expect(await told("POST", "/api/clusters", [])).toEqual([400, "invalid", ""]);
    expect(await told("POST", "/api/clusters", { name: 7 })).toEqual([400, "invalid", "name"]);
    expect(
      await told("POST", "/api/clusters", { name: "a", templateId: "b", nodeGroups: [{ name: "g", nodeCount: -1 }] }),
    ).toEqual([400, "invalid", "nodeGroups.0.nodeCount"]);
    expect(await told("GET", "/api/nothing")).toEqual([404, "notFound", undefined]);
    expect(await told("PUT", "/api/clusters", {})).toEqual([405, "invalid", undefined]);
    expect(await told("GET", "/api/clusters?sort=colour")).toEqual([400, "invalid", "sort"]);
    const magnum = await browser.send("POST", "/api/clusters", { name: "a", templateId: "none" });
    expect(faultOf(magnum)).toMatchObject({
      code: "notFound",
      service: "containerInfra",
      upstreamRequestId: expect.stringMatching(/^req-/),
    });
    expect(magnum.headers.get("x-request-id")).toBe(faultOf(magnum).requestId);
  });

  test("one session cannot ask without end [CON-069]", async () => {
    const browser = await signedIn("demo");
    const codes = new Map<number, number>();
    for (let n = 0; n < 330; n++) {
      const { status } = await browser.send("GET", "/api/labels");
      codes.set(status, (codes.get(status) ?? 0) + 1);
    }
    expect(codes.get(200)).toBeGreaterThanOrEqual(299);
    expect(codes.get(429)).toBeGreaterThan(0);
  });
});

describe("the end of a session", () => {
  test("comes with the token: what follows says so, and the password brings it back with its project and form token [CON-066]", async () => {
    const browser = await signedIn("demo");
    const stream = await browser.watch();
    await settled(() => stream.events.some(({ name }) => name === "snapshot"));
    // The token ends elsewhere: an operator revokes it.
    const [kept] = await vault().load();
    await story.world.cloud.transport({
      method: "DELETE",
      url: "http://127.0.0.1:5000/v3/auth/tokens",
      headers: { "x-auth-token": kept?.token ?? "", "x-subject-token": kept?.token ?? "" },
    });
    await story.clock.advance(61_000); // Magnum believes a token for a minute
    const refused = await browser.send("GET", "/api/clusters");
    expect([refused.status, faultOf(refused).code]).toEqual([401, "sessionExpired"]);
    await stream.ended;
    expect(stream.events.at(-1)).toMatchObject({ name: "session", data: { change: "ended", reason: "expired" } });
    expect(await browser.get("/api/session")).toMatchObject({ signedIn: false, reason: "expired" });
    expect(faultOf(await browser.send("POST", "/api/session/renew", { password: "wrong" })).code).toBe("badCredentials");
    const renewed = await browser.send<SignedIn>("POST", "/api/session/renew", { password: "demo-password" });
    expect(renewed.body).toMatchObject({ signedIn: true, csrfToken: browser.csrf, project: { name: "demo" } });
    expect((await browser.get<ClusterList>("/api/clusters")).clusters).toEqual([]);
  });

  test("is announced on the stream two minutes before [CON-066]", async () => {
    const browser = await signedIn("demo");
    const stream = await browser.watch();
    await settled(() => stream.events.some(({ name }) => name === "snapshot"));
    const told = () =>
      stream.events.flatMap((event) =>
        event.name === "session" && event.data.change === "expiring" ? [event.data.expiresAt] : [],
      );
    await story.clock.advance(57 * 60_000);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(told()).toEqual([]);
    await story.clock.advance(90_000);
    await settled(() => told().length > 0);
    expect(Date.parse(told()[0] ?? "") - story.clock.now().getTime()).toBeLessThanOrEqual(120_000);
    // Nothing that is half filled in is lost: the same session goes on.
    const renewed = await browser.send<SignedIn>("POST", "/api/session/renew", { password: "demo-password" });
    expect(renewed.body.csrfToken).toBe(browser.csrf);
    await story.clock.advance(30 * 60_000);
    expect((await browser.send("GET", "/api/labels")).status).toBe(200);
    stream.stop();
  });

  test("comes after an hour without a request, and after twelve whatever happens; nothing stays on disk [CON-066]", async () => {
    const idle = await signedIn("demo");
    await story.clock.advance(59 * 60_000);
    const warned = await signedIn("other");
    await story.clock.advance(2 * 60_000);
    expect((await idle.send("GET", "/api/labels")).status).toBe(401);
    expect(await idle.get("/api/session")).toMatchObject({ signedIn: false });
    for (let hour = 0; hour < 16 * 2; hour++) {
      await story.clock.advance(30 * 60_000);
      await warned.send("GET", "/api/labels");
    }
    expect((await warned.send("GET", "/api/labels")).status).toBe(401);
    expect(readdirSync(join(folder, "sessions"))).toEqual([]);
  });
});

describe("a restart", () => {
  test("finds written what the console was still writing when it was stopped", async () => {
    const kept = memoryVault();
    let slow = false;
    const save: typeof kept.save = async (session) => {
      if (slow) await new Promise((resolve) => setTimeout(resolve, 200));
      await kept.save(session);
    };
    const other = await open({ vault: { ...kept, save } });
    const browser = openBrowser(other);
    await browser.signIn("demo");
    slow = true;
    await story.clock.advance(5 * 60_000);
    const usedAt = story.clock.now().getTime();
    await browser.get("/api/session");
    await other.close();
    expect((await kept.load()).map(({ lastUsedAt }) => lastUsedAt)).toEqual([usedAt]);
  });

  test("keeps who is signed in; on disk is nothing that opens a session [CON-066]", async () => {
    const browser = await signedIn("demo");
    const port = Number(new URL(site.origin).port);
    await sites.pop()?.close();
    const [name = ""] = readdirSync(join(folder, "sessions"));
    const file = join(folder, "sessions", name);
    expect([statSync(file).mode & 0o777, statSync(join(folder, "key")).mode & 0o777]).toEqual([0o600, 0o600]);
    const secret = browser.cookie.split("=")[1] ?? "";
    expect(readFileSync(file, "latin1")).not.toMatch(/demo|token/);
    expect(`${name}${readFileSync(file, "latin1")}`).not.toContain(secret);
    site = await open({ port });
    expect((await browser.get<SignedIn>("/api/session")).csrfToken).toBe(browser.csrf);
    expect((await browser.send("GET", "/api/clusters")).status).toBe(200);
    // A file that was changed, or put in another's place, is no session.
    await sites.pop()?.close();
    writeFileSync(join(folder, "sessions", `${"a".repeat(64)}.session`), readFileSync(file));
    writeFileSync(file, "broken");
    site = await open({ port });
    expect((await browser.send("GET", "/api/clusters")).status).toBe(401);
    expect(readdirSync(join(folder, "sessions"))).toEqual([]);
  });

  test("cuts streams; a browser that comes back to the same process gets what it missed, to another everything [CON-042]", async () => {
    const browser = await signedIn("demo");
    const first = await browser.watch();
    await settled(() => first.events.some(({ name }) => name === "snapshot"));
    const last = first.events.findLast(({ id }) => id !== undefined)?.id ?? "";
    expect(first.events[0]).toMatchObject({ name: "hello", data: { resumed: false } });
    first.stop();
    const templates = await browser.send<{ id: string }>("POST", "/api/templates", {
      name: "t",
      imageId: "ubuntu-2204-kube-v1.32.5",
      externalNetwork: "public",
      flavor: "m1.medium",
      masterFlavor: "m1.medium",
      masterLbEnabled: true,
      labels: { kube_tag: "v1.32.5" },
    });
    const made = await browser.send<{ id: string }>("POST", "/api/clusters", {
      name: "while-away",
      templateId: templates.body.id,
    });
    const again = await browser.watch(`?since=${last}`);
    await settled(() => again.events.some((event) => event.name === "cluster" && event.data.id === made.body.id));
    expect(again.events[0]).toMatchObject({ name: "hello", data: { resumed: true } });
    expect(again.events.some(({ name }) => name === "snapshot")).toBe(false);

    const port = Number(new URL(site.origin).port);
    const lastOfAll = again.events.findLast(({ id }) => id !== undefined)?.id ?? "";
    await sites.pop()?.close();
    await again.ended;
    site = await open({ port });
    const other = await browser.watch(`?since=${lastOfAll}`);
    await settled(() =>
      other.events.some((event) => event.name === "snapshot" && event.data.clusters.some(({ id }) => id === made.body.id)),
    );
    expect(other.events[0]).toMatchObject({ name: "hello", data: { resumed: false } });
    other.stop();
    await browser.send("DELETE", `/api/clusters/${made.body.id}`, { confirm: "while-away" });
    await story.until("it is gone", async () => (await browser.get<ClusterList>("/api/clusters")).clusters.length === 0);
  });
});

describe("the stream", () => {
  test("shows one cluster's inside while its page is open, and is for the signed-in only [CON-042 CON-044 CON-060]", async () => {
    const browser = await signedIn("demo");
    const anonymous = await fetch(`${site.origin}/api/live`);
    expect(anonymous.status).toBe(401);
    const templates = await browser.get<AnswerOf<"GET /api/templates">>("/api/templates");
    const made = await browser.send<{ id: string }>("POST", "/api/clusters", {
      name: "inside",
      templateId: templates.templates[0]?.id,
    });
    const stream = await browser.watch(`?cluster=${made.body.id}`);
    const kinds = () =>
      new Set(stream.events.flatMap((event) => (event.name === "detail" ? event.data.tree.nodes.map(({ kind }) => kind) : [])));
    for (let step = 0; step < 400 && !(kinds().has("Server") && kinds().has("MachineSet")); step++) {
      await story.system.controllers.settled();
      await story.clock.advance(250);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await settled(() => kinds().has("Server") && kinds().has("MachineSet"));
    expect([...kinds()]).toEqual(
      expect.arrayContaining(
        "Cluster OpenStackCluster KubeadmControlPlane Machine KubeadmConfig OpenStackMachine OpenStackServer Server Port Network Subnet Router LoadBalancer FloatingIP SecurityGroup Workers MachineDeployment MachineSet".split(
          " ",
        ),
      ),
    );
    for (const event of stream.events) {
      if (event.name !== "detail") continue;
      const before = new Set<string>();
      for (const { id, parent } of event.data.tree.nodes) {
        expect(parent === null || before.has(parent)).toBe(true);
        expect(before.has(id)).toBe(false);
        before.add(id);
      }
    }
    await settled(() => stream.events.some((event) => event.name === "events" && event.data.events.length > 3));
    stream.stop();
    await browser.send("DELETE", `/api/clusters/${made.body.id}`, { confirm: "inside" });
    await story.until("it is gone", async () => (await browser.get<ClusterList>("/api/clusters")).clusters.length === 0);
  });

  test("has a bounded number of tabs a session, and sign-out ends them all", async () => {
    const browser = await signedIn("demo");
    const tabs = await Promise.all(Array.from({ length: 8 }, () => browser.watch()));
    await expect(browser.watch()).rejects.toThrow("429");
    await browser.send("DELETE", "/api/session");
    await Promise.all(tabs.map(({ ended }) => ended));
    for (const { events } of tabs)
      expect(events.at(-1)).toMatchObject({ name: "session", data: { change: "ended", reason: "signedOut" } });
  });

  test("long lists travel packed, what holds a secret never does", async () => {
    const browser = await signedIn("demo");
    for (let n = 0; n < 40; n++)
      await browser.send("POST", "/api/templates", {
        name: `t-${n}-${"x".repeat(200)}`,
        imageId: "ubuntu-2204-kube-v1.32.5",
        externalNetwork: "public",
        flavor: "m1.medium",
        masterFlavor: "m1.medium",
      });
    const encodingOf = async (path: string) =>
      (await browser.send("GET", path, undefined, { "accept-encoding": "gzip" })).headers.get("content-encoding");
    expect(await encodingOf("/api/templates")).toBe("gzip");
    expect((await browser.get<AnswerOf<"GET /api/templates">>("/api/templates")).templates.length).toBeGreaterThanOrEqual(40);
    expect([await encodingOf("/api/session"), await encodingOf("/api/credentials")]).toEqual([null, null]);
  });

  test("whoever balances load asks whether it lives", async () => {
    const answer = await fetch(`${site.origin}/healthz`);
    expect([answer.status, await answer.text()]).toEqual([200, "ok\n"]);
  });

  test("half-open and slow senders do not hold the server", async () => {
    const socket = connect(Number(new URL(site.origin).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
    const answer = await new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())));
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });
});
