import type { UnstructuredObject } from "@slipway/api";
import { dump, loadAll } from "js-yaml";
import { fields } from "../object/fields.ts";
import { TemplateError } from "./parse.ts";

/** The objects of a YAML stream: empty documents are skipped, lists opened. @throws TemplateError for what is no object */
export const readObjects = (yaml: string, about = "the template"): readonly UnstructuredObject[] =>
  documentsOf(yaml, about).flatMap((document) => {
    const object = fields(document);
    if (typeof object["apiVersion"] !== "string" || typeof object["kind"] !== "string")
      throw new TemplateError(`${about} holds a document that is no Kubernetes object: it has no apiVersion or kind`);
    const items = object["items"];
    if (object["kind"].endsWith("List") && Array.isArray(items)) return items as UnstructuredObject[];
    return [{ ...object, metadata: fields(object["metadata"]) } as unknown as UnstructuredObject];
  });

const documentsOf = (yaml: string, about: string): readonly unknown[] => {
  try {
    return loadAll(yaml).filter((document) => document !== null && document !== undefined);
  } catch (error) {
    throw new TemplateError(`${about} is not YAML: ${error instanceof Error ? error.message.split("\n", 1)[0] : error}`);
  }
};

/** As upstream writes them: keys sorted, lists not indented, `---` between two. */
export const writeObjects = (objects: readonly object[]): string => objects.map(writeYaml).join("---\n");

export const writeYaml = (value: unknown): string =>
  dump(value, { sortKeys: true, seqNoIndent: true, lineWidth: -1, noRefs: true });
