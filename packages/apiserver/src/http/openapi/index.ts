import { jsonText } from "@slipway/api/json/index.ts";
import type { Catalog } from "../../registry/registry.ts";
import type { ServedResource } from "../../registry/served.ts";
import type { Clock } from "../../storage/clock.ts";
import type { Answer, Exchange } from "../exchange.ts";
import { notAcceptable, parseAccept } from "../negotiate.ts";
import { createGroups, keptByGroup } from "./groups.ts";
import { hashOf } from "./hash.ts";
import { pathsOf } from "./paths.ts";
import { createSchemaCollector } from "./schemas.ts";
import { type Fragment, fragmentOf, versionTwo } from "./v2.ts";
import { encodeVersionTwo } from "./v2protobuf.ts";

/**
 * OpenAPI of what is served: v3 one document a group version, v2 in one. Parts are made when first asked for, and again
 * only when the resources of their own group version have changed.
 */
export interface OpenApi {
  answer(exchange: Exchange, parts: readonly string[]): Promise<Answer | undefined>;
}

interface Document {
  readonly text: string;
  readonly hash: string;
}

export const createOpenApi = (catalog: Catalog, version: string, clock: Pick<Clock, "now">): OpenApi => {
  const groups = createGroups(catalog);
  const documents = keptByGroup(groups, (resources) => documentOf(resources, version));
  const fragments = keptByGroup(groups, fragmentOf);

  const index = async (exchange: Exchange): Promise<Answer> => {
    const names = [...groups().keys()].sort();
    const paths: { [path: string]: { serverRelativeURL: string } } = {};
    for (const name of names) paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${(await documents(name))?.hash}` };
    const text = jsonText({ paths });
    const headers = { "content-type": "application/json", etag: `"${await hashOf(text)}"`, vary: "Accept" };
    return exchange.header("if-none-match") === headers.etag ? { status: 304, headers } : { status: 200, headers, body: text };
  };

  const one = async (exchange: Exchange, name: string): Promise<Answer | undefined> => {
    const document = await documents(name);
    if (document === undefined) return undefined;
    const { text, hash } = document;
    const asked = exchange.query.get("hash");
    if (asked !== null && asked !== hash) return { status: 301, headers: { location: `/openapi/v3/${name}?hash=${hash}` } };
    const headers = {
      "content-type": "application/json",
      etag: `"${hash}"`,
      vary: "Accept",
      ...(asked === null
        ? {}
        : {
            "cache-control": "public, immutable",
            expires: new Date(clock.now().getTime() + 365 * 86_400_000).toUTCString(),
          }),
    };
    if (exchange.header("if-none-match") === `"${hash}"`) return { status: 304, headers };
    return { status: 200, headers, body: text };
  };

  let whole: Promise<Whole> | undefined;
  catalog.onChange(() => {
    whole = undefined;
  });
  const two = async (exchange: Exchange, types: readonly string[], json: boolean): Promise<Answer> => {
    const protobuf = types.find((type) => protobufTypes.includes(type));
    if (protobuf === undefined && !json) throw notAcceptable(`application/json, ${protobufTypes[0]}`);
    whole ??= wholeOf(
      [...groups().keys()].flatMap((name) => fragments(name) ?? []),
      version,
    );
    const { document, bytes, hash } = await whole;
    const headers = { etag: `"${hash}"`, vary: "Accept", "cache-control": "no-cache, private" };
    if (exchange.header("if-none-match") === headers.etag) return { status: 304, headers };
    // Clients check for the newer spelling, whichever they asked with.
    return protobuf === undefined
      ? { status: 200, headers: { ...headers, "content-type": "application/json" }, body: document() }
      : { status: 200, headers: { ...headers, "content-type": protobufTypes[0] }, body: bytes };
  };

  return {
    answer: async (exchange, [, form, ...rest]) => {
      const types = parseAccept(exchange.header("accept") ?? "*/*").map(({ type }) => type);
      const json = types.some((type) => type === "application/json" || type === "*/*" || type === "application/*");
      if (form === "v3") {
        if (!json) throw notAcceptable("application/json");
        return rest.length === 0 ? index(exchange) : one(exchange, rest.join("/"));
      }
      if (form !== "v2" || rest.length > 0) return undefined;
      return two(exchange, types, json);
    },
  };
};

const documentOf = async (resources: readonly ServedResource[], version: string): Promise<Document> => {
  const schemas = createSchemaCollector();
  const paths = Object.assign({}, ...resources.map((resource) => pathsOf(resource, schemas))) as object;
  const text = jsonText({
    openapi: "3.0.0",
    info: { title: "Kubernetes", version },
    paths,
    components: { schemas: schemas.schemas },
  });
  return { text, hash: await hashOf(text) };
};

const protobufTypes: readonly [string, string] = [
  "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
  "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
];

interface Whole {
  readonly bytes: Uint8Array;
  readonly hash: string;
  /** The same as JSON, which hardly anybody asks for. */
  document(): string;
}

const wholeOf = async (fragments: readonly Fragment[], version: string): Promise<Whole> => {
  const joined = versionTwo(fragments, version);
  const bytes = encodeVersionTwo(joined);
  let text: string | undefined;
  return {
    bytes,
    hash: await hashOf(bytes),
    document: () => {
      text ??= jsonText(joined);
      return text;
    },
  };
};
