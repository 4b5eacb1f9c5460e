import { type BuiltinKind, builtinKinds, createBuiltinSchemas, groupResource, type UnstructuredObject } from "@slipway/api";
import type { ObjectSchema, ResourceRules, ServedResource, SubresourceHandler } from "../registry/served.ts";
import { objectFieldType } from "../registry/structuraltype.ts";
import { builtinDecoder } from "./decode.ts";
import { defaulters } from "./defaults.ts";
import { eventFromCore, eventToCore } from "./events.ts";
import { rulesOf } from "./rules.ts";

export interface BuiltinOptions {
  /** What reviews, tokens, evictions do; keyed `<resource>.<group>` or `<resource>.<group>/<subresource>`. */
  readonly subresources?: { readonly [resource: string]: { readonly [name: string]: SubresourceHandler } };
  readonly virtual?: { readonly [resource: string]: NonNullable<ServedResource["virtual"]> };
  /** Who may write what to `/status`. */
  readonly statusGuards?: { readonly [kind: string]: NonNullable<ResourceRules["prepareStatus"]> };
  /** Instead of a kind's own `prepare`: refuses writes by their author. */
  readonly guards?: { readonly [kind: string]: NonNullable<ResourceRules["prepare"]> };
  /** Defaults to counting up through 10.96.0.0/12 from a hash of the service's uid. */
  readonly allocateServiceAddress?: (service: UnstructuredObject) => string;
}

/** Kubernetes' own kinds, served: fields from the tables in `@slipway/api`, rules from here. */
export const servedBuiltins = (options: BuiltinOptions = {}): readonly ServedResource[] => {
  const rules = rulesOf({ allocateServiceAddress: options.allocateServiceAddress ?? serviceAddressFor });

  return builtinKinds.flatMap((kind): readonly ServedResource[] => {
    const resource = groupResource(kind);
    const virtual = options.virtual?.[resource];
    // A review that nobody answers is not served.
    if (kind.builtin.virtual && virtual === undefined) return [];
    const { builtin } = kind;
    const own = rules[`${kind.kind}.${kind.group}`] ?? (kind.group === "events.k8s.io" ? undefined : rules[kind.kind]);
    const guard = options.guards?.[kind.kind];
    const statusGuard = options.statusGuards?.[kind.kind];
    const common: ResourceRules = {
      generation: builtin.generation,
      selectableFields: kind.selectableFields ?? [],
      ownFieldLabels: true,
      createOnUpdate: builtin.updateCreates,
      unconditionalUpdate: builtin.unconditionalUpdate,
      deleteReturnsObject: builtin.deleteAnswersObject,
    };
    const isEventsEvent = resource === "events.events.k8s.io";
    const subresources = options.subresources?.[resource];
    return [
      {
        group: kind.group,
        version: kind.version,
        kind: kind.kind,
        plural: kind.plural,
        scope: kind.scope,
        origin: "builtin",
        singular: kind.singular,
        listKind: kind.listKind,
        shortNames: kind.shortNames,
        categories: kind.categories,
        verbs: builtin.verbs,
        storage: isEventsEvent
          ? { group: "", version: "v1", kind: "Event", plural: "events", toStored: eventToCore, fromStored: eventFromCore }
          : { group: kind.group, version: kind.version, kind: kind.kind, plural: kind.plural },
        schema: schemaOf(kind),
        columns: [],
        hasStatus: kind.subresources.status === true,
        ...(kind.subresources.scale === undefined ? {} : { scale: kind.subresources.scale }),
        ...(subresources === undefined ? {} : { subresources }),
        ...(virtual === undefined ? {} : { virtual }),
        rules: {
          ...common,
          ...own,
          ...(guard === undefined ? {} : { prepare: guard }),
          ...(statusGuard === undefined ? {} : { prepareStatus: statusGuard }),
        },
        kindValue: kind,
      },
    ];
  });
};

const schemas = createBuiltinSchemas();
const objectSchemas = new WeakMap<BuiltinKind, ObjectSchema>();

/** Constants, made when first needed and shared by all APIs of this process: there may be a thousand of them. */
const schemaOf = (kind: BuiltinKind): ObjectSchema => {
  const known = objectSchemas.get(kind);
  if (known !== undefined) return known;
  const decoder = builtinDecoder(kind.builtin.definition, kind.kind, kind.version);
  const defaulter = defaulters[kind.kind];
  let types: ObjectSchema["fields"] | undefined;
  const schema: ObjectSchema = {
    prune: decoder.decode,
    default: (object) => defaulter?.(object) ?? object,
    validate: () => [],
    get fields() {
      types ??= objectFieldType(schemas.of(kind));
      return types;
    },
  };
  objectSchemas.set(kind, schema);
  return schema;
};

/** Nobody routes to these addresses here; they only have to look right and stay. */
const serviceAddressFor = ({ metadata }: UnstructuredObject): string => {
  let hash = 7;
  for (const letter of metadata.uid ?? "") hash = (hash * 31 + letter.charCodeAt(0)) % 1_048_000;
  const host = hash + 256;
  return `10.${96 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`;
};
