import type { CloudContext } from "../context.ts";
import { type Answer, type Call, ok } from "../http/call.ts";
import type { Json } from "../http/json.ts";
import { isTrue } from "../http/query.ts";
import { baseUrl } from "../settings.ts";
import type { Server } from "./records.ts";
import { badRequest } from "./versions.ts";
import { type ComputeViews, statusOf } from "./views.ts";

const maxLimit = 1000;

/** GET /servers and /servers/detail. */
export const listServers = (context: CloudContext, views: ComputeViews, detail: boolean) => {
  const { state, settings } = context;

  const candidates = ({ scope, query }: Call): readonly Server[] => {
    const everybody = scope.admin && isTrue(query.get("all_tenants") ?? (query.has("all_tenants") ? "1" : undefined));
    const project = everybody ? (query.get("project_id") ?? query.get("tenant_id")) : scope.projectId;
    const tag = query.get("tags")?.split(",")[0];
    const exact = /^\^([\w.-]+)\$$/.exec(query.get("name") ?? "")?.[1]; // how clients ask for one name: no need to try them all
    const found =
      exact?.includes(".") === false ? state.servers.by("name", exact) : tag ? state.servers.by("tag", tag) : undefined;
    if (found) return project === undefined ? found : found.filter((server) => server.project_id === project);
    return project === undefined ? [...state.servers.all()] : state.servers.by("project", project);
  };

  const matcher = (call: Call): ((server: Server) => boolean) => {
    const { query, scope } = call;
    const tests: ((server: Server) => boolean)[] = [];
    const when = (name: string, test: (value: string) => (server: Server) => boolean): void => {
      const value = query.get(name);
      if (value !== undefined) tests.push(test(value));
    };
    const pattern = (text: string): RegExp => {
      try {
        return new RegExp(text, "i");
      } catch {
        throw badRequest(`Invalid filter: '${text}' is no regular expression.`);
      }
    };
    const list = (value: string): readonly string[] => value.split(",");
    when("name", (value) => {
      const regex = pattern(value);
      return (server) => regex.test(server.name);
    });
    when("status", () => {
      const wanted = query.all("status").map((one) => one.toUpperCase());
      return (server) => wanted.includes(statusOf(server));
    });
    when("flavor", (value) => (server) => server.flavor.id === value);
    when("image", (value) => (server) => server.image_id === value);
    when("uuid", (value) => (server) => server.id === value);
    when("key_name", (value) => (server) => server.key_name === value);
    when("user_id", (value) => (server) => server.user_id === value);
    when("availability_zone", (value) => (server) => server.zone === value);
    if (scope.admin) when("host", (value) => (server) => server.host === value);
    when("changes-since", (value) => (server) => Date.parse(server.updated) >= Date.parse(value));
    const addresses = (server: Server): readonly string[] =>
      state.ports.by("device", server.id).flatMap((port) => port.fixed_ips.map((ip) => ip.ip_address));
    for (const name of ["ip", "ip6"]) {
      when(name, (value) => {
        const regex = pattern(value);
        return (server) => addresses(server).some((address) => regex.test(address));
      });
    }
    if (call.version >= 26) {
      when("tags", (value) => (server) => list(value).every((tag) => server.tags.includes(tag)));
      when("tags-any", (value) => (server) => list(value).some((tag) => server.tags.includes(tag)));
      when("not-tags", (value) => (server) => !list(value).every((tag) => server.tags.includes(tag)));
      when("not-tags-any", (value) => (server) => !list(value).some((tag) => server.tags.includes(tag)));
    }
    if (call.version >= 73) when("locked", (value) => (server) => server.locked === isTrue(value));
    if (isTrue(query.get("deleted"))) tests.push(() => false); // the deleted are gone from our records
    return (server) => tests.every((test) => test(server));
  };

  const sort = (servers: readonly Server[], { query }: Call): readonly Server[] => {
    const keys = query.all("sort_key");
    const directions = query.all("sort_dir");
    const value = (server: Server, key: string): string | number => {
      if (key === "display_name" || key === "name") return server.name;
      if (key === "uuid" || key === "id") return server.id;
      if (key === "created_at" || key === "launched_at") return server.sequence;
      return String((server as unknown as Json)[key] ?? "");
    };
    const order = keys.length > 0 ? keys : ["created_at"];
    return servers.toSorted((a, b) => {
      for (const [i, key] of order.entries()) {
        const [x, y] = [value(a, key), value(b, key)];
        if (x !== y) return (x < y ? -1 : 1) * (directions[i] === "asc" ? 1 : -1);
      }
      return b.sequence - a.sequence;
    });
  };

  return (call: Call): Answer => {
    const { query } = call;
    const found = sort(candidates(call).filter(matcher(call)), call);
    const marker = query.get("marker");
    const start = marker ? found.findIndex((server) => server.id === marker) + 1 : 0;
    if (marker && start === 0) throw badRequest(`marker [${marker}] not found`);
    const asked = query.get("limit");
    if (asked !== undefined && !/^\d+$/.test(asked)) throw badRequest("limit param must be an integer");
    const limit = Math.min(Number(asked ?? 0) || maxLimit, maxLimit);
    const page = found.slice(start, start + limit);
    const last = page[page.length - 1];
    const more = last !== undefined && found.length > start + limit;
    const kept = query.text.split("&").filter((pair) => pair !== "" && !pair.startsWith("marker="));
    const href = `${baseUrl(settings, "compute")}/v2.1/servers${detail ? "/detail" : ""}?${[...kept, `marker=${last?.id}`].join("&")}`;
    return ok({
      servers: page.map((server) => (detail ? views.server(server, call, false) : views.brief(server))),
      ...(more && { servers_links: [{ rel: "next", href }] }),
    });
  };
};
