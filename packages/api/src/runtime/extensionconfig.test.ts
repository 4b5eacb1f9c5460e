import { expect, test } from "vitest";
import { admissionOf } from "../kind/admission.testing.ts";
import { ExtensionConfig, type ExtensionConfigSpec } from "./extensionconfig.ts";

const admission = admissionOf(ExtensionConfig);
const config = (clientConfig: object, more: object = {}, name = "ext"): ExtensionConfig => ({
  apiVersion: "runtime.cluster.x-k8s.io/v1alpha1",
  kind: "ExtensionConfig",
  metadata: { name },
  spec: { clientConfig, namespaceSelector: {}, ...more } as ExtensionConfigSpec,
});
const errors = (clientConfig: object, more?: object, name?: string) => admission.errors(config(clientConfig, more, name));

test("an extension is completed: every namespace, port 443 [TOPO-108]", () => {
  const bare = config({ service: { name: "a", namespace: "b" } }, { namespaceSelector: undefined });
  expect(admission.defaulted(bare).spec).toEqual({
    clientConfig: { service: { name: "a", namespace: "b", port: 443 } },
    namespaceSelector: {},
  });
});

test("an extension has one address, over HTTPS, and a name that a label could be [TOPO-108]", () => {
  expect(errors({ url: "https://a.b/c" })).toEqual([]);
  expect(errors({ service: { name: "a", namespace: "b", port: 9443, path: "/x" } })).toEqual([]);
  expect(errors({})).toEqual(["spec.clientConfig: Required value: either url or service must be defined"]);
  expect(errors({ url: "https://a", service: { name: "a", namespace: "b" } })).toEqual([
    "spec.clientConfig: Forbidden: only one of url or service can be defined",
  ]);
  expect(errors({ url: "http://a" })[0]).toContain("'https' is the only allowed URL scheme");
  expect(errors({ url: "nowhere" })[0]).toContain("must be a valid URL");
  expect(errors({ service: { name: "1a", namespace: "B" } })).toHaveLength(2);
  expect(errors({ service: { name: "a", namespace: "b", path: "x", port: 0 } })).toHaveLength(2);
  expect(errors({ url: "https://a" }, {}, "a.b")[0]).toContain("should be a valid DNS1123 label name");
  expect(errors({ url: "https://a" }, { namespaceSelector: { matchExpressions: [{ key: "a", operator: "Odd" }] } })[0]).toContain(
    "spec.namespaceSelector",
  );
  expect(admission.errors(config({ url: "https://a" }), undefined, { featureGates: { RuntimeSDK: false } })).toEqual([
    "spec: Forbidden: can be set only if the RuntimeSDK feature flag is enabled",
  ]);
});
