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
  description: "A provider that clusterctl has installed",
  fields: {
    providerName: s.string("Name of the provider"),
    type: s.string("CoreProvider, InfrastructureProvider and so on"),
    version: s.string("Version that is installed"),
    watchedNamespace: s.string("Namespace it watches; empty: all"),
  },
});
