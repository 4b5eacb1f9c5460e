import { ActionIcon, Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./Icon.tsx";

/** Copies a text, and says so to eyes and ears. */
export const CopyButton = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
  };
  return (
    <>
      <Tooltip label={copied ? t("action.copied") : t("action.copy")}>
        <ActionIcon variant="subtle" color={copied ? "green" : "gray"} aria-label={label} onClick={() => void copy()}>
          <Icon name={copied ? "check" : "copy"} size={16} />
        </ActionIcon>
      </Tooltip>
      <span className="hidden-text" role="status">
        {copied ? t("action.copied") : ""}
      </span>
    </>
  );
};

/** The clipboard is there on https and localhost only; elsewhere the old way, which needs a selection. */
const copyText = async (text: string): Promise<void> => {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden-text";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
};

/** A command or a file, to read and to copy. */
export const CodeBlock = ({ text, label }: { readonly text: string; readonly label: string }) => (
  <div className="code-block">
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a block that scrolls sideways must be reachable by keyboard */}
    {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would not keep the text as it is written */}
    <pre tabIndex={0} role="group" aria-label={label}>
      <code>{text}</code>
    </pre>
    <CopyButton text={text} label={label} />
  </div>
);
