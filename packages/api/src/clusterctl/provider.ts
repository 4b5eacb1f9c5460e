import { ageColumn, column, defineKind } from "../kind/define.ts";
import { s } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { clusterctlGroup } from "./group.ts";

export interface Provider extends KubeObject {
  readonly providerName?: string;
  readonly type?: string;
  readonly version?: string;
  readonly watchedNamespace?: string;
}

export const Provider = defineKind<Provider>({
  ...clusterctlGroup,
  kind: "Provider",
  plural: "providers",
  columns: [ageColumn, column("Type", ".type"), column("Provider", ".providerName"), column("Version", ".version")],
  description: "TODO",
  fields: {
    providerName: s.string(),
    type: s.string(),
    version: s.string(),
    watchedNamespace: s.string(),
  },
});
