/** A cluster that somebody is about to ask for: what was typed, and what it becomes. Pure. */
import type { NewCluster, NewNodeGroup, Problem, Taint, Template } from "../../contract/index.ts";

export const steps = ["basics", "size", "network", "management", "advanced", "review"] as const;
export type Step = (typeof steps)[number];

export interface LabelRow {
  readonly key: string;
  readonly value: string;
  /** Ticked: the value goes over the template's. */
  readonly override: boolean;
}

export interface GroupRow {
  readonly name: string;
  readonly flavor: string;
  readonly nodeCount: number;
  readonly minNodeCount: number | null;
  readonly maxNodeCount: number | null;
  /** `key=value, key=value` */
  readonly nodeLabels: string;
  /** `key=value:NoSchedule, …` */
  readonly nodeTaints: string;
}

export interface Draft {
  readonly step: Step;
  readonly name: string;
  readonly templateId: string;
  readonly masterCount: number;
  readonly nodeCount: number;
  readonly masterFlavor: string;
  readonly flavor: string;
  readonly keypair: string;
  readonly availabilityZone: string;
  readonly fixedNetwork: string;
  readonly fixedSubnet: string;
  /** Null: as the template has it. */
  readonly floatingIp: boolean | null;
  readonly masterLb: boolean | null;
  readonly autoHealing: boolean | null;
  readonly createTimeoutMinutes: number;
  readonly labels: readonly LabelRow[];
  readonly groups: readonly GroupRow[];
}

export const emptyDraft = (name: string): Draft => ({
  step: "basics",
  name,
  templateId: "",
  masterCount: 1,
  nodeCount: 1,
  masterFlavor: "",
  flavor: "",
  keypair: "",
  availabilityZone: "",
  fixedNetwork: "",
  fixedSubnet: "",
  floatingIp: null,
  masterLb: null,
  autoHealing: null,
  createTimeoutMinutes: 60,
  labels: [],
  groups: [],
});

export const emptyGroup = (name: string): GroupRow => ({
  name,
  flavor: "",
  nodeCount: 1,
  minNodeCount: null,
  maxNodeCount: null,
  nodeLabels: "",
  nodeTaints: "",
});

const versions = new Intl.Collator("en", { numeric: true });

/** What is chosen before anybody chooses: the newest version that is not deprecated. */
export const bestTemplate = (templates: readonly Template[]): Template | undefined =>
  templates
    .filter(({ hidden, deprecated }) => !hidden && !deprecated)
    .sort((a, b) => versions.compare(b.version ?? "", a.version ?? ""))[0];

const adjectives = ["amber", "brisk", "calm", "clear", "early", "fair", "keen", "quiet", "steady", "swift"];
const nouns = ["anchor", "bay", "cove", "harbor", "keel", "mast", "pier", "reef", "sail", "tide"];

/** A name to start from, as the vendor's console gives one: `calm-harbor-42`. `chance` gives numbers from 0 to 1. */
export const suggestName = (chance: () => number): string => {
  const pick = (words: readonly string[]) => words[Math.floor(chance() * words.length)] ?? words[0];
  return `${pick(adjectives)}-${pick(nouns)}-${10 + Math.floor(chance() * 90)}`;
};

/** Lower-case letters, digits and dashes, beginning with a letter: what is also a name of a Kubernetes object. */
const nameForm = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const isClusterName = (name: string): boolean => nameForm.test(name);

/** What a form can say without asking the server. Fields are named as the request names them. */
export const faultsOf = (
  draft: Draft,
  { names, template }: { readonly names: ReadonlySet<string>; readonly template: Template | undefined },
): readonly Pick<Problem, "field" | "code">[] => {
  const faults: Pick<Problem, "field" | "code">[] = [];
  const must = (ok: boolean, field: string, code: Problem["code"]) => {
    if (!ok) faults.push({ field, code });
  };
  if (draft.name === "") must(false, "name", "required");
  else if (!isClusterName(draft.name)) must(false, "name", "nameInvalid");
  else must(!names.has(draft.name), "name", "nameTaken");
  must(draft.templateId !== "", "templateId", "required");
  must(draft.masterCount >= 1 && draft.masterCount <= 7, "masterCount", "outOfRange");
  must(draft.masterCount % 2 === 1, "masterCount", "evenControlPlane");
  const loadBalancer = draft.masterLb ?? template?.masterLbEnabled ?? true;
  must(draft.masterCount === 1 || loadBalancer, "masterLbEnabled", "loadBalancerNeeded");
  must(Number.isInteger(draft.nodeCount) && draft.nodeCount >= 0, "nodeCount", "outOfRange");
  must(draft.createTimeoutMinutes >= 1, "createTimeoutMinutes", "outOfRange");
  const groupNames = new Set(["default-master", "default-worker"]);
  draft.groups.forEach((group, at) => {
    const field = `nodeGroups.${at}`;
    must(isClusterName(group.name), `${field}.name`, group.name === "" ? "required" : "nameInvalid");
    must(!groupNames.has(group.name), `${field}.name`, "nameTaken");
    groupNames.add(group.name);
    must(boundsHold(group), `${field}.nodeCount`, "outOfRange");
    must(parsePairs(group.nodeLabels) !== undefined, `${field}.nodeLabels`, "invalid");
    must(parseTaints(group.nodeTaints) !== undefined, `${field}.nodeTaints`, "invalid");
  });
  draft.labels.forEach(({ key, override }, at) => {
    must(key !== "", `labels.${at}`, "required");
    must(template?.labels[key] === undefined || override, `labels.${at}`, "invalid");
  });
  return faults;
};

/** 0 ≤ smallest ≤ count ≤ largest; what is not set binds nothing. */
export const boundsHold = ({
  nodeCount,
  minNodeCount,
  maxNodeCount,
}: Pick<GroupRow, "nodeCount" | "minNodeCount" | "maxNodeCount">): boolean =>
  Number.isInteger(nodeCount) &&
  nodeCount >= 0 &&
  (minNodeCount === null || (minNodeCount >= 0 && minNodeCount <= nodeCount)) &&
  (maxNodeCount === null || maxNodeCount >= nodeCount);

/** Which step a fault is shown on. */
export const stepOf = (field: string): Step => {
  const first = field.split(".")[0] ?? "";
  if (first === "name" || first === "templateId" || first === "keypair" || first === "nodeCount") return "basics";
  if (first === "masterCount" || first === "nodeGroups" || first === "flavor" || first === "masterFlavor") return "size";
  if (first === "fixedNetwork" || first === "fixedSubnet" || first === "floatingIpEnabled" || first === "masterLbEnabled")
    return "network";
  if (first === "createTimeoutMinutes") return "management";
  if (first === "labels") return "advanced";
  return "review";
};

/** `a=b, c=d` or one a line. Undefined when it is of another form. */
export const parsePairs = (text: string): { readonly [key: string]: string } | undefined => {
  const parts = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter(Boolean);
  const pairs: { [key: string]: string } = {};
  for (const part of parts) {
    const at = part.indexOf("=");
    if (at <= 0) return undefined;
    pairs[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return pairs;
};

const taintForm = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/;

/** `key=value:NoSchedule, key:NoExecute`: as `kubectl taint` takes them. */
export const parseTaints = (text: string): readonly Taint[] | undefined => {
  const parts = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter(Boolean);
  const taints = parts.map((part) => taintForm.exec(part));
  if (taints.some((taint) => taint === null)) return undefined;
  return taints.map((taint) => ({
    key: taint?.[1] ?? "",
    ...(taint?.[2] === undefined || taint[2] === "" ? {} : { value: taint[2] }),
    effect: taint?.[3] as Taint["effect"],
  }));
};

/** The request. What was left as the template has it is not named. */
export const newCluster = (draft: Draft): NewCluster => {
  const labels: { [key: string]: string } = {};
  if (draft.availabilityZone !== "") labels["availability_zone"] = draft.availabilityZone;
  if (draft.autoHealing !== null) labels["auto_healing_enabled"] = String(draft.autoHealing);
  for (const { key, value } of draft.labels) if (key !== "") labels[key] = value;
  return {
    name: draft.name,
    templateId: draft.templateId,
    masterCount: draft.masterCount,
    nodeCount: draft.nodeCount,
    ...named("masterFlavor", draft.masterFlavor),
    ...named("flavor", draft.flavor),
    ...named("keypair", draft.keypair),
    ...named("fixedNetwork", draft.fixedNetwork),
    ...named("fixedSubnet", draft.fixedSubnet),
    ...(draft.floatingIp === null ? {} : { floatingIpEnabled: draft.floatingIp }),
    ...(draft.masterLb === null ? {} : { masterLbEnabled: draft.masterLb }),
    ...(draft.createTimeoutMinutes === 60 ? {} : { createTimeoutMinutes: draft.createTimeoutMinutes }),
    ...(Object.keys(labels).length === 0 ? {} : { labels, mergeLabels: true }),
    ...(draft.groups.length === 0 ? {} : { nodeGroups: draft.groups.map(newGroup) }),
  };
};

export const newGroup = (group: GroupRow): NewNodeGroup => {
  const nodeLabels = parsePairs(group.nodeLabels) ?? {};
  const nodeTaints = parseTaints(group.nodeTaints) ?? [];
  return {
    name: group.name,
    nodeCount: group.nodeCount,
    ...named("flavor", group.flavor),
    ...(group.minNodeCount === null ? {} : { minNodeCount: group.minNodeCount }),
    ...(group.maxNodeCount === null ? {} : { maxNodeCount: group.maxNodeCount }),
    ...(Object.keys(nodeLabels).length === 0 ? {} : { nodeLabels }),
    ...(nodeTaints.length === 0 ? {} : { nodeTaints }),
  };
};

const named = <K extends string>(key: K, value: string): { readonly [Key in K]?: string } =>
  (value === "" ? {} : { [key]: value }) as { readonly [Key in K]?: string };
