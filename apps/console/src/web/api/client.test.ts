import { expect, test } from "vitest";
import type { ApiFault } from "../../contract/index.ts";
import { ApiError, address, createApi, faultOf } from "./client.ts";

const answering = (status: number, body: string, seen: Request[] = [], headers: Record<string, string> = {}) =>
  createApi({
    fetch: async (path, init) => {
      seen.push(new Request(new URL(String(path), "http://console.test"), init));
      return new Response(status === 204 ? null : body, { status, headers });
    },
    csrfToken: () => "token-1",
    onSignedOut: () => undefined,
  });

const fault = (code: ApiFault["code"], status: number): ApiFault => ({ code, status, detail: "x", requestId: "req-1" });

test("an id in an address is only ever an id: it cannot climb out of its path [CON-067]", () => {
  expect(address("GET /api/clusters/:id/tree", { id: "../../session?x=1#" }, {})).toEqual({
    method: "GET",
    path: "/api/clusters/..%2F..%2Fsession%3Fx%3D1%23/tree",
  });
});

test("an empty search is not sent [CON-021]", () => {
  expect(address("GET /api/clusters", {}, { search: "", limit: "10", marker: undefined }).path).toBe("/api/clusters?limit=10");
});

test("writes carry the token against forged requests, reads do not [CON-067]", async () => {
  const seen: Request[] = [];
  const api = answering(200, "{}", seen);
  await api.call("GET /api/templates", {});
  await api.call("POST /api/clusters/:id/retry", { params: { id: "c1" }, ifMatch: "7" });
  expect(seen.map((request) => request.headers.get("x-csrf-token"))).toEqual([null, "token-1"]);
  expect(seen[1]?.headers.get("if-match")).toBe("7");
});

test("a refusal keeps its code, its words and the request to quote [CON-070]", async () => {
  const api = answering(409, JSON.stringify({ error: fault("conflict", 409) }));
  const error = await api.call("GET /api/templates", {}).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).fault).toEqual(fault("conflict", 409));
});

test("the end of a session is told once, whichever call met it [CON-066]", async () => {
  const told: string[] = [];
  const api = createApi({
    fetch: async () => new Response(JSON.stringify({ error: fault("sessionExpired", 401) }), { status: 401 }),
    csrfToken: () => undefined,
    onSignedOut: (code) => told.push(code),
  });
  await expect(api.call("GET /api/quotas", {})).rejects.toBeInstanceOf(ApiError);
  expect(told).toEqual(["sessionExpired"]);
});

test.each([
  [502, "unavailable"],
  [503, "unavailable"],
  [504, "unavailable"],
  [429, "tooManyRequests"],
  [413, "tooLarge"],
  [500, "internal"],
])("an answer %d that is not ours (a proxy's page) is told as %s [CON-070]", (status, code) => {
  const response = { status, headers: new Headers({ "x-request-id": "req-9" }) };
  expect(faultOf(response, "<html>Bad gateway</html>")).toMatchObject({ code, status, requestId: "req-9" });
});

test("a server that cannot be reached is no fault of the request [CON-042]", async () => {
  const api = createApi({
    fetch: async () => {
      throw new TypeError("fetch failed");
    },
    csrfToken: () => undefined,
    onSignedOut: () => undefined,
  });
  await expect(api.call("GET /api/quotas", {})).rejects.toMatchObject({ fault: { code: "unreachable" } });
});

test("an answer without a body is nothing [CON-079]", async () => {
  expect(await answering(204, "").call("DELETE /api/session", {})).toBeUndefined();
});
