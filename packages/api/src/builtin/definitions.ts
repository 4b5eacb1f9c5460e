import { builtinFields } from "./generated/fields.ts";
import { atomicDefinitions, keyDefaults, mergeRules, newerFields, quantityFields } from "./merging.ts";

/** The shape of one struct of Kubernetes' own API: what decoding, merging, protobuf and OpenAPI know of it. */
export interface Definition {
  readonly name: string;
  readonly fields: ReadonlyMap<string, DefinitionField>;
  /** Server-side apply takes it as one value. */
  readonly atomic: boolean;
}

export interface DefinitionField {
  readonly name: string;
  readonly required: boolean;
  readonly type: DefinitionType;
  readonly merge: MergeRule | undefined;
}

export type DefinitionType =
  | { readonly type: ScalarName }
  | { readonly type: "ref"; readonly definition: string }
  | { readonly type: "list"; readonly of: DefinitionType }
  | { readonly type: "map"; readonly of: DefinitionType };

export type ScalarName =
  | "string"
  | "bytes"
  | "bool"
  | "int32"
  | "int64"
  | "double"
  | "time"
  | "microTime"
  | "intOrString"
  | "quantity"
  | "any";

export interface MergeRule {
  readonly listType?: "atomic" | "set" | "map";
  readonly keys?: readonly string[];
  readonly atomicMap?: boolean;
  /** Strategic merge: `merge`, `replace`, `retainKeys`, `merge,retainKeys`. */
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
}

export const hasDefinition = (name: string): boolean => Object.hasOwn(builtinFields, name);

/** Parsed when first asked for: most programs meet a tenth of them. */
export const createDefinitions = (): ((name: string) => Definition) => {
  const parsed = new Map<string, Definition>();
  return (name) => {
    const known = parsed.get(name);
    if (known !== undefined) return known;
    const definition = parse(name);
    parsed.set(name, definition);
    return definition;
  };
};

const parse = (name: string): Definition => {
  const text = builtinFields[name];
  if (text === undefined) throw new Error(`no built-in definition is called ${name}`);
  const rules = parseRules(mergeRules[name] ?? "");
  const newer = newerFields[name];
  const fields = new Map<string, DefinitionField>();
  for (const declared of `${text} ${newer ?? ""}`.trim().split(" ")) {
    if (declared === "") continue;
    const colon = declared.indexOf(":");
    const required = declared[colon - 1] === "!";
    const field = declared.slice(0, required ? colon - 1 : colon);
    const type = parseType(declared.slice(colon + 1), quantityFields.has(`${name}.${field}`));
    const rule = rules.get(field);
    const merge = type.type === "map" && rule?.listType === "atomic" ? { atomicMap: true } : rule;
    fields.set(field, { name: field, required, type, merge });
  }
  return { name, fields, atomic: atomicDefinitions.has(name) };
};

const parseType = (text: string, quantity: boolean): DefinitionType => {
  if (text.startsWith("[")) return { type: "list", of: parseType(text.slice(1, -1), quantity) };
  if (text.startsWith("{")) return { type: "map", of: parseType(text.slice(1, -1), quantity) };
  if (text.includes(".")) return { type: "ref", definition: text };
  return { type: quantity && text === "string" ? "quantity" : (text as ScalarName) };
};

const parseRules = (text: string): ReadonlyMap<string, MergeRule> =>
  new Map(
    text
      .split(" ")
      .filter((rule) => rule !== "")
      .map((rule) => {
        const [field = "", words = ""] = rule.split("=");
        return [field, ruleOf(words.split("+"))];
      }),
  );

const ruleOf = (words: readonly string[]): MergeRule => {
  const argument = (word: string) => /\((.*)\)/.exec(word)?.[1];
  const find = (start: string) => words.find((word) => word.startsWith(start));
  const map = find("map(");
  const merge = find("merge");
  const mergeKey = merge === undefined ? undefined : argument(merge);
  const strategy = [merge === undefined ? "" : "merge", find("retainKeys") ?? "", find("replace") ?? ""]
    .filter((word) => word !== "")
    .join(",");
  return {
    ...(map === undefined ? {} : { listType: "map" as const, keys: argument(map)?.split(",") ?? [] }),
    ...(words.includes("set") ? { listType: "set" as const } : {}),
    ...(words.includes("atomic") ? { listType: "atomic" as const } : {}),
    ...(strategy === "" ? {} : { patchStrategy: strategy }),
    ...(mergeKey === undefined ? {} : { patchMergeKey: mergeKey }),
  };
};

/** What a key field is when an item leaves it out. */
export const keyDefaultsOf = (definition: string): { readonly [field: string]: string } | undefined => keyDefaults[definition];
