/** What names, labels and annotations may look like, in the words of `k8s.io/apimachinery/pkg/util/validation`. */

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const dns1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const qualifiedName = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${subdomain}$`);
const dns1035Pattern = new RegExp(`^${dns1035}$`);
const qualifiedPattern = new RegExp(`^${qualifiedName}$`);
const labelValuePattern = new RegExp(`^(${qualifiedName})?$`);

const longerThan = (length: number): string => `must be no more than ${length} characters`;
const usedForValidation = (examples: readonly string[], pattern: string): string =>
  `(e.g. ${examples.map((example) => `'${example}'`).join(",  or ")}, regex used for validation is '${pattern}')`;

export type NameRule = "subdomain" | "label" | "dns1035" | "path";

/** What is wrong with a name; `prefix`: it is a `generateName`, whose end is still to come. */
export const nameProblems = (rule: NameRule, name: string, prefix = false): readonly string[] => {
  const whole = prefix && name.endsWith("-") ? `${name.slice(0, -1)}a` : name;
  switch (rule) {
    case "subdomain":
      return subdomainProblems(whole);
    case "label":
      return labelProblems(whole);
    case "dns1035":
      return [
        ...(whole.length > 63 ? [longerThan(63)] : []),
        ...(dns1035Pattern.test(whole)
          ? []
          : [
              `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character ${usedForValidation(["my-name", "abc-123"], dns1035)}`,
            ]),
      ];
    case "path":
      if (name === "." || name === "..") return [`may not be '${name}'`];
      return ["/", "%"].filter((sign) => name.includes(sign)).map((sign) => `may not contain '${sign}'`);
  }
};

export const subdomainProblems = (name: string): readonly string[] => [
  ...(name.length > 253 ? [longerThan(253)] : []),
  ...(subdomainPattern.test(name)
    ? []
    : [
        `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character ${usedForValidation(["example.com"], subdomain)}`,
      ]),
];

export const labelProblems = (name: string): readonly string[] => [
  ...(name.length > 63 ? [longerThan(63)] : []),
  ...(labelPattern.test(name)
    ? []
    : [
        `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character ${usedForValidation(["my-name", "123-abc"], label)}`,
      ]),
];

/** `[prefix/]name`: keys of labels and annotations, finalizers. */
export const qualifiedNameProblems = (key: string): readonly string[] => {
  const parts = key.split("/");
  const name = parts[parts.length - 1] ?? "";
  const problems: string[] = [];
  if (parts.length > 2) {
    return [
      `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character ${usedForValidation(["MyName", "my.name", "123-abc"], qualifiedName)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (parts.length === 2) {
    if (parts[0] === "") problems.push("prefix part must be non-empty");
    else problems.push(...subdomainProblems(parts[0] ?? "").map((problem) => `prefix part ${problem}`));
  }
  if (name === "") problems.push("name part must be non-empty");
  else if (name.length > 63) problems.push(`name part ${longerThan(63)}`);
  if (!qualifiedPattern.test(name)) {
    problems.push(
      `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character ${usedForValidation(["MyName", "my.name", "123-abc"], qualifiedName)}`,
    );
  }
  return problems;
};

export const labelValueProblems = (value: string): readonly string[] => [
  ...(value.length > 63 ? [longerThan(63)] : []),
  ...(labelValuePattern.test(value)
    ? []
    : [
        `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character ${usedForValidation(["MyValue", "my_value", "12345"], `(${qualifiedName})?`)}`,
      ]),
];

/** Without vowels and the digits that look like letters, so that no names come to be that one would not say. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** MachineSets rely on this shape: at most 63 characters, five of them random. */
export const generateName = (prefix: string, random: () => number): string => {
  let suffix = "";
  for (let index = 0; index < 5; index += 1) suffix += alphabet[Math.floor(random() * alphabet.length)] ?? "b";
  return prefix.slice(0, 58) + suffix;
};
