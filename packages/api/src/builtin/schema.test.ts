import { describe, expect, test } from "vitest";
import { Deployment, Pod, Secret, Service } from "./index.ts";
import { createBuiltinSchemas } from "./schema.ts";

const schemas = createBuiltinSchemas();

describe("schemas of built-in kinds", () => {
  test("containers merge by name in both ways of applying, and container ports keep a default for their second key [API-231]", () => {
    const pod = schemas.of(Pod).properties?.["spec"];
    expect(pod?.properties?.["containers"]).toMatchObject({
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
    });
    const ports = pod?.properties?.["containers"]?.items?.properties?.["ports"];
    expect(ports?.["x-kubernetes-list-map-keys"]).toEqual(["containerPort", "protocol"]);
    expect(ports?.items?.properties?.["protocol"]?.default).toBe("TCP");
  });

  test("service ports merge by port in a strategic patch and by port and protocol in server-side apply [API-235]", () => {
    const ports = schemas.of(Service).properties?.["spec"]?.properties?.["ports"];
    expect(ports?.["x-kubernetes-patch-merge-key"]).toBe("port");
    expect(ports?.["x-kubernetes-list-map-keys"]).toEqual(["port", "protocol"]);
  });

  test("a deployment's strategy keeps only the keys a strategic patch names [API-235]", () => {
    const strategy = schemas.of(Deployment).properties?.["spec"]?.properties?.["strategy"];
    expect(strategy?.["x-kubernetes-patch-strategy"]).toBe("retainKeys");
    expect(strategy?.properties?.["rollingUpdate"]?.properties?.["maxSurge"]?.["x-kubernetes-int-or-string"]).toBe(true);
  });

  test("one shape is one schema, so that recursive shapes end", () => {
    expect(schemas.of(Secret).properties?.["metadata"]).toBe(schemas.of(Pod).properties?.["metadata"]);
    const json = schemas.definition("apiextensions.v1.JSONSchemaProps");
    expect(json.properties?.["not"]).toBe(json);
  });
});
