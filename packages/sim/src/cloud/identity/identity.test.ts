import { describe, expect, test } from "vitest";
import { askOf, loginAs, passwordAuth, passwords, startCloud, tenantOf } from "../testing/harness.ts";

const start = async (settings = {}) => {
  const world = await startCloud({ settings });
  const keystone = askOf(world.cloud, "identity");
  return { ...world, keystone, login: (auth: unknown) => keystone("POST", "/v3/auth/tokens", { auth }) };
};
const password = (user: object, secret: string) => ({ methods: ["password"], password: { user: { ...user, password: secret } } });

describe("logging in", () => {
  test("by id or by name and domain, scoped to a project by id or by name and domain [OSAPI-017 OSAPI-018 OSAPI-019 OSSIM-014 OSSIM-081]", async () => {
    const { login } = await start();
    const first = await login({ identity: password({ name: "demo", domain: { id: "default" } }, passwords.demo) });
    expect(first.status).toBe(201);
    expect(first.body.token.project).toBeUndefined();
    expect(first.body.token.catalog).toBeUndefined();
    const scoped = await login({
      identity: password({ id: first.body.token.user.id }, passwords.demo),
      scope: { project: { name: "demo", domain: { name: "Default" } } },
    });
    expect(scoped.body.token.project.name).toBe("demo");
    expect(scoped.body.token.roles.map((role: { name: string }) => role.name)).toContain("member");
    const types = scoped.body.token.catalog.map((service: { type: string }) => service.type);
    expect(types).toEqual([
      "identity",
      "compute",
      "network",
      "image",
      "load-balancer",
      "volumev3",
      "block-storage",
      "container-infra",
    ]);
    const byId = await login({
      identity: password({ id: first.body.token.user.id }, passwords.demo),
      scope: { project: { id: scoped.body.token.project.id } },
    });
    expect(byId.status).toBe(201);
  });

  test("fails the same way whatever was wrong, so that it tells nothing [OSAPI-024 OSSIM-011]", async () => {
    const { login } = await start();
    const user = { name: "demo", domain: { id: "default" } };
    const project = (name: string) => ({ project: { name, domain: { id: "default" } } });
    const replies = [
      await login({ identity: password(user, "wrong") }),
      await login({ identity: password({ name: "nobody", domain: { id: "default" } }, "wrong") }),
      await login({ identity: password(user, passwords.demo), scope: project("admin") }),
      await login({ identity: password(user, passwords.demo), scope: project("no-such") }),
    ];
    for (const reply of replies) {
      expect(reply.status).toBe(401);
      expect(reply.body).toEqual({
        error: { code: 401, title: "Unauthorized", message: "The request you have made requires authentication." },
      });
      expect(reply.headers["www-authenticate"]).toBe('Keystone uri="http://127.0.0.1:5000/v3"');
    }
    expect((await login({ identity: { methods: [] } })).status).toBe(400);
    expect((await login(undefined)).status).toBe(400);
  });

  test("network and image URLs of the catalog have no version; compute's and volume's do [OSAPI-014 OSSIM-002]", async () => {
    const { cloud } = await start({ endpoints: { scheme: "http", host: "10.1.2.3", portOffset: 100 } });
    const reply = await loginAs(cloud, "demo", "demo", passwords.demo);
    const url = (type: string) => reply.body.token.catalog.find((one: { type: string }) => one.type === type).endpoints[0].url;
    expect(url("network")).toBe("http://10.1.2.3:9796");
    expect(url("image")).toBe("http://10.1.2.3:9392");
    expect(url("compute")).toBe("http://10.1.2.3:8874/v2.1");
    expect(url("volumev3")).toBe(`http://10.1.2.3:8876/v3/${reply.body.token.project.id}`);
    expect(url("container-infra")).toBe("http://10.1.2.3:9611/v1");
  });

  test("with a token for another scope; it lives no longer than the first [OSAPI-022 OSSIM-014]", async () => {
    const { login, clock } = await start({ tokenLifetimeSeconds: 100 });
    const first = await login({ identity: password({ name: "demo", domain: { id: "default" } }, passwords.demo) });
    await clock.advance(60_000);
    const token = {
      identity: { methods: ["token"], token: { id: first.headers["x-subject-token"] } },
      scope: { project: { name: "demo", domain: { id: "default" } } },
    };
    const second = await login(token);
    expect(second.body.token).toMatchObject({
      methods: ["password", "token"],
      expires_at: first.body.token.expires_at,
      project: { name: "demo" },
    });
    await clock.advance(60_000);
    expect((await login(token)).status).toBe(401);
  });

  test("to the whole system only for administrators", async () => {
    const { login } = await start();
    const scope = { system: { all: true } };
    expect((await login({ identity: password({ name: "demo", domain: { id: "default" } }, passwords.demo), scope })).status).toBe(
      401,
    );
    expect(
      (await login({ identity: password({ name: "admin", domain: { id: "default" } }, passwords.admin), scope })).body.token
        .system,
    ).toEqual({ all: true });
  });
});

describe("tokens", () => {
  test("expire, and are refused by every service then [OSSIM-011]", async () => {
    const { cloud, clock } = await start({ tokenLifetimeSeconds: 2 });
    const me = tenantOf(cloud, await loginAs(cloud, "demo", "demo", passwords.demo));
    expect((await me.compute("GET", "/v2.1/servers")).status).toBe(200);
    await clock.advance(3000);
    const asks = [
      me.compute("GET", "/v2.1/servers"),
      me.network("GET", "/v2.0/networks"),
      me.image("GET", "/v2/images"),
      me.volume("GET", "/v3/types"),
      me.loadbalancer("GET", "/v2/lbaas/pools"),
      me.identity("GET", "/v3/auth/projects"),
    ];
    for (const reply of await Promise.all(asks)) {
      expect(reply.status).toBe(401);
      expect(reply.headers["www-authenticate"]).toContain("Keystone uri=");
    }
  });

  test("are checked by services for their callers, and by nobody else for others [OSAPI-023 OSSIM-014]", async () => {
    const { cloud, login } = await startCloud();
    const [me, magnum] = [await login("demo", "demo", passwords.demo), await login("magnum", "service", passwords.magnum)];
    const other = await login("admin", "admin", passwords.admin);
    const subject = (token: string) => ({ "x-subject-token": token });
    const checked = await magnum.identity("GET", "/v3/auth/tokens", undefined, subject(me.token));
    expect(checked.body.token).toMatchObject({ user: { name: "demo" }, project: { name: "demo" } });
    expect((await me.identity("GET", "/v3/auth/tokens", undefined, subject(me.token))).status).toBe(200);
    expect((await me.identity("GET", "/v3/auth/tokens", undefined, subject(other.token))).status).toBe(403);
    expect((await magnum.identity("DELETE", "/v3/auth/tokens", undefined, subject(me.token))).status).toBe(204);
    expect((await magnum.identity("GET", "/v3/auth/tokens", undefined, subject(me.token))).status).toBe(404);
    expect((await me.network("GET", "/v2.0/networks")).status).toBe(401);
    expect(JSON.stringify([...cloud.state.tokens.all()])).not.toContain(magnum.token);
  });

  test("end when the user's password, their rights or the user goes [OSSIM-055]", async () => {
    const { login } = await startCloud();
    const boss = await login("admin", "admin", passwords.admin);
    const created = (await boss.identity("POST", "/v3/users", { user: { name: "eve", password: "one" } })).body.user;
    const member = (await boss.identity("GET", "/v3/roles?name=member")).body.roles[0];
    const demo = (await boss.identity("GET", "/v3/projects?name=demo")).body.projects[0];
    const grant = `/v3/projects/${demo.id}/users/${created.id}/roles/${member.id}`;
    expect((await boss.identity("PUT", grant)).status).toBe(204);
    const works = async (who: { network: typeof boss.network }) => (await who.network("GET", "/v2.0/networks")).status;
    const first = await login("eve", "demo", "one");
    expect(await works(first)).toBe(200);
    await boss.identity("PATCH", `/v3/users/${created.id}`, { user: { password: "two" } });
    expect(await works(first)).toBe(401);
    const second = await login("eve", "demo", "two");
    await boss.identity("DELETE", grant);
    expect(await works(second)).toBe(401);
    await boss.identity("PUT", grant);
    const third = await login("eve", "demo", "two");
    await boss.identity("DELETE", `/v3/users/${created.id}`);
    expect(await works(third)).toBe(401);
  });
});

describe("roles that imply others", () => {
  test("whoever is made a member can read, and an administrator can do what a member can, as Keystone's bootstrap has it", async () => {
    const { login } = await startCloud();
    const boss = await login("admin", "admin", passwords.admin);
    await boss.identity("POST", "/v3/users", { user: { name: "eve", password: "one" } });
    const [eve] = (await boss.identity("GET", "/v3/users?name=eve")).body.users;
    const [demo] = (await boss.identity("GET", "/v3/projects?name=demo")).body.projects;
    const roles: readonly { id: string; name: string }[] = (await boss.identity("GET", "/v3/roles")).body.roles;
    const idOf = (name: string) => roles.find((role) => role.name === name)?.id ?? "";
    const rolesAfter = async (granted: string) => {
      const grant = `/v3/projects/${demo.id}/users/${eve.id}/roles/${idOf(granted)}`;
      await boss.identity("PUT", grant);
      const token = await (await login("eve", "demo", "one")).identity("GET", "/v3/role_inferences");
      const assigned = async (query: string) =>
        (await boss.identity("GET", `/v3/role_assignments?user.id=${eve.id}&include_names&${query}`)).body.role_assignments.map(
          (one: { role: { name: string } }) => one.role.name,
        );
      const seen = { inferences: token.status, assigned: await assigned(""), effective: await assigned("effective") };
      await boss.identity("DELETE", grant);
      return seen;
    };
    expect(await rolesAfter("reader")).toEqual({ inferences: 403, assigned: ["reader"], effective: ["reader"] });
    expect(await rolesAfter("member")).toEqual({ inferences: 403, assigned: ["member"], effective: ["member", "reader"] });
    expect(await rolesAfter("admin")).toEqual({
      inferences: 200,
      assigned: ["admin"],
      effective: ["admin", "manager", "member", "reader"],
    });
    const inferences = (await boss.identity("GET", "/v3/role_inferences")).body.role_inferences;
    expect(
      inferences.map((one: { prior_role: { name: string }; implies: { name: string }[] }) => [
        one.prior_role.name,
        one.implies.map(({ name }) => name),
      ]),
    ).toEqual(
      expect.arrayContaining([
        ["admin", ["manager"]],
        ["manager", ["member"]],
        ["member", ["reader"]],
      ]),
    );
    const of = (await boss.identity("GET", `/v3/roles/${idOf("member")}/implies`)).body.role_inference;
    expect(of).toMatchObject({ prior_role: { name: "member" }, implies: [{ name: "reader" }] });
  });

  test("a token lists what its roles imply; an application credential stays with the roles it was given", async () => {
    const { cloud, demo } = await startCloud();
    const me = await demo();
    const keystone = askOf(cloud, "identity");
    const rolesOf = (token: { readonly roles: readonly { readonly name: string }[] }) => token.roles.map(({ name }) => name);
    const mine = await me.identity("GET", "/v3/auth/tokens", undefined, { "x-subject-token": me.token });
    expect(rolesOf(mine.body.token)).toEqual(["member", "load-balancer_member", "creator", "reader"]);
    const made = await me.identity("POST", `/v3/users/${me.userId}/application_credentials`, {
      application_credential: { name: "only", roles: [{ name: "member" }] },
    });
    const { id, secret } = made.body.application_credential;
    const answer = await keystone("POST", "/v3/auth/tokens", {
      auth: { identity: { methods: ["application_credential"], application_credential: { id, secret } } },
    });
    expect(rolesOf(answer.body.token)).toEqual(["member"]);
  });
});

describe("application credentials", () => {
  test("log in by id or by name and user, keep the project, may be restricted, and end with a 404 [OSAPI-021 OSAPI-024 OSSIM-013]", async () => {
    const { cloud, demo, clock } = await startCloud();
    const me = await demo();
    const keystone = askOf(cloud, "identity");
    const path = `/v3/users/${me.userId}/application_credentials`;
    const made = (await me.identity("POST", path, { application_credential: { name: "ac", expires_at: "2026-11-22T13:00:00" } }))
      .body.application_credential;
    expect(JSON.stringify([...cloud.state.applicationCredentials.all()])).not.toContain(made.secret);
    const login = (given: object) =>
      keystone("POST", "/v3/auth/tokens", {
        auth: { identity: { methods: ["application_credential"], application_credential: given } },
      });
    const byId = await login({ id: made.id, secret: made.secret });
    expect(byId.body.token.project.name).toBe("demo");
    expect((await login({ name: "ac", secret: made.secret, user: { name: "demo", domain: { id: "default" } } })).status).toBe(
      201,
    );
    expect((await login({ id: made.id, secret: "wrong" })).status).toBe(401);
    const restricted = tenantOf(cloud, byId);
    expect((await restricted.identity("POST", path, { application_credential: { name: "more" } })).status).toBe(403);
    expect((await restricted.network("GET", "/v2.0/networks")).status).toBe(200);
    await clock.advance(3_700_000);
    expect((await login({ id: made.id, secret: made.secret })).status).toBe(401);
    const again = await demo();
    expect((await again.identity("DELETE", `${path}/${made.id}`)).status).toBe(204);
    const gone = await login({ id: made.id, secret: made.secret });
    expect([gone.status, gone.body.error.message]).toEqual([404, `Could not find Application Credential: ${made.id}.`]);
  });

  test("are their user's own [OSSIM-012]", async () => {
    const { demo, login } = await startCloud();
    const me = await demo();
    const magnum = await login("magnum", "service", passwords.magnum);
    expect((await me.identity("GET", `/v3/users/${magnum.userId}/application_credentials`)).status).toBe(403);
  });
});

test("a trust lets a service act as its trustor, until it is taken back [OSSIM-014]", async () => {
  const { cloud, demo, login } = await startCloud();
  const [me, magnum] = [await demo(), await login("magnum", "service", passwords.magnum)];
  const ask = {
    trustor_user_id: me.userId,
    trustee_user_id: magnum.userId,
    project_id: me.projectId,
    impersonation: true,
    roles: [{ name: "member" }],
  };
  expect((await magnum.identity("POST", "/v3/OS-TRUST/trusts", { trust: ask })).status).toBe(403);
  expect((await me.identity("POST", "/v3/OS-TRUST/trusts", { trust: { ...ask, roles: [{ name: "admin" }] } })).status).toBe(403);
  const { trust } = (await me.identity("POST", "/v3/OS-TRUST/trusts", { trust: ask })).body;
  const auth = passwordAuth("magnum", passwords.magnum).auth;
  const enter = () =>
    askOf(cloud, "identity")("POST", "/v3/auth/tokens", { auth: { ...auth, scope: { "OS-TRUST:trust": { id: trust.id } } } });
  const entered = await enter();
  expect(entered.body.token).toMatchObject({
    user: { name: "demo" },
    project: { name: "demo" },
    "OS-TRUST:trust": { id: trust.id, impersonation: true },
  });
  const acting = tenantOf(cloud, entered);
  await acting.network("POST", "/v2.0/networks", { network: { name: "by trust" } });
  expect((await me.network("GET", "/v2.0/networks?name=by%20trust")).body.networks).toHaveLength(1);
  await me.identity("DELETE", `/v3/OS-TRUST/trusts/${trust.id}`);
  expect((await acting.network("GET", "/v2.0/networks")).status).toBe(401);
  expect((await enter()).status).toBe(401);
});

test("people who are no administrators see themselves and their projects only [OSSIM-012]", async () => {
  const { demo } = await startCloud();
  const me = await demo();
  expect((await me.identity("GET", "/v3/projects")).status).toBe(403);
  expect((await me.identity("GET", `/v3/projects/${me.projectId}`)).body.project.name).toBe("demo");
  expect((await me.identity("GET", "/v3/auth/projects")).body.projects.map((one: { name: string }) => one.name)).toEqual([
    "demo",
  ]);
  expect((await me.identity("POST", "/v3/projects", { project: { name: "mine" } })).status).toBe(403);
});
