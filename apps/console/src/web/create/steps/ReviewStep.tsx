import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { CreatePreview } from "../../../contract/index.ts";
import { CodeBlock } from "../../parts/Copy.tsx";
import { Facts } from "../../parts/Facts.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Note } from "../../parts/Note.tsx";
import { duration, memory, number } from "../../parts/time.ts";
import { QuotaMeters } from "../../quotas/QuotaMeters.tsx";
import type { StepProps } from "../field.ts";

interface ReviewStepProps extends StepProps {
  readonly preview: UseQueryResult<CreatePreview>;
}

/** What will be made, what it takes of the quota, and the command that would do the same. */
export const ReviewStep = ({ draft, template, preview }: ReviewStepProps) => {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const amount = (resource: string, value: number) => (resource === "ram" ? memory(value, language) : number(value, language));
  return (
    <>
      <Facts
        facts={[
          { name: t("create.name"), value: draft.name },
          { name: t("create.template"), value: template?.name },
          { name: t("detail.version"), value: template?.version },
          {
            name: t("create.controlPlane"),
            value: t("create.nodesOf", {
              count: draft.masterCount,
              flavor: draft.masterFlavor || (template?.masterFlavor ?? "–"),
            }),
          },
          {
            name: t("create.defaultWorkers"),
            value: t("create.nodesOf", { count: draft.nodeCount, flavor: draft.flavor || (template?.flavor ?? "–") }),
          },
          ...draft.groups.map((group) => ({
            name: group.name,
            value: t("create.nodesOf", { count: group.nodeCount, flavor: group.flavor || (template?.flavor ?? "–") }),
          })),
          { name: t("create.keypair"), value: draft.keypair || (template?.keypair ?? t("create.none")) },
        ]}
      />
      <Loaded query={preview}>
        {({ quota, shortfalls, problems, command, body, estimatedSeconds }) => (
          <>
            {shortfalls.length > 0 && (
              <Note tone="bad" alert title={t("create.doesNotFit")}>
                <ul>
                  {shortfalls.map(({ resource, needed, free }) => (
                    <li key={resource}>
                      {t("quota.shortfall", {
                        resource: t(`quota.names.${resource}`),
                        needed: amount(resource, needed),
                        free: amount(resource, free),
                      })}
                    </li>
                  ))}
                </ul>
              </Note>
            )}
            {problems.length > 0 && (
              <Note tone="bad" alert title={t("create.problems")}>
                <ul>
                  {problems.map(({ field, code, detail }) => (
                    <li key={`${field}${code}`}>
                      <code>{field}</code>: {t(`create.problem.${code}`)} <span className="quiet">{detail}</span>
                    </li>
                  ))}
                </ul>
              </Note>
            )}
            {estimatedSeconds !== null && <p>{t("create.estimate", { time: duration(estimatedSeconds * 1000, language) })}</p>}
            <h3>{t("create.quotaUse")}</h3>
            <QuotaMeters quotas={quota.filter(({ adds }) => adds > 0)} />
            <h3>{t("create.command")}</h3>
            <CodeBlock text={command} label={t("create.command")} />
            <details>
              <summary>{t("create.body")}</summary>
              <CodeBlock text={JSON.stringify(body, null, 2)} label={t("create.body")} />
            </details>
          </>
        )}
      </Loaded>
    </>
  );
};
