import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../../parts/Icon.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { QuotaMeters } from "../../quotas/QuotaMeters.tsx";
import { CountInput } from "../CountInput.tsx";
import { emptyGroup, type GroupRow } from "../draft.ts";
import { FlavorSelect } from "../FlavorSelect.tsx";
import type { StepProps } from "../field.ts";
import { GroupFields } from "../GroupFields.tsx";

export const SizeStep = ({ draft, template, choices, change, faultOf }: StepProps) => {
  const { t } = useTranslation();
  const setGroup = (at: number, part: Partial<GroupRow>) =>
    change({ groups: draft.groups.map((group, index) => (index === at ? { ...group, ...part } : group)) });
  return (
    <>
      <div className="columns">
        <div className="stack">
          <h3>{t("create.controlPlane")}</h3>
          <CountInput
            label={t("create.masters")}
            description={t("create.mastersWhy")}
            value={draft.masterCount}
            min={1}
            max={7}
            step={2}
            quick={[1, 3, 5]}
            error={faultOf("masterCount")}
            onChange={(masterCount) => change({ masterCount })}
          />
          <FlavorSelect
            label={t("create.masterFlavor")}
            machines="controlPlane"
            flavors={choices.flavors}
            value={draft.masterFlavor}
            standard={template?.masterFlavor}
            onChange={(masterFlavor) => change({ masterFlavor })}
          />
        </div>
        <div className="stack">
          <h3>{t("create.defaultWorkers")}</h3>
          <CountInput
            label={t("create.workers")}
            value={draft.nodeCount}
            quick={[1, 4, 8, 32]}
            error={faultOf("nodeCount")}
            onChange={(nodeCount) => change({ nodeCount })}
          />
          <FlavorSelect
            label={t("create.flavor")}
            machines="worker"
            flavors={choices.flavors}
            value={draft.flavor}
            standard={template?.flavor}
            onChange={(flavor) => change({ flavor })}
          />
        </div>
      </div>
      <h3>{t("create.moreGroups")}</h3>
      <p className="quiet">{t("create.moreGroupsHelp")}</p>
      {draft.groups.map((group, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity, and are only added and removed
        <fieldset key={at} className="group-fields">
          <legend>{group.name === "" ? t("create.groupNumber", { number: at + 1 }) : group.name}</legend>
          <GroupFields
            group={group}
            flavors={choices.flavors}
            faultOf={(field) => faultOf(`nodeGroups.${at}.${field}`)}
            onChange={(part) => setGroup(at, part)}
          />
          <Button
            variant="subtle"
            color="red"
            size="compact-sm"
            leftSection={<Icon name="trash" size={14} />}
            onClick={() => change({ groups: draft.groups.filter((_, index) => index !== at) })}
          >
            {t("create.removeGroup", { name: group.name })}
          </Button>
        </fieldset>
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => change({ groups: [...draft.groups, emptyGroup(`group-${draft.groups.length + 1}`)] })}
        >
          {t("create.addGroup")}
        </Button>
      </div>
      <h3>{t("create.quotaLeft")}</h3>
      <Loaded query={choices.quotas}>
        {({ quotas }) => <QuotaMeters quotas={quotas} only={["clusters", "instances", "cores", "ram"]} />}
      </Loaded>
    </>
  );
};
