/** One `Warning` header a text, each once; when all of them grow too long every one is cut. */
export const warningHeaders = (texts: readonly string[]): readonly string[] => {
  const unique = [...new Set(texts)];
  const total = unique.reduce((sum, text) => sum + text.length, 0);
  const shortened = total > 4096 ? unique.map((text) => text.slice(0, 256)) : unique;
  return shortened.map((text) => `299 - "${escaped(text)}"`);
};

/** Header values are Latin-1 without line breaks; quotes and backslashes are escaped. */
const escaped = (text: string): string =>
  [...text.replace(/[\r\n\t]+/g, " ").replace(/["\\]/g, "\\$&")].filter((letter) => letter >= " " && letter <= "\u00ff").join("");
