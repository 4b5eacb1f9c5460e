import { apiVersionOf, type UnstructuredObject } from "@slipway/api";
import type { Core } from "../registry/core.ts";
import type { RequestContext } from "../registry/registry.ts";
import type { ServedResource } from "../registry/served.ts";
import { kindOf } from "./request.ts";

/** What `?command=…&stdin=true` of a connection asks for, as the options object that webhooks and policies are shown. */
export const connectOptions = (
  served: ServedResource,
  subresource: string,
  query: URLSearchParams,
  path: readonly string[] = [],
): UnstructuredObject => {
  const kind = kindOf(served, subresource);
  const flag = (name: string) => (["true", "1"].includes(query.get(name) ?? "") ? { [name]: true } : {});
  const container = query.get("container") ?? "";
  const ports = query.getAll("ports").flatMap((value) => value.split(","));
  const command = query.getAll("command");
  const fields =
    subresource === "proxy"
      ? { path: path.join("/") }
      : subresource === "portforward"
        ? ports.length === 0
          ? {}
          : { ports: ports.map(Number) }
        : {
            ...flag("stdin"),
            ...flag("stdout"),
            ...flag("stderr"),
            ...flag("tty"),
            ...(container === "" ? {} : { container }),
            ...(command.length === 0 ? {} : { command }),
          };
  // Options have no metadata.
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), ...fields } as unknown as UnstructuredObject;
};

/** The query that asks for the same. */
export const queryOf = (options: UnstructuredObject): URLSearchParams => {
  const { kind: _kind, apiVersion: _version, metadata: _none, ...fields } = options as { readonly [field: string]: unknown };
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)])),
  );
};

/** Asks all who have a say before anything is streamed; answers what may be done, which is what was asked unless somebody changed it. */
export const connected = async (
  core: Core,
  served: ServedResource,
  target: { readonly namespace?: string; readonly name: string; readonly subresource: string },
  options: UnstructuredObject,
  context: RequestContext,
): Promise<UnstructuredObject> => {
  const gate = core.admission.gateFor({
    served,
    subresource: target.subresource,
    operation: "CONNECT",
    name: target.name,
    namespace: target.namespace,
    dryRun: false,
    options: null,
    context,
  });
  const object = (await gate?.mutate?.({ object: options, old: undefined })) ?? options;
  await gate?.validate?.({ object, old: undefined });
  return object;
};
