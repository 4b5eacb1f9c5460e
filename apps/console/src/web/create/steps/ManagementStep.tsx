import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Choice } from "../Choice.tsx";
import { CountInput } from "../CountInput.tsx";
import type { StepProps } from "../field.ts";

export const ManagementStep = ({ draft, choices, change, faultOf }: StepProps) => {
  const { t } = useTranslation();
  const zones = (choices.zones.data?.zones ?? []).filter(({ available }) => available);
  return (
    <>
      <Choice
        label={t("create.autoHealing")}
        description={t("create.autoHealingHelp")}
        value={draft.autoHealing}
        standard={undefined}
        onChange={(autoHealing) => change({ autoHealing })}
      />
      <Select
        label={t("create.zone")}
        description={t("create.zoneHelp")}
        clearable
        clearButtonProps={{ "aria-label": t("action.clear") }}
        placeholder={t("create.asTemplate")}
        data={zones.map(({ name }) => name)}
        value={draft.availabilityZone === "" ? null : draft.availabilityZone}
        onChange={(availabilityZone) => change({ availabilityZone: availabilityZone ?? "" })}
      />
      <CountInput
        label={t("create.timeout")}
        description={t("create.timeoutHelp")}
        value={draft.createTimeoutMinutes}
        min={1}
        max={1440}
        error={faultOf("createTimeoutMinutes")}
        onChange={(createTimeoutMinutes) => change({ createTimeoutMinutes })}
      />
    </>
  );
};
