import {
  ApiError,
  apiVersionOf,
  type Client,
  jsonText,
  type KubeObject,
  type ListOptions,
  type ObjectList,
  type ObjectRef,
  type Patch,
  parseJson,
  type Resource,
  type Status,
  type StatusReason,
  type Stored,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from "@slipway/api";
import { type Metrics, noMetrics } from "../metrics/metrics.ts";
import type { KubeRequest, KubeResponse, KubeTransport } from "./transport.ts";

export interface HttpClientOptions {
  readonly transport: KubeTransport;
  /** The default `fieldManager` of writes. */
  readonly fieldManager?: string;
  readonly userAgent?: string;
  /** `rest_client_requests_total`, by code, method and host. */
  readonly metrics?: Pick<Metrics, "count">;
  readonly host?: string;
}

const mediaType: { readonly [T in Patch["type"]]: string } = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** The client for any Kubernetes API over HTTP. */
export const createHttpClient = (options: HttpClientOptions): Client => {
  const { transport, fieldManager, userAgent = "slipway", metrics = noMetrics, host = "" } = options;
  const send = async (request: Omit<KubeRequest, "headers"> & { contentType?: string }): Promise<KubeResponse> => {
    const { contentType, ...rest } = request;
    const headers = {
      accept: "application/json",
      "user-agent": userAgent,
      ...(request.body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
    };
    const counted = (code: string) => metrics.count("rest_client_requests_total", { code, method: request.method, host });
    const response = await transport({ ...rest, headers }).catch((error: unknown) => {
      counted("<error>");
      throw request.signal?.aborted || error instanceof ApiError ? error : unreachable(request, error);
    });
    counted(`${response.status}`);
    if (response.status < 200 || response.status > 299) throw await refused(request, response);
    return response;
  };
  const answer = async <T>(request: Parameters<typeof send>[0]): Promise<T> => {
    const response = await send(request);
    const text = await response.text().catch((error: unknown) => {
      throw request.signal?.aborted ? error : unreachable(request, error);
    });
    return deepFreeze(parseJson(text)) as T;
  };
  const writeQuery = ({ fieldManager: manager = fieldManager, dryRun, fieldValidation, force }: WriteOptions): Query => ({
    ...(manager === undefined ? {} : { fieldManager: manager }),
    ...(dryRun ? { dryRun: "All" } : {}),
    ...(fieldValidation === undefined ? {} : { fieldValidation }),
    ...(force ? { force: "true" } : {}),
  });
  const withSignal = (options: { readonly signal?: AbortSignal }) => (options.signal ? { signal: options.signal } : {});

  return {
    get: (resource, ref, options = {}) => {
      const { resourceVersion } = options;
      const query: Query = resourceVersion === undefined ? {} : { resourceVersion };
      return answer({ method: "GET", path: pathOf(resource, ref, undefined, query), ...withSignal(options) });
    },
    list: async <T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}) => {
      const path = collectionPath(resource, options.namespace, listQuery(options));
      const list = await answer<ObjectList<T>>({ method: "GET", path, ...withSignal(options) });
      return named(resource, list);
    },
    watch: <T extends KubeObject>(resource: Resource<T>, options: WatchOptions) => watch<T>(resource, options, send),
    create: <T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}) => {
      const { subresource } = options;
      const { name, namespace } = object.metadata;
      const path =
        subresource === undefined
          ? collectionPath(resource, namespace, writeQuery(options))
          : pathOf(resource, refIn(namespace, name), subresource, writeQuery(options));
      return answer<Stored<T>>({ method: "POST", path, body: jsonText(object), ...withSignal(options) });
    },
    update: <T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}) => {
      const path = pathOf(
        resource,
        refIn(object.metadata.namespace, object.metadata.name),
        options.subresource,
        writeQuery(options),
      );
      return answer<Stored<T>>({ method: "PUT", path, body: jsonText(object), ...withSignal(options) });
    },
    patch: <T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: Patch, options: WriteOptions = {}) =>
      answer<Stored<T>>({
        method: "PATCH",
        path: pathOf(resource, ref, options.subresource, writeQuery(options)),
        body: jsonText(patch.body),
        contentType: mediaType[patch.type],
        ...withSignal(options),
      }),
    delete: <T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options: Parameters<Client["delete"]>[2] = {}) =>
      answer<Stored<T> | Status>({
        method: "DELETE",
        path: pathOf(resource, ref, undefined, {}),
        body: deleteBody(options),
        ...withSignal(options),
      }),
    deleteCollection: async (resource, options = {}) => {
      const path = collectionPath(resource, options.namespace, listQuery(options));
      await answer({ method: "DELETE", path, body: deleteBody(options), ...withSignal(options) });
    },
  };
};

type Query = { readonly [parameter: string]: string };

const collectionPath = (resource: Resource, namespace: string | undefined, query: Query): string => {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const within = namespace === undefined || resource.scope === "Cluster" ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  const text = new URLSearchParams(query).toString();
  return `${root}${within}/${resource.plural}${text === "" ? "" : `?${text}`}`;
};

const pathOf = (resource: Resource, ref: ObjectRef, subresource: string | undefined, query: Query): string => {
  const text = new URLSearchParams(query).toString();
  const tail = subresource === undefined ? "" : `/${subresource}`;
  return `${collectionPath(resource, ref.namespace, {})}/${encodeURIComponent(ref.name)}${tail}${text === "" ? "" : `?${text}`}`;
};

const refIn = (namespace: string | undefined, name: string | undefined): ObjectRef => {
  if (name === undefined || name === "") throw new ApiError("BadRequest", "the object has no name");
  return namespace === undefined ? { name } : { namespace, name };
};

const listQuery = (options: ListOptions): Query => {
  const { labelSelector, fieldSelector, limit, continue: token, resourceVersion, resourceVersionMatch } = options;
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(limit === undefined ? {} : { limit: `${limit}` }),
    ...(token === undefined ? {} : { continue: token }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(resourceVersionMatch === undefined ? {} : { resourceVersionMatch }),
  };
};

const deleteBody = (options: NonNullable<Parameters<Client["delete"]>[2]>): string => {
  const { propagationPolicy, preconditions, gracePeriodSeconds, dryRun } = options;
  return jsonText({
    kind: "DeleteOptions",
    apiVersion: "v1",
    propagationPolicy,
    preconditions,
    gracePeriodSeconds,
    ...(dryRun ? { dryRun: ["All"] } : {}),
  });
};

/** Lists of Kubernetes' own kinds do not repeat in each item what it is. */
const named = <T extends KubeObject>(resource: Resource<T>, list: ObjectList<T>): ObjectList<T> => {
  const items = list.items ?? [];
  if (items.every((item) => item.kind !== undefined)) return list.items ? list : { ...list, items };
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return Object.freeze({ ...list, items: Object.freeze(items.map((item) => Object.freeze({ ...identity, ...item }))) });
};

async function* watch<T extends KubeObject>(
  resource: Resource<T>,
  options: WatchOptions,
  send: (request: Omit<KubeRequest, "headers">) => Promise<KubeResponse>,
): AsyncIterable<WatchEvent<T>> {
  const { namespace, labelSelector, fieldSelector, resourceVersion, sendInitialEvents, signal } = options;
  const path = collectionPath(resource, namespace, {
    ...listQuery({ ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) }),
    watch: "true",
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(options.allowWatchBookmarks ? { allowWatchBookmarks: "true" } : {}),
    ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: `${options.timeoutSeconds}` }),
    ...(sendInitialEvents === undefined
      ? {}
      : { sendInitialEvents: `${sendInitialEvents}`, ...(sendInitialEvents ? { resourceVersionMatch: "NotOlderThan" } : {}) }),
  });
  const request = { method: "GET" as const, path, ...(signal ? { signal } : {}) };
  try {
    const response = await send(request);
    for await (const line of lines(response.chunks())) yield eventFrom<T>(line);
  } catch (error) {
    if (signal?.aborted) return;
    throw error instanceof ApiError ? error : unreachable(request, error);
  }
}

async function* lines(chunks: AsyncIterable<string>): AsyncIterable<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim() !== "") yield part;
  }
}

interface WireEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

const eventFrom = <T extends KubeObject>(line: string): WatchEvent<T> => {
  const { type, object } = deepFreeze(parseJson(line)) as WireEvent;
  if (type === "ERROR") throw ApiError.fromStatus(object as Status);
  if (type !== "BOOKMARK") return { type, object: object as Stored<T> };
  const { resourceVersion = "", annotations } = (object as KubeObject).metadata;
  return { type, resourceVersion, initialEventsEnd: annotations?.["k8s.io/initial-events-end"] === "true" };
};

type Asked = Pick<KubeRequest, "method" | "path">;

const unreachable = ({ method, path }: Asked, cause: unknown): ApiError => {
  const { message, code } =
    cause instanceof Error ? (cause as Error & { code?: unknown }) : { message: String(cause), code: undefined };
  const why = message === "" ? String(code) : message;
  return new ApiError("ServiceUnavailable", `${method} ${path}: the API server cannot be reached: ${why}`, { cause });
};

const reasons: { readonly [code: number]: StatusReason } = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

const refused = async (request: Asked, response: KubeResponse): Promise<ApiError> => {
  const text = await response.text().catch(() => "");
  const status = parsedStatus(text);
  if (status) return ApiError.fromStatus({ code: response.status, ...status });
  const retryAfter = Number(response.header("retry-after"));
  const reason = reasons[response.status] ?? (response.status >= 500 ? "InternalError" : "BadRequest");
  return new ApiError(reason, `${request.method} ${request.path}: ${response.status} ${text.slice(0, 200)}`.trim(), {
    code: response.status,
    ...(retryAfter > 0 ? { details: { retryAfterSeconds: retryAfter } } : {}),
  });
};

const parsedStatus = (text: string): Status | undefined => {
  try {
    const status = parseJson(text) as Partial<Status>;
    return status.kind === "Status" && status.status === "Failure" ? (status as Status) : undefined;
  } catch {
    return undefined; // a proxy's page
  }
};

/** Objects are shared by everyone who reads them. */
const deepFreeze = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Array.isArray(value) ? value : Object.values(value)) deepFreeze(inner);
  return value;
};
