import { ageColumn, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import { conditions, v1Beta2Status } from "../meta/conditions.ts";
import type { KubeObject } from "../meta/object.ts";
import { labelSelector } from "../meta/selector.ts";
import { runtimeGroup } from "./group.ts";

export const extensionConfigSpec = s.object({
  clientConfig: required(
    s.object({
      caBundle: s.string({ minLength: 1, maxLength: 51200, format: "byte" }),
      service: s.object({
        name: required(s.string({ minLength: 1, maxLength: 63 })),
        namespace: required(s.string({ minLength: 1, maxLength: 63 })),
        path: s.string({ minLength: 1, maxLength: 512 }),
        port: s.int32(),
      }),
      url: s.string({ minLength: 1, maxLength: 512 }),
    }),
  ),
  namespaceSelector: labelSelector,
  settings: s.map(s.string()),
});
export type ExtensionConfigSpec = TypeOf<typeof extensionConfigSpec>;

export const extensionConfigStatus = s.object({
  conditions: conditions,
  handlers: s.list(
    s.object({
      name: required(s.string({ minLength: 1, maxLength: 512 })),
      requestHook: required(
        s.object({
          apiVersion: required(s.string({ minLength: 1, maxLength: 512 })),
          hook: required(s.string({ minLength: 1, maxLength: 256 })),
        }),
      ),
      failurePolicy: s.enum(["Ignore", "Fail"]),
      timeoutSeconds: s.int32(),
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
  description: "TODO",
  fields: {
    spec: extensionConfigSpec,
    status: extensionConfigStatus,
  },
});
