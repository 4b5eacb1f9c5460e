import {
  ApiError,
  apiVersionOf,
  groupResource,
  isNotFound,
  jsonText,
  type ObjectRef,
  type Patch,
  type Status,
  type UnstructuredObject,
} from "@slipway/api";
import type { Registry, RequestContext, UserInfo } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";
import { decodeBody, decodeJson, decodeObject, decodeYaml, isObject, mediaType } from "./body.ts";
import { encodeAnswer, encodeList } from "./encode.ts";
import { type Answer, type Exchange, pageNotFound } from "./exchange.ts";
import { createTurns } from "./limits/turns.ts";
import { negotiate, notAcceptable } from "./negotiate.ts";
import { deleteOptions, listOptions, watchOptions, writeOptions } from "./options.ts";
import type { ResourceRequest } from "./path.ts";
import type { PodStreams } from "./pods.ts";
import { includeObject, type Layouts, presentList, presentObject, type View } from "./representation.ts";
import { createTexts } from "./texts.ts";
import { watchLines } from "./watch.ts";

export interface ResourceHandlerOptions {
  readonly registry: Registry;
  readonly layouts: Layouts;
  readonly pods: PodStreams;
  /** Between 0 and 1: spreads the ends of watches. */
  readonly random: () => number;
  /** Told of events that went out. */
  readonly onEvents?: (resource: ServedResource, count: number) => void;
}

export interface ResourceCall {
  readonly exchange: Exchange;
  readonly info: ResourceRequest;
  readonly user: UserInfo;
  warn(text: string): void;
  /** For the audit trail. */
  annotate(key: string, value: string): void;
  /** For what a request turns out to need beyond its own verb. @throws ApiError Forbidden */
  require(verb: string): Promise<void>;
}

/** Everything under `/api/<version>/…` and `/apis/<group>/<version>/…`, after authorization. */
export const createResourceHandler = (options: ResourceHandlerOptions): ((call: ResourceCall) => Promise<Answer>) => {
  const { registry, layouts, pods, random } = options;
  const turns = createTurns();
  let lists = 0;
  const texts = createTexts();
  const nowMs = () => registry.clock.now().getTime();

  const viewOf = ({ exchange }: ResourceCall): View => ({
    wanted: negotiate(exchange.header("accept"), exchange.query, exchange.header("user-agent")),
    include: includeObject(exchange.query),
    nowMs: nowMs(),
  });

  const answerObject = (
    call: ResourceCall,
    resource: ServedResource,
    object: UnstructuredObject | Status,
    status = 200,
  ): Answer => {
    const view = viewOf(call);
    const { wanted } = view;
    if (wanted.as === undefined && wanted.format === "json" && !wanted.pretty && Object.isFrozen(object))
      return { status, headers: jsonHeaders, body: texts.of("whole", object, () => object) };
    return encodeAnswer(presentObject(object, resource, view, layouts), wanted, status);
  };

  const read = async (call: ResourceCall, resource: ServedResource): Promise<Answer> => {
    const { info, exchange } = call;
    const context = contextOf(call);
    const handler = resource.subresources?.[info.subresource];
    if (handler?.get !== undefined) {
      const object = await handler.get({ resource, ...refOf(info, resource), dryRun: false }, context);
      return answerObject(call, resource, object);
    }
    const version = exchange.query.get("resourceVersion");
    const object = await registry.get(
      resource,
      refOf(info, resource),
      {
        ...(version === null || version === "" ? {} : { resourceVersion: version }),
        ...(info.subresource === "" ? {} : { subresource: info.subresource }),
      },
      context,
    );
    return answerObject(call, resource, object);
  };

  const list = async (call: ResourceCall, resource: ServedResource): Promise<Answer> => {
    const { query } = call.exchange;
    if (query.has("sendInitialEvents")) throw optionForbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
    const view = viewOf(call);
    // Many at once: looking through the store is shared out as the making of the answers is.
    if (lists >= listsAtOnce) await turns.next();
    lists += 1;
    try {
      const found = await registry.list(resource, listOptions(query, call.info.namespace), contextOf(call));
      const { head, itemsField, item } = presentList(found, resource, view, layouts);
      const shape = resource.origin === "builtin" ? "item" : "whole";
      const text =
        view.wanted.as === undefined ? (each: UnstructuredObject) => texts.of(shape, each, () => item(each)) : undefined;
      return encodeList(head, itemsField, found.items, item, view.wanted, turns, text);
    } finally {
      lists -= 1;
    }
  };

  const watch = (call: ResourceCall, resource: ServedResource): Answer => {
    const { exchange, info } = call;
    const view = viewOf(call);
    if (view.wanted.format === "yaml") throw notAcceptable("application/json, application/vnd.kubernetes.protobuf;stream=watch");
    const namespace = resource.scope === "Namespaced" ? info.namespace : "";
    const wanted = watchOptions(exchange.query, namespace, info.name, random);
    const stream = registry.watch(resource, { ...wanted, signal: exchange.signal }, contextOf(call));
    const now = () => ({ ...view, nowMs: nowMs() });
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      longRunning: true,
      body: watchLines(stream, resource, view.wanted.as === undefined ? () => view : now, layouts, texts, options.onEvents),
    };
  };

  const create = async (call: ResourceCall, resource: ServedResource): Promise<Answer> => {
    const { exchange, info } = call;
    const handler = resource.subresources?.[info.subresource];
    const { query } = exchange;
    if (info.subresource !== "") {
      if (handler?.create === undefined) throw methodNotAllowed(resource, "create");
      const { object } = decodeObject(await exchange.body(), exchange.header("content-type"), info.subresource);
      const named = object.metadata?.name ?? "";
      if (named !== "" && named !== info.name)
        throw new ApiError("BadRequest", `the name of the object (${named}) does not match the name on the URL (${info.name})`);
      const { object: answer } = await registry.create(
        resource,
        { ...object, metadata: { ...object.metadata, ...refOf(info, resource) } },
        { ...writeOptions(query, exchange.header("user-agent"), "CreateOptions"), subresource: info.subresource },
        contextOf(call),
      );
      return answerObject(call, resource, answer, 201);
    }
    if (info.name !== "") throw methodNotAllowed(resource, "create");
    if (resource.scope === "Namespaced" && info.namespace === "") {
      if (resource.origin === "builtin") throw methodNotAllowed(resource, "create");
      return pageNotFound();
    }
    const { object, errors } = await objectFor(call, resource);
    const result = await registry.create(
      resource,
      object,
      { ...writeOptions(query, exchange.header("user-agent"), "CreateOptions"), decodingErrors: errors },
      contextOf(call),
    );
    return answerObject(call, resource, result.object, 201);
  };

  /** A write that makes what is not there needs the right to create as well. */
  const requireCreateIfMissing = async (call: ResourceCall, resource: ServedResource): Promise<void> => {
    try {
      await registry.get(resource, refOf(call.info, resource), {}, contextOf(call));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await call.require("create");
    }
  };

  const update = async (call: ResourceCall, resource: ServedResource): Promise<Answer> => {
    const { exchange, info } = call;
    const { object, errors } = await objectFor(call, resource);
    const name = object.metadata.name ?? "";
    if (name !== info.name)
      throw new ApiError(
        "BadRequest",
        name === ""
          ? "the name of the object (, based on name) was undeterminable: name must be provided"
          : `the name of the object (${name}) does not match the name on the URL (${info.name})`,
      );
    if (resource.rules.createOnUpdate === true && info.subresource === "") await requireCreateIfMissing(call, resource);
    const result = await registry.update(
      resource,
      refOf(info, resource),
      object,
      {
        ...writeOptions(exchange.query, exchange.header("user-agent"), "UpdateOptions"),
        ...subresourceOf(info),
        decodingErrors: errors,
      },
      contextOf(call),
    );
    return answerObject(call, resource, result.object, result.created ? 201 : 200);
  };

  const patch = async (call: ResourceCall, resource: ServedResource): Promise<Answer> => {
    const { exchange, info } = call;
    const { patch: body, errors } = await patchFor(exchange, resource);
    if (body.type === "apply" && exchange.query.get("fieldManager") === null)
      throw new ApiError(
        "Invalid",
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        {
          details: {
            group: "meta.k8s.io",
            kind: "PatchOptions",
            causes: [
              { reason: "FieldValueRequired", message: "Required value: is required for apply patch", field: "fieldManager" },
            ],
          },
        },
      );
    if (body.type === "apply" && info.subresource === "") await requireCreateIfMissing(call, resource);
    const result = await registry.patch(
      resource,
      refOf(info, resource),
      body,
      {
        ...writeOptions(exchange.query, exchange.header("user-agent"), "PatchOptions"),
        ...subresourceOf(info),
        decodingErrors: errors,
      },
      contextOf(call),
    );
    return answerObject(call, resource, result.object, result.created ? 201 : 200);
  };

  const remove = async (call: ResourceCall, resource: ServedResource): Promise<Answer> => {
    const { exchange, info } = call;
    if (info.subresource !== "") throw methodNotAllowed(resource, "delete");
    const wanted = deleteOptions(await optionalBody(exchange), exchange.query);
    const { object } = await registry.delete(resource, refOf(info, resource), wanted, contextOf(call));
    return answerObject(call, resource, object);
  };

  const removeCollection = async (call: ResourceCall, resource: ServedResource): Promise<Answer> => {
    const { exchange, info } = call;
    const view = viewOf(call);
    const wanted = {
      ...listOptions(exchange.query, info.namespace),
      ...deleteOptions(await optionalBody(exchange), exchange.query),
    };
    const gone = await registry.deleteCollection(resource, wanted, contextOf(call));
    const { head, itemsField, item } = presentList(gone, resource, view, layouts);
    return encodeList(head, itemsField, gone.items, item, view.wanted, turns);
  };

  const verbs: { readonly [verb: string]: (call: ResourceCall, resource: ServedResource) => Answer | Promise<Answer> } = {
    get: read,
    list,
    watch,
    create,
    update,
    patch,
    delete: remove,
    deletecollection: removeCollection,
  };

  return async (call) => {
    const { info, exchange } = call;
    const resource = registry.catalog.find(info.group, info.version, info.resource);
    if (resource === undefined) return pageNotFound();
    if (resource.scope === "Cluster" && info.namespace !== "" && resource.plural !== "namespaces") return pageNotFound();
    if (resource.scope === "Namespaced" && info.namespace === "" && info.name !== "") return pageNotFound();
    if (exchange.method === "GET" && exchange.query.has("export"))
      throw new ApiError("BadRequest", "the export parameter, deprecated since v1.14, is no longer supported");
    const streamed = await pods(call, resource);
    if (streamed !== undefined) return streamed;
    if (info.subresource !== "" && !hasSubresource(resource, info.subresource)) throw notFound(resource, info.name);
    const deprecated = deprecations[groupResource(resource)];
    if (deprecated !== undefined) call.warn(deprecated);
    const run = verbs[info.verb];
    const allowed = info.subresource !== "" || (resource.verbs ?? allowedByDefault).includes(info.verb);
    if (run === undefined || !allowed)
      throw methodNotAllowed(resource, info.verb === "unsupported" ? exchange.method : info.verb);
    return run(call, resource);
  };
};

const deprecations: { readonly [resource: string]: string } = {
  endpoints: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  componentstatuses: "v1 ComponentStatus is deprecated in v1.19+",
};

const listsAtOnce = 4;
const jsonHeaders = { "content-type": "application/json" };

const allowedByDefault: readonly string[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

const hasSubresource = (resource: ServedResource, name: string): boolean =>
  (name === "status" && resource.hasStatus) ||
  (name === "scale" && resource.scale !== undefined) ||
  (name === "finalize" && resource.plural === "namespaces" && resource.group === "") ||
  resource.subresources?.[name] !== undefined;

export const contextOf = ({ user, warn, annotate }: ResourceCall): RequestContext => ({ user, warn, annotate });

const refOf = (info: ResourceRequest, resource: ServedResource): ObjectRef =>
  resource.scope === "Namespaced" ? { namespace: info.namespace, name: info.name } : { name: info.name };

const subresourceOf = (info: ResourceRequest) => (info.subresource === "" ? {} : { subresource: info.subresource });

/** The body as an object of the kind that the URL names, in the namespace that the URL names. */
const objectFor = async (
  { exchange, info }: ResourceCall,
  resource: ServedResource,
): Promise<{ object: UnstructuredObject; errors: readonly string[] }> => {
  const expected =
    info.subresource === "scale"
      ? { apiVersion: "autoscaling/v1", kind: "Scale" }
      : { apiVersion: apiVersionOf(resource), kind: resource.kind };
  const { object, errors } = decodeObject(await exchange.body(), exchange.header("content-type"), expected.kind);
  const lenient = resource.origin === "builtin" || info.subresource === "scale";
  if (!lenient && !isText(object.kind)) throw new ApiError("BadRequest", `Object 'Kind' is missing in '${start(object)}'`);
  if (!lenient && !isText(object.apiVersion))
    throw new ApiError("BadRequest", `Object 'apiVersion' is missing in '${start(object)}'`);
  const apiVersion = isText(object.apiVersion) ? object.apiVersion : expected.apiVersion;
  const kind = isText(object.kind) ? object.kind : expected.kind;
  if (apiVersion !== expected.apiVersion)
    throw new ApiError(
      "BadRequest",
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    );
  if (kind !== expected.kind)
    throw new ApiError(
      "BadRequest",
      `${kind} in version "${resource.version}" cannot be handled as a ${expected.kind}: converting (${apiVersion}, Kind=${kind}) to (${expected.apiVersion}, Kind=${expected.kind}): unknown conversion`,
    );
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { namespace: sent, ...others } = metadata;
  if (resource.scope === "Cluster") return { object: { ...object, apiVersion, kind, metadata: others }, errors };
  if (isText(sent) && sent !== info.namespace)
    throw new ApiError("BadRequest", "the namespace of the provided object does not match the namespace sent on the request");
  return { object: { ...object, apiVersion, kind, metadata: { ...metadata, namespace: info.namespace } }, errors };
};

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const start = (object: object): string => jsonText(object).slice(0, 100);

const patchTypes: { readonly [type: string]: Patch["type"] } = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

const patchFor = async (exchange: Exchange, resource: ServedResource): Promise<{ patch: Patch; errors: readonly string[] }> => {
  const type = patchTypes[mediaType(exchange.header("content-type"))];
  // Strategic merge needs the tables of built-in kinds; custom resources never had it.
  if (type === undefined || (type === "strategic" && resource.origin !== "builtin"))
    throw new ApiError(
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${Object.entries(patchTypes)
        .filter(([, each]) => each !== "strategic" || resource.origin === "builtin")
        .map(([name]) => name)
        .join(", ")}`,
    );
  const bytes = await exchange.body();
  const { value, errors } = type === "apply" ? decodeYaml(bytes, resource.kind) : decodeJson(bytes, resource.kind);
  if (type === "json") {
    if (!Array.isArray(value))
      throw new ApiError("BadRequest", "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
    return { patch: { type, body: value }, errors };
  }
  if (!isObject(value)) throw new ApiError("BadRequest", "the patch is not an object");
  return { patch: { type, body: value }, errors };
};

const optionalBody = async (exchange: Exchange): Promise<unknown> => {
  const bytes = await exchange.body();
  return bytes.length === 0 ? undefined : decodeBody(bytes, exchange.header("content-type"), "DeleteOptions").value;
};

export const methodNotAllowed = (resource: ServedResource, verb: string): ApiError =>
  new ApiError("MethodNotAllowed", `${verb} is not supported on resources of kind "${groupResource(resource)}"`, {
    details: { ...(resource.group === "" ? {} : { group: resource.group }), kind: resource.plural },
  });

const notFound = (resource: ServedResource, name: string): ApiError =>
  new ApiError("NotFound", `${groupResource(resource)} "${name}" not found`, {
    details: { name, ...(resource.group === "" ? {} : { group: resource.group }), kind: resource.plural },
  });

const optionForbidden = (field: string, detail: string): ApiError =>
  new ApiError("Invalid", `ListOptions.meta.k8s.io "" is invalid: ${field}: Forbidden: ${detail}`, {
    details: {
      group: "meta.k8s.io",
      kind: "ListOptions",
      causes: [{ reason: "FieldValueForbidden", message: `Forbidden: ${detail}`, field }],
    },
  });
