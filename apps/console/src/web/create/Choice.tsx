import { SegmentedControl } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";

interface ChoiceProps {
  readonly label: string;
  readonly description: string;
  /** Null: as the template has it. */
  readonly value: boolean | null;
  readonly standard: boolean | undefined;
  readonly error?: string | undefined;
  readonly onChange: (value: boolean | null) => void;
}

/** On, off, or as the template has it. */
export const Choice = ({ label, description, value, standard, error, onChange }: ChoiceProps) => {
  const { t } = useTranslation();
  const id = useId();
  const byTemplate =
    standard === undefined
      ? t("create.asTemplate")
      : t("create.asTemplateNamed", { name: t(standard ? "create.on" : "create.off") });
  return (
    <div className="choice">
      <p className="choice-label" id={id}>
        {label}
      </p>
      <p className="quiet small">{description}</p>
      <SegmentedControl
        aria-labelledby={id}
        value={value === null ? "template" : value ? "on" : "off"}
        onChange={(next) => onChange(next === "template" ? null : next === "on")}
        data={[
          { value: "template", label: byTemplate },
          { value: "on", label: t("create.on") },
          { value: "off", label: t("create.off") },
        ]}
      />
      {error !== undefined && (
        <p className="field-fault" role="alert">
          {error}
        </p>
      )}
    </div>
  );
};
