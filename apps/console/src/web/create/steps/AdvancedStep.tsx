import { ActionIcon, Autocomplete, Button, Checkbox, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../../parts/Icon.tsx";
import { useLabelMeaning } from "../../text/labels.ts";
import type { LabelRow } from "../draft.ts";
import type { StepProps } from "../field.ts";

/** Labels: Magnum's way of saying everything else. Known ones are offered with their meaning. */
export const AdvancedStep = ({ draft, template, choices, change, faultOf }: StepProps) => {
  const { t } = useTranslation();
  const meaning = useLabelMeaning();
  const known = choices.labels.data?.labels ?? [];
  const setRow = (at: number, part: Partial<LabelRow>) =>
    change({ labels: draft.labels.map((row, index) => (index === at ? { ...row, ...part } : row)) });
  return (
    <>
      <p className="quiet">{t("create.labelsHelp")}</p>
      {draft.labels.map((row, at) => {
        const label = known.find(({ key }) => key === row.key);
        const ofTemplate = template?.labels[row.key];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity, and are only added and removed
          <fieldset key={at} className="label-row">
            <legend className="hidden-text">{t("create.labelNumber", { number: at + 1 })}</legend>
            <Autocomplete
              label={t("create.labelKey")}
              data={known
                .map(({ key }) => key)
                .filter((key) => key === row.key || draft.labels.every((other) => other.key !== key))}
              limit={60}
              maxDropdownHeight={260}
              value={row.key}
              error={faultOf(`labels.${at}`)}
              onChange={(key) => setRow(at, { key })}
            />
            {label?.values === undefined ? (
              <TextInput
                label={t("create.labelValue")}
                placeholder={label?.default ?? ""}
                value={row.value}
                onChange={({ currentTarget: { value } }) => setRow(at, { value })}
              />
            ) : (
              <Autocomplete
                label={t("create.labelValue")}
                data={[...label.values]}
                placeholder={label.default ?? ""}
                value={row.value}
                onChange={(value) => setRow(at, { value })}
              />
            )}
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              aria-label={t("create.removeLabel", { name: row.key })}
              onClick={() => change({ labels: draft.labels.filter((_, index) => index !== at) })}
            >
              <Icon name="trash" size={16} />
            </ActionIcon>
            {label !== undefined && <p className="quiet small label-meaning">{meaning(label)}</p>}
            {ofTemplate !== undefined && (
              <Checkbox
                className="label-meaning"
                label={t("create.override", { value: ofTemplate })}
                checked={row.override}
                onChange={({ currentTarget: { checked } }) => setRow(at, { override: checked })}
              />
            )}
          </fieldset>
        );
      })}
      <div>
        <Button
          variant="default"
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => change({ labels: [...draft.labels, { key: "", value: "", override: false }] })}
        >
          {t("create.addLabel")}
        </Button>
      </div>
    </>
  );
};
