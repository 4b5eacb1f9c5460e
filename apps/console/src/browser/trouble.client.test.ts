/** What goes wrong, and what somebody in front of the page then sees: a failed create, an expired session, a server that restarts. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openChromium, patience, signIn, type Visit, visit } from "./chromium.ts";
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

const demo = () => ({ user: "demo", password: slipway.password("demo") });
const phase = ({ page }: Visit) => page.locator(".page-head .badge").first();
const untilPhase = (seen: Visit, wanted: string) =>
  expect.poll(() => phase(seen).textContent(), { timeout: patience }).toBe(wanted);
const create = async ({ page, words }: Visit, name: string) => {
  await page.goto("/clusters/new");
  await page.getByLabel(words.create.name, { exact: false }).fill(name);
  await page.locator(".wizard-actions").getByRole("button", { name: words.create.toReview, exact: true }).click();
  await page.getByRole("button", { name: words.create.submit, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
};

test("a create that the cloud cannot carry out says what happened, why and what to do [CON-006 CON-024 CON-026 CON-046]", async () => {
  await slipway.operator("POST", "faults", { kind: "scenario", scenario: "server-no-valid-host" });
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, demo());
  await create(seen, "crowded");
  // The provider's own word, on the page and not in a log.
  await page
    .getByText(/No valid host/i)
    .first()
    .waitFor();
  // What happened, why, and what to do: without anybody having to ask.
  const finding = page.locator(".note", { hasText: "No host of the cloud has room for the server" });
  await finding
    .getByText(/No valid host was found/)
    .first()
    .waitFor();
  await finding.getByText(words.diagnosis.who.tenant).waitFor();
  await finding.locator(".finding-steps li").first().waitFor();
  // What cannot be done yet says why.
  const kubeconfig = page.getByRole("button", { name: words.task.kubeconfig, exact: true });
  expect(await kubeconfig.isDisabled()).toBe(true);
  expect([words.blocked.notActive, words.blocked.inProgress]).toContain(await kubeconfig.getAttribute("title"));
  await page.goto("/clusters");
  await page.locator(".waiting", { hasText: "InstanceStateError" }).first().waitFor();
  await slipway.operator("DELETE", "faults");
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("a session that ends in the middle of the wizard costs nothing that was typed, also over a reload [CON-037 CON-066]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, demo());
  await page.goto("/clusters/new");
  const name = page.getByLabel(words.create.name, { exact: false });
  await name.fill("half-typed");
  await page.locator(".template-card", { hasText: "k8s-v1.32.5" }).locator("input").check();
  await page.getByLabel(words.create.workers, { exact: true }).fill("3");
  await page.reload();
  await expect.poll(() => name.inputValue(), { timeout: patience }).toBe("half-typed");

  // Keystone takes every token of the user back: the next call is refused.
  await slipway.operator("DELETE", "tokens?user=demo");
  await page.locator(".wizard-actions").getByRole("button", { name: words.create.toReview, exact: true }).click();
  const dialog = page.getByRole("dialog", { name: words.session.endedTitle });
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  expect(await dialog.isVisible()).toBe(true);
  await dialog.locator('input[autocomplete="current-password"]').fill("wrong");
  await dialog.getByRole("button", { name: words.session.continue }).click();
  await dialog.getByText(words.error.badCredentials.what).waitFor();
  await dialog.locator('input[autocomplete="current-password"]').fill(slipway.password("demo"));
  await dialog.getByRole("button", { name: words.session.continue }).click();
  await dialog.waitFor({ state: "detached" });

  await page.getByText("--node-count 3", { exact: false }).waitFor();
  await page.getByRole("button", { name: words.create.submit, exact: true }).click();
  await page.getByRole("heading", { name: "half-typed", level: 1 }).waitFor();
  await untilPhase(seen, "ACTIVE");
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("a server that restarts while somebody watches: the page says since when it is old, and goes on by itself [CON-042 CON-047 CON-078]", async () => {
  const seen = await visit(browser, { origin: slipway.console, expected: /50[234] / });
  const { page, words } = seen;
  await signIn(seen, demo());
  const row = page.locator(".cluster-row", { hasText: "half-typed" });
  await row.waitFor();
  await page.getByText(words.connection.sign.live, { exact: true }).waitFor();
  await slipway.stop();
  const banner = page.locator(".connection-banner", { hasText: /since|from/ });
  await banner.waitFor();
  expect(await row.isVisible()).toBe(true);
  await slipway.start();
  await banner.waitFor({ state: "detached" }).catch(() => undefined);
  await expect.poll(() => page.locator('.connection-banner[data-shown="true"]').count(), { timeout: patience }).toBe(0);
  // The session is still good, and changes are seen again.
  await row.getByRole("link").click();
  await page.getByRole("button", { name: words.task.scale, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(words.scale.count, { exact: true }).fill("2");
  await dialog.locator(".note", { hasText: "1 node goes" }).waitFor();
  await dialog.getByRole("button", { name: words.scale.submit, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("tab", { name: words.tab.nodes, exact: true }).click();
  await expect.poll(() => page.locator("tbody .expand-button").count(), { timeout: patience }).toBe(3);
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("several clusters go with one confirmation that lists their names [CON-025]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, demo());
  await page.getByRole("checkbox", { name: words.clusters.chooseAll }).check();
  await page.getByRole("button", { name: "Delete 2 clusters" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete 2 clusters?" });
  expect((await dialog.getByRole("listitem").allTextContents()).toSorted()).toEqual(["crowded", "half-typed"]);
  await dialog.getByRole("button", { name: "Delete 2 clusters" }).click();
  await page.getByRole("heading", { name: words.clusters.emptyTitle }).waitFor();
  expect(seen.offences).toEqual([]);
  await seen.close();
});
