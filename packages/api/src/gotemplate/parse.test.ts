import { expect, test } from "vitest";
import { parseTemplate, sprigHermeticFunctions } from "./index.ts";

const parse = (source: string) => parseTemplate(source, sprigHermeticFunctions);

test.each([
  "plain",
  "{{ .cluster.name }}-{{ .random }}",
  '{{ if eq .builtin.cluster.name "a" }}x{{ else if .y }}z{{ else }}{{ end }}',
  "{{- range $i, $e := .list -}} {{ $i }}={{ $e.name | quote | upper }} {{ end }}",
  "{{ with $x := .a }}{{ $x }}{{ else }}none{{ end }}",
  '{{ semverCompare ">= v1.21.1" .builtin.controlPlane.version }}',
  "{{ (index .list 0).name }}",
  "{{ (.a | default 5) }}",
  '{{ define "part" }}{{ . }}{{ end }}{{ template "part" .x }}',
  "{{/* a comment */}}",
  "{{ range .list }}{{ break }}{{ end }}",
  "{{ `raw {{ text`  }}",
  '{{ printf "%d-%s" 5 .x }}',
  "{{ not .x }}",
  "{{ $x := 1 }}{{ $x = 2 }}{{ $x }}",
  "{{ .x.y.z }}",
  "{{ 'a' }}{{ 1.5e3 }}{{ 0x1F }}{{ $.x }}",
])("%s can be read [TOPO-018]", (source) => {
  expect(() => parse(source)).not.toThrow();
});

test.each([
  ["{{ .x", "unclosed action"],
  ["{{ if .x }}", "unexpected EOF"],
  ["{{ end }}", "unexpected {{end}}"],
  ["{{ nosuch .x }}", 'function "nosuch" not defined'],
  ["{{ env .x }}", 'function "env" not defined'],
  ["{{ randAlphaNum 5 }}", 'function "randAlphaNum" not defined'],
  ["{{ $x }}", 'undefined variable "$x"'],
  ["{{ .x | 5 }}", "non executable command"],
  ["{{ | upper }}", "missing value"],
  ["{{ }}", "missing value for command"],
  ['{{ "a }}', "unterminated quoted string"],
  ["{{ (.x }}", "unclosed left paren"],
  ["{{ break }}", "outside {{range}}"],
  ["{{ if }}x{{ end }}", "missing value for if"],
  ["{{/* open", "unclosed comment"],
  ["{{ .x ? }}", 'unexpected "?" in command'],
])("%s cannot: %s [TOPO-018]", (source, why) => {
  expect(() => parse(source)).toThrow(why);
});

test("blanks beside a dash go with it [TOPO-018]", () => {
  expect(parse("a  {{- 1 -}}  b").nodes).toMatchObject([
    { type: "text", text: "a" },
    { type: "action" },
    { type: "text", text: "b" },
  ]);
});
