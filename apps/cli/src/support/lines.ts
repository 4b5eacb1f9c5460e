import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** At most; the newest. */
const mostCharacters = 20_000_000;

/** Lines of the program's log that name something, written since a time. Empty when there is no log. */
export const recentLines = async (
  file: string,
  { naming, since }: { readonly naming: string; readonly since: Date },
): Promise<string> => {
  if (!existsSync(file)) return "";
  const kept: string[] = [];
  let characters = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.includes(naming)) continue;
    const at = /"ts":"([^"]+)"/.exec(line)?.[1];
    if (at === undefined || Date.parse(at) < since.getTime()) continue;
    kept.push(line);
    characters += line.length + 1;
    while (characters > mostCharacters) characters -= (kept.shift()?.length ?? 0) + 1;
  }
  return kept.length === 0 ? "" : `${kept.join("\n")}\n`;
};
