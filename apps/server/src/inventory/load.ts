import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { AlertDurations } from "@slipway/observability";
import { Ajv, type ErrorObject } from "ajv";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import {
  type ConsoleSettings,
  type EtcdSettings,
  type Inventory,
  inventorySchema,
  keysWithoutEffect,
  type TemplateSettings,
} from "./schema.ts";

/** An inventory that cannot be used: every fault, each with its place. Nothing has been changed. */
export class InventoryError extends Error {
  override readonly name = "InventoryError";
  readonly faults: readonly string[];
  constructor(path: string, faults: readonly string[]) {
    super(
      faults.length === 1
        ? `${path}: ${faults[0]}`
        : `${path} has ${faults.length} faults:\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
    );
    this.faults = faults;
  }
}

export interface LoadedInventory {
  readonly inventory: Inventory;
  /** To be shown to the operator: keys without effect, deprecations. */
  readonly notices: readonly string[];
}

/** Reads and checks an inventory file. @throws InventoryError with all faults, each with line and column */
export const loadInventory = (path: string): LoadedInventory => {
  let source: string;
  try {
    source = readFileSync(path, "utf8");
  } catch (error) {
    throw new InventoryError(path, [`cannot be read: ${error instanceof Error ? error.message : error}`]);
  }
  return parseInventory(source, path);
};

export const parseInventory = (source: string, path: string): LoadedInventory => {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new InventoryError(
      path,
      document.errors.map((error) => `line ${lines.linePos(error.pos[0]).line}: ${error.message}`),
    );
  }
  let value: unknown;
  try {
    value = document.toJS() ?? {};
  } catch (error) {
    // An alias without its anchor, or aliases that would fill the memory.
    throw new InventoryError(path, [error instanceof Error ? error.message : String(error)]);
  }
  const validate = compileSchema();
  const faults = validate(value)
    ? []
    : (validate.errors ?? []).filter(isTelling).map((error) => describe(error, document, lines));
  const variables = ((value as { all?: { vars?: Variables } }).all?.vars ?? {}) as Variables;
  if (faults.length === 0) faults.push(...contradictions(variables));
  if (faults.length > 0) throw new InventoryError(path, [...new Set(faults)]);
  return { inventory: settle(variables, path), notices: noticesOf(variables) };
};

interface Variables {
  readonly cluster_name?: string;
  readonly management_cluster?: {
    readonly mode?: "embedded" | "kubernetes";
    readonly feature_gates?: { readonly [gate: string]: boolean };
  };
  readonly store?: {
    readonly type?: "embedded" | "etcd";
    readonly maximum_mib?: number;
    readonly etcd?: {
      readonly endpoints?: readonly string[];
      readonly prefix?: string;
      readonly ca_file?: string;
      readonly certificate_file?: string;
      readonly key_file?: string;
    };
    readonly encryption?: { readonly enabled?: boolean; readonly keys_file?: string };
  };
  readonly listen?: { readonly address?: string; readonly port_offset?: number };
  readonly openstack?: {
    readonly mode?: "simulated" | "existing";
    readonly clouds_yaml?: string;
    readonly cloud?: string;
    readonly simulation?: { readonly profile?: "instant" | "realistic"; readonly public_network?: string };
  };
  readonly magnum?: {
    readonly capi?: {
      readonly enabled?: boolean;
      readonly nova_microversion?: string;
      readonly recreate_deleted?: boolean;
      readonly image_mirror?: string;
      readonly templates?: readonly TemplateSettings[];
      readonly quota?: { readonly max_clusters_per_project?: number };
    };
  };
  readonly demo?: {
    readonly enabled?: boolean;
    readonly name?: string;
    readonly master_count?: number;
    readonly node_count?: number;
  };
  readonly observability?: { readonly insecure_diagnostics?: boolean };
  readonly phoenix_observability_alerts?: {
    readonly capi?: Partial<AlertDurations>;
    readonly magnum?: { readonly orphanedClustersThreshold?: number };
  };
  readonly console?: {
    readonly certificate?: string;
    readonly key?: string;
    readonly origin?: string;
    readonly behind_proxy?: boolean;
    readonly default_domain?: string;
    readonly banner?: string;
    readonly session_idle_minutes?: number;
    readonly session_hours?: number;
    readonly grafana?: string;
    readonly vpn_guide?: string;
    readonly runbook?: string;
    readonly documentation?: string;
  };
  readonly log_level?: "debug" | "info" | "warn" | "error";
  readonly [key: string]: unknown;
}

const compileSchema = () => new Ajv({ allErrors: true, strict: false, verbose: true }).compile(inventorySchema);

/** What the schema cannot say: keys that belong together, and choices that this release does not have. */
const contradictions = (variables: Variables): string[] => {
  const faults: string[] = [];
  const cloud = variables.openstack;
  if (variables.management_cluster?.mode === "kubernetes") {
    faults.push("management_cluster.mode kubernetes: this release runs embedded only; leave the key out or say embedded");
  }
  if (variables.magnum?.capi?.enabled === false) {
    faults.push(
      "magnum.capi.enabled is false: that asks for the legacy Heat driver, which Slipway does not contain. Set it to true, or leave it out. (The key is deprecated: a later release removes it and always uses Cluster API.)",
    );
  }
  const address = variables.listen?.address ?? "127.0.0.1";
  if (variables.observability?.insecure_diagnostics === true && !address.startsWith("127.")) {
    faults.push(
      `observability.insecure_diagnostics serves tenants' names to everybody who reaches the port: it needs a loopback listen.address, not ${address}`,
    );
  }
  const microversion = variables.magnum?.capi?.nova_microversion;
  if (microversion !== undefined) {
    const minor = Number(microversion.split(".")[1]);
    if (minor < 15)
      faults.push(`magnum.capi.nova_microversion ${microversion}: soft-anti-affinity server groups need at least 2.15`);
    if (minor > 63)
      faults.push(
        `magnum.capi.nova_microversion ${microversion}: from 2.64 on Nova refuses the policies list that server groups are made with; use 2.63`,
      );
  }
  if (cloud?.mode === "existing" && (cloud.clouds_yaml === undefined || cloud.cloud === undefined)) {
    faults.push("openstack.mode existing needs openstack.clouds_yaml and openstack.cloud");
  }
  if (cloud?.mode === "existing" && cloud.simulation !== undefined)
    faults.push("openstack.simulation is for openstack.mode simulated only");
  if ((cloud?.mode ?? "simulated") === "simulated" && (cloud?.clouds_yaml ?? cloud?.cloud) !== undefined) {
    faults.push("openstack.clouds_yaml and openstack.cloud are for openstack.mode existing only");
  }
  faults.push(...storeContradictions(variables));
  if ((variables.console?.certificate === undefined) !== (variables.console?.key === undefined))
    faults.push("console.certificate and console.key belong together: give both, or neither");
  if ((variables.demo?.master_count ?? 1) % 2 === 0)
    faults.push(`demo.master_count ${variables.demo?.master_count}: etcd needs an odd number of members`);
  return faults;
};

const storeContradictions = ({ store = {}, openstack }: Variables): readonly string[] => {
  if (store.type !== "etcd") return store.etcd === undefined ? [] : ["store.etcd is for store.type etcd only"];
  const { endpoints = [], ca_file, certificate_file, key_file } = store.etcd ?? {};
  const faults: string[] = [];
  if (endpoints.length === 0) faults.push("store.type etcd needs store.etcd.endpoints");
  if (endpoints.some((endpoint) => endpoint.startsWith("https:"))) {
    if ([ca_file, certificate_file, key_file].includes(undefined))
      faults.push("an https endpoint of store.etcd needs ca_file, certificate_file and key_file");
  }
  if ((openstack?.mode ?? "simulated") === "simulated")
    faults.push("store.type etcd needs openstack.mode existing: a simulated cloud belongs to one program");
  if (store.maximum_mib !== undefined)
    faults.push("store.maximum_mib is for store.type embedded; etcd has --quota-backend-bytes");
  if (store.encryption?.enabled !== false && store.encryption?.keys_file === undefined)
    faults.push(
      "store.type etcd needs store.encryption.keys_file, with the same keys on each server (or store.encryption.enabled false)",
    );
  return faults;
};

const noticesOf = (variables: Variables): string[] => [
  ...keysWithoutEffect
    .filter((key) => key in variables)
    .map((key) => `${key} is a key of other deployments' inventories; it has no effect here`),
  ...Object.keys(variables.phoenix_observability_alerts ?? {})
    .filter((category) => category !== "capi" && category !== "magnum")
    .map((category) => `phoenix_observability_alerts.${category} is about alerts of other deployments; it has no effect here`),
  ...(variables.magnum?.capi?.enabled === undefined
    ? []
    : ["magnum.capi.enabled is deprecated: a later release removes it and always uses Cluster API"]),
  ...(!isLoopback(variables.listen?.address) && !hasTls(variables.console)
    ? [
        "the console listens beyond this machine without TLS, so passwords travel in the clear: set console.certificate and console.key, or console.origin to the https:// address of a proxy in front",
      ]
    : []),
];

const isLoopback = (address = "127.0.0.1"): boolean => /^(127\.|::1$|localhost$)/.test(address);
const hasTls = (console: Variables["console"]): boolean =>
  console?.certificate !== undefined || console?.origin?.startsWith("https:") === true;

const settle = (variables: Variables, path: string): Inventory => {
  const capi = variables.magnum?.capi;
  const cloud = variables.openstack;
  const keysFile = variables.store?.encryption?.keys_file;
  return {
    clusterName: variables.cluster_name ?? "slipway",
    listen: { address: variables.listen?.address ?? "127.0.0.1", portOffset: variables.listen?.port_offset ?? 0 },
    featureGates: variables.management_cluster?.feature_gates ?? {},
    store: {
      etcd: variables.store?.type === "etcd" ? etcdOf(variables.store.etcd ?? {}, path) : undefined,
      maximumBytes: variables.store?.maximum_mib === undefined ? undefined : variables.store.maximum_mib * 1024 * 1024,
      encryption: {
        enabled: variables.store?.encryption?.enabled ?? true,
        keysFile: keysFile === undefined ? undefined : resolve(dirname(path), keysFile),
      },
    },
    openstack:
      cloud?.mode === "existing"
        ? { mode: "existing", cloudsYaml: resolve(dirname(path), cloud.clouds_yaml ?? ""), cloud: cloud.cloud ?? "" }
        : {
            mode: "simulated",
            profile: cloud?.simulation?.profile ?? "instant",
            publicNetwork: cloud?.simulation?.public_network,
          },
    magnum: {
      novaMicroversion: capi?.nova_microversion ?? "2.63",
      recreateDeleted: capi?.recreate_deleted ?? false,
      imageMirror: capi?.image_mirror,
      templates: capi?.templates ?? [],
      maxClustersPerProject: capi?.quota?.max_clusters_per_project ?? 20,
    },
    console: settleConsole(variables.console ?? {}, path),
    demo:
      (variables.demo?.enabled ?? false)
        ? {
            name: variables.demo?.name ?? "demo",
            masterCount: variables.demo?.master_count ?? 1,
            nodeCount: variables.demo?.node_count ?? 1,
          }
        : undefined,
    observability: {
      insecureDiagnostics: variables.observability?.insecure_diagnostics ?? false,
      alerts: { ...variables.phoenix_observability_alerts?.capi, ...variables.phoenix_observability_alerts?.magnum },
    },
    logLevel: variables.log_level ?? "info",
  };
};

const settleConsole = (given: NonNullable<Variables["console"]>, path: string): ConsoleSettings => {
  const file = (name: string) => resolve(dirname(path), name);
  const { certificate, key } = given;
  const settings: ConsoleSettings = {
    ...(certificate === undefined || key === undefined ? {} : { tls: { certificate: file(certificate), key: file(key) } }),
    origin: given.origin,
    behindProxy: given.behind_proxy,
    defaultDomain: given.default_domain,
    banner: given.banner,
    sessionIdleMinutes: given.session_idle_minutes,
    sessionHours: given.session_hours,
    links: { grafana: given.grafana, vpnGuide: given.vpn_guide, runbook: given.runbook, documentation: given.documentation },
  };
  return JSON.parse(JSON.stringify(settings)) as ConsoleSettings; // without what was not given
};

const etcdOf = (etcd: NonNullable<NonNullable<Variables["store"]>["etcd"]>, path: string): EtcdSettings => {
  const beside = (file: string | undefined) => (file === undefined ? undefined : resolve(dirname(path), file));
  return {
    endpoints: etcd.endpoints ?? [],
    prefix: etcd.prefix ?? "/slipway/",
    caFile: beside(etcd.ca_file),
    certificateFile: beside(etcd.certificate_file),
    keyFile: beside(etcd.key_file),
  };
};

/** ajv reports a wrong branch and each of its parts; only the parts tell something. */
const isTelling = (error: ErrorObject): boolean => !["if", "anyOf", "oneOf"].includes(error.keyword);

const describe = (error: ErrorObject, document: Document, lines: LineCounter): string => {
  const steps = error.instancePath.split("/").filter((step) => step !== "");
  const name = steps.join(".").replace(/^all\.vars\.?/, "") || "the file";
  if (error.keyword === "additionalProperties") {
    const unknown = String(error.params["additionalProperty"]);
    const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
    const near = nearest(unknown, known);
    const inside = name === "the file" ? "" : `${name}.`;
    return `${placeOf(document, lines, [...steps, unknown])}unknown key ${inside}${unknown}${near === undefined ? "" : `; did you mean ${inside}${near}?`}`;
  }
  const allowed = error.keyword === "enum" ? `: ${(error.params["allowedValues"] as unknown[]).join(", ")}` : "";
  const fixed = error.keyword === "const" ? ` ${JSON.stringify(error.params["allowedValue"])}` : "";
  const got = error.data === undefined || typeof error.data === "object" ? "" : `, not ${JSON.stringify(error.data)}`;
  return `${placeOf(document, lines, steps)}${name} ${error.message}${allowed}${fixed}${got}`;
};

const placeOf = (document: Document, lines: LineCounter, steps: readonly string[]): string => {
  const path = steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const node = document.getIn(path, true);
  if (!isNode(node) || node.range === undefined || node.range === null) return "";
  const { line, col } = lines.linePos(node.range[0]);
  return `line ${line}, column ${col}: `;
};

/** The known word that takes the fewest edits, if few enough to be a slip of the fingers. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }));
  const best = ranked.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
};

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[b.length] ?? 0;
};
