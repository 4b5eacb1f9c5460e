import type { FieldError } from "@slipway/api";
import { forbiddenValue, invalidValue, requiredValue } from "../../registry/errors.ts";
import { sameJson } from "../../registry/object.ts";
import { accountNameAnnotation, tokenSecretType } from "../controllers/tokensecrets.ts";
import { type Fields, fields, isFields, type Prepare, type Validate } from "./parts.ts";

/** Secrets and ConfigMaps. */

export const secret: Prepare = (object) => {
  const { stringData, ...rest } = object;
  if (!isFields(stringData)) return stringData === undefined ? object : rest;
  const encoded = Object.entries(stringData).map(([key, value]) => [key, base64(String(value))] as const);
  return { ...rest, data: { ...fields(object["data"]), ...Object.fromEntries(encoded) } };
};

const base64 = (text: string): string => {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
};

const dataKey = /^[-._a-zA-Z0-9]+$/;

/** Secrets and ConfigMaps: keys, size, and what `immutable` freezes. */
export const validateData =
  (maps: readonly string[]): Validate =>
  (given, { old }) => {
    const object = given as unknown as Fields;
    const before = old as unknown as Fields | undefined;
    const errors: FieldError[] = [];
    const seen = new Set<string>();
    let bytes = 0;
    for (const map of maps) {
      for (const [key, value] of Object.entries(fields(object[map]))) {
        if (!dataKey.test(key) || key.length > 253)
          errors.push(
            invalidValue(
              `${map}[${key}]`,
              key,
              "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
            ),
          );
        if (seen.has(key)) errors.push(invalidValue(map, key, "duplicate of key present in data"));
        seen.add(key);
        bytes += String(value).length;
      }
    }
    if (bytes > 1_048_576 * (maps.includes("binaryData") ? 1 : 4 / 3))
      errors.push({ type: "FieldValueTooLong", field: "", message: "Too long: may not be more than 1048576 bytes" });
    if (before?.["immutable"] === true) {
      if (object["immutable"] !== true) errors.push(forbiddenValue("immutable", "field is immutable when `immutable` is set"));
      for (const map of maps)
        if (!sameJson(object[map], before[map])) errors.push(forbiddenValue(map, "field is immutable when `immutable` is set"));
    }
    return errors;
  };

const requiredKeys: { readonly [type: string]: readonly string[] } = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

export const validateSecret: Validate = (given, context) => {
  const object = given as unknown as Fields;
  const old = context.old as unknown as Fields | undefined;
  const errors = [...validateData(["data"])(given, context)];
  if (old !== undefined && old["type"] !== object["type"])
    errors.push(invalidValue("type", object["type"], "field is immutable"));
  const annotations = fields(fields(object["metadata"])["annotations"]);
  if (object["type"] === tokenSecretType && (annotations[accountNameAnnotation] ?? "") === "")
    errors.push(requiredValue(`metadata.annotations[${accountNameAnnotation}]`, ""));
  for (const key of requiredKeys[String(object["type"])] ?? [])
    if (fields(object["data"])[key] === undefined) errors.push(requiredValue(`data[${key}]`, ""));
  return errors;
};
