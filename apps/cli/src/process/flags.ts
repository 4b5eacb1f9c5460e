import type { Command, Option } from "commander";

/**
 * Scripts that know Go's flags write `--grouping=false`, which commander does not take for an option without a value. `=true` is the
 * plain option; `=false` its negation where there is one, and nothing where it is off anyway.
 */
export const plainBooleans = (program: Command, words: readonly string[]): readonly string[] => {
  const options = optionsOf(program);
  const end = words.indexOf("--");
  return words.flatMap((word, index) => {
    const [, name, value] = /^--([a-z0-9-]+)=(true|false|t|f|1|0)$/i.exec(word) ?? [];
    if (name === undefined || value === undefined || (end >= 0 && index > end)) return [word];
    const own = options.filter(({ long }) => long === `--${name}`);
    if (own.length === 0 || !own.every((option) => option.isBoolean())) return [word];
    if (/^(true|t|1)$/i.test(value)) return [`--${name}`];
    return options.some(({ long }) => long === `--no-${name}`) ? [`--no-${name}`] : [];
  });
};

const optionsOf = (command: Command): readonly Option[] => [...command.options, ...command.commands.flatMap(optionsOf)];
