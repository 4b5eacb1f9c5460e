/** Label sets of a cluster beside its template's, or of a node group beside its cluster's; computed when asked, never stored. */
export interface Labels {
  readonly [name: string]: string;
}

export interface LabelDifferences {
  readonly labels_overridden: Labels;
  readonly labels_added: Labels;
  readonly labels_skipped: Labels;
}

/** What `own` changes, adds to, and leaves out of `parent`. Of what is changed or left out, the parent's value is told. */
export const labelDifferences = (parent: Labels, own: Labels): LabelDifferences => ({
  labels_overridden: where(parent, (name, value) => Object.hasOwn(own, name) && own[name] !== value),
  labels_added: where(own, (name) => !Object.hasOwn(parent, name)),
  labels_skipped: where(parent, (name) => !Object.hasOwn(own, name)),
});

const where = (labels: Labels, wanted: (name: string, value: string) => boolean): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name, value]) => wanted(name, value)));

/** Labels given replace the parent's, unless asked to be merged into them; none given means all of the parent's. */
export const effectiveLabels = (parent: Labels, given: Labels | undefined, merge: boolean): Labels => {
  if (given === undefined || Object.keys(given).length === 0) return parent;
  return merge ? { ...parent, ...given } : given;
};
