import { useTranslation } from "react-i18next";
import type { QuotaName, QuotaUse } from "../../contract/index.ts";
import { Meter } from "../parts/Meter.tsx";
import { memory, number } from "../parts/time.ts";
import "./quotas.css";

interface QuotaMetersProps {
  readonly quotas: readonly QuotaUse[];
  readonly only?: readonly QuotaName[];
}

export const QuotaMeters = ({ quotas, only }: QuotaMetersProps) => {
  const { t, i18n } = useTranslation();
  const shown = only === undefined ? quotas : quotas.filter(({ resource }) => only.includes(resource));
  const format = (resource: QuotaName) => (amount: number) =>
    resource === "ram"
      ? memory(amount, i18n.language)
      : resource === "gigabytes"
        ? `${number(amount, i18n.language)} GiB`
        : number(amount, i18n.language);
  return (
    <div className="quota-grid">
      {shown.map(({ resource, used, adds, limit }) => (
        <Meter
          key={resource}
          label={t(`quota.names.${resource}`)}
          used={used}
          adds={adds}
          limit={limit}
          format={format(resource)}
        />
      ))}
    </div>
  );
};
