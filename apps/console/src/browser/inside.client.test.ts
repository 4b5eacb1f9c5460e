/** A cluster's page, tab by tab; what others do meanwhile; templates; a browser that is offline. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openChromium, patience, signIn, type Visit, visit } from "./chromium.ts";
import { type Running, startSlipway } from "./running.ts";

let slipway: Running;
let browser: Browser;
let blue: string;
beforeAll(async () => {
  slipway = await startSlipway({
    console: {
      grafana: "https://grafana.example/d/tenant",
      vpn_guide: "https://docs.example/vpn",
      documentation: "javascript:alert(1)",
    },
  });
  browser = await openChromium(slipway.folder);
});
afterAll(async () => {
  await browser?.close();
  await slipway?.end();
});

const demo = () => ({ user: "demo", password: slipway.password("demo") });
/** Somebody else in the same project. */
const member = async (name: string) => {
  const { identity, asAdmin } = slipway;
  const { user } = await asAdmin<{ user: { id: string } }>("POST", `${identity}/users`, {
    user: { name, password: `${name}-secret` },
  });
  const { projects } = await asAdmin<{ projects: readonly { id: string }[] }>("GET", `${identity}/projects?name=demo`);
  const { roles } = await asAdmin<{ roles: readonly { id: string }[] }>("GET", `${identity}/roles?name=member`);
  await asAdmin("PUT", `${identity}/projects/${projects[0]?.id}/users/${user.id}/roles/${roles[0]?.id}`);
  return { user: name, password: `${name}-secret` };
};
const untilPhase = ({ page }: Visit, wanted: string) =>
  expect.poll(() => page.locator(".page-head .badge").first().textContent(), { timeout: patience }).toBe(wanted);
const button = ({ page }: Visit, name: string) => page.getByRole("button", { name, exact: true });

test("the sidebar leads to clusters and to what the operator links: dashboard and VPN guide, never to script; the templates are the deployment's [CON-001 CON-010 CON-013 CON-018]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, demo(), "/quotas");
  const side = page.getByRole("navigation", { name: words.shell.pages });
  await side.getByRole("link", { name: words.nav.clusters, exact: true }).click();
  await page.getByRole("heading", { name: words.clusters.emptyTitle }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/clusters");
  // Templates are what the inventory lists.
  await side.getByRole("link", { name: words.nav.templates, exact: true }).click();
  await page.getByRole("heading", { level: 2 }).first().waitFor();
  const named = [...slipway.inventory.matchAll(/- name: (k8s-\S+)/g)].map(([, name]) => name ?? "");
  expect(named.length).toBe(2);
  for (const name of named) await page.getByRole("heading", { level: 2, name: new RegExp(`^${name}`) }).waitFor();
  expect(await side.getByRole("link", { name: words.nav.observability }).getAttribute("href")).toBe(
    "https://grafana.example/d/tenant",
  );
  expect(await side.getByRole("link", { name: words.nav.vpnGuide }).getAttribute("href")).toBe("https://docs.example/vpn");
  expect(await side.getByRole("link", { name: words.nav.documentation }).count()).toBe(0);
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("the whole form makes what was asked for, and the tabs of the cluster say what it is [CON-012 CON-020 CON-033 CON-038]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, demo(), "/clusters/new");
  await page.getByLabel(words.create.name, { exact: false }).fill("blue");
  const go = async (step: keyof typeof words.create.step) =>
    page.locator(".wizard-step", { hasText: words.create.step[step] }).click();
  await go("management");
  const healing = page.getByRole("radiogroup", { name: words.create.autoHealing });
  await healing.getByText(words.create.off, { exact: true }).click();
  await page.getByLabel(words.create.timeout, { exact: false }).fill("45");
  await go("review");
  await page
    .getByText(/auto_healing_enabled=false/)
    .first()
    .waitFor();
  await button(seen, words.create.submit).click();
  await page.getByRole("heading", { name: "blue", level: 1 }).waitFor();
  await untilPhase(seen, "ACTIVE");
  blue = page.url().split("/").pop() ?? "";

  const tab = async (name: keyof typeof words.tab) => page.getByRole("tab", { name: words.tab[name], exact: true }).click();
  const row = (name: string) => page.locator(".tab-panel tbody tr", { hasText: name });
  await tab("settings");
  await row(words.settings.autoHealing).getByText(words.settings.autoHealingOff).waitFor();
  await row(words.settings.timeout).getByText("45 min").waitFor();
  await row(words.settings.maintenance).getByText(words.settings.notOffered).waitFor();
  // What can be changed leads to where it is changed.
  await row("default-worker").getByRole("button").click();
  await page.getByRole("dialog", { name: "Scale blue" }).waitFor();
  await page.keyboard.press("Escape");

  await tab("addons");
  await expect
    .poll(() => row("Network plugin (calico)").locator(".badge").textContent(), { timeout: patience })
    .toMatch(/^On (\d) of \1 nodes$/);
  expect(await row(words.addons.names.storage).locator(".badge").textContent()).toBe(words.addons.states.notHere);
  await page.getByText("helm upgrade --install", { exact: false }).first().waitFor();

  await tab("network");
  await page.getByText("10.100.0.0/16").waitFor();
  for (const kind of ["Network", "Subnet", "Router", "LoadBalancer", "SecurityGroup"] as const)
    await row(words.network.kinds[kind]).first().waitFor();

  await tab("yaml");
  const yaml = page.locator(".code-block pre");
  await expect
    .poll(() => yaml.textContent(), { timeout: patience })
    .toMatch(/^apiVersion: cluster\.x-k8s\.io\/v1beta1\nkind: Cluster\n/);
  await page.getByRole("combobox", { name: words.yaml.object }).click();
  await page
    .getByRole("option", { name: /^KubeadmConfig\// })
    .first()
    .click();
  await expect.poll(() => yaml.textContent(), { timeout: patience }).toContain("kind: KubeadmConfig\n");
  expect(await yaml.textContent()).not.toMatch(/token: [a-z0-9]{6}\./);
  expect(await page.locator(".tab-panel textarea, .tab-panel [contenteditable]").count()).toBe(0);

  await page.goto("/clusters");
  await page.locator(".cluster-row", { hasText: "blue" }).waitFor();
  const heads = await page.getByRole("columnheader").allTextContents();
  const { name, phase, health, version, controlPlane, workers, createdAt } = words.clusters.columns;
  for (const column of [name, phase, health, version, controlPlane, workers, createdAt, words.clusters.actions])
    expect([column, heads.some((head) => head.includes(column))]).toEqual([column, true]);
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("a Secret is no object to be read, whoever guesses its name [CON-045]", async () => {
  const { items } = await slipway.kubernetes<{ items: readonly { metadata: { name: string } }[] }>(
    "GET",
    "/api/v1/namespaces/magnum-system/secrets",
  );
  const secret = items.find(({ metadata }) => metadata.name.endsWith("-kubeconfig"))?.metadata.name ?? "";
  expect(secret).not.toBe("");
  const seen = await visit(browser, { origin: slipway.console });
  await signIn(seen, demo());
  const status = (path: string) => seen.page.evaluate(async (url) => (await fetch(url)).status, path);
  expect(await status(`/api/clusters/${blue}/objects`)).toBe(200);
  expect(await status(`/api/clusters/${blue}/objects/Secret/${secret}`)).toBe(404);
  await seen.close();
});

test("somebody else changed the cluster meanwhile: that is said, with who and when and what is there now, and nothing is overwritten unseen [CON-057]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, demo(), `/clusters/${blue}?task=scale`);
  const dialog = page.getByRole("dialog", { name: "Scale blue" });
  await dialog.getByLabel(words.scale.count, { exact: true }).fill("3");
  const eve = await visit(browser, { origin: slipway.console });
  await signIn(eve, await member("eve"), `/clusters/${blue}?task=scale`);
  const countNow = async () =>
    (await slipway.asAdmin<{ node_count: number }>("GET", `${slipway.containerInfra}/clusters/${blue}`)).node_count;
  await eve.page.getByRole("dialog").getByLabel(words.scale.count, { exact: true }).fill("2");
  await eve.page.getByRole("dialog").getByRole("button", { name: words.scale.submit, exact: true }).click();
  // The page behind knows it; the form keeps what was typed.
  await expect.poll(countNow, { timeout: patience }).toBe(2);
  await untilPhase(seen, "ACTIVE");
  const submit = dialog.getByRole("button", { name: words.scale.submit, exact: true });
  await expect.poll(() => submit.isEnabled(), { timeout: patience }).toBe(true);
  await submit.click();
  const problem = dialog.locator(".note", { hasText: words.error.changedMeanwhile.what });
  await problem.getByText(/It was changed by eve at .*20\d\d/).waitFor();
  await dialog.getByText("It has 2 nodes now.").waitFor();
  expect(await countNow()).toBe(2);
  await expectAccessible(page, "the conflict");
  // Whoever has seen it may still want it.
  await submit.click();
  await dialog.waitFor({ state: "detached" });
  await expect.poll(countNow, { timeout: patience }).toBe(3);
  await untilPhase(seen, "ACTIVE");
  expect([...seen.offences, ...eve.offences]).toEqual([]);
  await Promise.all([seen.close(), eve.close()]);
});

test("a tenant makes a template, makes a cluster of it, and cannot delete it before the cluster is gone [CON-011 CON-055]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, demo(), "/templates");
  await button(seen, words.templates.create).click();
  const dialog = page.getByRole("dialog", { name: words.templates.create });
  await dialog.getByLabel(words.group.name, { exact: false }).fill("my-own");
  const pick = async (label: string, option: RegExp) => {
    await dialog.getByRole("combobox", { name: label, exact: false }).click();
    await page.getByRole("option", { name: option }).first().click();
  };
  await pick(words.templates.image, /v1\.32/);
  await pick(words.templates.externalNetwork, /public/);
  await pick(words.create.masterFlavor, /m1\.medium/);
  await pick(words.create.flavor, /m1\.medium/);
  await expectAccessible(page, "a new template");
  await dialog.getByRole("button", { name: words.templates.create, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  const panel = page.locator(".panel", { hasText: "my-own" });
  await panel.waitFor();

  await page.goto("/clusters/new");
  await page.getByLabel(words.create.name, { exact: false }).fill("of-mine");
  await page.locator(".template-card", { hasText: "my-own" }).locator("input").check();
  await page.locator(".wizard-actions").getByRole("button", { name: words.create.toReview, exact: true }).click();
  await button(seen, words.create.submit).click();
  await page.getByRole("heading", { name: "of-mine", level: 1 }).waitFor();
  await untilPhase(seen, "ACTIVE");
  await page.goto("/templates");
  const remove = panel.getByRole("button", { name: "my-own", exact: false });
  await panel.getByRole("link", { name: "of-mine" }).waitFor();
  expect([await remove.isDisabled(), await remove.getAttribute("title")]).toEqual([true, words.templates.inUse]);

  const records = "/apis/magnum.slipway.dev/v1alpha1/namespaces/magnum-system/magnumclusters";
  const { items } = await slipway.kubernetes<{
    items: readonly { metadata: { name: string; uid: string; finalizers?: readonly string[] }; spec: { name: string } }[];
  }>("GET", records);
  const held = items.find(({ spec }) => spec.name === "of-mine")?.metadata ?? { name: "", uid: "" };
  const id = held.uid;
  // A hold of the story's own on the record: deleting takes as long as the story wants.
  const hold = async ({ name }: { readonly name: string }, own: readonly string[]) => {
    const now = await slipway.kubernetes<{ metadata: { finalizers?: readonly string[] } }>("GET", `${records}/${name}`);
    const others = (now.metadata.finalizers ?? []).filter((one) => one !== "example.com/hold");
    await slipway.kubernetes("PATCH", `${records}/${name}`, { metadata: { finalizers: [...others, ...own] } });
  };
  await hold(held, ["example.com/hold"]);
  await panel.getByRole("link", { name: "of-mine" }).click();
  await button(seen, words.detail.more).click();
  await page.getByRole("menuitem", { name: words.task.delete }).click();
  const confirm = page.getByRole("dialog");
  await confirm.getByText(words.delete.irreversible).waitFor();
  await confirm.getByRole("textbox").fill("of-mine");
  await confirm.getByRole("button", { name: words.task.delete }).last().click();
  // What goes cannot be deleted twice, and says so.
  await page.goto(`/clusters/${id}`);
  await untilPhase(seen, "DELETING");
  await button(seen, words.detail.more).click();
  const again = page.getByRole("menuitem", { name: words.task.delete });
  expect(await again.isDisabled()).toBe(true);
  await again.getByText(words.blocked.deleting).waitFor();
  await page.keyboard.press("Escape");
  await hold(held, []);
  // The page of templates learns by itself when the cluster is gone.
  await page.getByRole("navigation", { name: words.shell.pages }).getByRole("link", { name: words.nav.templates }).click();
  await expect.poll(() => remove.isEnabled(), { timeout: patience }).toBe(true);
  await remove.click();
  await page.getByRole("dialog").getByRole("button", { name: words.action.delete, exact: true }).click();
  await expect.poll(() => panel.count(), { timeout: patience }).toBe(0);
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("a browser that is offline says so and since when, and goes on by itself when it is back [CON-042 CON-078]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page, context, words } = seen;
  await signIn(seen, demo(), "/clusters");
  const row = page.locator(".cluster-row", { hasText: "blue" });
  await row.waitFor();
  await page.getByText(words.connection.sign.live, { exact: true }).waitFor();
  await context.setOffline(true);
  const banner = page.locator(".connection-banner", { hasText: "You are offline" });
  await banner.waitFor();
  // What is known stays to be read.
  expect(await row.isVisible()).toBe(true);
  await expectAccessible(page, "offline");
  await context.setOffline(false);
  await expect.poll(() => page.locator('.connection-banner[data-shown="true"]').count(), { timeout: patience }).toBe(0);
  await page.getByText(words.connection.sign.live, { exact: true }).waitFor();
  await seen.close();
});
