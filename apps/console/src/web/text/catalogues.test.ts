import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { en } from "./en/index.ts";
import { preferredLanguage } from "./index.ts";
import { ja } from "./ja/index.ts";

type Text = string | { readonly [key: string]: Text };

const texts = (text: Text, path: readonly string[] = []): readonly (readonly [string, string])[] =>
  typeof text === "string"
    ? [[path.join("."), text]]
    : Object.entries(text).flatMap(([key, inner]) => texts(inner, [...path, key]));

const { labels: _labels, ...japanese } = ja;
const english = texts(en);
const other = texts(japanese);
/** Plural forms differ from language to language: Japanese has one. */
const base = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const keys = (list: typeof english) => [...new Set(list.map(([key]) => base(key)))].sort();
const blanks = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

describe("the catalogues", () => {
  test("English and Japanese have the same keys [CON-073]", () => {
    expect(keys(other)).toEqual(keys(english));
  });

  test("a translation fills in the same values [CON-073]", () => {
    const wanted = new Map(english.map(([key, text]) => [base(key), new Set(blanks(text))]));
    const offences = other.filter(([key, text]) => {
      const allowed = wanted.get(base(key)) ?? new Set();
      // A plural may leave its count out: "a cluster".
      return (
        blanks(text).some((name) => name !== "count" && !allowed.has(name)) ||
        [...allowed].some((name) => name !== "count" && !blanks(text).includes(name ?? ""))
      );
    });
    expect(offences).toEqual([]);
  });

  test("Japanese is translated, but for names of the field [CON-073]", () => {
    const same = other.filter(([key, text]) => english.find(([one]) => one === key)?.[1] === text).map(([key]) => key);
    const words = /Slipway|Kubeconfig|PEM|Normal|Warning|Kubernetes API|key=value|\{\{|CPU/;
    expect(other.filter(([key, text]) => same.includes(key) && !words.test(text))).toEqual([]);
  });

  test("every key that a page names is there, and none is there for nobody [CON-073]", () => {
    const folder = join(import.meta.dirname, "..");
    const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "."], {
      cwd: folder,
      encoding: "utf8",
    })
      .split("\n")
      .filter((path) => /\.tsx?$/.test(path) && !path.startsWith("text/") && !path.endsWith(".test.ts"));
    const source = files.map((path) => readFileSync(join(folder, path), "utf8")).join("\n");
    const unused = keys(english).filter((key) => {
      const exact = source.includes(`"${key}"`);
      // `phase.${phase}`: a prefix that ends where a value is put in.
      const parts = key.split(".");
      const built = parts.some((_, at) => at > 0 && source.includes(`\`${parts.slice(0, at).join(".")}.$\{`));
      return !exact && !built;
    });
    expect(unused).toEqual([]);
  });
});

test.each([
  ["ja", ["en"], "ja"],
  [null, ["fr-FR", "ja-JP", "en"], "ja"],
  [null, ["de"], "en"],
  ["xx", [], "en"],
  [null, ["EN-gb"], "en"],
])("the language follows the choice %o, then the browser %o [CON-073]", (chosen, wanted, expected) => {
  expect(preferredLanguage(chosen, wanted)).toBe(expected);
});
