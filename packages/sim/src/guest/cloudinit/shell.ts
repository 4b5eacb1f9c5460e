/**
 * Just enough shell for node user data: `a && b || c ; d`, quotes, and `> file`. Programs the guest does not have anything to do
 * with succeed without effect, as they would on an image that carries them; `false` and `exit N` fail.
 */
export interface ShellPrograms {
  /** Answers the exit status, or undefined when this program is not the caller's. */
  run(program: string, args: readonly string[]): Promise<number | undefined>;
  writeFile(path: string, content: string, append: boolean): void;
  /** What a program prints, when it goes into a file; undefined: nothing. */
  output?(program: string, args: readonly string[]): string | undefined;
}

interface Command {
  readonly words: readonly string[];
  readonly redirect: { readonly path: string; readonly append: boolean } | undefined;
  /** What must be true of the status so far for this to run. */
  readonly when: "always" | "success" | "failure";
}

/** Runs one command line. @returns the exit status of the last command that ran */
export const runShell = async (line: string, programs: ShellPrograms): Promise<number> => {
  let status = 0;
  for (const command of parseLine(line)) {
    if (command.when === "success" && status !== 0) continue;
    if (command.when === "failure" && status === 0) continue;
    status = await runCommand(command, programs);
  }
  return status;
};

/** A script that began with `set -e`: the first line that fails ends it. */
export const runScript = async (script: string, programs: ShellPrograms): Promise<number> => {
  for (const line of script.split("\n")) {
    if (/^\s*(#|$)/.test(line)) continue;
    const status = await runShell(line, programs);
    if (status !== 0) return status;
  }
  return 0;
};

const runCommand = async ({ words, redirect }: Command, programs: ShellPrograms): Promise<number> => {
  const [program = "", ...args] = words;
  if (redirect !== undefined) {
    const content = program === "echo" ? `${args.join(" ")}\n` : (programs.output?.(program, args) ?? "");
    programs.writeFile(redirect.path, content, redirect.append);
  }
  if (program === "false") return 1;
  if (program === "exit") return Number.parseInt(args[0] ?? "0", 10) || 0;
  return (await programs.run(program, args)) ?? 0;
};

const parseLine = (line: string): readonly Command[] => {
  const commands: Command[] = [];
  let when: Command["when"] = "always";
  let words: string[] = [];
  let redirect: Command["redirect"];
  let pending: { append: boolean } | undefined;
  const flush = (next: Command["when"]) => {
    if (words.length > 0) commands.push({ words, redirect, when });
    words = [];
    redirect = undefined;
    when = next;
  };
  for (const token of tokens(line)) {
    if (token.kind === "word") {
      if (pending === undefined) words.push(token.text);
      else {
        redirect = { path: token.text, append: pending.append };
        pending = undefined;
      }
    } else if (token.text === "&&") flush("success");
    else if (token.text === "||") flush("failure");
    else if (token.text === ">" || token.text === ">>") pending = { append: token.text === ">>" };
    else flush("always");
  }
  flush("always");
  return commands;
};

type Token = { readonly kind: "word" | "operator"; readonly text: string };

const tokens = (line: string): readonly Token[] => {
  const found: Token[] = [];
  for (const match of line.matchAll(/(&&|\|\||>>|>|;|\n|\||&)|((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;&|>"'])+)/g)) {
    const [, operator, word] = match;
    if (operator !== undefined) found.push({ kind: "operator", text: operator });
    else if (word !== undefined) found.push({ kind: "word", text: unquote(word) });
  }
  return found;
};

const unquote = (word: string): string =>
  word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) =>
    double !== undefined ? double.replace(/\\(["\\$`])/g, "$1") : (single ?? escaped ?? ""),
  );
