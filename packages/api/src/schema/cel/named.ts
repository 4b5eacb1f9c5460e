import { type Environment, Optional } from "@marcbachmann/cel-js";
import semver from "semver";
import { formats } from "../formats.ts";

/** `format.dns1123Label().validate("x")`: what Kubernetes itself checks names and values by. */
class NamedFormat {
  readonly name: string;
  readonly problems: (text: string) => readonly string[];
  constructor(name: string, problems: (text: string) => readonly string[]) {
    this.name = name;
    this.problems = problems;
  }
}

class FormatNamespace {}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const matching = (pattern: string, most: number, what: string) => {
  const expression = new RegExp(`^(?:${pattern})$`);
  return (text: string): readonly string[] => [
    ...(text.length > most ? [`must be no more than ${most} bytes`] : []),
    ...(expression.test(text) ? [] : [`${what} (regex used for validation is '${pattern}')`]),
  ];
};
/** A name that is yet to get its end. */
const prefix = (problems: (text: string) => readonly string[]) => (text: string) =>
  problems(text.endsWith("-") ? `${text.slice(0, -1)}a` : text);
const stringFormat = (name: string, what: string) => (text: string) => (formats[name]?.(text) ? [] : [what]);

const dns1123Label = matching(label, 63, "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'");
const dns1123Subdomain = matching(
  `${label}(\\.${label})*`,
  253,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'",
);
const dns1035Label = matching(
  "[a-z]([-a-z0-9]*[a-z0-9])?",
  63,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', and start with an alphabetic character",
);
const labelValue = matching(
  `(${qualified})?`,
  63,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'",
);
const qualifiedPart = matching(qualified, 63, "name part must consist of alphanumeric characters, '-', '_' or '.'");
const qualifiedName = (text: string): readonly string[] => {
  const parts = text.split("/");
  if (parts.length > 2) return ["a qualified name must consist of an optional DNS subdomain prefix and a name"];
  const [name = "", domain] = parts.toReversed();
  return [...(domain === undefined ? [] : dns1123Subdomain(domain)), ...qualifiedPart(name)];
};

const named: { readonly [name: string]: (text: string) => readonly string[] } = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  dns1123LabelPrefix: prefix(dns1123Label),
  dns1123SubdomainPrefix: prefix(dns1123Subdomain),
  dns1035LabelPrefix: prefix(dns1035Label),
  labelValue,
  uri: stringFormat("uri", "must be a valid URI"),
  uuid: stringFormat("uuid", "does not match the UUID format"),
  byte: stringFormat("byte", "invalid base64"),
  date: stringFormat("date", "invalid date"),
  datetime: stringFormat("date-time", "invalid datetime"),
};

export const registerFormats = (environment: Environment): void => {
  environment
    .registerType("NamedFormat", { ctor: NamedFormat, fields: {} })
    .registerType("FormatNamespace", { ctor: FormatNamespace, fields: {} })
    .registerConstant("format", "FormatNamespace", new FormatNamespace())
    .registerFunction("FormatNamespace.named(string): optional<NamedFormat>", (_of: FormatNamespace, name: string) => {
      const problems = Object.hasOwn(named, name) ? named[name] : undefined;
      return problems === undefined ? Optional.none() : Optional.of(new NamedFormat(name, problems));
    })
    .registerFunction("NamedFormat.validate(string): optional<list<string>>", ({ problems }: NamedFormat, text: string) => {
      const found = problems(text);
      return found.length === 0 ? Optional.none() : Optional.of(found);
    });
  for (const [name, problems] of Object.entries(named)) {
    const format = new NamedFormat(name, problems);
    environment.registerFunction(`FormatNamespace.${name}(): NamedFormat`, () => format);
  }
};

/** `semver("1.2.3")` */
class Semver {
  readonly version: semver.SemVer;
  constructor(version: semver.SemVer) {
    this.version = version;
  }
}

/** Lenient: a `v` in front, missing parts and leading zeros are made good. */
const parsed = (text: string, lenient: boolean): semver.SemVer | null => {
  if (!lenient) return /^\d/.test(text) ? semver.parse(text) : null;
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(.*)$/.exec(text);
  if (match === null) return null;
  const [, major, minor = "0", patch = "0", rest = ""] = match;
  return semver.parse(`${Number(major)}.${Number(minor)}.${Number(patch)}${rest}`);
};

const semverOf = (text: string, lenient: boolean): Semver => {
  const version = parsed(text, lenient);
  if (version === null) throw new Error(`No Major.Minor.Patch elements found: ${JSON.stringify(text)}`);
  return new Semver(version);
};

export const registerSemver = (environment: Environment): void => {
  const compare = (a: Semver, b: Semver): number => semver.compare(a.version, b.version);
  environment
    .registerType("Semver", { ctor: Semver, fields: {} })
    .registerFunction("isSemver(string): bool", (text: string) => parsed(text, false) !== null)
    .registerFunction("isSemver(string, bool): bool", (text: string, lenient: boolean) => parsed(text, lenient) !== null)
    .registerFunction("semver(string): Semver", (text: string) => semverOf(text, false))
    .registerFunction("semver(string, bool): Semver", semverOf)
    .registerFunction("Semver.major(): int", ({ version }: Semver) => BigInt(version.major))
    .registerFunction("Semver.minor(): int", ({ version }: Semver) => BigInt(version.minor))
    .registerFunction("Semver.patch(): int", ({ version }: Semver) => BigInt(version.patch))
    .registerFunction("Semver.isLessThan(Semver): bool", (a: Semver, b: Semver) => compare(a, b) < 0)
    .registerFunction("Semver.isGreaterThan(Semver): bool", (a: Semver, b: Semver) => compare(a, b) > 0)
    .registerFunction("Semver.compareTo(Semver): int", (a: Semver, b: Semver) => BigInt(compare(a, b)))
    .registerOperator("Semver == Semver", (a: Semver, b: Semver) => compare(a, b) === 0);
};
