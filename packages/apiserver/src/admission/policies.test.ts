import { ApiError, ConfigMap, type Resource, type UnstructuredObject } from "@slipway/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApiInMemory, type InMemoryApi } from "../inmemory.ts";

const admission = (kind: string, plural: string): Resource<UnstructuredObject> => ({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind,
  plural,
  scope: "Cluster",
});
const Policy = admission("ValidatingAdmissionPolicy", "validatingadmissionpolicies");
const Binding = admission("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings");

let api: InMemoryApi;
const warnings: string[] = [];
beforeEach(async () => {
  warnings.length = 0;
  api = await createApiInMemory({ namespaces: ["free"], judge: (user) => ({ allowed: user.name === "root" }) });
});
afterEach(() => api.close());

const object = (kind: string, name: string, spec: object): UnstructuredObject =>
  ({ apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name }, spec }) as UnstructuredObject;
const configMaps = {
  resourceRules: [{ operations: ["CREATE", "UPDATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }],
};
const policy = (spec: object, name = "p") =>
  api.client.create(Policy, object("ValidatingAdmissionPolicy", name, { matchConstraints: configMaps, ...spec }));
const bind = (spec: object = {}, policyName = "p") =>
  api.client.create(
    Binding,
    object("ValidatingAdmissionPolicyBinding", "b", { policyName, validationActions: ["Deny"], ...spec }),
  );
const configMap = (name: string, data: { [key: string]: string }, namespace = "default"): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});
const refused = async (work: Promise<unknown>): Promise<ApiError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`was not refused: ${String(error)}`);
  return error;
};
const make = (data: { [key: string]: string }, namespace?: string, user = "ann") =>
  api
    .as({ user: { name: user, groups: [] }, onWarning: (text) => warnings.push(text) })
    .create(ConfigMap, configMap("a", data, namespace), { dryRun: true });

test("a policy does nothing until it is bound, then denies with its message as a cause [API-371]", async () => {
  await policy({ validations: [{ expression: "object.data.size == '1'", message: "size must be 1" }] });
  await make({ size: "2" });
  await bind();
  await make({ size: "1" });
  const error = await refused(make({ size: "2" }));
  const text = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: size must be 1";
  expect(error).toMatchObject({ code: 422, reason: "Invalid", message: `configmaps "a" is forbidden: ${text}` });
  expect(error.details?.causes).toEqual([{ message: text }]);
});

test("messages may be computed, reasons chosen, and variables share work [API-371]", async () => {
  await policy({
    variables: [
      { name: "size", expression: "int(object.data.size)" },
      { name: "double", expression: "variables.size * 2" },
    ],
    validations: [
      {
        expression: "variables.double < 10",
        messageExpression: "'twice ' + string(variables.size) + ' is too much'",
        reason: "Forbidden",
      },
    ],
  });
  await bind();
  await make({ size: "4" });
  expect(await refused(make({ size: "6" }))).toMatchObject({ code: 403, reason: "Forbidden" });
  expect((await refused(make({ size: "6" }))).message).toContain("denied request: twice 6 is too much");
  // What cannot be computed fails as the policy says.
  expect((await refused(make({}))).message).toContain("resulted in error");
});

test("failurePolicy Ignore lets pass what cannot be judged, not what is judged wrong [API-371]", async () => {
  await policy({ failurePolicy: "Ignore", validations: [{ expression: "object.data.size == '1'" }] });
  await bind();
  await make({});
  expect((await refused(make({ size: "2" }))).message).toContain("failed expression: object.data.size == '1'");
});

test("a binding may warn or note instead of denying [API-371]", async () => {
  await policy({
    validations: [{ expression: "false", message: "never" }],
    auditAnnotations: [{ key: "who", valueExpression: "request.userInfo.username" }],
  });
  await bind({ validationActions: ["Warn", "Audit"] });
  await make({});
  expect(warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': never"]);
  const notes = new Map<string, string>();
  await api.registry.create(
    ConfigMap as Resource,
    configMap("x", {}) as unknown as UnstructuredObject,
    {},
    {
      user: { name: "ann", groups: [] },
      warn: () => undefined,
      annotate: (key, value) => notes.set(key, value),
    },
  );
  expect(notes.get("p/who")).toBe("ann");
  expect(JSON.parse(notes.get("validation.policy.admission.k8s.io/validation_failure") ?? "")).toMatchObject([
    { message: "never", policy: "p", binding: "b", validationActions: ["Warn", "Audit"] },
  ]);
});

test("parameters come from an object that the binding names or selects [API-371]", async () => {
  const data = { limit: "3" };
  await policy({
    paramKind: { apiVersion: "v1", kind: "ConfigMap" },
    matchConditions: [{ name: "sized", expression: "has(object.data.size)" }],
    validations: [{ expression: "int(object.data.size) <= int(params.data.limit)", message: "over the limit" }],
  });
  await api.client.create(ConfigMap, configMap("limits", data, "free"));
  const made = await bind({ paramRef: { name: "limits", namespace: "free", parameterNotFoundAction: "Deny" } });
  await make({ size: "3" });
  expect((await refused(make({ size: "4" }))).message).toContain("over the limit");
  await api.client.delete(ConfigMap, { namespace: "free", name: "limits" });
  expect((await refused(make({ size: "1" }))).message).toContain("no params found for policy binding");
  await api.client.update(Binding, {
    ...made,
    spec: { ...made.spec, paramRef: { selector: { matchLabels: { a: "b" } }, parameterNotFoundAction: "Allow" } },
  });
  await make({ size: "4" });
});

test("a binding narrows what its policy is about; the namespace and the requester can be asked about [API-371]", async () => {
  await policy({
    validations: [
      {
        expression: "namespaceObject.metadata.name == 'default' || authorizer.path('/x').check('get').allowed()",
        message: "root only",
      },
    ],
  });
  const selector = { matchLabels: { "kubernetes.io/metadata.name": "free" } };
  await bind({ matchResources: { namespaceSelector: selector } });
  await make({}, "default");
  await make({}, "free", "root");
  expect((await refused(make({}, "free"))).message).toContain("root only");
});

test("policies and bindings that could not be obeyed are refused [API-371]", async () => {
  const wrong: readonly [object, string][] = [
    [{ validations: [{ expression: "object." }] }, "spec.validations[0].expression: Invalid value"],
    [{ validations: [{ expression: "nope" }] }, "compilation failed"],
    [{ validations: [] }, "validations or auditAnnotations must be non-empty"],
    [{ validations: [{ expression: "true" }], matchConstraints: {} }, "spec.matchConstraints.resourceRules: Required value"],
    [{ validations: [{ expression: "true", reason: "Odd" }] }, "Unsupported value"],
  ];
  for (const [spec, text] of wrong) expect((await refused(policy(spec))).message).toContain(text);
  expect((await refused(bind({ validationActions: ["Deny", "Warn"] }))).message).toContain("must not contain both Deny and Warn");
  expect((await refused(bind({ paramRef: {} }))).message).toContain("one of name or selector must be specified");
  expect((await refused(bind({}, ""))).message).toContain("spec.policyName: Required value");
});
