/** What a request is about, read from method and path: what authorization judges and handlers dispatch on. */
export type RequestInfo = ResourceRequest | NonResourceRequest;

export interface ResourceRequest {
  readonly isResource: true;
  readonly path: string;
  readonly verb: ResourceVerb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** Below the subresource: `proxy/metrics`. */
  readonly rest: readonly string[];
  readonly namespace: string;
  readonly name: string;
}

export interface NonResourceRequest {
  readonly isResource: false;
  readonly path: string;
  /** Lower-case HTTP method. */
  readonly verb: string;
  readonly parts: readonly string[];
}

export type ResourceVerb =
  | "create"
  | "get"
  | "list"
  | "watch"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection"
  | "unsupported";

export const requestInfo = (method: string, path: string, query: URLSearchParams): RequestInfo => {
  const parts = splitPath(path);
  const nonResource: NonResourceRequest = { isResource: false, path, verb: method.toLowerCase(), parts };
  const root = parts[0];
  if (root !== "api" && root !== "apis") return nonResource;
  let rest = parts.slice(root === "api" ? 2 : 3);
  const group = root === "api" ? "" : (parts[1] ?? "");
  const version = parts[root === "api" ? 1 : 2];
  if (version === undefined || rest.length === 0) return nonResource;

  // Deprecated, but still what some clients send: /api/v1/watch/namespaces/x/pods
  const watchPrefix = rest[0] === "watch" && rest.length > 1;
  if (watchPrefix) rest = rest.slice(1);

  let namespace = "";
  if (rest[0] === "namespaces" && rest[1] !== undefined) {
    namespace = rest[1];
    const word = rest[2];
    // The Namespace object itself and its two subresources; any other third word is a resource inside the namespace.
    if (word !== undefined && !(group === "" && (word === "status" || word === "finalize"))) rest = rest.slice(2);
  }
  const [resource = "", name = "", subresource = "", ...tail] = rest;
  return {
    isResource: true,
    path,
    verb: verbOf(method, name, subresource, watchPrefix, query),
    group,
    version,
    resource,
    subresource,
    rest: tail,
    namespace,
    name,
  };
};

const verbOf = (
  method: string,
  name: string,
  subresource: string,
  watchPrefix: boolean,
  query: URLSearchParams,
): ResourceVerb => {
  switch (method) {
    case "POST":
      return "create";
    case "GET":
    case "HEAD":
      if (subresource === "" && (watchPrefix || wantsWatch(query))) return "watch";
      return name === "" ? "list" : "get";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      return "unsupported";
  }
};

/** Requests that may last as long as they like: the others end after a minute. */
export const isLongRunning = (info: RequestInfo, query: URLSearchParams): boolean =>
  info.isResource &&
  (info.verb === "watch" ||
    streamingSubresources.has(info.subresource) ||
    (info.subresource === "log" && ["true", "1"].includes(query.get("follow") ?? "")));

const streamingSubresources = new Set(["exec", "attach", "portforward", "proxy"]);

/** Any value but these is a watch, an empty one too. */
export const wantsWatch = (query: URLSearchParams): boolean => {
  const value = query.get("watch");
  return value !== null && value !== "false" && value !== "0" && value.toLowerCase() !== "f" && value.toLowerCase() !== "false";
};

const splitPath = (path: string): string[] => {
  const parts: string[] = [];
  for (const part of path.split("/")) if (part !== "") parts.push(part.includes("%") ? decode(part) : part);
  return parts;
};

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** The one name a field selector pins, if it does: RBAC rules with `resourceNames` admit such lists and watches. */
export const pinnedName = (fieldSelector: string | null): string | undefined =>
  fieldSelector === null ? undefined : pinnedField(fieldSelector, "metadata.name");

/** The one value that a field selector pins a field to, if it does. */
export const pinnedField = (fieldSelector: string | undefined, field: string): string | undefined => {
  for (const term of fieldSelector?.split(",") ?? []) {
    const match = /^\s*([^!=\s]+)\s*==?\s*([^!=]+?)\s*$/.exec(term);
    if (match !== null && match[1] === field) return match[2];
  }
  return undefined;
};
