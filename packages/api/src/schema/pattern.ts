import { RE2JS } from "re2js";

/**
 * Patterns are RE2, as in Kubernetes: anyone may write one in a CRD, and RE2 takes linear time on any input, where JavaScript's
 * own engine can be made to run for hours.
 */
export const compilePattern = (pattern: string): ((text: string) => boolean) => {
  const compiled = RE2JS.compile(pattern);
  return (text) => compiled.test(text);
};

export const matchesPattern = (pattern: string, text: string): boolean => compilePattern(pattern)(text);
