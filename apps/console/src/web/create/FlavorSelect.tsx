import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Flavor } from "../../contract/index.ts";
import { memory } from "../parts/time.ts";
import type { Choices } from "./useChoices.ts";

interface FlavorSelectProps {
  readonly label: string;
  readonly machines: "controlPlane" | "worker";
  readonly flavors: Choices["flavors"];
  readonly value: string;
  /** The template's, taken when none is chosen. */
  readonly standard: string | null | undefined;
  readonly onChange: (flavor: string) => void;
}

/** Flavors with their CPUs and memory; those too small for Kubernetes are left out, and that is said. */
export const FlavorSelect = ({ label, machines, flavors, value, standard, onChange }: FlavorSelectProps) => {
  const { t, i18n } = useTranslation();
  const all = flavors.data?.flavors ?? [];
  const fitting = all.filter(({ fits }) => fits[machines]);
  const words = ({ name, vcpus, ram, disk }: Flavor) =>
    t("create.flavorOption", { name, vcpus, ram: memory(ram, i18n.language), disk });
  const hidden = all.length - fitting.length;
  return (
    <Select
      label={label}
      description={hidden > 0 ? t("create.flavorsHidden", { count: hidden }) : undefined}
      clearable
      clearButtonProps={{ "aria-label": t("action.clear") }}
      searchable={fitting.length > 8}
      placeholder={
        standard === null || standard === undefined ? t("create.asTemplate") : t("create.asTemplateNamed", { name: standard })
      }
      data={fitting.map((flavor) => ({ value: flavor.name, label: words(flavor) }))}
      value={value === "" ? null : value}
      onChange={(flavor) => onChange(flavor ?? "")}
    />
  );
};
