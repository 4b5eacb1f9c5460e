import { Pod } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { servedBuiltins } from "../builtin/served.ts";
import { basicResource } from "./basics.ts";
import { labelMatch, parseLabelSelector } from "./labelselector.ts";
import { selectionOf } from "./selection.ts";

describe("label selectors [API-211]", () => {
  const labels = { app: "web", tier: "front", empty: "", size: "10" };
  test.each([
    ["", true],
    ["app=web", true],
    ["app==web,tier=front", true],
    ["app!=web", false],
    ["other!=x", true],
    ["app in (web, db)", true],
    ["app notin (web,db)", false],
    ["other notin (a)", true],
    ["app", true],
    ["!app", false],
    ["! other", true],
    ["empty in (,x)", true],
    ["empty=", true],
    ["other in (,x)", false],
    ["size>9", true],
    ["size<10", false],
    ["app>1", false],
    [" app = web , tier in ( front ) ", true],
    ["in in (a)", false],
    ["example.com/in,app", false],
  ])("%s matches: %s", (selector, expected) => {
    expect(labelMatch(parseLabelSelector(selector))(labels)).toBe(expected);
  });

  test.each([
    ["a in b", "unable to parse requirement: found 'b', expected: '('"],
    ["a,", "unable to parse requirement: found '', expected: identifier after ','"],
    ["=x", "unable to parse requirement: found '=', expected: !, identifier, or 'end of string'"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a>x", "unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer"],
    ["-a=b", /unable to parse requirement: .*name part must consist of/],
    [`a=${"x".repeat(64)}`, /unable to parse requirement: .*must be no more than 63 characters/],
  ])("%s is refused [API-212]", (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(message);
    expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ code: 400, reason: "BadRequest" }));
  });
});

describe("field selectors [API-214]", () => {
  const widget = {
    ...basicResource("example.com/v1", "Widget", "widgets", "Namespaced", {
      rules: { selectableFields: ["spec.color", "spec.on"] },
    }),
    origin: "crd" as const,
  };
  const object = (spec: object) => ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "a", namespace: "n" },
    spec: { ...spec },
  });
  const matches = (fieldSelector: string, spec: object) => selectionOf(widget, { fieldSelector }).matches?.(object(spec));

  test.each([
    ["metadata.name=a", {}, true],
    ["metadata.name!=a", {}, false],
    ["metadata.namespace==n,metadata.name=a", {}, true],
    ["spec.color=red", { color: "red" }, true],
    ["spec.color!=red", {}, true],
    ["spec.color=", {}, true],
    ["spec.on=true", { on: true }, true],
    ["spec.color=a\\,b\\=c\\\\", { color: "a,b=c\\" }, true],
  ])("%s on %o: %s [API-217]", (selector, spec, expected) => {
    expect(matches(selector, spec)).toBe(expected);
  });

  test("fields that a kind cannot be selected by are named in the refusal [API-215] [API-216]", () => {
    expect(() => matches("spec.size=1", {})).toThrow("field label not supported: spec.size");
    expect(() => matches("nonsense", {})).toThrow("invalid selector: 'nonsense'; can't understand 'nonsense'");
    const cluster = { ...widget, scope: "Cluster" as const };
    expect(() => selectionOf(cluster, { fieldSelector: "metadata.namespace=x" })).toThrow(
      "field label not supported: metadata.namespace",
    );
    const plain = basicResource("v1", "LimitRange", "limitranges", "Namespaced");
    expect(() => selectionOf(plain, { fieldSelector: "spec.x=1" })).toThrow(
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });

  test("pods are selected by the node they run on [API-091]", () => {
    const pods = servedBuiltins().find(({ plural }) => plural === "pods");
    if (pods === undefined) throw new Error("pods are served");
    const { matches: on } = selectionOf(pods, { fieldSelector: "spec.nodeName=one,status.phase=Running" });
    const pod = {
      apiVersion: "v1",
      kind: Pod.kind,
      metadata: { name: "p", namespace: "n" },
      spec: { nodeName: "one" },
      status: { phase: "Running" },
    };
    expect([on?.(pod), on?.({ ...pod, spec: { nodeName: "two" } })]).toEqual([true, false]);
  });
});
