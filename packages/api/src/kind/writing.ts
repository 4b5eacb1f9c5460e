import { ApiError } from "../meta/status.ts";
import type { Schema } from "./fields.ts";
import type { StructuralSchema } from "./structural.ts";

/**
 * Upstream's webhooks decode an object into Go's types and write it out again, and so do its controllers. What becomes of a field that
 * way follows from its type and from whether it is required; where it does not, the field says so here.
 */
export interface Writing {
  /** `always`: what is absent is written as its zero. `asGiven`: a zero is kept, because absent means something else. */
  readonly zero?: "always" | "asGiven";
  /** The one way in which a text is written. @throws ApiError BadRequest when it cannot be read */
  readonly canonical?: (text: string) => string;
}

const WRITING = Symbol("writing");

interface Written extends StructuralSchema {
  readonly [WRITING]?: Writing;
}

export const writingOf = (schema: StructuralSchema): Writing => (schema as Written)[WRITING] ?? {};

const withWriting = <T extends StructuralSchema>(schema: T, writing: Writing): T => ({
  ...schema,
  [WRITING]: { ...writingOf(schema), ...writing },
});

/** Part of the object itself, not a pointer: written even when nobody gave it. */
export const always = <T>(field: Schema<T>): Schema<T> => withWriting(field, { zero: "always" });

/** A pointer: `false`, `0`, `""` or `[]` is something else than nothing. */
export const asGiven = <T>(field: Schema<T>): Schema<T> => withWriting(field, { zero: "asGiven" });

/** Texts with more than one spelling. `undefined` of `canonical`: it cannot be read. */
export const spelled = <T extends StructuralSchema>(
  field: T,
  canonical: (text: string) => string | undefined,
  why: (text: string) => string,
): T =>
  withWriting(field, {
    canonical: (text) => {
      const spelling = canonical(text);
      if (spelling === undefined) throw new ApiError("BadRequest", why(text));
      return spelling;
    },
  });
