import { describe, expect, test } from "vitest";
import { pinnedName, requestInfo } from "./path.ts";

const info = (method: string, url: string) => {
  const [path = "", query = ""] = url.split("?");
  return requestInfo(method, path, new URLSearchParams(query));
};

describe("paths", () => {
  test.each([
    ["GET", "/api/v1/pods", { verb: "list", resource: "pods", namespace: "", name: "" }],
    ["GET", "/api/v1/namespaces/a/pods/b", { verb: "get", resource: "pods", namespace: "a", name: "b" }],
    ["GET", "/api/v1/namespaces/a/pods/b/log", { verb: "get", subresource: "log" }],
    ["GET", "/api/v1/namespaces/a", { verb: "get", resource: "namespaces", namespace: "a", name: "a", subresource: "" }],
    ["PUT", "/api/v1/namespaces/a/finalize", { verb: "update", resource: "namespaces", name: "a", subresource: "finalize" }],
    ["GET", "/api/v1/namespaces/a/statuses", { resource: "statuses", namespace: "a" }],
    ["DELETE", "/apis/apps/v1/namespaces/a/deployments", { verb: "deletecollection", group: "apps", resource: "deployments" }],
    ["PATCH", "/apis/apps/v1/namespaces/a/deployments/d/scale", { verb: "patch", subresource: "scale", name: "d" }],
    ["GET", "/api/v1/watch/namespaces/a/pods", { verb: "watch", namespace: "a", resource: "pods" }],
    ["GET", "/api/v1/pods?watch=", { verb: "watch" }],
    ["GET", "/api/v1/pods?watch=0", { verb: "list" }],
    ["GET", "/api/v1/nodes/a?watch=true", { verb: "watch", name: "a" }],
    ["GET", "/apis/apps/v1//namespaces/a/deployments/", { verb: "list", resource: "deployments" }],
  ])("%s %s [API-005] [API-006] [API-007] [API-008]", (method, url, expected) => {
    expect(info(method, url)).toMatchObject({ isResource: true, ...expected });
  });

  test("what is no resource is a path with a verb of its own [API-389]", () => {
    expect(info("GET", "/apis/apps/v1")).toMatchObject({ isResource: false, verb: "get" });
    expect(info("GET", "/metrics")).toMatchObject({ isResource: false, path: "/metrics" });
  });

  test("a field selector that pins the name says it [API-009]", () => {
    expect(pinnedName("metadata.name=a")).toBe("a");
    expect(pinnedName("status.phase=x,metadata.name==b")).toBe("b");
    expect(pinnedName("metadata.name!=a")).toBeUndefined();
    expect(pinnedName(null)).toBeUndefined();
  });
});
