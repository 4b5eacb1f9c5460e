import { isObject, type Json } from "../http/json.ts";
import type { Ask, Reply } from "./harness.ts";

/** One recorded call to a real OpenStack. */
export interface Exchange {
  readonly name: string;
  readonly as: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: { readonly [name: string]: string };
    readonly body: unknown;
  };
  readonly response: { readonly status: number; readonly headers: { readonly [name: string]: string }; readonly body: unknown };
}

/**
 * What stands for what: the ids, addresses and names that the real cloud made up, and those that ours did. They are learnt from
 * answers that have the same shape; everything else must be equal.
 */
export interface Dictionary {
  learn(recorded: unknown, ours: unknown): void;
  /** Recorded text as it has to be said to our cloud. */
  toOurs(text: string): string;
  /** Our text as the real cloud would have said it. */
  toRecorded(text: string): string;
}

const madeUp = new Set([
  ...[
    "id",
    "port_id",
    "mac_address",
    "ip_address",
    "floating_ip_address",
    "fixed_ip_address",
    "vip_address",
    "vip_port_id",
    "vip_network_id",
  ],
  ...["vip_subnet_id", "hostId", "OS-EXT-SRV-ATTR:host", "OS-EXT-SRV-ATTR:hypervisor_hostname", "OS-EXT-SRV-ATTR:instance_name"],
  ...[
    "OS-EXT-SRV-ATTR:reservation_id",
    "adminPass",
    "secret",
    "addr",
    "mac_addr",
    "OS-EXT-IPS-MAC:mac_addr",
    "request_id",
    "owner",
    "project_id",
  ],
  ...[
    "user_id",
    "tenant_id",
    "checksum",
    "os_hash_value",
    "provider:segmentation_id",
    "trustor_user_id",
    "trustee_user_id",
    "binding:host_id",
  ],
  ...[
    "lb_network_ip",
    "vrrp_ip",
    "ha_ip",
    "standard_attr_id",
    "security_group_id",
    "network_id",
    "subnet_id",
    "router_id",
    "image_id",
    "direct_url",
  ],
]);
const listsOfIds = new Set(["subnets", "security_groups", "audit_ids", "server_groups", "subnet_ids", "members"]);

export const createDictionary = (): Dictionary => {
  const forth = new Map<string, string>();
  const back = new Map<string, string>();
  const pair = (recorded: unknown, ours: unknown): void => {
    if (typeof recorded !== "string" || typeof ours !== "string" || recorded.length < 3 || forth.has(recorded)) return;
    forth.set(recorded, ours);
    if (!back.has(ours)) back.set(ours, recorded);
  };
  const learn = (recorded: unknown, ours: unknown, key = ""): void => {
    if (Array.isArray(recorded) && Array.isArray(ours)) {
      if (recorded.length !== ours.length) return;
      const [a, b] = [ordered(recorded), ordered(ours)];
      for (const [i, item] of a.entries()) {
        if (typeof item === "string" && listsOfIds.has(key)) pair(item, b[i]);
        else learn(item, b[i], key);
      }
    } else if (isObject(recorded) && isObject(ours)) {
      for (const [name, value] of Object.entries(recorded)) {
        if (madeUp.has(name)) pair(value, ours[name]);
        else if (name in ours) learn(value, ours[name], name);
      }
    }
  };
  const replace = (text: string, words: ReadonlyMap<string, string>): string => {
    const known = [...words.keys()].sort((a, b) => b.length - a.length);
    if (known.length === 0) return text;
    const escaped = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const whole = (word: string): string => (/^[\d.]+$/.test(word) ? `(?<![\\d.])${escaped(word)}(?!\\.?\\d)` : escaped(word)); // 10.0.0.2 is not in 10.0.0.20
    const pattern = new RegExp(known.map(whole).join("|"), "g");
    return text.replace(pattern, (word) => words.get(word) ?? word);
  };
  return {
    learn: (recorded, ours) => learn(recorded, ours),
    toOurs: (text) => replace(text, forth),
    toRecorded: (text) => replace(text, back),
  };
};

/** Lists come in any order: by what does not change between two clouds. */
const ordered = (list: readonly unknown[]): readonly unknown[] => {
  if (!list.every(isObject)) return list;
  const key = (item: Json): string =>
    JSON.stringify(
      Object.entries(item)
        .filter(([name, value]) => !madeUp.has(name) && typeof value !== "object" && !isTime(value))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  return list.toSorted((a, b) => (key(a as Json) < key(b as Json) ? -1 : 1));
};
const isTime = (value: unknown): boolean => typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value);

/** The form of a time is what matters: clients parse it. */
const timeForm = (text: string): string =>
  text.replace(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z?)$/,
    (_all, fraction, zone) => `<time${fraction ? ".micro" : ""}${zone}>`,
  );

export const normalized = (value: unknown): unknown => {
  if (typeof value === "string") return timeForm(value);
  if (Array.isArray(value)) {
    const items = ordered(value).map(normalized);
    return items.every((item) => typeof item === "string") ? items.toSorted() : items;
  }
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalized(item)]));
  return value;
};

/** Asks our cloud what the real one was asked. */
export const replay = async (exchange: Exchange, ask: Ask, dictionary: Dictionary): Promise<Reply> => {
  const { method, url, headers, body } = exchange.request;
  const path = dictionary.toOurs(url.replace(/^http:\/\/[^/]+/, ""));
  const said = typeof body === "string" ? JSON.parse(body) : body;
  const given = said === null || said === undefined ? undefined : JSON.parse(dictionary.toOurs(JSON.stringify(said)));
  const kept = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !["x-auth-token", "accept", "content-type", "x-subject-token"].includes(name));
  return ask(method, path, given, Object.fromEntries(kept));
};

/** Where two answers differ: `body.server.status: "ACTIVE" is "BUILD"`. */
export const differences = (recorded: unknown, ours: unknown, path: string): readonly string[] => {
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    if (recorded.length !== ours.length) return [`${path}: ${recorded.length} items are ${ours.length}`];
    return recorded.flatMap((item, i) => differences(item, ours[i], `${path}[${i}]`));
  }
  if (isObject(recorded) && isObject(ours)) {
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(ours)])];
    return names.flatMap((name) => {
      if (!(name in ours)) return [`${path}.${name}: is missing`];
      if (!(name in recorded)) return [`${path}.${name}: is too much`];
      return differences(recorded[name], ours[name], `${path}.${name}`);
    });
  }
  if (typeof recorded === "number" && typeof ours === "number" && madeUp.has(path.slice(path.lastIndexOf(".") + 1))) return [];
  return Object.is(recorded, ours) ? [] : [`${path}: ${JSON.stringify(recorded)} is ${JSON.stringify(ours)}`];
};
