import type { LabelSelector } from "./selector.ts";
import { ApiError } from "./status.ts";

interface Labels {
  readonly [key: string]: string;
}

/** One term of a selector in its string form (`a in (b,c)`); all must hold. */
export type Requirement = {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "GreaterThan" | "LessThan";
  readonly values: readonly string[];
};

export const matchesRequirement = ({ key, operator, values }: Requirement, labels: Labels): boolean => {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "GreaterThan":
      return value !== undefined && /^-?\d+$/.test(value) && BigInt(value) > BigInt(values[0] ?? 0);
    case "LessThan":
      return value !== undefined && /^-?\d+$/.test(value) && BigInt(value) < BigInt(values[0] ?? 0);
  }
};

/** @throws ApiError BadRequest when the selector cannot be read */
export const requirementsOf = (selector: LabelSelector): readonly Requirement[] => [
  ...Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: "In", values: [value] })),
  ...(selector.matchExpressions ?? []).map(({ key, operator, values = [] }): Requirement => {
    switch (operator) {
      case "In":
      case "NotIn":
        if (values.length === 0)
          throw unreadable(`values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`);
        return { key, operator, values };
      case "Exists":
      case "DoesNotExist":
        if (values.length > 0)
          throw unreadable(`values: Invalid value: [${values}]: values set must be empty for exists and does not exist`);
        return { key, operator, values };
      default:
        throw unreadable(`"${operator}" is not a valid label selector operator`);
    }
  }),
];

/** Undefined selects nothing, an empty one everything, as in Kubernetes. */
export const matchesSelector = (selector: LabelSelector | undefined, labels: Labels = {}): boolean =>
  selector !== undefined && requirementsOf(selector).every((requirement) => matchesRequirement(requirement, labels));

export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;

/** `a=b,c in (d,e),!f` */
export const formatSelector = (selector: LabelSelector): string =>
  requirementsOf(selector)
    .toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(formatRequirement)
    .join(",");

const formatRequirement = ({ key, operator, values }: Requirement): string => {
  const sorted = [...values].sort();
  switch (operator) {
    case "In":
      return sorted.length === 1 ? `${key}=${sorted[0]}` : `${key} in (${sorted.join(",")})`;
    case "NotIn":
      return sorted.length === 1 ? `${key}!=${sorted[0]}` : `${key} notin (${sorted.join(",")})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    case "GreaterThan":
      return `${key}>${values[0]}`;
    case "LessThan":
      return `${key}<${values[0]}`;
  }
};

/** Reads the string form. @throws ApiError BadRequest */
export const parseSelector = (text: string): readonly Requirement[] => {
  const requirements: Requirement[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const match = term.exec(rest);
    if (!match) throw unreadable(`unable to parse requirement: found '${rest}', expected: identifier`);
    requirements.push(requirementOf(match));
    rest = rest.slice(match[0].length).trimStart();
    if (rest === "") break;
    if (!rest.startsWith(",")) throw unreadable(`found '${rest}', expected: ',' or 'end of string'`);
    rest = rest.slice(1).trimStart();
    if (rest === "") throw unreadable("found '', expected: identifier after ','");
  }
  return requirements;
};

const word = "[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?";
const value = "(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?";
const term = new RegExp(
  `^(?:!\\s*(${word})|(${word})(?:\\s+(in|notin)\\s*\\(([^)]*)\\)|\\s*(==|=|!=)\\s*(${value})|\\s*([<>])\\s*(-?\\d+))?)`,
);

const requirementOf = ([, absent, key = "", set, members, equality, equal, order, bound]: RegExpExecArray): Requirement => {
  if (absent !== undefined) return { key: absent, operator: "DoesNotExist", values: [] };
  if (set !== undefined) {
    const values = (members ?? "").split(",").map((member) => member.trim());
    return { key, operator: set === "in" ? "In" : "NotIn", values };
  }
  if (equality !== undefined) return { key, operator: equality === "!=" ? "NotIn" : "In", values: [equal ?? ""] };
  if (order !== undefined) return { key, operator: order === ">" ? "GreaterThan" : "LessThan", values: [bound ?? "0"] };
  return { key, operator: "Exists", values: [] };
};

const unreadable = (message: string): ApiError => new ApiError("BadRequest", `unable to parse label selector: ${message}`);
