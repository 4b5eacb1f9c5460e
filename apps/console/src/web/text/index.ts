/** Languages: English is in the first load, Japanese is fetched by those who read it. */
import type { i18n as I18n } from "i18next";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en/index.ts";

export const languages = [
  { code: "en", name: "English" },
  { code: "ja", name: "日本語" },
] as const;

type Code = (typeof languages)[number]["code"];

const storageKey = "slipway-language";

/** What was chosen before, else the browser's first language that there is. */
export const preferredLanguage = (chosen: string | null, wanted: readonly string[]): Code => {
  const known = (code: string | undefined): code is Code => languages.some((language) => language.code === code);
  if (chosen !== null && known(chosen)) return chosen;
  return wanted.map((tag) => tag.toLowerCase().split("-")[0]).find(known) ?? "en";
};

export const startText = async (): Promise<I18n> => {
  const instance = i18next.createInstance();
  await instance.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    // React escapes everything that it shows.
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  instance.on("languageChanged", (language) => document.documentElement.setAttribute("lang", language));
  await changeLanguage(instance, preferredLanguage(readChoice(), navigator.languages), false);
  return instance;
};

export const changeLanguage = async (instance: I18n, code: Code, remember = true): Promise<void> => {
  if (code === "ja" && !instance.hasResourceBundle("ja", "translation")) {
    const { ja } = await import("./ja/index.ts");
    instance.addResourceBundle("ja", "translation", ja);
  }
  await instance.changeLanguage(code);
  document.documentElement.setAttribute("lang", code);
  if (remember) writeChoice(code);
};

const readChoice = (): string | null => {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
};

const writeChoice = (code: Code): void => {
  try {
    localStorage.setItem(storageKey, code);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
};
