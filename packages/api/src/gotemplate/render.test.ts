import { describe, expect, test } from "vitest";
import { renderTemplate } from "./render.ts";

const data = {
  name: "blue",
  count: 3,
  big: 12345678,
  ratio: 0.5,
  on: true,
  list: ["a", "b"],
  empty: [],
  labels: { b: "2", a: "1" },
  nested: { list: [{ name: "x" }] },
  version: "v1.32.5",
};
const render = (template: string) => renderTemplate(template, data);

describe("a template gives what Go gives", () => {
  test.each([
    // values
    ["{{ .name }}-{{.count}}", "blue-3"],
    ["{{ .big }} {{ .ratio }} {{ .on }} {{ .list }} {{ .labels }}", "12345678 0.5 true [a b] map[a:1 b:2]"],
    ["{{ .missing }}", "<no value>"],
    ["a {{- /* not seen */ -}} b", "ab"],
    ["a {{- .name -}} b", "ablueb"],
    // control
    ["{{ if .on }}yes{{ else }}no{{ end }}", "yes"],
    ['{{ if and .on .empty }}yes{{ else if eq .name "blue" }}blue{{ end }}', "blue"],
    ["{{ range .list }}[{{ . }}]{{ end }}{{ range .empty }}x{{ else }}none{{ end }}", "[a][b]none"],
    ["{{ range $i, $v := .list }}{{ $i }}={{ $v }},{{ end }}", "0=a,1=b,"],
    ["{{ range $k, $v := .labels }}{{ $k }}={{ $v }};{{ end }}", "a=1;b=2;"],
    ['{{ range .list }}{{ if eq . "b" }}{{ break }}{{ end }}{{ . }}{{ $.name }}{{ end }}', "ablue"],
    ["{{ with .nested }}{{ (index .list 0).name }}{{ end }}", "x"],
    ["{{ $x := 1 }}{{ if .on }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" .name }}', "<blue>"],
    // Go's functions
    ['{{ len .list }} {{ index .labels "a" }} {{ not .on }} {{ or .empty .name }} {{ and .on .name }}', "2 1 false blue blue"],
    ['{{ printf "%s-%05d-%v-%q" .name 42 .list .name }}', 'blue-00042-[a b]-"blue"'],
    ['{{ gt .count 2 }} {{ eq .name "red" "blue" }} {{ lt "a" "b" }}', "true true true"],
    // sprig
    ["{{ .name | upper | quote }}", '"BLUE"'],
    ['{{ .missing | default "x" }}{{ .name | trunc 2 }}{{ .name | replace "b" "g" }}', "xblglue"],
    ['{{ join "," .list }} {{ .list | toJson }} {{ dict "a" 1 "b" (list 1 2) | toJson }}', 'a,b ["a","b"] {"a":1,"b":[1,2]}'],
    ['{{ "a\\nb" | nindent 2 }}', "\n  a\n  b"],
    ['{{ semverCompare ">=1.30.0" .version }} {{ (semver .version).Minor }}', "true 32"],
    ['{{ b64enc .name }} {{ "Ymx1ZQ==" | b64dec }}', "Ymx1ZQ== blue"],
    ['{{ if has "a" .list }}{{ add .count 1 2 }}{{ end }} {{ ternary 1 2 .on }} {{ kindOf .list }}', "6 1 slice"],
    ['{{ regexReplaceAll "^v(\\\\d+).*" .version "$1-x" }} {{ trimPrefix "v" .version }}', "1-x 1.32.5"],
    [
      '{{ dig "list" "none" .nested | len }} {{ hasKey .labels "c" }} {{ merge (dict "a" 0) .labels | toJson }}',
      '1 false {"a":"1","b":"2"}',
    ],
  ])("%s [TOPO-054]", (template, expected) => {
    expect(render(template)).toBe(expected);
  });

  test.each([
    ["{{ .name.first }}", "can't evaluate field first"],
    ["{{ .missing.first }}", "nil pointer evaluating"],
    ['{{ fail "no" }}', "error calling fail: no"],
    ["{{ index .list 5 }}", "index out of range"],
    ["{{ eq .name 1 }}", "incompatible types for comparison"],
    ["{{ nowhere }}", 'function "nowhere" not defined'],
    ['{{ env "HOME" }}', 'function "env" not defined'],
    ["{{ randAlpha 5 }}", 'function "randAlpha" not defined'],
    ["{{ now }}", 'function "now" not defined'],
    ['{{ genCA "a" 1 }}', 'function "genCA" is not available here'],
    ["{{ range until 100000 }}x{{ end }}", "too many numbers"],
  ])("%s fails [TOPO-054]", (template, message) => {
    expect(() => render(template)).toThrow(message);
  });
});
