import { jsonText } from "@slipway/api/json/index.ts";
import { badRequest } from "./errors.ts";
import { labelValueProblems, qualifiedNameProblems } from "./names.ts";

export type Labels = { readonly [key: string]: string } | undefined;
export type LabelMatch = (labels: Labels) => boolean;

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | ">" | "<";
  readonly values: readonly string[];
}

/** `a=b,c in (d,e),!f`. @throws ApiError BadRequest with Kubernetes' texts */
export const parseLabelSelector = (text: string): readonly LabelRequirement[] => {
  const tokens = tokenize(text);
  const requirements: LabelRequirement[] = [];
  let at = 0;
  const peek = (): Token => tokens[at] ?? { kind: "end", text: "" };
  const take = (): Token => tokens[at++] ?? { kind: "end", text: "" };
  const unexpected = (found: Token, expected: string) =>
    badRequest(`unable to parse requirement: found '${found.text}', expected: ${expected}`);

  const values = (): string[] => {
    const open = take();
    if (open.kind !== "(") throw unexpected(open, "'('");
    const found: string[] = [];
    let last: "value" | "comma" = "comma";
    for (;;) {
      const token = take();
      if (token.kind === "word" || token.kind === "in" || token.kind === "notin") {
        if (last === "value") throw unexpected(token, "',', or ')'");
        found.push(token.text);
        last = "value";
      } else if (token.kind === ",") {
        // `in (,a)` includes the empty value.
        if (last === "comma") found.push("");
        last = "comma";
      } else if (token.kind === ")") {
        if (last === "comma") found.push("");
        return [...new Set(found)].sort();
      } else throw unexpected(token, "',', ')' or identifier");
    }
  };

  const requirement = (): LabelRequirement => {
    const first = take();
    if (first.kind === "!") {
      const key = take();
      if (key.kind !== "word") throw unexpected(key, "identifier");
      return { key: checkKey(key.text), operator: "!", values: [] };
    }
    if (first.kind !== "word" && first.kind !== "in" && first.kind !== "notin")
      throw unexpected(first, "!, identifier, or 'end of string'");
    const key = checkKey(first.text);
    const next = peek();
    if (next.kind === "end" || next.kind === ",") return { key, operator: "exists", values: [] };
    const operator = take();
    switch (operator.kind) {
      case "in":
      case "notin":
        return { key, operator: operator.kind, values: values().map((value) => checkValue(key, value)) };
      case "=":
      case "==":
      case "!=":
      case ">":
      case "<": {
        const value = peek();
        if (value.kind === "end" || value.kind === ",") {
          if (operator.kind === ">" || operator.kind === "<") throw notInteger();
          return { key, operator: operator.kind, values: [""] };
        }
        take();
        if (value.kind !== "word" && value.kind !== "in" && value.kind !== "notin") throw unexpected(value, "identifier");
        if ((operator.kind === ">" || operator.kind === "<") && !/^-?\d+$/.test(value.text)) throw notInteger();
        return { key, operator: operator.kind, values: [checkValue(key, value.text)] };
      }
      default:
        throw unexpected(operator, "in, notin, =, ==, !=, gt, lt");
    }
  };

  if (peek().kind === "end") return [];
  for (;;) {
    requirements.push(requirement());
    const separator = take();
    if (separator.kind === "end") return requirements;
    if (separator.kind !== ",") throw unexpected(separator, "',' or 'end of string'");
    const next = peek();
    if (next.kind !== "word" && next.kind !== "!" && next.kind !== "in" && next.kind !== "notin") {
      throw unexpected(next, "identifier after ','");
    }
  }
};

const notInteger = () => badRequest("unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer");

const checkKey = (key: string): string => {
  const problems = qualifiedNameProblems(key);
  if (problems.length === 0) return key;
  throw badRequest(`unable to parse requirement: <nil>: Invalid value: ${jsonText(key)}: ${problems.join("; ")}`);
};
const checkValue = (key: string, value: string): string => {
  const problems = labelValueProblems(value);
  if (problems.length === 0) return value;
  throw badRequest(`unable to parse requirement: values[0][${key}]: Invalid value: ${jsonText(value)}: ${problems.join("; ")}`);
};

interface Token {
  readonly kind: "word" | "in" | "notin" | "end" | "!" | "=" | "==" | "!=" | ">" | "<" | "(" | ")" | ",";
  readonly text: string;
}

const tokenize = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  const pattern = /\s*(?:(!=|==|[=!<>(),])|([^\s=!<>(),]+))/gy;
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const match = pattern.exec(text);
    if (match === null) break;
    const [, sign, word] = match;
    if (sign !== undefined) tokens.push({ kind: sign as Token["kind"], text: sign });
    else if (word === "in" || word === "notin") tokens.push({ kind: word, text: word });
    else tokens.push({ kind: "word", text: word ?? "" });
  }
  return tokens;
};

export const labelMatch = (requirements: readonly LabelRequirement[]): LabelMatch => {
  if (requirements.length === 0) return () => true;
  return (labels) => requirements.every((requirement) => meets(requirement, labels));
};

const meets = ({ key, operator, values }: LabelRequirement, labels: Labels): boolean => {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case ">":
    case "<": {
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      const difference = BigInt(value) - BigInt(values[0] ?? "0");
      return operator === ">" ? difference > 0n : difference < 0n;
    }
  }
};
