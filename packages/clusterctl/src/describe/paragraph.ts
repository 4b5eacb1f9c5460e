/** Breaks each line of a text before `width` characters, between words; what follows a bullet stays under it (CTL-098). */
export const paragraph = (text: string, width: number): readonly string[] =>
  text.split("\n").flatMap((line) => wrapped(line, width));

const wrapped = (line: string, width: number): readonly string[] => {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const hanging = line.trimStart().startsWith("* ") ? `${indent}  ` : indent;
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trim().split(/\s+/)) {
    const isEmpty = current.trim() === "";
    if (isEmpty || current.length + word.length < width) current += isEmpty ? word : ` ${word}`;
    else {
      lines.push(current);
      current = `${hanging}${word}`;
    }
  }
  return [...lines, current];
};
