/** `JSON.stringify` that also writes a `bigint`, as the number that it is. */
export const jsonText = (value: unknown, indent?: number): string => {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // It refuses bigints, and few values hold one.
    if (!(error instanceof TypeError) || !error.message.includes("BigInt")) throw error;
    return write(value, indent === undefined ? "" : " ".repeat(indent), "") ?? "null";
  }
};

/** Whole numbers of JSON, in both of their forms. */
export const isWhole = (value: unknown): value is number | bigint => typeof value === "bigint" || Number.isInteger(value);

/** Undefined: what JSON leaves out. */
const write = (value: unknown, step: string, margin: string): string | undefined => {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if ("toJSON" in value && typeof value.toJSON === "function") return write(value.toJSON(), step, margin);
  const inner = margin + step;
  const parts = Array.isArray(value)
    ? value.map((item) => write(item, step, inner) ?? "null")
    : Object.entries(value).flatMap(([key, field]) => {
        const text = write(field, step, inner);
        return text === undefined ? [] : [`${JSON.stringify(key)}:${step === "" ? "" : " "}${text}`];
      });
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (step === "" || parts.length === 0) return `${open}${parts.join(",")}${close}`;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${margin}${close}`;
};
