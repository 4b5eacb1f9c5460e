import { isBuiltin, jsonText } from "@slipway/api";
import type { Catalog } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { jsonAnswer } from "./exchange.ts";
import { parseAccept } from "./negotiate.ts";
import { hashOf } from "./openapi/hash.ts";

/** What is served, as clients ask for it: version lists, resource lists, and all of it at once (aggregated). */
export interface Discovery {
  /** Undefined: unknown group or version. */
  answer(exchange: Exchange, parts: readonly string[]): Promise<Answer | undefined>;
  /** For `GET /`. */
  paths(): readonly string[];
}

interface Group {
  readonly name: string;
  readonly versions: readonly { readonly version: string; readonly resources: readonly ServedResource[] }[];
}

export const createDiscovery = (catalog: Catalog): Discovery => {
  let groups: readonly Group[] | undefined;
  let documents = new Map<string, Promise<{ readonly text: string; readonly hash: string }>>();
  catalog.onChange(() => {
    groups = undefined;
    documents = new Map();
  });
  const all = (): readonly Group[] => {
    groups ??= groupsOf(catalog.all());
    return groups;
  };

  const aggregated = async (exchange: Exchange, root: string, version: string): Promise<Answer> => {
    const id = `${root} ${version}`;
    let document = documents.get(id);
    if (document === undefined) {
      const wanted = all().filter((group) => (group.name === "") === (root === "api"));
      const text = jsonText(aggregatedList(wanted, version));
      document = hashOf(text).then((hash) => ({ text, hash }));
      documents.set(id, document);
    }
    const { text, hash } = await document;
    const headers = {
      "content-type": `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      etag: `"${hash}"`,
      vary: "Accept",
      "cache-control": "public",
    };
    if (exchange.header("if-none-match") === `"${hash}"`) return { status: 304, headers };
    return { status: 200, headers, body: text };
  };

  return {
    answer: async (exchange, [root = "", group, version, ...rest]) => {
      if (root === "api" ? version !== undefined : rest.length > 0) return undefined;
      if (group === undefined) {
        const asked = aggregatedVersion(exchange.header("accept"));
        if (asked !== undefined) return aggregated(exchange, root, asked);
        return root === "api" ? coreVersions(exchange) : jsonAnswer(groupList(all()));
      }
      if (root === "api") return resourceList(all(), "", group);
      return version === undefined ? oneGroup(all(), group) : resourceList(all(), group, version);
    },
    paths: () =>
      [
        "/api",
        "/api/v1",
        "/apis",
        ...all()
          .filter(({ name }) => name !== "")
          .flatMap(({ name, versions }) => [`/apis/${name}`, ...versions.map(({ version }) => `/apis/${name}/${version}`)]),
        "/healthz",
        "/livez",
        "/openapi/v2",
        "/openapi/v3",
        "/readyz",
        "/version",
      ].sort(),
  };
};

/** The version of the aggregated form that is asked for first; undefined: the plain form. */
const aggregatedVersion = (accept: string | undefined): string | undefined => {
  for (const { type, parameters } of parseAccept(accept ?? "")) {
    if (type !== "application/json" && type !== "*/*") continue;
    if (parameters.get("g") !== "apidiscovery.k8s.io" || parameters.get("as") !== "APIGroupDiscoveryList") {
      if (parameters.get("as") === undefined) return undefined;
      continue;
    }
    const version = parameters.get("v");
    if (version === "v2" || version === "v2beta1") return version;
  }
  return undefined;
};

const groupsOf = (resources: readonly ServedResource[]): readonly Group[] => {
  const groups = new Map<string, Map<string, ServedResource[]>>();
  const sorted = [
    ...resources.filter(({ origin }) => origin === "builtin"),
    ...byGroupName(resources.filter(({ origin }) => origin !== "builtin")),
  ];
  for (const resource of sorted) {
    const versions = groups.get(resource.group) ?? new Map<string, ServedResource[]>();
    groups.set(resource.group, versions);
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), resource]);
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions]
      .map(([version, served]) => ({ version, resources: [...served].sort((a, b) => (a.plural < b.plural ? -1 : 1)) }))
      .sort((a, b) => compareVersions(a.version, b.version)),
  }));
};

const byGroupName = (resources: readonly ServedResource[]): readonly ServedResource[] =>
  [...resources].sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));

/** GA before beta before alpha, higher numbers first, anything else last by name. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [versionRank(a), versionRank(b)];
  if (left === undefined || right === undefined) return left === right ? (a < b ? -1 : 1) : left === undefined ? 1 : -1;
  for (const [at, value] of left.entries()) {
    const difference = (right[at] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return 0;
};

const versionRank = (version: string): readonly number[] | undefined => {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return undefined;
  const stage = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
};

interface SubresourceEntry {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

const fullVerbs: readonly string[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const verbsOf = (resource: ServedResource): readonly string[] => resource.verbs ?? fullVerbs;

const subresourcesOf = (resource: ServedResource): readonly SubresourceEntry[] => {
  const { group, version, kind, kindValue } = resource;
  const others =
    kindValue !== undefined && isBuiltin(kindValue)
      ? kindValue.builtin.otherSubresources.map((each) => ({ name: each.name, ...each.kind, verbs: [...each.verbs].sort() }))
      : [];
  const write = ["get", "patch", "update"];
  return [
    ...others,
    ...(resource.hasStatus ? [{ name: "status", group, version, kind, verbs: write }] : []),
    ...(resource.scale === undefined
      ? []
      : [{ name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: write }]),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
};

const coreVersions = (exchange: Exchange): Answer =>
  jsonAnswer({
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: exchange.header("host") ?? "" }],
  });

const groupEntry = ({ name, versions }: Group): object => {
  const entries = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
};

const groupList = (groups: readonly Group[]): object => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: groups.filter(({ name }) => name !== "").map(groupEntry),
});

const oneGroup = (groups: readonly Group[], name: string): Answer | undefined => {
  const group = groups.find((each) => each.name === name && name !== "");
  return group === undefined ? undefined : jsonAnswer({ kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) });
};

const resourceList = (groups: readonly Group[], name: string, version: string): Answer | undefined => {
  const found = groups.find((group) => group.name === name)?.versions.find((each) => each.version === version);
  if (found === undefined) return undefined;
  return jsonAnswer({
    kind: "APIResourceList",
    ...(name === "" ? {} : { apiVersion: "v1" }),
    groupVersion: name === "" ? version : `${name}/${version}`,
    resources: found.resources.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.scope === "Namespaced",
        kind: resource.kind,
        verbs: verbsOf(resource),
        ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
      },
      ...subresourcesOf(resource).map((each) => ({
        name: `${resource.plural}/${each.name}`,
        singularName: "",
        namespaced: resource.scope === "Namespaced",
        ...(each.group === resource.group && each.version === resource.version
          ? {}
          : { group: each.group, version: each.version }),
        kind: each.kind,
        verbs: each.verbs,
      })),
    ]),
  });
};

/** A missing responseKind makes client-go drop the resource, so it is always there, with an empty group for core. */
const aggregatedList = (groups: readonly Group[], apiVersion: string): object => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: `apidiscovery.k8s.io/${apiVersion}`,
  metadata: {},
  items: groups.map(({ name, versions }) => ({
    metadata: { ...(name === "" ? {} : { name }), creationTimestamp: null },
    versions: versions.map(({ version, resources }) => ({
      version,
      freshness: "Current",
      resources: resources.map((resource) => ({
        resource: resource.plural,
        responseKind: { group: resource.group, version: resource.version, kind: resource.kind },
        scope: resource.scope,
        singularResource: resource.singular,
        verbs: verbsOf(resource),
        ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
        ...subresourceList(resource),
      })),
    })),
  })),
});

const subresourceList = (resource: ServedResource): object => {
  const subresources = subresourcesOf(resource).map(({ name, group, version, kind, verbs }) => ({
    subresource: name,
    responseKind: { group, version, kind },
    verbs,
  }));
  return subresources.length === 0 ? {} : { subresources };
};
