import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Choice } from "../Choice.tsx";
import type { StepProps } from "../field.ts";

export const NetworkStep = ({ draft, template, choices, change, faultOf }: StepProps) => {
  const { t } = useTranslation();
  const networks = (choices.networks.data?.networks ?? []).filter(({ external }) => !external);
  const subnets = networks.find(({ id }) => id === draft.fixedNetwork)?.subnets ?? [];
  return (
    <>
      <Select
        label={t("create.network")}
        description={t("create.networkHelp")}
        clearable
        clearButtonProps={{ "aria-label": t("action.clear") }}
        placeholder={template?.fixedNetwork ?? t("create.newNetwork")}
        data={networks.map(({ id, name }) => ({ value: id, label: name === "" ? id : name }))}
        value={draft.fixedNetwork === "" ? null : draft.fixedNetwork}
        onChange={(fixedNetwork) => change({ fixedNetwork: fixedNetwork ?? "", fixedSubnet: "" })}
      />
      {draft.fixedNetwork !== "" && (
        <Select
          label={t("create.subnet")}
          clearable
          clearButtonProps={{ "aria-label": t("action.clear") }}
          placeholder={t("create.anySubnet")}
          data={subnets.map(({ id, name, cidr }) => ({ value: id, label: `${name} ${cidr}` }))}
          value={draft.fixedSubnet === "" ? null : draft.fixedSubnet}
          onChange={(fixedSubnet) => change({ fixedSubnet: fixedSubnet ?? "" })}
        />
      )}
      <Choice
        label={t("create.loadBalancer")}
        description={t("create.loadBalancerHelp")}
        value={draft.masterLb}
        standard={template?.masterLbEnabled}
        error={faultOf("masterLbEnabled")}
        onChange={(masterLb) => change({ masterLb })}
      />
      <Choice
        label={t("create.floatingIp")}
        description={t("create.floatingIpHelp")}
        value={draft.floatingIp}
        standard={template?.floatingIpEnabled}
        onChange={(floatingIp) => change({ floatingIp })}
      />
      <p className="quiet">{t("create.networkDriver", { driver: template?.networkDriver ?? "–" })}</p>
    </>
  );
};
