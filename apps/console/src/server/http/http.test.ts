import { expect, test } from "vitest";
import { readCookie, sessionCookie } from "./cookies.ts";
import { createDoorFinder } from "./doors.ts";
import { securityHeaders } from "./headers.ts";
import { createLimiter } from "./limits.ts";
import { checkOrigin, originOf } from "./origin.ts";

test("over TLS the cookie is Secure, bound to this host, and the browser stays with TLS [CON-066]", () => {
  const secure = sessionCookie({ secure: true, port: 443 });
  expect(secure.set("x")).toBe("__Host-slipway-session=x; Path=/; HttpOnly; SameSite=Strict; Secure");
  expect(sessionCookie({ secure: false, port: 8080 }).set("x")).toBe("slipway-session-8080=x; Path=/; HttpOnly; SameSite=Strict");
  expect(securityHeaders({ tls: true })["strict-transport-security"]).toBe("max-age=31536000");
  expect(securityHeaders({ tls: false })).not.toHaveProperty("strict-transport-security");
});

test("cookies are read by their whole name", () => {
  expect(readCookie("a=1; slipway-session-80=two; slipway-session-8080=x=y", "slipway-session-8080")).toBe("x=y");
  expect(readCookie("slipway-session-80800=x", "slipway-session-8080")).toBeUndefined();
  expect(readCookie(undefined, "a")).toBeUndefined();
});

test("behind a proxy the origin is the operator's, or the proxy's word when it is trusted; never the sender's [CON-067]", () => {
  const headers = { host: "10.0.0.1:8080", "x-forwarded-proto": "https", "x-forwarded-host": "console.example" };
  expect(originOf(headers, { tls: false, trustForwarded: false })).toBe("http://10.0.0.1:8080");
  expect(originOf(headers, { tls: false, trustForwarded: true })).toBe("https://console.example");
  const fixed = { origin: "https://c.example", tls: false, trustForwarded: true };
  expect(() => checkOrigin({ ...headers, origin: "https://console.example" }, fixed)).toThrow("Origin is");
  expect(() => checkOrigin({ ...headers, origin: "https://c.example" }, fixed)).not.toThrow();
});

test("a limit fills again with time, and its memory is bounded", () => {
  const clock = { now: 0 };
  const limiter = createLimiter({ burst: 2, perSecond: 0.5, now: () => clock.now, most: 2 });
  expect([limiter.take("a"), limiter.take("a"), limiter.take("a"), limiter.look("a")]).toEqual([0, 0, 2, 2]);
  clock.now = 2000;
  expect([limiter.take("a"), limiter.take("a")]).toEqual([0, 2]);
  for (const other of ["b", "c"]) limiter.take(other);
  expect(limiter.take("a")).toBe(0); // forgotten: the two used last are known
});

test("literal parts of a path win, and what is no id is not there", () => {
  const find = createDoorFinder(["GET /a/:id", "GET /a/preview", "POST /a/:id/b/:other"]);
  expect(find("GET", "/a/preview").door).toBe("GET /a/preview");
  expect(find("POST", "/a/x/b/y.z")).toEqual({ door: "POST /a/:id/b/:other", params: { id: "x", other: "y.z" } });
  for (const path of ["/a/", "/a/..", "/a/%2e%2e", "/a/x%2fy", "/a/%00", "/a/é", "/b", "/a/x/b"])
    expect(() => find("GET", path)).toThrow("There is no such");
  expect(() => find("DELETE", "/a/x")).toThrow("Here are only GET");
});
