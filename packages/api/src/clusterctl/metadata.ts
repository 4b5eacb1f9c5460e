import { defineKind } from "../kind/define.ts";
import { s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { clusterctlGroup } from "./group.ts";

export const releaseSeries = s.object("Versions of a provider that keep one contract", {
  contract: s.string("The contract"),
  major: s.int32("Major version"),
  minor: s.int32("Minor version"),
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
  description: "What a provider's release says of itself",
  fields: {
    releaseSeries: s.list("By version", releaseSeries),
  },
});
