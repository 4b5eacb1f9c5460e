import type { CloudContext } from "../context.ts";
import { type Answer, type Call, created, noContent, ok } from "../http/call.ts";
import { isObject, listOf, objectOf, pythonRepr, textOf, textsOf } from "../http/json.ts";
import type { Routes } from "../http/router.ts";
import { time } from "../ids.ts";
import { exceeds, limitOf } from "../quotas.ts";
import { fingerprintOf, newSshKey } from "./keys.ts";
import type { Flavor, Keypair, ServerGroup } from "./records.ts";
import { bodyObject, invalid, required, stringField } from "./schema.ts";
import { badRequest, conflict, disallowed, forbidden, itemNotFound } from "./versions.ts";
import type { ComputeViews } from "./views.ts";

/** What servers are made with: flavors, keypairs, server groups. */
export const catalogRoutes = (context: CloudContext, views: ComputeViews): Routes => {
  const { state, ids, clock } = context;

  const flavor = (id: string | undefined): Flavor => {
    const found = state.flavors.get(id ?? "");
    if (!found) throw itemNotFound(`Flavor ${id} could not be found.`);
    return found;
  };
  const flavors =
    (detail: boolean) =>
    (call: Call): Answer => {
      const wanted = call.query.get("is_public")?.toLowerCase();
      const minDisk = Number(call.query.get("minDisk") ?? 0);
      const minRam = Number(call.query.get("minRam") ?? 0);
      const all = [...state.flavors.all()]
        .filter((one) => !call.scope.admin || wanted === undefined || wanted === "none" || String(one.is_public) === wanted)
        .filter((one) => (call.scope.admin || one.is_public) && one.disk >= minDisk && one.ram >= minRam)
        .sort((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1));
      const start = call.query.has("marker") ? all.findIndex((one) => one.id === call.query.get("marker")) + 1 : 0;
      const limit = Number(call.query.get("limit") ?? 0) || all.length;
      return ok({
        flavors: all
          .slice(start, start + limit)
          .map((one) =>
            detail ? views.flavor(one, call.version) : { id: one.id, name: one.name, links: views.links("flavors", one.id) },
          ),
      });
    };
  const createFlavor = (call: Call): Answer => {
    if (!call.scope.admin) throw disallowed("os_compute_api:os-flavor-manage:create");
    const given = bodyObject(call.body, "flavor", { needed: ["name", "vcpus", "ram", "disk"] });
    const id = textOf(given["id"]) && given["id"] !== "auto" ? String(given["id"]) : ids.uuid();
    const name = stringField(given, "name", { min: 1 }) ?? "";
    if (state.flavors.get(id)) throw conflict(`Flavor with ID ${id} already exists.`);
    if (state.flavors.by("name", name).length > 0) throw conflict(`Flavor with name ${name} already exists.`);
    const record = state.flavors.put({
      id,
      name,
      vcpus: Number(given["vcpus"]),
      ram: Number(given["ram"]),
      disk: Number(given["disk"]),
      ephemeral: Number(given["OS-FLV-EXT-DATA:ephemeral"] ?? 0),
      swap: Number(given["swap"] ?? 0) || 0,
      extra_specs: {},
      description: textOf(given["description"]) ?? null,
      is_public: given["os-flavor-access:is_public"] !== false,
    });
    return ok({ flavor: views.flavor(record, call.version) });
  };

  const keypairOf = (call: Call): Keypair => {
    const user = call.scope.admin ? (call.query.get("user_id") ?? call.scope.userId) : call.scope.userId;
    const found = state.keypairs.get(`${user}/${call.params["name"]}`);
    if (!found) throw itemNotFound(`Keypair ${call.params["name"]} not found for user ${user}`);
    return found;
  };
  const createKeypair = async (call: Call): Promise<Answer> => {
    const given = bodyObject(call.body, "keypair", { needed: call.version >= 92 ? ["name", "public_key"] : ["name"] });
    const name = stringField(given, "name", { min: 1 }) ?? "";
    const type = given["type"] ?? "ssh";
    if (type !== "ssh" && type !== "x509") throw invalid("type", type, `${pythonRepr(type)} is not one of ['ssh', 'x509']`);
    const user = call.scope.userId;
    const id = `${user}/${name}`;
    const publicKey = textOf(given["public_key"]);
    const fingerprint = publicKey === undefined ? undefined : fingerprintOf(publicKey);
    if (publicKey !== undefined && fingerprint === undefined)
      throw badRequest("Keypair data is invalid: failed to generate fingerprint");
    const pair = publicKey === undefined ? await newSshKey(name) : undefined;
    if (state.keypairs.get(id)) throw conflict(`Key pair '${name}' already exists.`);
    if (exceeds(limitOf(context, "compute", call.scope.projectId, "key_pairs"), state.keypairs.count("user", user))) {
      throw forbidden("Quota exceeded, too many key pairs.");
    }
    const key = publicKey ?? pair?.publicKey ?? "";
    const record = state.keypairs.put({
      id,
      name,
      user_id: user,
      public_key: key,
      fingerprint: fingerprint ?? fingerprintOf(key) ?? "",
      type,
      created_at: time.micro(clock.now()),
      sequence: state.next("keypair"),
    });
    const body = {
      keypair: { ...views.keypair(record, call.version), user_id: user, ...(pair && { private_key: pair.privateKey }) },
    };
    return call.version >= 2 ? created(body) : ok(body);
  };

  const policies = (version: number): readonly string[] =>
    version >= 15 ? ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"] : ["anti-affinity", "affinity"];
  const policyOf = (value: unknown, field: string, version: number): ServerGroup["policy"] => {
    if (!policies(version).includes(String(value))) {
      throw invalid(field, value, `${pythonRepr(value)} is not one of ${pythonRepr(policies(version))}`);
    }
    return value as ServerGroup["policy"];
  };
  const createGroup = (call: Call): Answer => {
    const modern = call.version >= 64;
    const given = bodyObject(call.body, "server_group");
    for (const needed of modern ? ["name", "policy"] : ["name", "policies"])
      if (given[needed] === undefined) throw required("server_group", given, needed);
    bodyObject(call.body, "server_group", { known: modern ? ["name", "policy", "rules"] : ["name", "policies"] });
    const name = stringField(given, "name", { min: 1 }) ?? "";
    const list = listOf(given["policies"]);
    if (!modern && list.length !== 1) {
      throw invalid(
        "policies",
        given["policies"],
        `${pythonRepr(given["policies"])} is too ${list.length === 0 ? "short" : "long"}`,
      );
    }
    const policy = modern ? policyOf(given["policy"], "policy", call.version) : policyOf(list[0], "0", call.version);
    const rules = objectOf(given["rules"]);
    const perHost = Number(rules["max_server_per_host"]);
    if (rules["max_server_per_host"] !== undefined && policy !== "anti-affinity") {
      throw badRequest("Only anti-affinity policy supports rules.");
    }
    const project = call.scope.projectId;
    if (exceeds(limitOf(context, "compute", project, "server_groups"), state.serverGroups.count("project", project))) {
      throw forbidden("Quota exceeded, too many server groups.");
    }
    const record = state.serverGroups.put({
      id: ids.uuid(),
      name,
      policy,
      rules: Number.isInteger(perHost) ? { max_server_per_host: perHost } : {},
      project_id: project,
      user_id: call.scope.userId,
    });
    return ok({ server_group: views.group(record, call.version) });
  };
  const groupOf = (call: Call): ServerGroup => {
    const group = state.serverGroups.get(call.params["id"] ?? "");
    if (!group || !(call.scope.admin || group.project_id === call.scope.projectId)) {
      throw itemNotFound(`Instance group ${call.params["id"]} could not be found.`);
    }
    return group;
  };
  const listGroups = (call: Call): Answer => {
    const all =
      call.scope.admin && call.query.has("all_projects")
        ? [...state.serverGroups.all()]
        : state.serverGroups.by("project", call.scope.projectId);
    const start = Number(call.query.get("offset") ?? 0);
    const limit = Number(call.query.get("limit") ?? 0) || 1000;
    return ok({ server_groups: all.slice(start, start + limit).map((one) => views.group(one, call.version)) });
  };

  return {
    "/v2.1/flavors": { GET: flavors(false), POST: createFlavor },
    "/v2.1/flavors/detail": { GET: flavors(true) },
    "/v2.1/flavors/:id": {
      GET: (call) => ok({ flavor: views.flavor(flavor(call.params["id"]), call.version) }),
      DELETE: (call) => {
        if (!call.scope.admin) throw disallowed("os_compute_api:os-flavor-manage:delete");
        state.flavors.remove(flavor(call.params["id"]).id);
        return { status: 202 };
      },
    },
    "/v2.1/flavors/:id/os-extra_specs": {
      GET: (call) => ok({ extra_specs: flavor(call.params["id"]).extra_specs }),
      POST: (call) => {
        if (!call.scope.admin) throw disallowed("os_compute_api:os-flavor-extra-specs:create");
        const given = isObject(call.body) ? objectOf(call.body["extra_specs"]) : {};
        const record = flavor(call.params["id"]);
        const specs = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)]));
        state.flavors.put({ ...record, extra_specs: { ...record.extra_specs, ...specs } });
        return ok({ extra_specs: specs });
      },
    },
    "/v2.1/os-keypairs": {
      GET: (call) => {
        const user = call.scope.admin ? (call.query.get("user_id") ?? call.scope.userId) : call.scope.userId;
        return ok({ keypairs: state.keypairs.by("user", user).map((one) => ({ keypair: views.keypair(one, call.version) })) });
      },
      POST: createKeypair,
    },
    "/v2.1/os-keypairs/:name": {
      GET: (call) => {
        const found = keypairOf(call);
        return ok({
          keypair: {
            ...views.keypair(found, call.version),
            user_id: found.user_id,
            created_at: found.created_at,
            deleted: false,
            deleted_at: null,
            id: found.sequence,
            updated_at: null,
          },
        });
      },
      DELETE: (call) => {
        state.keypairs.remove(keypairOf(call).id);
        return call.version >= 2 ? noContent : { status: 202 };
      },
    },
    "/v2.1/os-server-groups": { GET: listGroups, POST: createGroup },
    "/v2.1/os-server-groups/:id": {
      GET: (call) => ok({ server_group: views.group(groupOf(call), call.version) }),
      DELETE: (call) => {
        const group = groupOf(call);
        state.serverGroups.remove(group.id);
        for (const member of state.servers.by("group", group.id)) state.servers.patch(member.id, { group_id: null });
        return noContent;
      },
    },
    "/v2.1/extensions": { GET: () => ok({ extensions: textsOf([]) }) },
  };
};
