import type { UnstructuredObject } from "../meta/object.ts";
import { parseApiVersion } from "../meta/resource.ts";
import { dataAnnotation } from "./restore.ts";

/** What a former version's objects lack and have too much; where nothing is said, a field has the same name and meaning in both. */
export interface FormerFields {
  /** Fields the former version has not: `spec.topology.workers.machineDeployments[name].variables`, with the key of keyed lists. */
  readonly newer: readonly string[];
  /** Fields that only the former version has: they are dropped. */
  readonly gone?: readonly string[];
  /** What has another form, after the fields. */
  readonly up?: (made: UnstructuredObject, former: UnstructuredObject) => UnstructuredObject;
  readonly down?: (made: UnstructuredObject, current: UnstructuredObject) => UnstructuredObject;
}

/**
 * Between a kind's stored version and former ones, as Cluster API's core does it: the former object carries the whole stored one as
 * JSON in an annotation, and on the way back exactly those fields are taken from it that the former version could not say.
 */
export const formerConverter =
  (current: string, former: { readonly [version: string]: FormerFields }) =>
  (object: UnstructuredObject, version: string): UnstructuredObject => {
    const { group, version: from } = parseApiVersion(object.apiVersion);
    if (from === version) return object;
    const source = former[from];
    const hub = source === undefined ? object : upgraded(object, source, `${group}/${current}`);
    const target = former[version];
    return target === undefined ? hub : downgraded(hub, target, `${group}/${version}`);
  };

const upgraded = (old: UnstructuredObject, { gone = [], newer, up }: FormerFields, apiVersion: string): UnstructuredObject => {
  const { object, kept } = withoutData(old);
  const bare = gone.reduce((made, path) => removed(made, steps(path)), object as Fields);
  const whole = kept === undefined ? bare : newer.reduce((made, path) => restored(made, kept, steps(path)), bare);
  const made = { ...whole, apiVersion } as unknown as UnstructuredObject;
  return up === undefined ? made : up(made, old);
};

const downgraded = (hub: UnstructuredObject, { newer, down }: FormerFields, apiVersion: string): UnstructuredObject => {
  const { metadata, ...data } = hub;
  const made = {
    ...newer.reduce((rest, path) => removed(rest, steps(path)), hub as unknown as Fields),
    apiVersion,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [dataAnnotation]: sortedJson(data) } },
  } as unknown as UnstructuredObject;
  return down === undefined ? made : down(made, hub);
};

interface Fields {
  readonly [field: string]: unknown;
}
/** A field, or every item of a list in it, known by the value of `key`. */
interface Step {
  readonly field: string;
  readonly key?: string;
}

const steps = (path: string): readonly Step[] =>
  path.split(".").map((part) => {
    const [, field = part, key] = /^(.*)\[(.*)\]$/.exec(part) ?? [];
    return key === undefined ? { field } : { field, key };
  });

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const fieldsIn = (list: unknown): readonly Fields[] => (Array.isArray(list) ? list.filter(isFields) : []);

const removed = (object: Fields, [step, ...rest]: readonly Step[]): Fields => {
  if (step === undefined || object[step.field] === undefined) return object;
  const { [step.field]: value, ...others } = object;
  if (rest.length === 0) return others;
  if (step.key !== undefined) return { ...object, [step.field]: fieldsIn(value).map((item) => removed(item, rest)) };
  return isFields(value) ? { ...object, [step.field]: removed(value, rest) } : object;
};

/** What held the field must still be there: whoever took that away in the former version took the field away with it. */
const restored = (object: Fields, kept: Fields, [step, ...rest]: readonly Step[]): Fields => {
  if (step === undefined || kept[step.field] === undefined) return object;
  const [value, before] = [object[step.field], kept[step.field]];
  if (rest.length === 0) return { ...object, [step.field]: before };
  const { key } = step;
  if (key !== undefined) {
    const items = fieldsIn(before);
    const found = (item: Fields): Fields | undefined => items.find((one) => one[key] === item[key]);
    return value === undefined
      ? object
      : { ...object, [step.field]: fieldsIn(value).map((item) => restored(item, found(item) ?? {}, rest)) };
  }
  return isFields(value) && isFields(before) ? { ...object, [step.field]: restored(value, before, rest) } : object;
};

/** @throws Error when the annotation holds no JSON object: restoring nothing would lose what it stands for */
const withoutData = (old: UnstructuredObject): { readonly object: UnstructuredObject; readonly kept?: Fields } => {
  const { annotations, ...metadata } = old.metadata;
  const text = annotations?.[dataAnnotation];
  if (text === undefined) return { object: old };
  const { [dataAnnotation]: _data, ...others } = annotations ?? {};
  const kept: unknown = JSON.parse(text);
  if (!isFields(kept)) throw new Error(`annotation ${dataAnnotation} of ${old.kind} ${metadata.name} holds no object`);
  const rest = Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others };
  return { object: { ...old, metadata: rest }, kept };
};

const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    isFields(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
