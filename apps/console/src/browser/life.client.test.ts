/** The whole life of a cluster in a real browser: by mouse and by keyboard alone, in English and in Japanese. */
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filled, type Hand, keyboard, type Language, mouse, openChromium, patience, type Visit, visit } from "./chromium.ts";
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

const phase = ({ page }: Visit) => page.locator(".page-head .badge").first();
const untilPhase = (seen: Visit, wanted: string) =>
  expect.poll(() => phase(seen).textContent(), { timeout: patience }).toBe(wanted);

const wholeLife = async (language: Language, handOf: (seen: Visit) => Hand): Promise<void> => {
  const seen = await visit(browser, { origin: slipway.console, language });
  const { page, words } = seen;
  const hand = handOf(seen);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const dialog = page.getByRole("dialog");

  // Signs in.
  await page.goto("/");
  await hand.type(page.getByLabel(words.signIn.user), "demo");
  await hand.type(page.locator('input[autocomplete="current-password"]'), slipway.password("demo"));
  await hand.press(button(words.signIn.submit));

  // An empty list teaches, and leads to the wizard.
  await page.getByRole("heading", { name: words.clusters.emptyTitle }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe(language);
  await hand.press(page.getByRole("link", { name: words.clusters.createFirst }));

  // A name, a template, a number of nodes; then the review.
  await hand.type(page.getByLabel(words.create.name, { exact: false }), "blue");
  await hand.pick(page.locator(".template-card", { hasText: "k8s-v1.32.5" }).locator("input"));
  await hand.type(page.getByLabel(words.create.workers, { exact: true }), "2");
  await hand.press(page.locator(".wizard-actions").getByRole("button", { name: words.create.toReview, exact: true }));
  await page.getByText("openstack coe cluster create", { exact: false }).waitFor();
  await hand.press(button(words.create.submit));

  // It comes up before one's eyes.
  await page.getByRole("heading", { name: "blue", level: 1 }).waitFor();
  await page.locator(".phase-step").first().waitFor();
  await untilPhase(seen, "ACTIVE");
  await expect.poll(() => page.locator('.phase-step[data-state="done"]').count(), { timeout: patience }).toBe(5);

  // Its kubeconfig.
  await hand.press(button(words.task.kubeconfig));
  const downloading = page.waitForEvent("download");
  await hand.press(dialog.getByRole("button", { name: words.kubeconfig.download }));
  const download = await downloading;
  const kubeconfig = readFileSync(await download.path(), "utf8");
  expect(kubeconfig).toContain("client-certificate-data:");
  expect(kubeconfig).toMatch(/server: https:\/\/127\./);
  await hand.press(dialog.getByRole("button", { name: words.action.close, exact: true }).last());
  await dialog.waitFor({ state: "detached" });

  // Grows.
  await hand.press(button(words.task.scale));
  await hand.type(dialog.getByLabel(words.scale.count, { exact: true }), "3");
  await dialog.getByText("openstack coe cluster resize", { exact: false }).waitFor();
  await hand.press(dialog.getByRole("button", { name: words.scale.submit, exact: true }));
  await dialog.waitFor({ state: "detached" });
  await hand.turn(page.getByRole("tab", { name: words.tab.nodes, exact: true }));
  await expect.poll(() => page.locator("tbody .expand-button").count(), { timeout: patience }).toBe(4);
  await untilPhase(seen, "ACTIVE");

  // Gets a node group of its own.
  const more = button(words.detail.more);
  await hand.choose(more, page.getByRole("menuitem", { name: words.task.createNodeGroup }));
  await hand.type(dialog.getByLabel(words.group.name, { exact: false }).first(), "big");
  await hand.press(dialog.getByRole("button", { name: words.task.createNodeGroup, exact: true }));
  await dialog.waitFor({ state: "detached" });
  await hand.turn(page.getByRole("tab", { name: words.tab.groups, exact: true }));
  await page.getByRole("cell", { name: "big", exact: false }).first().waitFor();
  await untilPhase(seen, "ACTIVE");

  // Is upgraded, having shown what rolls.
  await hand.choose(more, page.getByRole("menuitem", { name: words.task.upgrade }));
  await hand.pick(dialog.getByRole("radio").first());
  await dialog.getByText("default-master").waitFor();
  await hand.press(dialog.getByRole("button", { name: words.upgrade.submit, exact: true }));
  await dialog.waitFor({ state: "detached" });
  await page.locator(".page-head", { hasText: "v1.33.1" }).waitFor();
  await untilPhase(seen, "ACTIVE");

  // And goes, once its name has been typed.
  await hand.choose(more, page.getByRole("menuitem", { name: words.task.delete }));
  const really = dialog.getByRole("button", { name: words.task.delete, exact: true });
  expect(await really.isDisabled()).toBe(true);
  await dialog.locator(".removal-list li").first().waitFor();
  await hand.type(dialog.getByLabel(filled(words.delete.type, { name: "blue" })), "blue");
  await hand.press(really);
  await page.getByRole("heading", { name: words.clusters.emptyTitle }).waitFor();

  expect(seen.offences).toEqual([]);
  await seen.close();
};

test("a tenant makes, uses, grows, upgrades and deletes a cluster with a mouse, in English [CON-002 CON-005 CON-009 CON-023 CON-027 CON-035 CON-048 CON-049 CON-050 CON-079]", async () => {
  await wholeLife("en", mouse);
}, 400_000);

test("the same life by keyboard alone, in Japanese [CON-071 CON-073]", async () => {
  await wholeLife("ja", ({ page }) => keyboard(page));
}, 400_000);
