/** RFC 3339, in UTC and whole seconds, as Kubernetes writes it; what is no time stays as it is. */
export const canonicalTime = (text: string): string => {
  const milliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? text : new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
};
