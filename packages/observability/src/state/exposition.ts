import type { KubeObject } from "@slipway/api";
import { type Family, type FamilyHead, type FamilyReader, familyReaders, type Sample } from "./collect.ts";
import type { KindDeclaration } from "./declaration.ts";
import { formatValue } from "./value.ts";

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
    .map((family) => `${head(family, format)}${family.samples.map((sample) => line(family.name, sample)).join("")}`)
    .join("");

/** Objects that are looked at between two pieces: a piece takes about a millisecond. */
const objectsAPiece = 100;

/**
 * The same from many objects, in pieces: memory and the time between two pieces stay small whatever the number of objects, so
 * that whoever writes them out can let others work in between. An empty piece is only a pause.
 */
export function* renderState(
  kinds: readonly KindDeclaration[],
  read: (kind: KindDeclaration) => readonly KubeObject[],
  format: Format,
): Generator<string> {
  for (const kind of kinds) {
    const objects = read(kind);
    if (objects.length === 0) continue;
    for (const family of familyReaders(kind)) yield* renderFamily(family, objects, format);
  }
}

function* renderFamily(family: FamilyReader, objects: readonly KubeObject[], format: Format): Generator<string> {
  let begun = false;
  for (let from = 0; from < objects.length; from += objectsAPiece) {
    let piece = "";
    for (const object of objects.slice(from, from + objectsAPiece))
      for (const sample of family.read(object)) piece += line(family.name, sample);
    yield piece === "" || begun ? piece : `${head(family, format)}${piece}`;
    begun ||= piece !== "";
  }
}

/** The older text knows neither `info` nor `stateset`: both are gauges there. */
const head = ({ name, help, type }: FamilyHead, format: Format): string =>
  `# HELP ${name} ${escapeHelp(help, format)}\n# TYPE ${name} ${format === "text" ? "gauge" : type}\n`;

const line = (name: string, { labels, value }: Sample): string => {
  let text = "";
  for (const [label, content] of labels) text += `${text === "" ? "" : ","}${label}="${escapeValue(content)}"`;
  return `${name}{${text}} ${formatValue(value)}\n`;
};

const special = /[\\\n"]/;
const escapeValue = (value: string): string =>
  special.test(value) ? value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"') : value;
const escapeHelp = (help: string, format: Format): string => {
  const plain = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return format === "openmetrics" ? plain.replaceAll('"', '\\"') : plain;
};
