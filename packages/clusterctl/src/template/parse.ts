/**
 * The grammar of envsubst as clusterctl's templates use it: text, `$$` for one dollar, `${VAR}` and the shell's functions on it.
 * Source of the rule: the drone/envsubst library that upstream calls; names are letters, digits and `_`.
 */
export type Node = TextNode | VariableNode;

export interface TextNode {
  readonly type: "text";
  readonly value: string;
}

export interface VariableNode {
  readonly type: "variable";
  readonly name: string;
  /** `:=`, `^^`, `//`…; empty for a plain `${VAR}`. */
  readonly operator: string;
  /** What the operator works with: each argument is a list of nodes, since defaults may hold variables. */
  readonly args: readonly (readonly Node[])[];
}

export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** @throws TemplateError with the line of a substitution that cannot be read */
export const parseTemplate = (text: string): readonly Node[] => {
  const nodes: Node[] = [];
  let position = 0;
  let pending = "";
  while (position < text.length) {
    const dollar = text.indexOf("$", position);
    if (dollar < 0) break;
    pending += text.slice(position, dollar);
    if (text.startsWith("$$", dollar)) {
      pending += "$";
      position = dollar + 2;
    } else if (text.startsWith("${", dollar)) {
      if (pending !== "") nodes.push({ type: "text", value: pending });
      pending = "";
      const { node, end } = parseVariable(text, dollar + 2);
      nodes.push(node);
      position = end;
    } else {
      pending += "$";
      position = dollar + 1;
    }
  }
  pending += text.slice(position);
  return pending === "" ? nodes : [...nodes, { type: "text", value: pending }];
};

interface Parsed {
  readonly node: VariableNode;
  /** After the closing brace. */
  readonly end: number;
}

/** Longer operators first: the first that fits is meant. */
const operators = [":=", ":-", ":?", ":+", "=", ",,", ",", "^^", "^", "##", "#", "%%", "%", "//", "/#", "/%", "/", ":"] as const;

const parseVariable = (text: string, start: number): Parsed => {
  if (text[start] === "#") return parseLength(text, start);
  const name = nameAt(text, start);
  const after = start + name.length;
  if (text[after] === "}") return { node: { type: "variable", name, operator: "", args: [] }, end: after + 1 };
  const operator = operators.find((candidate) => text.startsWith(candidate, after));
  if (operator === undefined) throw wrong(text, start, after < text.length ? "missing closing brace" : "it has no end");
  const { args, end } = argumentsOf(operator, text, after + operator.length);
  if (text[end] !== "}") throw wrong(text, start, "missing closing brace");
  return { node: { type: "variable", name, operator, args }, end: end + 1 };
};

const parseLength = (text: string, start: number): Parsed => {
  const name = nameAt(text, start + 1);
  const end = start + 1 + name.length;
  if (text[end] !== "}") throw wrong(text, start, "missing closing brace");
  return { node: { type: "variable", name, operator: "length", args: [] }, end: end + 1 };
};

interface Arguments {
  readonly args: readonly (readonly Node[])[];
  readonly end: number;
}

const argumentsOf = (operator: string, text: string, start: number): Arguments => {
  if (/^[,^]/.test(operator)) return { args: [], end: start };
  if (operator === ":") {
    const first = argumentUntil(text, start, ":}");
    if (text[first.end] !== ":") return { args: [first.nodes], end: first.end };
    const second = argumentUntil(text, first.end + 1, "}");
    return { args: [first.nodes, second.nodes], end: second.end };
  }
  if (operator.startsWith("/")) {
    const pattern = argumentUntil(text, start, "/", true);
    const replacement = argumentUntil(text, pattern.end + 1, "}", true);
    return { args: [pattern.nodes, replacement.nodes], end: replacement.end };
  }
  const word = argumentUntil(text, start, "}");
  return { args: word.nodes.length === 0 ? [] : [word.nodes], end: word.end };
};

/** Text and variables up to one of `stops`; a backslash keeps a slash or itself where `escapes` says so. */
const argumentUntil = (
  text: string,
  start: number,
  stops: string,
  escapes = false,
): { readonly nodes: readonly Node[]; readonly end: number } => {
  const nodes: Node[] = [];
  let pending = "";
  let position = start;
  const flush = () => {
    if (pending !== "") nodes.push({ type: "text", value: pending });
    pending = "";
  };
  while (position < text.length && !stops.includes(text[position] ?? "")) {
    if (text.startsWith("${", position)) {
      flush();
      const { node, end } = parseVariable(text, position + 2);
      nodes.push(node);
      position = end;
    } else {
      const escaped = escapes && /^\\[/\\]/.test(text.slice(position, position + 2));
      pending += text[escaped ? position + 1 : position] ?? "";
      position += escaped ? 2 : 1;
    }
  }
  if (position >= text.length) throw wrong(text, start, "missing closing brace");
  flush();
  return { nodes, end: position };
};

const nameAt = (text: string, start: number): string => {
  const name = /^[\p{L}\p{Nd}_]+/u.exec(text.slice(start, start + 256))?.[0];
  if (name === undefined) throw wrong(text, start, "there is no variable name");
  return name;
};

const wrong = (text: string, position: number, why: string): TemplateError => {
  const line = text.slice(0, position).split("\n").length;
  const near = text.slice(Math.max(0, position - 2), position + 30).split("\n")[0];
  return new TemplateError(`line ${line}: bad substitution "${near}": ${why}; write $$ for a dollar that is meant as such`);
};
