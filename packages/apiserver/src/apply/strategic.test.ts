import type { UnstructuredObject } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { servedBuiltins } from "../builtin/served.ts";
import { applyStrategicPatch } from "./strategic.ts";

const fieldsOf = (kind: string) => {
  const found = servedBuiltins().find((served) => served.kind === kind);
  if (found === undefined) throw new Error(`${kind} is served`);
  return found.schema.fields;
};
const deployment = (spec: object, metadata: object = {}): UnstructuredObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d", ...metadata },
  spec: { template: { spec } },
});
const patched = (spec: object, patch: object) =>
  (
    applyStrategicPatch(fieldsOf("Deployment"), deployment(spec), { spec: { template: { spec: patch } } }).spec as {
      template: { spec: unknown };
    }
  ).template.spec;

describe("strategic merge patch", () => {
  const containers = [
    { name: "a", image: "a:1", env: [{ name: "X", value: "1" }], ports: [{ containerPort: 80, name: "web" }] },
    { name: "b", image: "b:1" },
  ];

  test("lists merge by their key, and so do lists inside them [API-231] [API-T25]", () => {
    expect(patched({ containers }, { containers: [{ name: "a", image: "a:2", env: [{ name: "Y", value: "2" }] }] })).toEqual({
      containers: [
        {
          name: "a",
          image: "a:2",
          env: [
            { name: "X", value: "1" },
            { name: "Y", value: "2" },
          ],
          ports: [{ containerPort: 80, name: "web" }],
        },
        { name: "b", image: "b:1" },
      ],
    });
    expect(patched({ containers }, { containers: [{ name: "c", image: "c:1" }] })).toMatchObject({
      containers: [{ name: "a" }, { name: "b" }, { name: "c" }],
    });
    expect(patched({ nodeSelector: { x: "1" } }, { nodeSelector: { y: "2" } })).toEqual({ nodeSelector: { x: "1", y: "2" } });
    expect(patched({ containers: [{ name: "a", args: ["1", "2"] }] }, { containers: [{ name: "a", args: ["3"] }] })).toEqual({
      containers: [{ name: "a", args: ["3"] }],
    });
  });

  test("an item without its key is refused [API-232]", () => {
    expect(() => patched({ containers }, { containers: [{ image: "x" }] })).toThrow(
      "map: map[image:x] does not contain declared merge key: name",
    );
    expect(() => patched({ containers }, { containers: [{ image: "x" }] })).toThrow(expect.objectContaining({ code: 422 }));
  });

  test("directives delete, replace and refuse what they do not know [API-233] [API-235]", () => {
    expect(patched({ containers }, { containers: [{ $patch: "delete", name: "a" }] })).toEqual({
      containers: [{ name: "b", image: "b:1" }],
    });
    expect(patched({ containers }, { containers: [{ $patch: "replace" }, { name: "z", image: "z" }] })).toEqual({
      containers: [{ name: "z", image: "z" }],
    });
    expect(patched({ containers, hostNetwork: true }, { $patch: "replace", containers: [{ name: "z" }] })).toEqual({
      containers: [{ name: "z" }],
    });
    expect(patched({ containers: [{ name: "a", image: "x" }] }, { containers: [{ name: "a", image: null }] })).toEqual({
      containers: [{ name: "a" }],
    });
    expect(() => patched({ containers }, { $patch: "mangle" })).toThrow(expect.objectContaining({ code: 400 }));
    expect(patched({ hostNetwork: true }, { hostNetwork: null })).toEqual({});
  });

  test("primitive lists add up, and lose what they are told to [API-234]", () => {
    const object = deployment({}, { finalizers: ["a/1", "b/2"] });
    const change = (metadata: object) => applyStrategicPatch(fieldsOf("Deployment"), object, { metadata }).metadata.finalizers;
    expect(change({ finalizers: ["c/3", "a/1"] })).toEqual(["a/1", "b/2", "c/3"]);
    expect(change({ "$deleteFromPrimitiveList/finalizers": ["a/1"] })).toEqual(["b/2"]);
    expect(change({ "$setElementOrder/finalizers": ["c/3", "b/2"], finalizers: ["c/3"] })).toEqual(["c/3", "a/1", "b/2"]);
  });

  test("an order given for a list is kept, items that only the server knows keep their place [API-234]", () => {
    const items = [{ name: "a" }, { name: "x" }, { name: "b" }];
    expect(
      patched(
        { containers: items },
        { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }], containers: [{ name: "b", image: "new" }] },
      ),
    ).toEqual({
      containers: [{ name: "x" }, { name: "b", image: "new" }, { name: "a" }],
    });
    expect(() =>
      patched({ containers: items }, { "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "b" }] }),
    ).toThrow(expect.objectContaining({ code: 400 }));
  });

  test("volumes keep only the kind of source that the patch names [API-235]", () => {
    const volumes = [{ name: "v", emptyDir: {} }];
    expect(
      patched({ volumes }, { volumes: [{ $retainKeys: ["name", "hostPath"], name: "v", hostPath: { path: "/x" } }] }),
    ).toEqual({
      volumes: [{ name: "v", hostPath: { path: "/x" } }],
    });
    expect(() => patched({ volumes }, { volumes: [{ $retainKeys: ["name"], name: "v", hostPath: {} }] })).toThrow(
      expect.objectContaining({ code: 400 }),
    );
  });

  test("service ports merge by port, not by port and protocol [API-235]", () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 1 }] },
    };
    const { spec } = applyStrategicPatch(fieldsOf("Service"), service, { spec: { ports: [{ port: 80, targetPort: 2 }] } });
    expect(spec).toEqual({ ports: [{ port: 80, protocol: "TCP", targetPort: 2 }] });
  });
});
