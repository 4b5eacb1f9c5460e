import { describe, expect, test } from "vitest";
import { clusterVariables, processTemplate, templateFile, wantedClasses } from "./cluster.ts";
import { listVariables } from "./listing.ts";
import { substituteVariables, variablesOf } from "./variables.ts";
import { writeObjects } from "./yaml.ts";

const given = (values: { readonly [name: string]: string }) => (name: string) => values[name];
const dollar = "$";
/** `@{X}` is written for a variable, so that these texts are plain strings. */
const template = (text: string) => text.replaceAll("@", dollar);
const fill = (text: string, values: { readonly [name: string]: string } = {}) =>
  substituteVariables(template(text), given(values));

describe("a template", () => {
  const values = {
    V: "abcdEFGH28ij",
    PATH_NAME: "/home/bozo/ideas/thoughts.for.today",
    S: "abcABC123ABCabc",
    F: "bash.string.txt",
    E: "",
  };
  test.each([
    ["a @{V} b", "a abcdEFGH28ij b"],
    ["@{ V } @{ V} @{V }", "abcdEFGH28ij abcdEFGH28ij abcdEFGH28ij"],
    ["@{#V}", "12"],
    ["@{V^} @{V^^}", "AbcdEFGH28ij ABCDEFGH28IJ"],
    ["@{V,} @{V,,}", "abcdEFGH28ij abcdefgh28ij"],
    ["@{PATH_NAME:11} @{PATH_NAME:11:5} @{PATH_NAME:x}", "ideas/thoughts.for.today ideas /home/bozo/ideas/thoughts.for.today"],
    ["@{V:=other} @{N:=default} @{N:-default} @{N=default}", "abcdEFGH28ij default default default"],
    ["@{N:=pre-@{V}-post}", "pre-abcdEFGH28ij-post"],
    [
      "@{S/abc/x} @{S//abc/x} @{S/#abc/x} @{S/%abc/x} @{S/abc/}",
      "xABC123ABCabc xABC123ABCx xABC123ABCabc abcABC123ABCx ABC123ABCabc",
    ],
    ["@{F#*.} @{F##*.} @{F%.*} @{F%%.*}", "string.txt txt bash.string bash"],
    ["@{PATH_NAME//\\//-}", "-home-bozo-ideas-thoughts.for.today"],
    ["@@{V} costs 5@ and @@HOME, not @V", `\${V} costs 5$ and $HOME, not $V`],
    ['@{N:="a: b"}', '"a: b"'],
    ["no variable at all }", "no variable at all }"],
  ])("fills %s as a shell would [CTL-029]", (text, filled) => {
    const variables = variablesOf(template(text)).filter((variable) => variable.default === undefined);
    const missing = Object.fromEntries(variables.map(({ name }) => [name, ""]));
    expect(fill(text, { ...missing, ...values })).toBe(filled);
  });

  test("says where a substitution is broken", () => {
    expect(() => fill("a: b\nc: @{V\n")).toThrow('line 2: bad substitution "${V": missing closing brace');
    expect(() => fill("@{}")).toThrow("there is no variable name");
  });

  test("names every variable that has no value, sorted; where it comes first decides whether it has a default [CTL-030]", () => {
    expect(() => fill("@{B} @{A} @{B:=late} @{C:=early} @{C}")).toThrow(
      "value for variables [A, B] is not set. Please set the value using os environment variables or the clusterctl config file",
    );
  });

  test("takes an empty value as given, and still fills in a default [CTL-031]", () => {
    expect(fill("[@{E}] [@{E:=d}]", { E: "" })).toBe("[] [d]");
  });

  test("is put into the wanted namespace, all but what has none [CTL-080]", () => {
    const text =
      "kind: Cluster\napiVersion: cluster.x-k8s.io/v1beta1\nmetadata: {name: a, namespace: b}\n---\nkind: Namespace\napiVersion: v1\nmetadata: {name: n}\n";
    expect(processTemplate(text, given({}), "here").map(({ metadata }) => metadata)).toEqual([
      { name: "a", namespace: "here" },
      { name: "n" },
    ]);
  });

  test("that holds anything but objects is refused", () => {
    expect(() => processTemplate("- a\n- b\n", given({}), "here")).toThrow("it has no apiVersion or kind");
    expect(() => processTemplate("a: [\n", given({}), "here")).toThrow("is not YAML");
  });

  test("has a name by its flavor [CTL-077]", () => {
    expect([templateFile(""), templateFile("without-lb")]).toEqual(["cluster-template.yaml", "cluster-template-without-lb.yaml"]);
  });

  test("with topologies wants each class once, from where the Cluster says [CTL-078]", () => {
    const cluster = (name: string, topology?: object) => ({
      apiVersion: "cluster.x-k8s.io/v1beta1",
      kind: "Cluster",
      metadata: { name, namespace: "here" },
      spec: { ...(topology === undefined ? {} : { topology }) },
    });
    const shared = { class: "big", classNamespace: "classes" };
    expect(wantedClasses([cluster("a", { class: "big" }), cluster("b", shared), cluster("c", shared), cluster("d")])).toEqual([
      { name: "big", namespace: "here" },
      { name: "big", namespace: "classes" },
    ]);
  });
});

describe("the values of generate cluster", () => {
  const input = { clusterName: "demo", namespace: "tenants" };
  const value = (name: string, more = {}, others = {}) => clusterVariables({ ...input, ...more }, given(others))(name);

  test("are those of the flags, then those that are set, then one control plane machine and no worker [CTL-016, CTL-074]", () => {
    expect(
      ["CLUSTER_NAME", "NAMESPACE", "CONTROL_PLANE_MACHINE_COUNT", "WORKER_MACHINE_COUNT", "KUBERNETES_VERSION"].map((name) =>
        value(name),
      ),
    ).toEqual(["demo", "tenants", "1", "0", undefined]);
    const set = { WORKER_MACHINE_COUNT: "5", KUBERNETES_VERSION: "v1.0.0", NAMESPACE: "other" };
    expect(value("WORKER_MACHINE_COUNT", {}, set)).toBe("5");
    expect(value("WORKER_MACHINE_COUNT", { workerMachineCount: "3" }, set)).toBe("3");
    expect(value("KUBERNETES_VERSION", {}, set)).toBe("v1.0.0");
    expect(value("KUBERNETES_VERSION", { kubernetesVersion: "v1.33.1" }, set)).toBe("v1.33.1");
    expect(value("NAMESPACE", {}, set)).toBe("tenants");
  });

  test.each([
    [{ namespace: "Bad_one" }, "invalid target-namespace"],
    [{ clusterName: "no spaces" }, "invalid cluster name"],
    [{ kubernetesVersion: "1.x" }, "invalid KubernetesVersion. Please use a semantic version number"],
    [{ controlPlaneMachineCount: "0" }, "invalid ControlPlaneMachineCount. Please use a number greater than or equal to 1"],
    [{ workerMachineCount: "-1" }, "invalid WorkerMachineCount. Please use a number greater than or equal to 0"],
    [{ workerMachineCount: "many" }, "invalid value for WORKER_MACHINE_COUNT set"],
  ])("%j is refused [CTL-074, CTL-075]", (more, sentence) => {
    expect(() => value("X", more)).toThrow(sentence);
  });

  test("are listed: what must be given, then what has a value, quoted and aligned [CTL-082]", () => {
    const variables = variablesOf(
      template(
        '@{CLUSTER_NAME} @{IMAGE} @{FLAVOR:=m1.small} @{QUOTED:="x"} @{WORKER_MACHINE_COUNT} @{KUBERNETES_VERSION} @{NAMESPACE}',
      ),
    );
    const standard = {
      clusterName: "demo",
      namespace: undefined,
      kubernetesVersion: undefined,
      controlPlaneMachineCount: "1",
      workerMachineCount: "2",
    };
    expect(listVariables(variables, standard)).toBe(`Required Variables:
  - IMAGE
  - KUBERNETES_VERSION

Optional Variables:
  - CLUSTER_NAME          (defaults to demo)
  - FLAVOR                (defaults to "m1.small")
  - NAMESPACE             (defaults to current Namespace in the KubeConfig file)
  - QUOTED                (defaults to "x")
  - WORKER_MACHINE_COUNT  (defaults to 2)

`);
  });
});

test("objects are written with sorted keys and lists at the edge, three dashes between [CTL-083]", () => {
  expect(writeObjects([{ kind: "A", apiVersion: "v1", list: [{ b: "1", a: true }] }, { kind: "B" }])).toBe(
    "apiVersion: v1\nkind: A\nlist:\n- a: true\n  b: '1'\n---\nkind: B\n",
  );
});
