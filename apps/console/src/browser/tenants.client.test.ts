/** Strangers and attackers: two tenants who cannot see each other, names that are scripts, pages of others that frame or forge. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, filled, openChromium, patience, signIn, type Visit, visit } from "./chromium.ts";
import { type Running, startSlipway } from "./running.ts";

let slipway: Running;
let browser: Browser;
let stranger: Account;
beforeAll(async () => {
  slipway = await startSlipway();
  browser = await openChromium(slipway.folder);
  stranger = await makeTenant("stranger");
});
afterAll(async () => {
  await browser?.close();
  await slipway?.end();
});

const demo = (): Account => ({ user: "demo", password: slipway.password("demo") });

/** A project and its one member, made through Keystone. */
const makeTenant = async (name: string, wanted: readonly string[] = ["member", "reader"]): Promise<Account> => {
  const password = `of-${name}-12345678`;
  const at = (path: string) => `${slipway.identity}${path}`;
  const { project } = await slipway.asAdmin<{ project: { id: string } }>("POST", at("/projects"), {
    project: { name, domain_id: "default" },
  });
  const { user } = await slipway.asAdmin<{ user: { id: string } }>("POST", at("/users"), {
    user: { name, password, domain_id: "default", default_project_id: project.id },
  });
  const { roles } = await slipway.asAdmin<{ roles: readonly { id: string; name: string }[] }>("GET", at("/roles"));
  for (const { id } of roles.filter((role) => wanted.includes(role.name)))
    await slipway.asAdmin("PUT", at(`/projects/${project.id}/users/${user.id}/roles/${id}`));
  return { user: name, password, project: name };
};

const create = async ({ page, words }: Visit, name: string): Promise<string> => {
  await page.goto("/clusters/new");
  await page.getByLabel(words.create.name, { exact: false }).fill(name);
  await page.locator(".wizard-actions").getByRole("button", { name: words.create.toReview, exact: true }).click();
  await page.getByRole("button", { name: words.create.submit, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  return page.url().split("/").pop() ?? "";
};

test("two tenants do not see each other: not in lists, not by addresses, not by ids [CON-045 CON-065 CON-068]", async () => {
  const mine = await visit(browser, { origin: slipway.console });
  await signIn(mine, demo());
  const id = await create(mine, "private");

  const theirs = await visit(browser, { origin: slipway.console });
  await signIn(theirs, stranger);
  await theirs.page.getByRole("heading", { name: theirs.words.clusters.emptyTitle }).waitFor();
  for (const tab of ["", "?tab=nodes", "?tab=access", "?task=kubeconfig", "?task=delete"]) {
    await theirs.page.goto(`/clusters/${id}${tab}`);
    await theirs.page.getByRole("heading", { name: theirs.words.detail.notFound }).waitFor();
    expect(await theirs.page.locator("body").textContent()).not.toContain("private");
  }
  // The same by hand, past the pages: every door that takes an id.
  const statuses = await theirs.page.evaluate(async (cluster) => {
    const session = (await (await fetch("/api/session")).json()) as { csrfToken: string };
    const send = async (method: string, path: string, body?: object) =>
      (
        await fetch(path, {
          method,
          headers: { "content-type": "application/json", "x-csrf-token": session.csrfToken },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
      ).status;
    const base = `/api/clusters/${cluster}`;
    return [
      await send("GET", base),
      await send("GET", `${base}/tree`),
      await send("GET", `${base}/nodes`),
      await send("GET", `${base}/events`),
      await send("GET", `${base}/history`),
      await send("GET", `${base}/diagnosis`),
      await send("GET", `${base}/certificates`),
      await send("POST", `${base}/kubeconfig`, { form: "certificate" }),
      await send("POST", `${base}/scale`, { nodeCount: 5 }),
      await send("DELETE", base, { confirm: "private" }),
      await send("GET", "/api/operator/fleet"),
      await send("GET", "/api/operator/projects"),
    ];
  }, id);
  expect(statuses).toEqual(statuses.map(() => 404));
  // Operators' pages are refused kindly, and hold nothing.
  await theirs.page.goto("/operator/fleet");
  await theirs.page.getByRole("heading", { name: theirs.words.operator.forbidden }).waitFor();

  await mine.page.goto(`/clusters/${id}`);
  await mine.page.getByRole("heading", { name: "private", level: 1 }).waitFor();
  expect([...mine.offences, ...theirs.offences]).toEqual([]);
  await mine.close();
  await theirs.close();
});

const attack = `"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{constructor.constructor('window.pwned=1')()}}`;

test("names, labels, reasons and events that are scripts are shown as what they are: text [CON-045 CON-067]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page } = seen;
  await signIn(seen, demo());
  // The template's name and labels, through the tenants' API.
  const projects = await slipway.asAdmin<{ projects: readonly { id: string; name: string }[] }>(
    "GET",
    `${slipway.identity}/projects`,
  );
  const project = projects.projects.find(({ name }) => name === "demo")?.id ?? "";
  await page.evaluate(async (text) => {
    const session = (await (await fetch("/api/session")).json()) as { csrfToken: string };
    const post = (path: string, body: object) =>
      fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrf-token": session.csrfToken },
        body: JSON.stringify(body),
      });
    await post("/api/templates", {
      name: `template ${text}`.slice(0, 250),
      imageId: "ubuntu-2204-kube-v1.32.5",
      externalNetwork: "public",
      flavor: "m1.medium",
      masterFlavor: "m1.medium",
      labels: { kube_tag: "v1.32.5", note: text },
    });
    await post("/api/credentials", { name: `credential ${text}` });
  }, attack);
  // The cluster's name, status, reason, faults and node groups, past every check, as only an operator could write them.
  const record = await slipway.kubernetes<{ metadata: { uid: string; name: string } }>(
    "POST",
    "/apis/magnum.slipway.dev/v1alpha1/namespaces/magnum-system/magnumclusters",
    hostileCluster(project),
  );
  await slipway.kubernetes(
    "PATCH",
    `/apis/magnum.slipway.dev/v1alpha1/namespaces/magnum-system/magnumclusters/${record.metadata.name}/status`,
    {
      status: {
        status: "CREATE_FAILED",
        statusReason: `reason ${attack}`,
        healthStatus: "UNHEALTHY",
        healthStatusReason: { [`node ${attack}`]: `health ${attack}` },
        nodeGroups: [{ name: "default-worker", status: "CREATE_FAILED", statusReason: `group ${attack}` }],
      },
    },
  );
  await slipway.kubernetes("POST", "/api/v1/namespaces/magnum-system/events", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "hostile.1", namespace: "magnum-system" },
    involvedObject: {
      apiVersion: "magnum.slipway.dev/v1alpha1",
      kind: "MagnumCluster",
      name: record.metadata.name,
      namespace: "magnum-system",
      uid: record.metadata.uid,
    },
    reason: "Hostile",
    message: `event ${attack}`,
    type: "Warning",
    firstTimestamp: new Date().toISOString(),
    lastTimestamp: new Date().toISOString(),
    count: 1,
    source: { component: "test" },
  });

  await page.goto("/clusters");
  await page.locator(".cluster-link", { hasText: "cluster " }).waitFor();
  const shown: string[] = [];
  for (const path of [
    "/clusters",
    "/templates",
    "/credentials",
    "/clusters/new",
    ...["overview", "topology", "nodes", "groups", "events", "access", "history"].map(
      (tab) => `/clusters/${record.metadata.uid}?tab=${tab}`,
    ),
    `/clusters/${record.metadata.uid}?task=delete`,
    `/clusters?search=${encodeURIComponent(attack)}`,
  ]) {
    await page.goto(path);
    await page.locator("h1").first().waitFor();
    await expect.poll(() => page.locator(".loading").count(), { timeout: patience }).toBe(0);
    if ((await page.getByText("onerror=", { exact: false }).count()) > 0) shown.push(path.split("?tab=").pop() ?? path);
    expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined();
    expect(await page.locator("img").count()).toBe(0);
  }
  // It was really there to be seen, in names, labels, reasons and events.
  expect(shown).toEqual(expect.arrayContaining(["/clusters", "/templates", "/credentials", "overview", "groups", "events"]));
  expect(seen.offences).toEqual([]);
  await seen.close();
});

const hostileCluster = (projectId: string) => {
  const group = (name: string, role: string) => ({
    uuid: crypto.randomUUID(),
    name,
    role,
    isDefault: true,
    nodeCount: 1,
    minNodeCount: 0,
    labels: {},
    createdAt: new Date().toISOString(),
  });
  return {
    apiVersion: "magnum.slipway.dev/v1alpha1",
    kind: "MagnumCluster",
    metadata: {
      name: "kube-hostile",
      namespace: "magnum-system",
      labels: { "magnum.slipway.dev/project": projectId },
      // The driver lets it be: only the record is wanted.
      annotations: { "cluster.x-k8s.io/paused": "true" },
    },
    spec: {
      name: `cluster ${attack}`,
      projectId,
      userId: "nobody",
      createdAt: new Date().toISOString(),
      clusterTemplateId: crypto.randomUUID(),
      floatingIpEnabled: false,
      masterLbEnabled: true,
      createTimeout: 60,
      labels: { [`label`]: `value ${attack}` },
      kubernetesVersion: "v1.32.5",
      networkDriver: "calico",
      clusterDistro: "ubuntu",
      dnsNameservers: [],
      nodeGroups: [group("default-master", "master"), group("default-worker", "worker")],
    },
  };
};

test("who may only look is told which role it would take to do more [CON-065]", async () => {
  const looker = await makeTenant("looker", ["reader"]);
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, looker);
  await page.getByRole("heading", { name: words.clusters.emptyTitle }).waitFor();
  const needed = filled(words.blocked.role, { role: "member" });
  await page.getByText(needed).waitFor();
  expect(await page.getByRole("link", { name: words.clusters.create }).count()).toBe(0);
  await page.goto("/clusters/new");
  await page.getByRole("heading", { name: words.create.forbidden }).waitFor();
  await page.getByText(needed).waitFor();
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("an application credential for Terraform: its secret is shown once, in the files that tools read [CON-079]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, stranger, "/credentials");
  await page.getByRole("heading", { name: words.credentials.none }).waitFor();
  await page.getByRole("button", { name: words.credentials.create }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(words.group.name, { exact: false }).fill("pipeline");
  await dialog.getByRole("button", { name: words.credentials.create }).click();
  // Each of the files holds it, in a tab of its own.
  await dialog.getByText("application_credential_secret").first().waitFor();
  const text = (await dialog.locator("pre").first().textContent()) ?? "";
  expect(text).toContain(slipway.identity);
  await dialog.getByRole("tab", { name: "provider.tf" }).click();
  await dialog.getByText("provider", { exact: false }).first().waitFor();
  await dialog.getByRole("button", { name: words.credentials.saved }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("cell", { name: "pipeline" }).first().waitFor();
  const secret = /application_credential_secret: "?([^"\n]+)/.exec(text)?.[1] ?? "nothing";
  expect(secret.length).toBeGreaterThan(10);
  expect(await page.content()).not.toContain(secret);
  await page.getByRole("button", { name: filled(words.credentials.deleteNamed, { name: "pipeline" }) }).click();
  await dialog.getByRole("button", { name: words.action.delete, exact: true }).click();
  await page.getByRole("heading", { name: words.credentials.none }).waitFor();
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("an operator changes how many clusters a project may have, and its tenant sees it [CON-054]", async () => {
  const theirs = await visit(browser, { origin: slipway.console });
  await signIn(theirs, demo(), "/quotas");
  const meter = theirs.page.locator(".meter", { hasText: theirs.words.quota.names.clusters }).first();
  await meter.getByText(/of 20$/).waitFor();
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, { user: "admin", password: slipway.password("admin") }, "/operator/projects");
  await page.locator("tbody tr").first().getByRole("button").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(words.operator.limit).fill("7");
  await dialog.getByRole("button", { name: words.action.save }).click();
  await dialog.waitFor({ state: "detached" });
  await page.locator("tbody td", { hasText: /^7$/ }).first().waitFor();
  await theirs.page.reload();
  await meter.getByText(/of 7$/).waitFor();
  expect([...seen.offences, ...theirs.offences]).toEqual([]);
  await seen.close();
  await theirs.close();
});

/** Somebody else's site, on another origin. */
const openOther = async (html: string): Promise<{ readonly server: Server; readonly origin: string }> => {
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://localhost:${(server.address() as AddressInfo).port}` };
};

test("another site can neither frame the console nor act in its user's name [CON-067]", async () => {
  const seen = await visit(browser, { origin: slipway.console, expected: /elsewhere|policy|Refused|frame/i });
  const { page, context } = seen;
  await signIn(seen, demo());
  const other = await openOther(`<!doctype html><title>other</title><iframe id="frame" src="${slipway.console}/"></iframe>
<form id="forged" method="post" enctype="text/plain" action="${slipway.console}/api/credentials" target="sink"><input name='{"name":"forged","x":"' value='"}'></form><iframe name="sink"></iframe>`);
  try {
    const evil = await context.newPage();
    await evil.goto(other.origin);
    // Clickjacking: the browser shows nothing of the console in a frame.
    await expect.poll(async () => evil.frameLocator("#frame").locator("#root").count(), { timeout: patience }).toBe(0);
    // Forged requests, by script and by form, with the user's own cookies at hand.
    const outcome = await evil.evaluate(async (origin) => {
      const tries = await Promise.all(
        (["POST", "DELETE"] as const).map((method) =>
          fetch(`${origin}/api/session`, {
            method,
            credentials: "include",
            mode: "no-cors",
            body: method === "POST" ? "{}" : null,
          }).then(
            (response) => response.type,
            () => "failed",
          ),
        ),
      );
      const readable = await fetch(`${origin}/api/session`, { credentials: "include" }).then(
        () => "readable",
        () => "refused",
      );
      return { tries, readable };
    }, slipway.console);
    expect(outcome.readable).toBe("refused");
    await evil.evaluate(() => (document.getElementById("forged") as HTMLFormElement).submit());
    await expect.poll(() => evil.frames().length, { timeout: patience }).toBeGreaterThan(2);
    await evil.close();
    // Nobody was signed out, and nothing was made.
    await page.goto("/credentials");
    await page.getByRole("heading", { level: 1, name: seen.words.nav.credentials }).waitFor();
    await expect.poll(() => page.getByText("forged").count(), { timeout: patience }).toBe(0);
    // From the page itself, but without the token.
    const bare = await page.evaluate(
      async () =>
        (
          await fetch("/api/credentials", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: '{"name":"forged"}',
          })
        ).status,
    );
    expect(bare).toBe(403);
  } finally {
    other.server.close();
  }
  expect(seen.offences).toEqual([]);
  await seen.close();
});
