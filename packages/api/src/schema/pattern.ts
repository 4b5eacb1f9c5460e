import { RE2JS } from "re2js";

/**
 * Patterns are RE2, as in Kubernetes: anyone may write one in a CRD, and RE2 takes linear time on any input, where JavaScript's
 * own engine can be made to run for hours.
 */
export const compilePattern = (pattern: string): ((text: string) => boolean) => {
  const compiled = known.get(pattern) ?? RE2JS.compile(pattern);
  if (known.size < mostKnown) known.set(pattern, compiled);
  return (text) => compiled.test(text);
};

/** The same few patterns stand in hundreds of fields, and compiling is what costs. Only a memo: what is in it never matters. */
const known = new Map<string, RE2JS>();
const mostKnown = 1000;
