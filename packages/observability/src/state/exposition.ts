import type { KubeObject } from "@slipway/api";
import type { Family, FamilyHead, FamilyReader, Sample } from "./collect.ts";
import { escapeValue, formatValue } from "./value.ts";

export type Format = "text" | "openmetrics";

export const contentTypes: { readonly [format in Format]: string } = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** OpenMetrics for those who ask for it; everybody else reads the older text. */
export const negotiate = (accept: string | undefined): Format =>
  (accept ?? "").split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return type === "application/openmetrics-text" && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  })
    ? "openmetrics"
    : "text";

/** Families as a scrape reads them, without the end mark of OpenMetrics. */
export const renderFamilies = (families: readonly Family[], format: Format): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map((family) => `${familyHead(family, format)}${family.samples.map((sample) => line(family.name, sample)).join("")}`)
    .join("");

/** A family's samples of these objects. */
export const familyLines = (family: FamilyReader, objects: readonly KubeObject[]): string => {
  let text = "";
  for (const object of objects) text += family.lines(object);
  return text;
};

/** The older text knows neither `info` nor `stateset`: both are gauges there. */
export const familyHead = ({ name, help, type }: FamilyHead, format: Format): string =>
  `# HELP ${name} ${escapeHelp(help, format)}\n# TYPE ${name} ${format === "text" ? "gauge" : type}\n`;

const line = (name: string, { labels, value }: Sample): string => {
  let text = "";
  for (const [label, content] of labels) text += `${text === "" ? "" : ","}${label}="${escapeValue(content)}"`;
  return `${name}{${text}} ${formatValue(value)}\n`;
};

const escapeHelp = (help: string, format: Format): string => {
  const plain = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return format === "openmetrics" ? plain.replaceAll('"', '\\"') : plain;
};
