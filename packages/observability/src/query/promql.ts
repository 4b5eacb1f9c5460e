import type { Query, Where } from "./query.ts";

/** As Prometheus reads it. */
export const promql = (query: Query): string => {
  switch (query.op) {
    case "series":
      return `${query.family}${matchers(query.where)}`;
    case "max": {
      const inner = promql(query.of);
      return `max by (${query.by.join(", ")}) (${inner.includes("\n") ? `\n${indented(inner)}\n` : inner})`;
    }
    case "minus":
      return `(\n${indented(`${promql(query.left)}\n- ${promql(query.right)}`)}\n)`;
    case "take":
      return `${promql(query.left)}\n* on (${query.on.join(", ")}) group_left (${query.labels.join(", ")})\n${promql(query.right)}`;
    case "unless":
    case "and":
      return `${promql(query.left)}\n${query.op} on (${query.on.join(", ")})\n${indented(bracketed(query.right))}`;
    case "is":
      return `${promql(query.left)} ${query.sign} ${query.value}`;
    case "rename":
      return `label_replace(${promql(query.of)}, "${query.to}", "$1", "${query.from}", "(.+)")`;
    case "or":
      return `${promql(query.left)}\nor\n${bracketed(query.right)}`;
    case "within":
      return `${query.seconds} - (${query.of.op === "is" ? `(${promql(query.of)})` : promql(query.of)} - time())`;
  }
};

/** Set operators bind weakest and to the left: what stands on their right is one thing. */
const bracketed = (query: Query): string =>
  query.op === "unless" || query.op === "and" || query.op === "or" ? `(\n${indented(promql(query))}\n)` : promql(query);

const matchers = (where: Where): string => {
  const all = Object.entries(where).map(([label, value]) =>
    typeof value === "string" ? `${label}=${JSON.stringify(value)}` : `${label}=~${JSON.stringify(value.join("|"))}`,
  );
  return all.length === 0 ? "" : `{${all.join(", ")}}`;
};

export const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
