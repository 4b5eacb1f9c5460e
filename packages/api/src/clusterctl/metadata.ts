import { defineKind } from "../kind/define.ts";
import { s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { clusterctlGroup } from "./group.ts";

export const releaseSeries = s.object({
  contract: s.string(),
  major: s.int32(),
  minor: s.int32(),
});
export type ReleaseSeries = TypeOf<typeof releaseSeries>;

export interface Metadata extends KubeObject {
  readonly releaseSeries?: readonly ReleaseSeries[];
}

export const Metadata = defineKind<Metadata>({
  ...clusterctlGroup,
  kind: "Metadata",
  plural: "metadata",
  categories: [],
  description: "TODO",
  fields: {
    releaseSeries: s.list(releaseSeries),
  },
});
