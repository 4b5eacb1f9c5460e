import { describe, expect, test } from "vitest";
import { negotiate } from "./negotiate.ts";

const wanted = (accept: string | undefined, query = "", agent?: string) => negotiate(accept, new URLSearchParams(query), agent);
const protobuf = "application/vnd.kubernetes.protobuf";

describe("what a client wants back", () => {
  test.each([
    [undefined, { format: "json" }],
    ["*/*", { format: "json" }],
    ["application/yaml", { format: "yaml" }],
    [`${protobuf}, */*`, { format: "json" }],
    [`${protobuf},application/json`, { format: "json" }],
    ["application/json;as=Table;v=v1;g=meta.k8s.io,application/json", { format: "json", as: "Table" }],
    ["application/json;g=meta.k8s.io;v=v1;as=Table", { as: "Table" }],
    ["application/json;as=Nothing;v=v1;g=meta.k8s.io,application/json", { format: "json" }],
    ["application/json;q=0.1,application/yaml;q=0.9", { format: "yaml" }],
  ])("%s [API-034] [API-035] [API-037]", (accept, expected) => {
    expect(wanted(accept)).toMatchObject(expected);
  });

  test("a metadata client gets metadata, never the whole object of its last clause [API-036] [API-T10]", () => {
    const as = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    expect(wanted(`${protobuf};${as},application/json;${as},application/json`)).toMatchObject({ as: "PartialObjectMetadata" });
  });

  test("who takes nothing that is served here is told what is [API-035] [API-039]", () => {
    expect(() => wanted("application/cbor")).toThrow(/only the following media types are accepted/);
    expect(() => wanted(protobuf)).toThrow(/only the following/);
  });

  test("people get indented JSON, programs do not [API-021]", () => {
    expect(wanted(undefined, "", "curl/8").pretty).toBe(true);
    expect(wanted(undefined, "pretty=false", "curl/8").pretty).toBe(false);
    expect(wanted(undefined, "pretty=1").pretty).toBe(true);
  });
});
