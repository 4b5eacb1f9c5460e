import { CloudInitError } from "./parse.ts";

interface Values {
  readonly [name: string]: string | Values;
}

/**
 * The part of Jinja that node user data uses: `{{ a.b.c }}` and `{{ a["b"] }}`. As in cloud-init, an unknown name is left in the
 * text as `CI_MISSING_JINJA_VAR/name`; statements (`{% … %}`) are refused rather than half understood.
 */
export const renderJinja = (text: string, values: Values): string => {
  if (/\{%/.test(text)) throw new CloudInitError("jinja statements ({% … %}) are not supported by the simulated guest");
  return text.replace(/\{\{-?\s*([^}]*?)\s*-?\}\}/g, (_, expression: string) => {
    const path = expression.replace(/\[\s*["']([^"']+)["']\s*\]/g, ".$1").split(".");
    let value: string | Values | undefined = values;
    for (const name of path) value = typeof value === "object" ? (value[name] ?? value[name.replaceAll("-", "_")]) : undefined;
    return typeof value === "string" ? value : `CI_MISSING_JINJA_VAR/${expression}`;
  });
};
