/** Joined in order, each once. */
export const mergeTags = (...lists: readonly (readonly string[] | undefined)[]): readonly string[] => [
  ...new Set(lists.flatMap((list) => list ?? [])),
];

/** As they are written on ports and trunks. */
export const canonicalTags = (tags: readonly string[] | undefined): readonly string[] => [...new Set(tags ?? [])].sort();

export const sameTags = (left: readonly string[] | undefined, right: readonly string[] | undefined): boolean => {
  const [a, b] = [canonicalTags(left), canonicalTags(right)];
  return a.length === b.length && a.every((tag, index) => tag === b[index]);
};
