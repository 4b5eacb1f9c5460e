/** One word of an action, or the text between actions. */
export interface Token {
  readonly type: "text" | "open" | "close" | "word" | "field" | "variable" | "string" | "number" | "char" | "sign" | "space";
  readonly text: string;
  readonly line: number;
}

const action: readonly (readonly [Token["type"], RegExp])[] = [
  ["space", /\s+/y],
  ["string", /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ["char", /'(?:[^'\\\n]|\\.)+'/y],
  ["number", /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d+)i?/y],
  ["field", /(?:\.[\p{L}_][\p{L}\p{N}_]*)+/uy],
  ["variable", /\$[\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/uy],
  ["word", /[\p{L}_][\p{L}\p{N}_]*/uy],
  ["sign", /:=|[().,|=]/y],
];

/** Text and actions of a Go template; `{{-` and `-}}` take the blanks beside them. @throws Error with the line */
export const lex = (source: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const put = (type: Token["type"], text: string): void => {
    tokens.push({ type, text, line });
    line += text.split("\n").length - 1;
  };
  while (at < source.length) {
    const open = source.indexOf("{{", at);
    if (open < 0) {
      put("text", source.slice(at));
      return tokens;
    }
    const trims = /^\{\{-\s/.test(source.slice(open, open + 4));
    const before = source.slice(at, open);
    put("text", trims ? before.trimEnd() : before);
    at = open + (trims ? 3 : 2);
    const comment = /^\s*\/\*/.exec(source.slice(at));
    if (comment !== null) {
      const end = source.indexOf("*/", at);
      const close = end < 0 ? null : /^\*\/(\s-)?\}\}/.exec(source.slice(end));
      if (end < 0) throw new Error(`template:${line}: unclosed comment`);
      if (close === null) throw new Error(`template:${line}: comment ends before closing delimiter`);
      at = skipBlanks(source, end + close[0].length, close[1] !== undefined);
      continue;
    }
    put("open", "{{");
    at = lexAction(source, at, put, () => line);
  }
  return tokens;
};

const skipBlanks = (source: string, at: number, trims: boolean): number =>
  trims ? at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0) : at;

const lexAction = (
  source: string,
  start: number,
  put: (type: Token["type"], text: string) => void,
  line: () => number,
): number => {
  let at = start;
  while (at < source.length) {
    const close = /^(?:\s-)?\}\}/.exec(source.slice(at, at + 4));
    if (close !== null) {
      put("close", "}}");
      return skipBlanks(source, at + close[0].length, close[0].includes("-"));
    }
    const next = action.flatMap(([type, pattern]) => {
      pattern.lastIndex = at;
      const text = pattern.exec(source)?.[0];
      return text === undefined ? [] : [{ type, text }];
    })[0];
    if (next === undefined) {
      const letter = source[at] ?? "";
      if (letter === '"') throw new Error(`template:${line()}: unterminated quoted string`);
      if (letter === "`") throw new Error(`template:${line()}: unterminated raw quoted string`);
      throw new Error(`template:${line()}: unexpected ${JSON.stringify(letter)} in command`);
    }
    put(next.type, next.text);
    at += next.text.length;
  }
  throw new Error(`template:${line()}: unclosed action`);
};
