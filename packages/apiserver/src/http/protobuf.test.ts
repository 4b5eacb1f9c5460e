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

  test("JSON is not mistaken for it, and bytes that end too early are refused [API-414]", () => {
    expect(isProtobuf(new TextEncoder().encode("{}"))).toBe(false);
    const cut = fromBase64(bodies.deployment).slice(0, 60);
    expect(() => decodeProtobuf(cut)).toThrow(/unexpected end/);
  });
});
