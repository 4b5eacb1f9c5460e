/**
 * For everyone: no page has a fault that axe-core finds, in light and in dark; every page fits a phone; a thousand clusters in a list.
 * PICTURES=1 also takes the pictures of the guides (docs/pictures).
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, expectAccessible, type Language, openChromium, patience, signIn, type Visit, visit } from "./chromium.ts";
import { type Running, startSlipway } from "./running.ts";

const pictures = join(import.meta.dirname, "../../../../docs/pictures");
const takesPictures = process.env["PICTURES"] === "1";

let slipway: Running;
let browser: Browser;
let blue: string;
beforeAll(async () => {
  slipway = await startSlipway();
  browser = await openChromium(slipway.folder);
});
afterAll(async () => {
  await browser?.close();
  await slipway?.end();
});

const demo = (): Account => ({ user: "demo", password: slipway.password("demo") });
const admin = (): Account => ({ user: "admin", password: slipway.password("admin") });

/** A picture for the guides, when pictures are wanted. */
const picture = async ({ page }: Visit, name: string, language: Language): Promise<void> => {
  if (!takesPictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.${language}.png`) });
};

/** A page that is not loading anything any more. */
const settle = async ({ page }: Visit): Promise<void> => {
  await page.locator("h1").first().waitFor();
  await expect.poll(() => page.locator(".loading").count(), { timeout: patience }).toBe(0);
};

test("a list without a cluster says what one is, what there is room for and what to do [CON-023]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  await signIn(seen, demo());
  const { page, words } = seen;
  await page.getByRole("heading", { name: words.clusters.emptyTitle }).waitFor();
  await page.getByRole("heading", { name: words.clusters.roomFor }).waitFor();
  await expectAccessible(page, "the empty list");
  await picture(seen, "empty", "en");
  await page.goto("/clusters/new");
  await page.getByLabel(words.create.name, { exact: false }).fill("blue");
  await page.locator(".template-card", { hasText: "k8s-v1.32.5" }).locator("input").check();
  await page.getByLabel(words.create.workers, { exact: true }).fill("2");
  await page.locator(".wizard-actions").getByRole("button", { name: words.create.toReview, exact: true }).click();
  await page.getByRole("button", { name: words.create.submit, exact: true }).click();
  await page.getByRole("heading", { name: "blue", level: 1 }).waitFor();
  await expect.poll(() => page.locator(".page-head .badge").first().textContent(), { timeout: patience }).toBe("ACTIVE");
  blue = page.url().split("/").pop() ?? "";
  await seen.close();
});

const tenantPages = (): readonly (readonly [string, string])[] => [
  ["list", "/clusters"],
  ["create", "/clusters/new"],
  ...["overview", "topology", "nodes", "groups", "events", "addons", "network", "access", "history", "yaml", "settings"].map(
    (tab) => [tab, `/clusters/${blue}?tab=${tab}`] as const,
  ),
  ...["kubeconfig", "scale", "createNodeGroup", "upgrade", "delete", "signCertificate"].map(
    (task) => [task, `/clusters/${blue}?task=${task}`] as const,
  ),
  ["templates", "/templates"],
  ["quotas", "/quotas"],
  ["credentials", "/credentials"],
  ["nowhere", "/no/such/page"],
];

/** The pages that the guides show. */
const inGuides = new Set([
  ...["list", "create", "overview", "topology", "upgrade", "delete", "quotas", "credentials", "fleet", "settings"],
]);
/** These are looked at in both colours as well. */
const inBoth = new Set([...inGuides, "addons", "network", "yaml"]);

const walk = async (seen: Visit, pages: readonly (readonly [string, string])[], language: Language, keep: boolean) => {
  for (const [name, path] of pages) {
    await seen.page.goto(path);
    if (name === "nowhere") await seen.page.getByText(seen.words.shell.nowhere).waitFor();
    else await settle(seen);
    if (path.includes("?task=")) await seen.page.getByRole("dialog").waitFor();
    if (name === "topology") await seen.page.locator(".react-flow__node").first().waitFor();
    await expectAccessible(seen.page, name);
    if (keep && inGuides.has(name)) {
      // The guide shows what would roll, not only what can be chosen.
      if (name === "upgrade") await seen.page.getByRole("radio").first().check({ force: true });
      await picture(seen, name, language);
    }
  }
};

describe.each([
  ["light", "en"],
  ["dark", "ja"],
] as const)("in %s colours, in the language %s", (colorScheme, language) => {
  test("axe-core finds nothing on any tenant's page or dialog [CON-071]", async () => {
    const seen = await visit(browser, { origin: slipway.console, language, colorScheme });
    await seen.page.goto("/");
    await seen.page.getByLabel(seen.words.signIn.user).waitFor();
    await expectAccessible(seen.page, "sign-in");
    await picture(seen, "sign-in", language);
    await signIn(seen, demo());
    await walk(
      seen,
      colorScheme === "light" ? tenantPages() : tenantPages().filter(([name]) => inBoth.has(name)),
      language,
      true,
    );
    expect(seen.offences).toEqual([]);
    await seen.close();
  }, 400_000);
});

test("axe-core finds nothing on an operator's pages, which show every project's clusters [CON-058 CON-071]", async () => {
  const seen = await visit(browser, { origin: slipway.console });
  const { page } = seen;
  await signIn(seen, admin());
  const pages = ["fleet", "alerts", "projects", "orphans"].map((name) => [name, `/operator/${name}`] as const);
  await walk(seen, pages, "en", true);
  await page.goto("/operator/fleet");
  await page.locator(".expand-button", { hasText: "blue" }).click();
  await page.getByText("clusterctl describe cluster", { exact: false }).waitFor();
  const { projects } = await slipway.asAdmin<{ projects: readonly { id: string; name: string }[] }>(
    "GET",
    `${slipway.identity}/projects`,
  );
  const project = projects.find(({ name }) => name === "demo")?.id ?? "";
  await page.locator("tbody td", { hasText: project }).first().waitFor();
  expect(seen.offences).toEqual([]);
  await seen.close();
});

test("every page fits a phone 360 points wide: nothing has to be pushed sideways [CON-077]", async () => {
  const seen = await visit(browser, { origin: slipway.console, viewport: { width: 360, height: 740 } });
  const { page, words } = seen;
  await signIn(seen, demo());
  const offences: string[] = [];
  for (const [name, path] of tenantPages()) {
    await page.goto(path);
    if (name !== "nowhere") await settle(seen);
    const { wide, culprits } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      culprits: [...document.querySelectorAll("main *")]
        .filter(
          (element) =>
            element.getBoundingClientRect().right > 361 && element.closest("pre, .tab-list, .panel-body, .react-flow") === null,
        )
        .slice(0, 3)
        .map((element) => `${element.tagName}.${element.className}`),
    }));
    if (wide > 360) offences.push(`${name}: ${wide} ${culprits.join(" ")}`);
    if (name === "list") await picture(seen, "phone", "en");
  }
  expect(offences).toEqual([]);
  // The pages are behind the menu.
  await page.goto("/clusters");
  await page.getByRole("button", { name: words.shell.menu }).click();
  await page.getByRole("dialog").getByRole("link", { name: words.nav.quotas }).click();
  await page.getByRole("heading", { name: words.nav.quotas, level: 1 }).waitFor();
  await seen.close();
});

test("a list of a thousand clusters holds a few dozen rows, finds one of them, and changes before one's eyes [CON-021 CON-022 CON-072 CON-076]", async () => {
  const { projects } = await slipway.asAdmin<{ projects: readonly { id: string; name: string }[] }>(
    "GET",
    `${slipway.identity}/projects`,
  );
  const project = projects.find(({ name }) => name === "demo")?.id ?? "";
  const path = "/apis/magnum.slipway.dev/v1alpha1/namespaces/magnum-system/magnumclusters";
  for (let batch = 0; batch < 20; batch++)
    await Promise.all(Array.from({ length: 50 }, (_, at) => slipway.kubernetes("POST", path, record(batch * 50 + at, project))));

  const seen = await visit(browser, { origin: slipway.console });
  const { page, words } = seen;
  await signIn(seen, demo());
  await page.getByText(/1,001 .*clusters/).waitFor();
  expect(await page.locator("table").first().getAttribute("aria-rowcount")).toBe("1002");
  expect(await page.locator(".cluster-row").count()).toBeLessThan(80);

  // To the end of the list and back: other rows, never many. A key that comes while the list still moves is pressed again.
  const pressUntil = (key: string, row: string) =>
    expect
      .poll(
        async () => {
          await page.keyboard.press(key);
          return page.locator(".cluster-row", { hasText: row }).count();
        },
        { timeout: patience },
      )
      .toBe(1);
  await pressUntil("End", "many-0999");
  expect(await page.locator(".cluster-row").count()).toBeLessThan(80);
  await pressUntil("Home", "blue");

  // The other way round, and by words; the address keeps both.
  await page.getByRole("button", { name: words.clusters.columns.name }).click();
  await page.locator(".cluster-row", { hasText: "many-0999" }).waitFor();
  const search = page.getByRole("searchbox", { name: words.clusters.search });
  await search.fill("many-0123");
  await expect.poll(() => page.locator(".cluster-row").count(), { timeout: patience }).toBe(1);
  expect(page.url()).toContain("search=many-0123");
  await page.reload();
  await expect.poll(() => page.locator(".cluster-row").count(), { timeout: patience }).toBe(1);

  // A change arrives by itself, and moves neither the focus nor what is in sight.
  await search.focus();
  const name = `kube-m${String(123).padStart(4, "0")}`;
  await slipway.kubernetes("PATCH", `${path}/${name}/status`, { status: { status: "CREATE_COMPLETE", healthStatus: "HEALTHY" } });
  await page.locator(".cluster-row .badge", { hasText: "HEALTHY" }).waitFor();
  expect(await search.evaluate((element) => element === document.activeElement)).toBe(true);
  await expectAccessible(page, "a long list");
  expect(seen.offences).toEqual([]);
  await seen.close();
});

/** A cluster that nothing works on: the list is what is tried. */
const record = (at: number, projectId: string) => {
  const number = String(at).padStart(4, "0");
  const group = (name: string, role: string, nodeCount: number) => ({
    uuid: crypto.randomUUID(),
    name,
    role,
    isDefault: true,
    nodeCount,
    minNodeCount: 0,
    labels: {},
    createdAt: new Date().toISOString(),
  });
  return {
    apiVersion: "magnum.slipway.dev/v1alpha1",
    kind: "MagnumCluster",
    metadata: {
      name: `kube-m${number}`,
      namespace: "magnum-system",
      labels: { "magnum.slipway.dev/project": projectId },
      annotations: { "cluster.x-k8s.io/paused": "true" },
    },
    spec: {
      name: `many-${number}`,
      projectId,
      userId: "nobody",
      createdAt: new Date().toISOString(),
      clusterTemplateId: crypto.randomUUID(),
      floatingIpEnabled: false,
      masterLbEnabled: true,
      createTimeout: 60,
      labels: {},
      kubernetesVersion: "v1.32.5",
      networkDriver: "calico",
      clusterDistro: "ubuntu",
      dnsNameservers: [],
      nodeGroups: [group("default-master", "master", 1), group("default-worker", "worker", 1 + (at % 7))],
    },
  };
};
