import { fromBase64 } from "@slipway/api/pki/index.ts";
import { describe, expect, test } from "vitest";
import { decodeProtobuf, isProtobuf } from "./protobuf.ts";

/** Bodies as kubectl 1.33 sends them. */
const bodies = {
  namespace: "azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhsKEwoDZm9vEgAaACIAKgAyADgAQgASABoCCgAaACIA",
  deployment:
    "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErgBCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEoYBCAISDAoKCgNhcHASA3dlYhpsChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkwSLgoFbmdpbngSBW5naW54KgAyCgoAEAAYUCIAKgBCAGoAcgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA=",
  review:
    "azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSPAoQCgASABoAIgAqADIAOABCABIeChwKB2RlZmF1bHQSA2dldBoAIgAqBHBvZHMyADoAGggIABIAGgAgABoAIgA=",
  secret: "azhzAAoMCgJ2MRIGU2VjcmV0Eh0KEQoBcxIAGgAiACoAMgA4AEIAEgYKAWESAWIaABoAIgA=",
  binding:
    "azhzAAorChxyYmFjLmF1dGhvcml6YXRpb24uazhzLmlvL3YxEgtSb2xlQmluZGluZxJTChEKAXISABoAIgAqADIAOABCABIYCg5TZXJ2aWNlQWNjb3VudBIAGgFiIgFhGiQKGXJiYWMuYXV0aG9yaXphdGlvbi5rOHMuaW8SBFJvbGUaAXgaACIA",
};

describe("protobuf bodies", () => {
  test("a namespace as kubectl creates it: zero values and empty messages are as good as absent [API-414] [API-416]", () => {
    expect(decodeProtobuf(fromBase64(bodies.namespace))).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "foo" },
    });
  });

  test("a deployment, with what its Go type always says and what a pointer holds [API-415] [API-416]", () => {
    expect(decodeProtobuf(fromBase64(bodies.deployment))).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", labels: { app: "web" } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "nginx", image: "nginx", ports: [{ containerPort: 80 }] }] },
        },
      },
    });
  });

  test("reviews, secrets and bindings [API-418] [API-K20]", () => {
    expect(decodeProtobuf(fromBase64(bodies.review))).toMatchObject({
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { namespace: "default", verb: "get", resource: "pods" } },
    });
    expect(decodeProtobuf(fromBase64(bodies.secret))).toMatchObject({ metadata: { name: "s" }, data: { a: "Yg==" } });
    expect(decodeProtobuf(fromBase64(bodies.binding))).toMatchObject({
      subjects: [{ kind: "ServiceAccount", name: "b", namespace: "a" }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "x" },
    });
  });

  test("a number of 64 bits keeps its digits, and one below zero is below zero [API-415] [API-040]", () => {
    const bytes = (number: number, ...content: readonly number[]) => [(number << 3) | 2, content.length, ...content];
    const utf8 = (text: string) => [...new TextEncoder().encode(text)];
    const varint = (value: bigint): number[] => {
      const rest = BigInt.asUintN(64, value);
      return rest < 128n ? [Number(rest)] : [Number(rest & 127n) | 128, ...varint(rest >> 7n)];
    };
    const decoded = (seconds: bigint) => {
      const spec = [5 << 3, ...varint(seconds)];
      const unknown = [...bytes(1, ...bytes(1, ...utf8("v1")), ...bytes(2, ...utf8("Pod"))), ...bytes(2, ...bytes(2, ...spec))];
      return decodeProtobuf(Uint8Array.of(0x6b, 0x38, 0x73, 0, ...unknown))["spec"];
    };
    expect(decoded(9007199254740993n)).toEqual({ activeDeadlineSeconds: 9007199254740993n });
    expect(decoded(-(2n ** 63n))).toEqual({ activeDeadlineSeconds: -9223372036854775808n });
    expect(decoded(-1n)).toEqual({ activeDeadlineSeconds: -1 });
    expect(decoded(30n)).toEqual({ activeDeadlineSeconds: 30 });
  });

  test("JSON is not mistaken for it, and bytes that end too early are refused [API-414]", () => {
    expect(isProtobuf(new TextEncoder().encode("{}"))).toBe(false);
    const cut = fromBase64(bodies.deployment).slice(0, 60);
    expect(() => decodeProtobuf(cut)).toThrow(/unexpected end/);
  });
});
