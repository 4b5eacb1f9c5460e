/** An operator's pages, left open: what happens in other people's projects is seen without a reload, and goes away again. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openChromium, patience, signIn, type Visit, visit } from "./chromium.ts";
import { type Running, startSlipway } from "./running.ts";

let slipway: Running;
let browser: Browser;
beforeAll(async () => {
  slipway = await startSlipway();
  browser = await openChromium(slipway.folder);
});
afterAll(async () => {
  await browser?.close();
  await slipway?.end();
});

const account = (user: "demo" | "admin") => ({ user, password: slipway.password(user) });
const make = async ({ page, words }: Visit, name: string) => {
  await page.goto("/clusters/new");
  await page.getByLabel(words.create.name, { exact: false }).fill(name);
  await page.locator(".wizard-actions").getByRole("button", { name: words.create.toReview, exact: true }).click();
  await page.getByRole("button", { name: words.create.submit, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
};
/** A page that is loaded anew forgets the mark. */
const mark = ({ page }: Visit) => page.evaluate(() => document.documentElement.setAttribute("data-mark", "kept"));
const isKept = async ({ page }: Visit) => (await page.locator("html").getAttribute("data-mark")) === "kept";

test("a cluster of another project appears, fails and comes first; its alert comes and clears; nobody reloads [CON-042 CON-058]", async () => {
  const tenant = await visit(browser, { origin: slipway.console });
  await signIn(tenant, account("demo"));
  const [fleet, alerts, projects] = [
    await visit(browser, { origin: slipway.console }),
    await visit(browser, { origin: slipway.console }),
    await visit(browser, { origin: slipway.console }),
  ];
  await signIn(fleet, account("admin"), "/operator/fleet");
  await signIn(alerts, account("admin"), "/operator/alerts");
  await signIn(projects, account("admin"), "/operator/projects");
  const { words } = fleet;
  await alerts.page.getByText(words.operator.noAlerts).waitFor();
  await fleet.page.getByRole("heading", { level: 1, name: words.nav.fleet }).waitFor();
  for (const seen of [fleet, alerts, projects]) {
    await seen.page.getByText(words.connection.sign.live, { exact: true }).waitFor();
    await mark(seen);
  }

  await make(tenant, "fine");
  const rows = fleet.page.locator("tbody tr");
  await rows.filter({ hasText: "fine" }).getByText("ACTIVE").waitFor();
  // Its project by name, not only by id.
  await rows.filter({ hasText: "fine" }).getByText("demo", { exact: true }).waitFor();
  await expect
    .poll(() => projects.page.locator("tbody tr", { hasText: "demo" }).locator("td").nth(1).textContent(), { timeout: patience })
    .toBe("1");

  await slipway.operator("POST", "faults", { kind: "scenario", scenario: "server-no-valid-host" });
  await make(tenant, "crowded");
  await rows.filter({ hasText: "crowded" }).waitFor();
  await expect.poll(() => rows.first().textContent(), { timeout: patience }).toContain("crowded");
  await alerts.page
    .locator(".panel", { hasText: /Failed Phase|Provisioning/ })
    .first()
    .waitFor();
  await expectAccessible(alerts.page, "alerts, with one");
  await expectAccessible(fleet.page, "fleet, with trouble");

  await slipway.operator("DELETE", "faults");
  const { page } = tenant;
  await page.getByRole("button", { name: words.detail.more, exact: true }).click();
  await page.getByRole("menuitem", { name: words.task.delete }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("crowded");
  await dialog.getByRole("button", { name: words.task.delete }).last().click();
  await expect.poll(() => rows.filter({ hasText: "crowded" }).count(), { timeout: patience }).toBe(0);
  await alerts.page.getByText(words.operator.noAlerts).waitFor();
  for (const seen of [fleet, alerts, projects]) {
    expect(await isKept(seen)).toBe(true);
    expect(seen.offences).toEqual([]);
    await seen.close();
  }
  await tenant.close();
});

test("an operator's stream survives a restart of everything: the page goes on by itself [CON-042 CON-078]", async () => {
  const seen = await visit(browser, { origin: slipway.console, expected: /50[234] / });
  const { page, words } = seen;
  await signIn(seen, account("admin"), "/operator/fleet");
  await page.locator("tbody tr", { hasText: "fine" }).waitFor();
  await page.getByText(words.connection.sign.live, { exact: true }).waitFor();
  await mark(seen);
  await slipway.restart();
  await page.getByText(words.connection.sign.live, { exact: true }).waitFor();
  const tenant = await visit(browser, { origin: slipway.console });
  await signIn(tenant, account("demo"));
  await make(tenant, "after");
  await page.locator("tbody tr", { hasText: "after" }).getByText("ACTIVE").waitFor();
  expect(await isKept(seen)).toBe(true);
  expect(seen.offences).toEqual([]);
  await Promise.all([tenant.close(), seen.close()]);
});
