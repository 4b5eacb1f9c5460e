/** Keys whose values somebody could sign in with, wherever they stand. */
const secretKeys = /^(data|stringData|token|password|secret|content|certificateKey|key|user_?data|auth)$/i;

/** The same value with everything secret replaced by how long it was. Pure. */
export const redacted = (value: unknown, key = ""): unknown => {
  if (secretKeys.test(key) && value !== null && value !== undefined) return hidden(value);
  if (Array.isArray(value)) return value.map((item) => redacted(item));
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redacted(inner, name)]));
};

/** Of an object the names stay: which keys a Secret has is often the question. */
const hidden = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hidden(inner)]));
  return `(not shown: ${String(value).length} characters)`;
};
