import { useTranslation } from "react-i18next";
import type { Condition } from "../../contract/index.ts";
import { Ago } from "../parts/Ago.tsx";
import { Badge, type Tone } from "../parts/Badge.tsx";
import type { IconName } from "../parts/Icon.tsx";

/** A condition that is False is as bad as its severity says. */
export const conditionLook = ({
  status,
  severity,
}: Pick<Condition, "status" | "severity">): { readonly tone: Tone; readonly icon: IconName } => {
  if (status === "True") return { tone: "good", icon: "check" };
  if (status === "Unknown") return { tone: "quiet", icon: "question" };
  if (severity === "Info") return { tone: "busy", icon: "refresh" };
  return severity === "Warning" ? { tone: "warn", icon: "warning" } : { tone: "bad", icon: "cross" };
};

/** Conditions as written. */
export const ConditionTable = ({ conditions }: { readonly conditions: readonly Condition[] }) => {
  const { t } = useTranslation();
  if (conditions.length === 0) return <p className="quiet">{t("conditions.none")}</p>;
  return (
    <table className="plain-table cards inner">
      <thead>
        <tr>
          <th scope="col">{t("conditions.type")}</th>
          <th scope="col">{t("conditions.status")}</th>
          <th scope="col">{t("conditions.reason")}</th>
          <th scope="col">{t("conditions.since")}</th>
        </tr>
      </thead>
      <tbody>
        {conditions.map((condition) => {
          const { tone, icon } = conditionLook(condition);
          return (
            <tr key={condition.type}>
              <td data-column={t("conditions.type")}>{condition.type}</td>
              <td data-column={t("conditions.status")}>
                <Badge tone={tone} icon={icon}>
                  {condition.status}
                </Badge>
              </td>
              <td data-column={t("conditions.reason")}>
                <span>
                  {condition.reason}
                  {condition.message !== "" && <span className="quiet small condition-message">{condition.message}</span>}
                </span>
              </td>
              <td data-column={t("conditions.since")}>
                <Ago at={condition.since} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};
