import { jsonText, parseJson } from "@slipway/api/json/index.ts";
import { DUMP_SCHEMA, defineScalarTag, dump, intJsonTag, JSON_SCHEMA, load, NOT_RESOLVED, type Schema } from "js-yaml";

/** @throws Error when it is no YAML, or more than one document */
export const parseYaml = (text: string, duplicates: "refuse" | "last" = "refuse"): unknown =>
  load(text, { schema: readSchema, json: duplicates === "last" });

export const yamlText = (value: unknown): string => dump(value, { noRefs: true, lineWidth: -1, schema: writeSchema });

const int = "tag:yaml.org,2002:int";

/** Whole numbers as in JSON: a bigint when a double cannot hold it. */
const exact = (schema: Schema): Schema => {
  const known = schema.tags.find((tag): tag is typeof intJsonTag => tag.tagName === int) ?? intJsonTag;
  return schema.withTags(
    defineScalarTag<number | bigint>(int, {
      ...known,
      resolve: (source, ...how) => {
        const found = known.resolve(source, ...how);
        return found === NOT_RESOLVED || Number.isSafeInteger(found) || !/^-?\d+$/.test(source)
          ? found
          : (parseJson(source) as number | bigint);
      },
      identify: (data) => typeof data === "bigint" || known.identify(data),
      represent: (data) => (typeof data === "bigint" ? jsonText(data) : known.represent(data)),
    }),
  );
};

const readSchema = exact(JSON_SCHEMA);
const writeSchema = exact(DUMP_SCHEMA);
