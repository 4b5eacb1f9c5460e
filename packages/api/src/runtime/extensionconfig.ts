import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { defaultExtensionConfig, validateExtensionConfig } from "./extensionconfig.admission.ts";
import { runtimeGroup } from "./group.ts";

export const extensionConfigSpec = s.object("Where the extension answers, and for whom", {
  clientConfig: required(
    s.object("Where it answers", {
      caBundle: s.string("Authority of its certificate", { minLength: 1, maxLength: 51200, format: "byte" }),
      service: s.object("As a service", {
        name: required(s.string("Name", { minLength: 1, maxLength: 63 })),
        namespace: required(s.string("Namespace of the service", { minLength: 1, maxLength: 63 })),
        path: s.string("Path below which it answers", { minLength: 1, maxLength: 512 }),
        port: s.int32("Port of the service"),
      }),
      url: s.string("As a URL", { minLength: 1, maxLength: 512 }),
    }),
  ),
  namespaceSelector: s.described("Namespaces of the Clusters it is asked about", labelSelector),
  settings: s.map("Settings that are passed to it", s.string()),
});
export type ExtensionConfigSpec = TypeOf<typeof extensionConfigSpec>;

export const extensionConfigStatus = s.object("What the extension offers", {
  conditions: conditions,
  handlers: s.list(
    "What it answers",
    s.object({
      name: required(s.string("Name of the handler", { minLength: 1, maxLength: 512 })),
      requestHook: required(
        s.object("What it is asked at", {
          apiVersion: required(s.string("Version of the hook", { minLength: 1, maxLength: 512 })),
          hook: required(s.string("Name of the hook", { minLength: 1, maxLength: 256 })),
        }),
      ),
      failurePolicy: s.enum("Whether its failure is ignored", ["Ignore", "Fail"]),
      timeoutSeconds: s.int32("How long it may take"),
    }),
    { maxItems: 512, merge: ["name"] },
  ),
  v1beta2: v1Beta2Status,
});
export type ExtensionConfigStatus = TypeOf<typeof extensionConfigStatus>;

export interface ExtensionConfig extends KubeObject {
  readonly spec: ExtensionConfigSpec;
  readonly status?: ExtensionConfigStatus;
}

export const ExtensionConfig = defineKind<ExtensionConfig>({
  ...runtimeGroup,
  kind: "ExtensionConfig",
  plural: "extensionconfigs",
  scope: "Cluster",
  shortNames: ["ext"],
  subresources: { status: true },
  columns: [ageColumn],
  description: "An extension that is asked before and after what controllers do",
  fields: {
    spec: extensionConfigSpec,
    status: extensionConfigStatus,
  },
  default: defaultExtensionConfig,
  validate: validateExtensionConfig,
});
