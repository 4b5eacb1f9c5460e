/** What is done to a running cluster, in a real browser: its authorities exchanged, a node replaced, everything held still for a while. */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openChromium, patience, signIn, type Visit, visit } from "./chromium.ts";
import { type Running, startSlipway } from "./running.ts";

let slipway: Running;
let browser: Browser;
let cluster: { readonly id: string };
beforeAll(async () => {
  slipway = await startSlipway();
  browser = await openChromium(slipway.folder);
  const seen = await tenant();
  cluster = { id: await makeCluster(seen) };
  await seen.close();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await slipway?.end();
});

const tenant = async (language: "en" | "ja" = "en"): Promise<Visit> => {
  const seen = await visit(browser, { origin: slipway.console, language });
  await signIn(seen, { user: "demo", password: slipway.password("demo") });
  return seen;
};
const untilPhase = ({ page }: Visit, wanted: string) =>
  page.locator(".page-head .badge", { hasText: new RegExp(`^${wanted}$`) }).waitFor();

const makeCluster = async (seen: Visit): Promise<string> => {
  const { page, words } = seen;
  await page.getByRole("link", { name: words.clusters.createFirst }).click();
  await page.getByLabel(words.create.name, { exact: false }).fill("blue");
  await page.locator(".template-card", { hasText: "k8s-v1.32.5" }).locator("input").check({ force: true });
  await page.getByLabel(words.create.workers, { exact: true }).fill("1");
  await page.locator(".wizard-actions").getByRole("button", { name: words.create.toReview, exact: true }).click();
  await page.getByRole("button", { name: words.create.submit, exact: true }).click();
  await page.getByRole("heading", { name: "blue", level: 1 }).waitFor();
  await untilPhase(seen, "ACTIVE");
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
};

const takeKubeconfig = async ({ page, words }: Visit): Promise<string> => {
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: words.task.kubeconfig, exact: true }).click();
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: words.kubeconfig.download }).click();
  const yaml = readFileSync(await (await downloading).path(), "utf8");
  await dialog.getByRole("button", { name: words.action.close, exact: true }).last().click();
  await dialog.waitFor({ state: "detached" });
  return yaml;
};

/** As kubectl would: the status of its answer, or why there was no connection. */
const askApi = (kubeconfig: string, authority = kubeconfig): Promise<string> => {
  const pem = (text: string, name: string) =>
    Buffer.from(new RegExp(`${name}: (\\S+)`).exec(text)?.[1] ?? "", "base64").toString();
  const server = /server: (\S+)/.exec(kubeconfig)?.[1] ?? "";
  return new Promise((resolve) => {
    const outgoing = request(
      new URL("/api/v1/nodes", server),
      {
        agent: false,
        ca: pem(authority, "certificate-authority-data"),
        cert: pem(kubeconfig, "client-certificate-data"),
        key: pem(kubeconfig, "client-key-data"),
      },
      (incoming) => {
        incoming.resume();
        resolve(String(incoming.statusCode));
      },
    );
    outgoing.on("error", ({ message }) => resolve(message));
    outgoing.end();
  });
};

test("a tenant exchanges the certificates, watches the stages go by, and needs a new kubeconfig afterwards", async () => {
  const seen = await tenant();
  const { page, words } = seen;
  const dialog = page.getByRole("dialog");
  await page.goto(`/clusters/${cluster.id}`);
  const before = await takeKubeconfig(seen);
  expect(await askApi(before)).toBe("200");
  await page.evaluate(() => {
    // What the page showed on the way, in the order in which it showed it.
    const shown: string[] = [];
    Object.assign(window, { shownStages: shown });
    new MutationObserver(() => {
      const stage = document.querySelector('[data-stage][data-state="now"]')?.getAttribute("data-stage");
      if (stage !== null && stage !== undefined && shown.at(-1) !== stage) shown.push(stage);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });

  await page.getByRole("button", { name: words.detail.more, exact: true }).click();
  await page.getByRole("menuitem", { name: words.task.rotateCa }).click();
  const send = dialog.getByRole("button", { name: words.task.rotateCa, exact: true });
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByText("Everyone who uses the cluster then needs a new kubeconfig", { exact: false }).waitFor();
  await dialog.getByText("the control plane (1) three times, the workers (1) twice", { exact: false }).waitFor();
  await expectAccessible(page, "the dialog of a rotation");
  await dialog.getByLabel(words.rotate.sure).check();
  await send.click();
  await dialog.waitFor({ state: "detached" });

  await page.getByRole("heading", { name: words.rotation.title }).waitFor();
  await page.getByRole("heading", { name: words.rotation.title }).waitFor({ state: "detached", timeout: 240_000 });
  await untilPhase(seen, "ACTIVE");
  const stages = await page.evaluate(() => (window as unknown as { shownStages: readonly string[] }).shownStages);
  // The simulated cloud is fast and the page may miss one; it never shows them in another order.
  const order = ["trust", "trustWorkers", "switch", "renewWorkers", "drop"];
  expect(stages.length).toBeGreaterThanOrEqual(3);
  expect([...stages]).toEqual(order.filter((stage) => stages.includes(stage)));

  expect(await askApi(before)).toMatch(/self.signed certificate|unable to verify|unable to get/);
  const after = await takeKubeconfig(seen);
  expect(await askApi(after)).toBe("200");
  expect(await askApi(before, after)).toBe("401");

  await page.getByRole("tab", { name: words.tab.access, exact: true }).click();
  await page.getByText(words.rotation.done).waitFor();
  expect(await page.locator(".certificate").count()).toBe(1);
  await page.getByRole("tab", { name: words.tab.history, exact: true }).click();
  await page.getByText(words.history.actionNames.rotateCa).first().waitFor();
  expect(seen.offences).toEqual([]);
  await seen.close();
}, 400_000);

test("a tenant has one node replaced, and another takes its place", async () => {
  const seen = await tenant();
  const { page, words } = seen;
  await page.goto(`/clusters/${cluster.id}?tab=nodes`);
  const names = async () => {
    const texts = await page.locator("tbody .expand-button").allTextContents();
    return texts.filter((text) => text.includes("default-worker")).map((text) => text.trim());
  };
  await expect.poll(async () => (await names()).length, { timeout: patience }).toBe(1);
  const [old = ""] = await names();
  await page.locator("tbody .expand-button", { hasText: "default-worker" }).click();
  await page.getByRole("button", { name: words.nodes.replace, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: words.nodes.replace, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await expect
    .poll(async () => (await names()).filter((name) => name !== old).length, { timeout: 120_000 })
    .toBeGreaterThanOrEqual(1);
  await expect.poll(async () => (await names()).includes(old), { timeout: 120_000 }).toBe(false);
  await page.getByRole("tab", { name: words.tab.history, exact: true }).click();
  await page.getByText(words.history.actionNames.replaceNode).first().waitFor();
  await untilPhase(seen, "ACTIVE");
  expect(seen.offences).toEqual([]);
  await seen.close();
}, 300_000);

test("an operator holds a cluster still and says why; its tenant sees both come and go [CON-061]", async () => {
  const theirs = await tenant();
  await theirs.page.goto(`/clusters/${cluster.id}`);
  await untilPhase(theirs, "ACTIVE");
  expect(await theirs.page.getByText(theirs.words.detail.paused).count()).toBe(0);

  const mine = await visit(browser, { origin: slipway.console, language: "ja" });
  await signIn(mine, { user: "admin", password: slipway.password("admin") }, "/operator/fleet");
  const { page, words } = mine;
  await page.locator("tbody .expand-button", { hasText: "blue" }).click();
  await page.getByLabel(words.operator.message).fill("Storage is being moved tonight.");
  await page.getByRole("button", { name: words.operator.tell, exact: true }).click();
  await page.getByRole("button", { name: words.operator.pause, exact: true }).click();
  await theirs.page.getByText("Storage is being moved tonight.").waitFor();
  await theirs.page.getByText(theirs.words.detail.paused).waitFor();
  await expectAccessible(theirs.page, "a paused cluster");

  // What is asked for meanwhile waits.
  await theirs.page.getByRole("button", { name: theirs.words.task.scale, exact: true }).click();
  const dialog = theirs.page.getByRole("dialog");
  await dialog.getByLabel(theirs.words.scale.count, { exact: true }).fill("2");
  await dialog.getByRole("button", { name: theirs.words.scale.submit, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await untilPhase(theirs, "UPDATING");
  const { items } = await slipway.kubernetes<{ items: readonly { spec: { replicas: number } }[] }>(
    "GET",
    "/apis/cluster.x-k8s.io/v1beta1/machinedeployments",
  );
  expect(items.map(({ spec }) => spec.replicas)).toEqual([1]);

  await page.getByRole("button", { name: words.operator.resume, exact: true }).click();
  await page.getByLabel(words.operator.message).fill("");
  await page.getByRole("button", { name: words.operator.tell, exact: true }).click();
  await theirs.page.getByText(theirs.words.detail.paused).waitFor({ state: "detached" });
  await theirs.page.getByText("Storage is being moved tonight.").waitFor({ state: "detached" });
  await theirs.page.getByRole("tab", { name: theirs.words.tab.nodes, exact: true }).click();
  await expect.poll(() => theirs.page.locator("tbody .expand-button").count(), { timeout: 120_000 }).toBe(3);
  // Who did it is in the list of what was asked for.
  await theirs.page.getByRole("tab", { name: theirs.words.tab.history, exact: true }).click();
  await theirs.page.locator("tr", { hasText: "admin" }).filter({ hasText: theirs.words.history.operator }).first().waitFor();
  expect([...mine.offences, ...theirs.offences]).toEqual([]);
  await mine.close();
  await theirs.close();
}, 300_000);
