import { Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Template } from "../../../contract/index.ts";
import { Badge } from "../../parts/Badge.tsx";
import { Note } from "../../parts/Note.tsx";
import { CountInput } from "../CountInput.tsx";
import type { StepProps } from "../field.ts";

/** All that a first cluster needs: a name, a template, how many nodes. */
export const BasicsStep = ({ draft, template, choices, change, faultOf }: StepProps) => {
  const { t } = useTranslation();
  const templates = (choices.templates.data?.templates ?? []).filter(({ hidden }) => !hidden);
  return (
    <>
      <TextInput
        label={t("create.name")}
        description={t("create.nameHelp")}
        required
        maxLength={63}
        autoComplete="off"
        spellCheck={false}
        value={draft.name}
        error={faultOf("name")}
        onChange={({ currentTarget: { value } }) => change({ name: value })}
      />
      <fieldset className="template-choice" aria-describedby={faultOf("templateId") === undefined ? undefined : "template-fault"}>
        <legend>{t("create.template")}</legend>
        {templates.length === 0 && (
          <Note tone="warn" title={t("create.noTemplates")}>
            <p>{t("create.noTemplatesHelp")}</p>
          </Note>
        )}
        {templates.map((one) => (
          <TemplateCard
            key={one.id}
            template={one}
            chosen={one.id === draft.templateId}
            onChoose={() => change({ templateId: one.id })}
          />
        ))}
        {faultOf("templateId") !== undefined && (
          <p id="template-fault" className="field-fault" role="alert">
            {faultOf("templateId")}
          </p>
        )}
      </fieldset>
      <CountInput
        label={t("create.workers")}
        value={draft.nodeCount}
        quick={[1, 4, 8, 32]}
        error={faultOf("nodeCount")}
        onChange={(nodeCount) => change({ nodeCount })}
      />
      <Select
        label={t("create.keypair")}
        description={t("create.keypairHelp")}
        clearable
        clearButtonProps={{ "aria-label": t("action.clear") }}
        placeholder={template?.keypair ?? t("create.none")}
        data={(choices.keypairs.data?.keypairs ?? []).map(({ name }) => name)}
        value={draft.keypair === "" ? null : draft.keypair}
        onChange={(keypair) => change({ keypair: keypair ?? "" })}
      />
    </>
  );
};

interface TemplateCardProps {
  readonly template: Template;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

const TemplateCard = ({ template, chosen, onChoose }: TemplateCardProps) => {
  const { t } = useTranslation();
  return (
    <label className="template-card" data-chosen={chosen}>
      <input type="radio" name="template" checked={chosen} onChange={onChoose} value={template.id} />
      <span>
        <span className="template-name">
          {template.name}
          {template.version !== null && <Badge tone="quiet">Kubernetes {template.version}</Badge>}
          {template.deprecated && (
            <Badge tone="warn" icon="warning">
              {t("templates.deprecated")}
            </Badge>
          )}
        </span>
        {template.description !== null && template.description !== "" && (
          <span className="quiet small">{template.description}</span>
        )}
        <span className="quiet small">
          {t("create.templateFacts", {
            flavor: template.flavor ?? "–",
            masterFlavor: template.masterFlavor ?? "–",
            network: template.networkDriver ?? "–",
          })}
        </span>
      </span>
    </label>
  );
};
