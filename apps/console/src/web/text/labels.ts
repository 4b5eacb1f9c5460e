import { useTranslation } from "react-i18next";
import type { KnownLabel } from "../../contract/index.ts";

/** What a label does: in the reader's language where it has words for it, else as the server says it in English. */
export const useLabelMeaning = (): ((label: KnownLabel) => string) => {
  const { i18n } = useTranslation();
  return ({ key, description }) => {
    const translated: unknown = i18n.getResource(i18n.language, "translation", `labels.${key}`);
    return typeof translated === "string" ? translated : description;
  };
};
