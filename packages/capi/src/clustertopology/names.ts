import { fnv1a, nameFromTemplate, randomSuffix, simpleName } from "@slipway/api";

/** Names that look like chance and are computed: whoever was killed before he wrote one down finds it again. */

const numbersFrom = (seed: string): (() => number) => {
  let state = fnv1a(seed);
  // Steps and mixes as splitmix32 does: texts that differ in one letter must not make names that look alike.
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
};

export const nameBy = (template: string, variables: { readonly [name: string]: string }, seed: string): string =>
  nameFromTemplate(template, variables, numbersFrom(seed));

/** Another content is another name: templates do not change, they are followed by others. */
export const copyName = (prefix: string, content: unknown): string =>
  simpleName(prefix, randomSuffix(numbersFrom(canonical(content))));

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
