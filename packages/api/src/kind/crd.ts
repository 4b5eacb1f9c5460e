import type { KubeObject } from "../meta/object.ts";
import { groupResource } from "../meta/resource.ts";
import type { Kind } from "./kind.ts";
import type { StructuralSchema } from "./structural.ts";

/** A CustomResourceDefinition as we write it: only what a kind declares, nothing a server would default. */
export interface GeneratedCrd extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly plural: string;
      readonly singular: string;
      readonly kind: string;
      readonly listKind: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly scope: "Namespaced" | "Cluster";
    readonly versions: readonly CrdVersion[];
    readonly conversion?: CrdConversion;
  };
}

interface CrdConversion {
  readonly strategy: "Webhook";
  readonly webhook: {
    readonly conversionReviewVersions: readonly string[];
    readonly clientConfig: { readonly service: { readonly name: string; readonly namespace: string; readonly path: string } };
  };
}

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: true;
  readonly deprecationWarning?: string;
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
  readonly subresources?: { readonly status?: object; readonly scale?: object };
  readonly additionalPrinterColumns?: Kind["columns"];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

/** The CRD that teaches any Kubernetes API this kind. */
export const crdOf = (kind: Kind): GeneratedCrd => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: groupResource(kind),
    ...(kind.crdLabels === undefined ? {} : { labels: kind.crdLabels }),
  },
  spec: {
    group: kind.group,
    names: {
      kind: kind.kind,
      listKind: kind.listKind,
      plural: kind.plural,
      singular: kind.singular,
      ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
      ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    },
    scope: kind.scope,
    versions: [...formerVersions(kind), currentVersion(kind)],
    ...(kind.conversionService === undefined ? {} : { conversion: conversionBy(kind.conversionService) }),
  },
});

const conversionBy = (service: string): CrdConversion => {
  const [name = "", namespace = ""] = service.split(".");
  return {
    strategy: "Webhook",
    webhook: { conversionReviewVersions: ["v1", "v1beta1"], clientConfig: { service: { name, namespace, path: "/convert" } } },
  };
};

const currentVersion = (kind: Kind): CrdVersion => ({
  name: kind.version,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: kind.schema ?? {} },
  ...partsOf(kind),
});

const partsOf = ({ subresources: { status, scale }, columns, selectableFields = [] }: Kind) => ({
  ...(status || scale ? { subresources: { ...(status ? { status: {} } : {}), ...(scale ? { scale } : {}) } } : {}),
  ...(columns.length === 0 ? {} : { additionalPrinterColumns: columns }),
  ...(selectableFields.length === 0 ? {} : { selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })) }),
});

/** Nobody may read or write an unserved version, so its schema says only that there is an object. */
const unserved: StructuralSchema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const formerVersions = (kind: Kind): readonly CrdVersion[] =>
  (kind.formerVersions ?? []).map(({ name, served = false, deprecated, deprecationWarning, schema }) => ({
    name,
    served,
    storage: false,
    ...(deprecated ? { deprecated } : {}),
    ...(deprecationWarning === undefined ? {} : { deprecationWarning }),
    ...(served
      ? { schema: { openAPIV3Schema: schema ?? kind.schema ?? {} }, ...partsOf(kind) }
      : { schema: { openAPIV3Schema: unserved }, ...(kind.subresources.status ? { subresources: { status: {} } } : {}) }),
  }));
