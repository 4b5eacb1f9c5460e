import { NumberInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CountInput } from "./CountInput.tsx";
import type { GroupRow } from "./draft.ts";
import { FlavorSelect } from "./FlavorSelect.tsx";
import type { Choices } from "./useChoices.ts";

interface GroupFieldsProps {
  readonly group: GroupRow;
  readonly flavors: Choices["flavors"];
  readonly faultOf: (field: string) => string | undefined;
  readonly onChange: (part: Partial<GroupRow>) => void;
}

/** A node group's own settings: in the wizard and in the dialog that makes one. */
export const GroupFields = ({ group, flavors, faultOf, onChange }: GroupFieldsProps) => {
  const { t } = useTranslation();
  const bound = (value: string | number) => (typeof value === "number" ? value : null);
  return (
    <div className="stack">
      <div className="columns">
        <TextInput
          label={t("group.name")}
          required
          maxLength={63}
          value={group.name}
          error={faultOf("name")}
          onChange={({ currentTarget: { value } }) => onChange({ name: value })}
        />
        <FlavorSelect
          label={t("create.flavor")}
          machines="worker"
          flavors={flavors}
          value={group.flavor}
          standard={undefined}
          onChange={(flavor) => onChange({ flavor })}
        />
      </div>
      <div className="columns narrow">
        <CountInput
          label={t("group.count")}
          value={group.nodeCount}
          error={faultOf("nodeCount")}
          onChange={(nodeCount) => onChange({ nodeCount })}
        />
        <NumberInput
          label={t("group.min")}
          value={group.minNodeCount ?? ""}
          min={0}
          allowDecimal={false}
          hideControls
          onChange={(value) => onChange({ minNodeCount: bound(value) })}
        />
        <NumberInput
          label={t("group.max")}
          value={group.maxNodeCount ?? ""}
          min={0}
          allowDecimal={false}
          hideControls
          onChange={(value) => onChange({ maxNodeCount: bound(value) })}
        />
      </div>
      <div className="columns">
        <TextInput
          label={t("group.labels")}
          description={t("group.labelsHelp")}
          value={group.nodeLabels}
          error={faultOf("nodeLabels")}
          onChange={({ currentTarget: { value } }) => onChange({ nodeLabels: value })}
        />
        <TextInput
          label={t("group.taints")}
          description={t("group.taintsHelp")}
          value={group.nodeTaints}
          error={faultOf("nodeTaints")}
          onChange={({ currentTarget: { value } }) => onChange({ nodeTaints: value })}
        />
      </div>
    </div>
  );
};
