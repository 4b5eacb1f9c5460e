import { invalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";
import { subdomainErrors } from "../meta/labels.ts";

/** How generated objects get their names. Chance is an argument. */

const longestName = 63;
const suffixLength = 5;
/** Kubernetes' letters for random names: no vowels, so no words; nothing that looks like another. */
export const nameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** @param random a number in [0, 1) */
export const randomSuffix = (random: () => number): string =>
  Array.from({ length: suffixLength }, () => nameAlphabet[Math.floor(random() * nameAlphabet.length)]).join("");

/** `<base>` and five random characters, cut so that it stays a name. */
export const simpleName = (base: string, suffix: string): string => `${base.slice(0, longestName - suffixLength)}${suffix}`;

export interface NameVariables {
  readonly [variable: string]: string;
}

/**
 * Fills `{{ .machineSet.name }}-{{ .random }}`. A name that comes out too long is cut and gets a random end of its own.
 * @throws Error for a variable that there is none of, or anything else than a variable between the braces
 */
export const nameFromTemplate = (template: string, variables: NameVariables, random: () => number): string => {
  const all: NameVariables = { ...variables, ".random": randomSuffix(random) };
  const rendered = template.replaceAll(/(?:\s*\{\{-\s|\{\{)(.*?)(?:\s-\}\}\s*|\}\})/g, (action, inner: string) => {
    const variable = inner.trim();
    if (!Object.hasOwn(all, variable)) {
      throw new Error(`${JSON.stringify(template)} has no variable ${JSON.stringify(variable)} (${action.trim()})`);
    }
    return all[variable] ?? "";
  });
  if (rendered.includes("{{")) throw new Error(`unclosed action in ${JSON.stringify(template)}`);
  return rendered.length > longestName ? simpleName(rendered, randomSuffix(random)) : rendered;
};

/** What is wrong with a naming strategy's template: `variables` are examples of what will fill it. */
export const namingTemplateErrors = (
  template: string | undefined,
  variables: NameVariables,
  path: string,
): readonly FieldError[] => {
  if (template === undefined || template === "") return [];
  const missing = template.includes("{{ .random }}")
    ? []
    : [invalid(path, template, "invalid template, {{ .random }} is missing")];
  try {
    const name = nameFromTemplate(template, variables, () => 0);
    return [
      ...missing,
      ...subdomainErrors(name).map((error) =>
        invalid(path, template, `invalid template, generated names would not be valid Kubernetes object names: ${error}`),
      ),
    ];
  } catch (error) {
    return [...missing, invalid(path, template, `invalid template: ${error instanceof Error ? error.message : String(error)}`)];
  }
};
