import type { Labels } from "../query/evaluate.ts";

/**
 * The part of Go's templates that the alerts' labels and annotations use: `{{ $labels.x }}`, `{{ $value }}` and
 * `{{ if $labels.x }}…{{ else }}…{{ end }}`. @throws SyntaxError for anything else, so that no rule can need more unnoticed
 */
export const fillTemplate = (template: string, labels: Labels, value: number): string => {
  const chosen = template.replaceAll(
    /\{\{ if \$labels\.(\w+) \}\}(.*?)\{\{ else \}\}(.*?)\{\{ end \}\}/g,
    (_, label: string, yes: string, no: string) => ((labels[label] ?? "") === "" ? no : yes),
  );
  return chosen.replaceAll(/\{\{ (.*?) \}\}/g, (_, expression: string) => {
    if (expression === "$value") return String(value);
    const label = /^\$labels\.(\w+)$/.exec(expression)?.[1];
    if (label === undefined) throw new SyntaxError(`an alert's text has ${JSON.stringify(expression)}, which is not known here`);
    return labels[label] ?? "";
  });
};
