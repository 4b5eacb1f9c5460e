import { useTranslation } from "react-i18next";
import { number } from "./time.ts";

interface MeterProps {
  readonly label: string;
  readonly used: number;
  /** What is about to come on top. */
  readonly adds?: number;
  /** -1: no limit. */
  readonly limit: number;
  readonly format?: (amount: number) => string;
}

/** How much of a limit is used, and would be. */
export const Meter = ({ label, used, adds = 0, limit, format }: MeterProps) => {
  const { t, i18n } = useTranslation();
  const show = format ?? ((amount: number) => number(amount, i18n.language));
  const over = limit >= 0 && used + adds > limit;
  const share = (amount: number) => (limit > 0 ? Math.min(1, amount / limit) : amount > 0 && limit === 0 ? 1 : 0);
  const tone = over ? "bad" : limit >= 0 && used + adds >= limit * 0.9 ? "warn" : "good";
  return (
    <div className="meter" data-tone={tone}>
      <div className="meter-text">
        <span>{label}</span>
        <span className="number">
          {adds > 0
            ? t("quota.withAdds", { used: show(used), adds: show(adds), limit: limit < 0 ? "∞" : show(limit) })
            : t("quota.usedOf", { used: show(used), limit: limit < 0 ? "∞" : show(limit) })}
        </span>
      </div>
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect className="meter-ground" width="100" height="4" />
        <rect className="meter-adds" width={share(used + adds) * 100} height="4" />
        <rect className="meter-used" width={share(used) * 100} height="4" />
      </svg>
    </div>
  );
};
