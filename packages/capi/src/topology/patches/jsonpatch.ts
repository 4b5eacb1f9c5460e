import type { JsonPatchOperation } from "@slipway/api";

/** RFC 6902, as far as a ClusterClass may use it: add, replace and remove. The document given stays as it is. */

interface Fields {
  readonly [field: string]: unknown;
}

/** @throws Error naming the place that is not there */
export const withOperation = (document: Fields, { op, path, value }: JsonPatchOperation): Fields => {
  const [start, ...steps] = path.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (start !== "" || steps.length === 0) throw new Error(`${op} ${path}: not a place in the document`);
  return changed(document, steps, { op, path, value }) as Fields;
};

const changed = (at: unknown, [step = "", ...rest]: readonly string[], operation: JsonPatchOperation): unknown => {
  const { op, path } = operation;
  const missing = (): Error => new Error(`${op} ${path}: there is nothing at ${JSON.stringify(step)}`);
  if (Array.isArray(at)) {
    if (rest.length === 0 && op === "add")
      return at.toSpliced(step === "-" ? at.length : indexIn(step, at.length, missing), 0, operation.value);
    const index = indexIn(step, at.length - 1, missing);
    if (rest.length > 0) return at.with(index, changed(at[index], rest, operation));
    return op === "remove" ? at.toSpliced(index, 1) : at.with(index, operation.value);
  }
  if (typeof at !== "object" || at === null) throw missing();
  const fields = at as Fields;
  if (!Object.hasOwn(fields, step) && (op !== "add" || rest.length > 0)) throw missing();
  if (rest.length > 0) return { ...fields, [step]: changed(fields[step], rest, operation) };
  if (op !== "remove") return { ...fields, [step]: operation.value };
  const { [step]: _gone, ...others } = fields;
  return others;
};

const indexIn = (step: string, last: number, missing: () => Error): number => {
  if (!/^(?:0|[1-9]\d*)$/.test(step) || Number(step) > last) throw missing();
  return Number(step);
};
