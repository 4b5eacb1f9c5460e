import type { UnstructuredObject } from "@slipway/api";
import { badRequest } from "./errors.ts";
import { atPath } from "./object.ts";
import type { ServedResource } from "./served.ts";

export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** `metadata.name=x,status.phase!=y`; `\,` `\=` `\\` escape. @throws ApiError BadRequest */
export const parseFieldSelector = (text: string): readonly FieldRequirement[] => {
  const requirements: FieldRequirement[] = [];
  for (const part of splitUnescaped(text)) {
    if (part === "") continue;
    const match = /^((?:[^\\=!]|\\.|!(?!=))*?)(!=|==|=)((?:[^\\=]|\\.)*)$/.exec(part);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    requirements.push({ field: match[1] ?? "", equal: match[2] !== "!=", value: unescaped(match[3] ?? "", text) });
  }
  return requirements;
};

const splitUnescaped = (text: string): readonly string[] => {
  const parts: string[] = [];
  let part = "";
  for (let index = 0; index < text.length; index += 1) {
    const sign = text[index] ?? "";
    if (sign === "\\") {
      part += sign + (text[index + 1] ?? "");
      index += 1;
    } else if (sign === ",") {
      parts.push(part);
      part = "";
    } else part += sign;
  }
  parts.push(part);
  return parts;
};

const unescaped = (value: string, whole: string): string =>
  value.replace(/\\(.?)/g, (_all, sign: string) => {
    if (sign === "," || sign === "=" || sign === "\\") return sign;
    throw badRequest(`invalid selector: '${whole}'; can't understand '${value}'`);
  });

export type FieldMatch = (object: UnstructuredObject) => boolean;

/** @throws ApiError BadRequest for a field that the kind cannot be selected by */
export const fieldMatch = (served: ServedResource, requirements: readonly FieldRequirement[]): FieldMatch | undefined => {
  if (requirements.length === 0) return undefined;
  for (const { field } of requirements) checkField(served, field);
  return (object) => requirements.every(({ field, equal, value }) => (fieldText(served, object, field) === value) === equal);
};

const checkField = (served: ServedResource, field: string): void => {
  if (field === "metadata.name") return;
  if (field === "metadata.namespace" && (served.scope === "Namespaced" || served.origin === "builtin")) return;
  if (served.rules.selectableFields?.includes(field)) return;
  throw badRequest(
    served.origin !== "builtin" || served.rules.ownFieldLabels === true
      ? `field label not supported: ${field}`
      : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
};

const fieldText = (served: ServedResource, object: UnstructuredObject, field: string): string => {
  const own = served.rules.fieldValue?.(object, field);
  if (own !== undefined) return own;
  const value = atPath(object, field);
  return value === undefined || value === null ? "" : String(value);
};
