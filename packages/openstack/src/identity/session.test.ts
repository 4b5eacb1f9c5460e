import { describe, expect, test } from "vitest";
import { answer, recording, replay } from "../testing/recorded.node.ts";
import type { TransportRequest } from "../transport/transport.ts";
import { cloudConfig } from "./cloudsyaml.ts";
import { createSession, type SessionRequest } from "./session.ts";

const config = cloudConfig(
  `clouds: {a: {auth: {auth_url: "http://127.0.0.1:15000/v3", user_id: u, password: p, project_id: x}}}`,
  "a",
);
const noon = new Date("2026-11-22T12:00:00Z");
const servers: SessionRequest = {
  call: "server_list",
  asked: "GET /servers",
  method: "GET",
  url: "http://c/servers",
  absent: "error",
};

/** A Keystone that gives out t1, t2, … and a service that takes only tokens in `good`. */
const world = (good: Set<string>, lifetimeSeconds = 3600) => {
  const log: string[] = [];
  let issued = 0;
  const token = recording("keystone/003").response.body as { token: object };
  const transport = async (request: TransportRequest) => {
    if (request.url.endsWith("/auth/tokens")) {
      issued += 1;
      log.push(`issue t${issued}`);
      const expires_at = new Date(noon.getTime() + lifetimeSeconds * 1000).toISOString();
      return answer(201, { token: { ...token.token, expires_at } }, { "X-Subject-Token": `t${issued}` });
    }
    const sent = request.headers["x-auth-token"] ?? "";
    log.push(`${request.method} with ${sent}`);
    return good.has(sent) ? answer(200, {}) : answer(401, { error: { code: 401, message: "who are you" } });
  };
  return { transport, log };
};

describe("a session", () => {
  test("asks for one token and uses it for everything", async () => {
    const { transport, log } = world(new Set(["t1"]));
    const session = createSession(config, { transport, now: () => noon });
    await Promise.all([session.send(servers), session.send(servers)]);
    expect(log).toEqual(["issue t1", "GET with t1", "GET with t1"]);
  });
  test("answers a 401 with one new token, shared by all that met it, and one repetition [OSAPI-003] [CAPO-099]", async () => {
    const { transport, log } = world(new Set(["t2"]));
    const session = createSession(config, { transport, now: () => noon });
    await Promise.all([session.send(servers), session.send(servers), session.send(servers)]);
    expect(log.filter((line) => line.startsWith("issue"))).toEqual(["issue t1", "issue t2"]);
    expect(log.filter((line) => line === "GET with t2")).toHaveLength(3);
  });
  test("gives up after the second 401 [OSAPI-003]", async () => {
    const { transport, log } = world(new Set());
    const session = createSession(config, { transport, now: () => noon });
    await expect(session.send(servers)).rejects.toMatchObject({ kind: "unauthorized" });
    expect(log).toEqual(["issue t1", "GET with t1", "issue t2", "GET with t2"]);
  });
  test("renews a token that is about to end before it uses it", async () => {
    const { transport, log } = world(new Set(["t1", "t2"]), 600);
    let now = noon;
    const session = createSession(config, { transport, now: () => now });
    await session.send(servers);
    now = new Date(noon.getTime() + 590_000);
    await session.send(servers).catch(() => {});
    expect(log.slice(0, 4)).toEqual(["issue t1", "GET with t1", "issue t2", "GET with t2"]);
  });
  test("finds Keystone's v3 from an address without a version [OSAPI-015]", async () => {
    const { transport, requests } = replay("keystone/001");
    const session = createSession({ ...config, authUrl: "http://127.0.0.1:15000" }, { transport, now: () => noon });
    expect(await session.identityUrl()).toBe("http://127.0.0.1:15000/v3");
    expect((await session.token()).project?.name).toBe("tenant-a");
    expect(requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual(["GET /", "POST /v3/auth/tokens"]);
  });
  test("takes the endpoint of its interface and region from the catalog [OSAPI-009] [OSAPI-010]", async () => {
    const { transport } = replay();
    const session = createSession(config, { transport, now: () => noon });
    expect(await session.endpoint("network")).toBe("http://127.0.0.1:15696");
    expect(await session.endpoint("block-storage")).toMatch(/^http:\/\/127.0.0.1:15776\/v3\/[0-9a-f]{32}$/);
    const elsewhere = createSession({ ...config, region: "Mars" }, { transport, now: () => noon });
    await expect(elsewhere.endpoint("network")).rejects.toThrow('no public endpoint for network in region "Mars"');
  });
  test("calls a deleted application credential unauthorized, not absent [OSAPI-024]", async () => {
    const transport = async () => answer(404, { error: { code: 404, message: "Could not find Application Credential: x." } });
    const session = createSession(config, { transport, now: () => noon });
    await expect(session.token()).rejects.toMatchObject({
      kind: "unauthorized",
      message: expect.stringContaining("Application Credential: x"),
    });
  });
  test("reads once more over a connection that broke, but never sends a change twice [OSAPI-005]", async () => {
    let broken = 1;
    const seen: string[] = [];
    const inner = world(new Set(["t1"]));
    const transport = async (request: TransportRequest) => {
      if (!request.url.endsWith("/auth/tokens")) {
        seen.push(request.method);
        if (broken-- > 0) throw new Error("socket hang up");
      }
      return inner.transport(request);
    };
    const session = createSession(config, { transport, now: () => noon });
    await session.send(servers);
    broken = 1;
    await expect(session.send({ ...servers, method: "POST" })).rejects.toMatchObject({ kind: "unavailable" });
    expect(seen).toEqual(["GET", "GET", "POST"]);
  });
});
