import { evaluate } from "./evaluate.ts";
import { type Node, parseTemplate, TemplateError } from "./parse.ts";

/** A variable of a template: `default` is absent when a value must be given. */
export interface TemplateVariable {
  readonly name: string;
  readonly default?: string;
}

/** Values from flags, the environment and the configuration: undefined is unset, empty is set (CTL-016, CTL-031). */
export type Variables = (name: string) => string | undefined;

/** The variables of a template, sorted. Where a name occurs first decides whether it has a default (CTL-030). */
export const variablesOf = (template: string): readonly TemplateVariable[] => {
  const found = new Map<string, TemplateVariable>();
  for (const node of parseTemplate(withoutBlanks(template))) {
    if (node.type === "text" || found.has(node.name)) continue;
    const byDefault = node.args.flat().map(source).join("");
    found.set(node.name, byDefault === "" ? { name: node.name } : { name: node.name, default: byDefault });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** @throws TemplateError naming every variable that has neither a value nor a default */
export const substituteVariables = (template: string, variables: Variables): string => {
  const missing = variablesOf(template)
    .filter((variable) => variable.default === undefined && variables(variable.name) === undefined)
    .map(({ name }) => name);
  if (missing.length > 0) {
    throw new TemplateError(
      `value for variables [${missing.join(", ")}] is not set. Please set the value using os environment variables or the clusterctl config file`,
    );
  }
  return evaluate(parseTemplate(withoutBlanks(template)), (name) => variables(name) ?? "");
};

const source = (node: Node): string => (node.type === "text" ? node.value : `\${${node.name}}`);

/** Old templates write `${ VAR }` (CTL-029). */
const withoutBlanks = (template: string): string =>
  template.replaceAll(/\$\{\s*([A-Za-z0-9_$]+)\s*\}/g, (_, name) => `\${${name}}`);
