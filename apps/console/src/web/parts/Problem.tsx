import { Button } from "@mantine/core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { ApiFault } from "../../contract/index.ts";
import { ApiError } from "../api/client.ts";
import { Note } from "./Note.tsx";
import { absoluteTime, number } from "./time.ts";

interface ProblemProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** An error in three parts: what happened, why, what to do; what the service said, and the request to quote, below. */
export const Problem = ({ error, onRetry }: ProblemProps) => {
  const { t, i18n } = useTranslation();
  const fault = error instanceof ApiError ? error.fault : undefined;
  if (fault === undefined)
    return (
      <Note tone="bad" alert title={t("error.page.what")}>
        <p>{t("error.page.todo")}</p>
      </Note>
    );
  const values = placeholders(fault, t, i18n.language);
  return (
    <Note tone="bad" alert title={t(`error.${fault.code}.what`, values)}>
      <p>{t(`error.${fault.code}.why`, values)}</p>
      <p>{t(`error.${fault.code}.todo`, values)}</p>
      <Shortfalls fault={fault} />
      {(fault.detail !== "" || fault.requestId !== "") && (
        <details>
          <summary>{t("error.technical")}</summary>
          {fault.detail !== "" && <p className="machine">{fault.detail}</p>}
          {fault.requestId !== "" && (
            <p>
              {t("error.requestId")} <code>{fault.requestId}</code>
            </p>
          )}
        </details>
      )}
      {onRetry !== undefined && (
        <Button variant="default" size="xs" mt="xs" onClick={onRetry}>
          {t("action.retry")}
        </Button>
      )}
    </Note>
  );
};

const placeholders = (fault: ApiError["fault"], t: TFunction, language: string) => {
  const known: Partial<ApiFault> = fault.code === "unreachable" ? {} : fault;
  return {
    role: known.neededRole ?? "member",
    service: known.service === undefined ? t("service.some") : t(`service.${known.service}`),
    seconds: known.retryAfterSeconds ?? 10,
    at: known.changed === undefined ? "" : absoluteTime(known.changed.at, language),
    by: known.changed?.by ?? t("error.somebody"),
    field: known.field ?? "",
    detail: fault.detail,
  };
};

const Shortfalls = ({ fault }: { readonly fault: ApiError["fault"] }) => {
  const { t, i18n } = useTranslation();
  if (fault.code === "unreachable" || fault.shortfalls === undefined) return null;
  return (
    <ul>
      {fault.shortfalls.map(({ resource, needed, free }) => (
        <li key={resource}>
          {t("quota.shortfall", {
            resource: t(`quota.names.${resource}`),
            needed: number(needed, i18n.language),
            free: number(free, i18n.language),
          })}
        </li>
      ))}
    </ul>
  );
};
