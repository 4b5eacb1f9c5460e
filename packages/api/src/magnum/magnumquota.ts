import { ageColumn, column, defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { MAGNUM_GROUP, MAGNUM_VERSION } from "./common.ts";

const spec = s.object("How much of one resource a project may have", {
  projectId: required(s.string("Keystone project")),
  resource: required(s.enum("What is limited", ["Cluster"])),
  hardLimit: required(s.integer("Most of them at one time", { minimum: 0 })),
  createdAt: required(s.time("To the millisecond: lists are in this order")),
  updatedAt: s.time("Last change through the API"),
});

export type MagnumQuotaSpec = TypeOf<typeof spec>;
/** Named `<project>-<resource>`, so that a second one for the same pair is refused by its name. */
export interface MagnumQuota extends KubeObject {
  readonly spec: MagnumQuotaSpec;
}

export const MagnumQuota = defineKind<MagnumQuota>({
  group: MAGNUM_GROUP,
  version: MAGNUM_VERSION,
  kind: "MagnumQuota",
  plural: "magnumquotas",
  categories: ["magnum"],
  description: "A limit that an administrator set for one project, in place of the configured default.",
  columns: [
    column("Project", ".spec.projectId"),
    column("Resource", ".spec.resource"),
    column("Limit", ".spec.hardLimit", { type: "integer" }),
    ageColumn,
  ],
  fields: { spec: required(spec) },
});
