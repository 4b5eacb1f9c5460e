import type { Node, VariableNode } from "./parse.ts";

/** The text of parsed nodes. An unset variable is the empty text; a default then takes its place. */
export const evaluate = (nodes: readonly Node[], lookUp: (name: string) => string): string =>
  nodes.map((node) => (node.type === "text" ? node.value : substitute(node, lookUp))).join("");

const substitute = ({ name, operator, args }: VariableNode, lookUp: (name: string) => string): string => {
  const value = lookUp(name);
  const [first, second] = args.map((arg) => evaluate(arg, lookUp));
  switch (operator) {
    case "length":
      return String(value.length);
    case ",":
      return value.slice(0, 1).toLowerCase() + value.slice(1);
    case ",,":
      return value.toLowerCase();
    case "^":
      return value.slice(0, 1).toUpperCase() + value.slice(1);
    case "^^":
      return value.toUpperCase();
    case ":":
      return substring(value, first ?? "", second);
    case "#":
      return value.slice(matchLength(value, first ?? "", "shortest"));
    case "##":
      return value.slice(matchLength(value, first ?? "", "longest"));
    case "%":
      return value.slice(0, value.length - matchLength(value, first ?? "", "shortest", true));
    case "%%":
      return value.slice(0, value.length - matchLength(value, first ?? "", "longest", true));
    case "/":
      return value.replace(first ?? "", () => second ?? "");
    case "//":
      return first === undefined || first === "" ? value : value.replaceAll(first, () => second ?? "");
    case "/#":
      return value.startsWith(first ?? "") ? `${second ?? ""}${value.slice(first?.length ?? 0)}` : value;
    case "/%":
      return value.endsWith(first ?? "") ? `${value.slice(0, value.length - (first?.length ?? 0))}${second ?? ""}` : value;
    default:
      return value === "" ? (first ?? "") : value;
  }
};

/** As bash: a place that is no number leaves the text whole, a negative one counts from the end. */
const substring = (value: string, place: string, length: string | undefined): string => {
  if (!isInteger(place) || (length !== undefined && !isInteger(length))) return value;
  const from = Number(place) < 0 ? Math.max(0, value.length + Number(place)) : Number(place);
  return length === undefined ? value.slice(from) : value.slice(from, from + Math.max(0, Number(length)));
};

const isInteger = (text: string): boolean => /^[+-]?\d+$/.test(text);

/** How much of a text's start (or end) a glob matches: 0 when nothing does. */
const matchLength = (value: string, glob: string, which: "shortest" | "longest", fromEnd = false): number => {
  const pattern = globPattern(glob);
  const lengths = Array.from({ length: value.length }, (_, index) => index + 1);
  const fits = (length: number) => pattern.test(fromEnd ? value.slice(value.length - length) : value.slice(0, length));
  return (which === "shortest" ? lengths.find(fits) : lengths.findLast(fits)) ?? 0;
};

/** `*` is anything, slashes too; `?` one character; `[a-z]` a class. */
const globPattern = (glob: string): RegExp => {
  const source = glob.replaceAll(/\[[^\]]+\]|[\s\S]/g, (part) => {
    if (part === "*") return "[\\s\\S]*";
    if (part === "?") return "[\\s\\S]";
    return part.length > 1 ? part : part.replace(/[.+^${}()|[\]\\]/, "\\$&");
  });
  return new RegExp(`^${source}$`);
};
