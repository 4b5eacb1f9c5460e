/** Debian's Chromium, and what every story watches in it: no error, nothing that the Content-Security-Policy refused, nothing from elsewhere. */
import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { expect } from "vitest";
import { en } from "../web/text/en/index.ts";
import { ja } from "../web/text/ja/index.ts";

export const languages = { en, ja } as const;
export type Language = keyof typeof languages;
export type Words = typeof en;

/** Long enough for a slow machine: what is waited for is a state, never a time. */
export const patience = 60_000;

export const openChromium = (folder: string): Promise<Browser> => {
  const executablePath = "/usr/bin/chromium";
  if (!existsSync(executablePath))
    throw new Error("These stories need Chromium. On Debian: apt-get install chromium fonts-ipafont-gothic");
  return chromium.launch({
    executablePath,
    headless: true,
    // A continuous-integration machine may have an empty environment; the browser keeps its caches in the story's own folder.
    env: { PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", HOME: folder, LANG: "C.UTF-8", TZ: "UTC" },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
  });
};

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly words: Words;
  /** What must not have happened; checked at the end of a story. */
  readonly offences: readonly string[];
  close(): Promise<void>;
}

interface VisitOptions {
  readonly origin: string;
  readonly language?: Language;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
  /** Failures that the story is about, and so no offence. */
  readonly expected?: RegExp;
}

export const visit = async (browser: Browser, options: VisitOptions): Promise<Visit> => {
  const { origin, language = "en", viewport = { width: 1280, height: 860 }, colorScheme = "light", expected } = options;
  const settings: BrowserContextOptions = {
    baseURL: origin,
    locale: language === "ja" ? "ja-JP" : "en-GB",
    timezoneId: "UTC",
    viewport,
    colorScheme,
    reducedMotion: "reduce",
    acceptDownloads: true,
  };
  const context = await browser.newContext(settings);
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const offences: string[] = [];
  const offend = (text: string) => {
    if (expected === undefined || !expected.test(text)) offences.push(text);
  };
  page.on("pageerror", (error) => offend(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content.Security.Policy|Refused to/i.test(message.text())) offend(`policy: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    offend(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith("blob:") && !url.startsWith("data:")) offend(`elsewhere: ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) offend(`${response.status()} ${response.url()}`);
  });
  return { page, context, words: languages[language] as Words, offences, close: () => context.close() };
};

export interface Account {
  readonly user: string;
  readonly password: string;
  readonly project?: string;
}

export const signIn = async ({ page, words }: Visit, { user, password, project }: Account, path = "/"): Promise<void> => {
  await page.goto(path);
  await page.getByLabel(words.signIn.user).fill(user);
  await page.locator('input[autocomplete="current-password"]').fill(password);
  if (project !== undefined) await page.getByLabel(words.signIn.project, { exact: true }).fill(project);
  await page.getByRole("button", { name: words.signIn.submit, exact: true }).click();
  await page.locator(".shell-header").waitFor();
};

/** axe-core's findings on the page as it is: none. */
export const expectAccessible = async (page: Page, what: string): Promise<void> => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
  expect({ what, found }).toEqual({ what, found: [] });
};

/** Fills the blanks of a text from a catalogue. */
export const filled = (text: string, values: { readonly [name: string]: string | number }): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ""));

/** One person's way of working the page: with a mouse, or without one. */
export interface Hand {
  press(target: Locator): Promise<void>;
  type(target: Locator, text: string): Promise<void>;
  /** Opens a menu and chooses from it. */
  choose(menu: Locator, item: Locator): Promise<void>;
  pick(radio: Locator): Promise<void>;
  /** Turns to a tab. */
  turn(tab: Locator): Promise<void>;
}

export const mouse = (): Hand => ({
  press: (target) => target.click(),
  type: (target, text) => target.fill(text),
  choose: async (menu, item) => {
    await menu.click();
    await item.click();
  },
  pick: (radio) => radio.check({ force: true }),
  turn: (tab) => tab.click(),
});

/** Nothing but keys: Tab until it has the focus, then Enter or Space. */
export const keyboard = (page: Page): Hand => {
  const focused = (target: Locator): Promise<boolean> => target.evaluate((element) => element === document.activeElement);
  const reach = async (target: Locator): Promise<void> => {
    await target.waitFor();
    for (let turn = 0; turn < 150; turn++) {
      if (await focused(target)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not reach ${target}`);
  };
  return {
    press: async (target) => {
      await expect.poll(() => target.isEnabled(), { timeout: patience }).toBe(true);
      await reach(target);
      await page.keyboard.press("Enter");
    },
    type: async (target, text) => {
      await reach(target);
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.type(text);
    },
    choose: async (menu, item) => {
      await reach(menu);
      await page.keyboard.press("Enter");
      await item.waitFor();
      for (let turn = 0; turn < 20 && !(await focused(item)); turn++) await page.keyboard.press("ArrowDown");
      expect(await focused(item)).toBe(true);
      await page.keyboard.press("Enter");
    },
    pick: async (radio) => {
      // One of a group has the focus; arrows go from one to the next.
      const group = await radio.getAttribute("name");
      for (let turn = 0; turn < 150; turn++) {
        const inside = await page.evaluate((name) => (document.activeElement as HTMLInputElement | null)?.name === name, group);
        if (inside) break;
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Space");
      for (let turn = 0; turn < 20 && !(await radio.isChecked()); turn++) await page.keyboard.press("ArrowDown");
      expect(await radio.isChecked()).toBe(true);
    },
    turn: async (tab) => {
      // Only the tab in front has a place in the order of Tab; arrows go to the others.
      await reach(page.locator('[role="tab"][aria-selected="true"]'));
      for (let turn = 0; turn < 20 && !(await focused(tab)); turn++) await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      expect(await tab.getAttribute("aria-selected")).toBe("true");
    },
  };
};
