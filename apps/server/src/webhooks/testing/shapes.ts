import { readFileSync } from "node:fs";

/** The specification's table of fields, read: `path: string 1..512 required`. */
export interface Shape {
  readonly text: string;
  readonly type: "string" | "boolean" | "integer" | "object" | "map" | "list" | "int-or-string";
  readonly format?: string;
  readonly words?: readonly string[];
  readonly pattern?: string;
  readonly least?: number;
  readonly most?: number;
  readonly item?: Shape;
  /** Of a list: how its items are told apart. */
  readonly set?: true;
  readonly key?: string;
  readonly required: boolean;
  readonly preset?: unknown;
}

export interface Block {
  readonly kind: string;
  /** `spec.files[].contentFrom`; empty: the object itself. */
  readonly path: string;
  readonly rows: readonly string[];
  readonly fields: { readonly [name: string]: Shape };
}

const table = new URL("../../../../../packages/api/src/testdata/fields.txt", import.meta.url);

export const readBlocks = (): readonly Block[] =>
  readFileSync(table, "utf8")
    .replace(/^#.*\n/gm, "")
    .trim()
    .split("\n\n")
    .map((block) => {
      const [title = "", ...lines] = block.split("\n");
      const [kind = "", second = ""] = title.split(" ");
      return {
        kind,
        path: /^\[[A-Z]/.test(second) ? "" : second,
        rows: title.match(/[A-Z]+-\d+/g) ?? [],
        fields: Object.fromEntries(
          lines.map((line) => {
            const [, name = "", shape = ""] = /^ *(\w+): (.*)$/.exec(line) ?? [];
            return [name, parseShape(shape)];
          }),
        ),
      };
    });

export const parseShape = (text: string): Shape => {
  const [, before = text, preset] = /^(.*?)(?: = (.*))?$/.exec(text) ?? [];
  const required = / required$/.test(before);
  const body = before.replace(/ required$/, "");
  const ends = { text, required, ...(preset === undefined ? {} : { preset: JSON.parse(preset) as unknown }) };
  const outer = /^(.*) \((\d*)\.\.(\d*)\)$/.exec(body);
  const [inner, bounds] = outer === null ? [body, {}] : [outer[1] ?? "", boundsOf(outer[2], outer[3])];
  const list = /^(list|set) of (.*?)(?: by (\w+))?$/.exec(inner);
  if (list !== null) {
    const [, how, item = "", key] = list;
    return {
      ...{ ...ends, ...bounds, type: "list", item: parseShape(item) },
      ...(how === "set" ? { set: true } : {}),
      ...(key === undefined ? {} : { key }),
    };
  }
  const map = /^map of (.*)$/.exec(inner);
  if (map !== null) return { ...ends, ...bounds, type: "map", item: parseShape(map[1] ?? "") };
  if (inner === "object") return { ...ends, ...bounds, type: "object" };
  const [, word = "", low, high, pattern] = /^(\S+)(?: (\d*)\.\.(\d*))?(?: like (.*))?$/.exec(inner) ?? [];
  const limits = { ...(low === undefined ? {} : boundsOf(low, high)), ...(pattern === undefined ? {} : { pattern }) };
  return { ...ends, ...limits, ...typeOf(word) };
};

const boundsOf = (low: string | undefined, high: string | undefined) => ({
  ...(low ? { least: Number(low) } : {}),
  ...(high ? { most: Number(high) } : {}),
});

const typeOf = (word: string): Pick<Shape, "type" | "format" | "words"> => {
  switch (word) {
    case "string":
    case "boolean":
    case "integer":
    case "int-or-string":
      return { type: word };
    case "int32":
    case "int64":
      return { type: "integer", format: word };
    case "uuid":
    case "ipv4":
    case "date-time":
    case "byte":
      return { type: "string", format: word };
    default:
      return { type: "string", words: word.split("|") };
  }
};

/** Something that fits. `long`: as long as it may be. */
export const fitting = (shape: Shape, long = false): unknown => {
  switch (shape.type) {
    case "boolean":
      return true;
    case "integer":
      return long ? (shape.most ?? 7) : (shape.least ?? 7);
    case "int-or-string":
      return 1;
    case "object":
      return {};
    case "map":
      return { a: fitting(shape.item ?? parseShape("string")) };
    case "list": {
      const one = fitting(shape.item ?? parseShape("string"), long);
      return shape.key === undefined && typeof one !== "object" ? [one] : Array.isArray(one) ? [one] : [];
    }
    case "string":
      if (shape.words) return shape.words[0];
      if (shape.format) return formats[shape.format];
      return "a".repeat(long ? (shape.most ?? 3) : Math.max(shape.least ?? 1, 1));
  }
};

const formats: { readonly [format: string]: string } = {
  uuid: "b9bd8f8b-6a7a-4f0a-9d4c-0f6a4c9a7a11",
  ipv4: "192.0.2.1",
  "date-time": "2026-01-01T00:00:00Z",
  byte: "YQ==",
};

export interface Misfit {
  readonly what: string;
  readonly value: unknown;
  readonly reason: string;
  /** Behind the field's own path. */
  readonly at?: string;
}

/** What does not fit, and what a kube-apiserver says of it. */
export const misfits = (shape: Shape): readonly Misfit[] => {
  const found: Misfit[] = [];
  const add = (what: string, value: unknown, reason: string, at?: string) =>
    found.push({ what, value, reason, ...(at === undefined ? {} : { at }) });
  const { least = 0, most, item } = shape;
  switch (shape.type) {
    case "boolean":
      add("another type", "yes", "FieldValueTypeInvalid");
      break;
    case "integer":
      add("another type", "7", "FieldValueTypeInvalid");
      if (shape.least !== undefined) add("too small", least - 1, "FieldValueInvalid");
      if (most !== undefined) add("too big", most + 1, "FieldValueInvalid");
      if (shape.format === "int32") add("more than 32 bits", 2 ** 31, "FieldValueInvalid");
      break;
    case "int-or-string":
      add("another type", true, "FieldValueTypeInvalid");
      break;
    case "string":
      add("another type", 7, "FieldValueTypeInvalid");
      if (shape.words) add("another word", "nosuch", "FieldValueNotSupported");
      else if (shape.format) add("another format", shape.format === "byte" ? "!" : "soon", "FieldValueTypeInvalid");
      if (least > 0) add("too short", "", "FieldValueInvalid");
      if (most !== undefined) add("too long", "a".repeat(most + 1), "FieldValueTooLong");
      if (shape.pattern !== undefined) add("another pattern", ",, ,", "FieldValueInvalid");
      break;
    case "object":
      add("another type", "x", "FieldValueTypeInvalid");
      if (least > 0) add("empty", {}, "FieldValueInvalid");
      break;
    case "map":
      add("another type", "x", "FieldValueTypeInvalid");
      if (item && item.type !== "object")
        for (const { what, value, reason } of misfits(item)) add(`a value: ${what}`, { k: value }, reason, ".k");
      break;
    case "list": {
      add("another type", "x", "FieldValueTypeInvalid");
      if (item && item.type !== "object")
        for (const { what, value, reason, at } of misfits(item)) add(`an item: ${what}`, [value], reason, `[0]${at ?? ""}`);
      if (shape.set) add("twice the same", ["a", "a"], "FieldValueDuplicate", "[1]");
      if (most !== undefined && item?.type !== "object") {
        add(
          "too many",
          Array.from({ length: most + 1 }, () => fitting(item ?? parseShape("string"))),
          "FieldValueTooMany",
        );
      }
    }
  }
  return found;
};
