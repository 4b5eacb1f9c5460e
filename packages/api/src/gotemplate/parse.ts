import { builtinFunctions } from "./functions.ts";
import { lex, type Token } from "./lex.ts";

/** A Go template (`text/template`) as a tree. */
export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "action"; readonly pipe: Pipe; readonly line: number }
  | {
      readonly type: "if" | "range" | "with";
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[] | undefined;
      readonly line: number;
    }
  | { readonly type: "template"; readonly name: string; readonly pipe: Pipe | undefined; readonly line: number }
  | { readonly type: "break" | "continue"; readonly line: number };

/** `$a, $b := first | second` */
export interface Pipe {
  readonly declared: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}
/** A function or a value, and what it is given. */
export type Command = readonly Operand[];

export type Operand =
  | { readonly type: "dot" }
  | { readonly type: "nil" }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "number"; readonly text: string }
  | { readonly type: "field"; readonly path: readonly string[] }
  | { readonly type: "variable"; readonly name: string; readonly path: readonly string[] }
  | { readonly type: "function"; readonly name: string }
  | { readonly type: "pipe"; readonly pipe: Pipe; readonly path: readonly string[] };

export interface Template {
  readonly nodes: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

/** @throws Error in Go's words, with the line */
export const parseTemplate = (source: string, functions: ReadonlySet<string>): Template => {
  const tokens = lex(source);
  const defined = new Map<string, readonly Node[]>();
  const scopes: string[][] = [["$"]];
  let at = 0;
  let loops = 0;

  const line = (): number => tokens[Math.min(at, tokens.length - 1)]?.line ?? 1;
  const fail = (text: string): Error => new Error(`template:${line()}: ${text}`);
  const peek = (): Token | undefined => tokens[at];
  const take = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw fail("unexpected EOF");
    at += 1;
    return token;
  };
  const skipSpace = (): boolean => {
    const found = peek()?.type === "space";
    if (found) at += 1;
    return found;
  };
  const close = (what: string): void => {
    skipSpace();
    const token = take();
    if (token.type !== "close") throw fail(`unexpected ${JSON.stringify(token.text)} in ${what}`);
  };
  const name = (what: string): string => {
    skipSpace();
    const token = take();
    if (token.type !== "string") throw fail(`unexpected ${JSON.stringify(token.text)} in ${what}`);
    return unquoted(token.text);
  };

  /** Until one of these words; answers which it was. */
  const list = (ends: readonly string[]): { readonly nodes: readonly Node[]; readonly end: string } => {
    const nodes: Node[] = [];
    for (;;) {
      const token = peek();
      if (token === undefined) {
        if (ends.length === 0) return { nodes, end: "" };
        throw fail("unexpected EOF");
      }
      at += 1;
      if (token.type === "text") {
        if (token.text !== "") nodes.push({ type: "text", text: token.text });
        continue;
      }
      skipSpace();
      const word = peek();
      if (word?.type === "word" && (word.text === "end" || word.text === "else")) {
        at += 1;
        if (!ends.includes(word.text)) throw fail(`unexpected {{${word.text}}}`);
        return { nodes, end: word.text };
      }
      const node = action();
      if (node !== undefined) nodes.push(node);
    }
  };

  const action = (): Node | undefined => {
    const word = peek();
    const here = line();
    if (word?.type === "word") {
      switch (word.text) {
        case "if":
        case "range":
        case "with":
          at += 1;
          return control(word.text, here);
        case "break":
        case "continue":
          if (tokens[at + 1]?.type === "close" || tokens[at + 2]?.type === "close") {
            at += 1;
            close(word.text);
            if (loops === 0) throw fail(`{{${word.text}}} outside {{range}}`);
            return { type: word.text, line: here };
          }
          break;
        case "define": {
          at += 1;
          const defines = name("define clause");
          close("define clause");
          scopes.push(["$"]);
          defined.set(defines, list(["end"]).nodes);
          close("end");
          scopes.pop();
          return undefined;
        }
        case "block": {
          at += 1;
          const block = name("block clause");
          const pipe = pipeline("block clause");
          close("block clause");
          scopes.push(["$"]);
          defined.set(block, list(["end"]).nodes);
          close("end");
          scopes.pop();
          return { type: "template", name: block, pipe, line: here };
        }
        case "template": {
          at += 1;
          const called = name("template clause");
          skipSpace();
          const pipe = peek()?.type === "close" ? undefined : pipeline("template clause");
          close("template clause");
          return { type: "template", name: called, pipe, line: here };
        }
      }
    }
    const pipe = pipeline("command");
    close("command");
    return { type: "action", pipe, line: here };
  };

  const control = (type: "if" | "range" | "with", here: number): Node => {
    scopes.push([]);
    const pipe = pipeline(type);
    close(type);
    if (type === "range") loops += 1;
    const body = list(["end", "else"]);
    if (type === "range") loops -= 1;
    let otherwise: readonly Node[] | undefined;
    if (body.end === "else") {
      skipSpace();
      const next = peek();
      if (next?.type === "word" && (next.text === "if" || next.text === "with") && type !== "range") {
        at += 1;
        otherwise = [control(next.text, line())];
        scopes.pop();
        return { type, pipe, body: body.nodes, otherwise, line: here };
      }
      close("else");
      otherwise = list(["end"]).nodes;
    }
    close("end");
    scopes.pop();
    return { type, pipe, body: body.nodes, otherwise, line: here };
  };

  const pipeline = (what: string): Pipe => {
    skipSpace();
    const start = at;
    const declared: string[] = [];
    let assigns = false;
    while (peek()?.type === "variable" && !peek()?.text.includes(".")) {
      const variable = take().text;
      skipSpace();
      const sign = peek();
      if (sign?.type === "sign" && (sign.text === ":=" || sign.text === "=")) {
        declared.push(variable);
        assigns = sign.text === "=";
        at += 1;
        break;
      }
      if (sign?.type === "sign" && sign.text === "," && what === "range" && declared.length < 1) {
        declared.push(variable);
        at += 1;
        skipSpace();
        continue;
      }
      // It was a value, not a declaration.
      at = start;
      declared.length = 0;
      break;
    }
    const commands: Command[] = [];
    for (;;) {
      skipSpace();
      const token = peek();
      if (token === undefined) throw fail("unclosed action");
      if (token.type === "close" || (token.type === "sign" && token.text === ")")) {
        if (commands.length === 0) throw fail(`missing value for ${what}`);
        break;
      }
      commands.push(command(what));
      skipSpace();
      if (peek()?.type === "sign" && peek()?.text === "|") {
        at += 1;
        skipSpace();
        const next = peek();
        if (next === undefined || next.type === "close") throw fail(`missing value for ${what}`);
      }
    }
    for (const [index, one] of commands.entries()) {
      const first = one[0];
      if (index > 0 && first !== undefined && ["bool", "string", "number", "nil", "dot"].includes(first.type)) {
        throw fail(`non executable command in pipeline stage ${index + 1}`);
      }
    }
    if (assigns) for (const variable of declared) known(variable);
    else scopes[scopes.length - 1]?.push(...declared);
    return { declared, assigns, commands };
  };

  const command = (what: string): Command => {
    const operands: Operand[] = [];
    for (;;) {
      skipSpace();
      const token = peek();
      if (
        token === undefined ||
        token.type === "close" ||
        (token.type === "sign" && (token.text === "|" || token.text === ")"))
      ) {
        if (operands.length === 0) throw fail(token?.text === "|" ? "missing value for command" : `missing value for ${what}`);
        return operands;
      }
      operands.push(operand());
    }
  };

  const known = (variable: string): void => {
    if (!scopes.some((scope) => scope.includes(variable))) throw fail(`undefined variable ${JSON.stringify(variable)}`);
  };

  const operand = (): Operand => {
    const token = take();
    switch (token.type) {
      case "string":
        return { type: "string", value: unquoted(token.text) };
      case "char":
      case "number":
        return { type: "number", text: token.text };
      case "field":
        return { type: "field", path: token.text.slice(1).split(".") };
      case "variable": {
        const [variable = "", ...path] = token.text.split(".");
        known(variable);
        return { type: "variable", name: variable, path };
      }
      case "word":
        if (token.text === "true" || token.text === "false") return { type: "bool", value: token.text === "true" };
        if (token.text === "nil") return { type: "nil" };
        if (!functions.has(token.text) && !builtinFunctions.has(token.text))
          throw fail(`function ${JSON.stringify(token.text)} not defined`);
        return { type: "function", name: token.text };
      case "sign":
        if (token.text === ".") return { type: "dot" };
        if (token.text === "(") {
          const pipe = pipeline("parenthesized pipeline");
          skipSpace();
          const end = take();
          if (end.text !== ")") throw fail("unclosed left paren");
          const field = peek();
          if (field?.type !== "field") return { type: "pipe", pipe, path: [] };
          at += 1;
          return { type: "pipe", pipe, path: field.text.slice(1).split(".") };
        }
    }
    throw fail(`unexpected ${JSON.stringify(token.text)} in operand`);
  };

  return { nodes: list([]).nodes, defined };
};

const unquoted = (text: string): string => {
  if (text.startsWith("`")) return text.slice(1, -1);
  try {
    return JSON.parse(
      text
        .replaceAll(/\\x([0-9a-fA-F]{2})/g, "\\u00$1")
        .replaceAll("\\a", "\\u0007")
        .replaceAll("\\v", "\\u000b"),
    );
  } catch {
    return text.slice(1, -1);
  }
};
