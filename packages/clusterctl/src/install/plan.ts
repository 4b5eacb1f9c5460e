import { providerTypes } from "../config/providertypes.ts";
import type { Installed } from "../inventory/inventory.ts";
import { compareVersions, nextVersion, parseVersion, type Series, seriesOf } from "../repository/releases.ts";
import { contract as supported } from "./validate.ts";

/** A provider and where it could go. */
export interface UpgradeItem {
  readonly provider: Installed;
  /** Undefined: it is the newest. */
  readonly next: string | undefined;
}

export interface UpgradePlan {
  readonly contract: string;
  readonly items: readonly UpgradeItem[];
}

/** What a provider's repository offers. */
export interface Offer {
  readonly provider: Installed;
  readonly versions: readonly string[];
  /** `releaseSeries` of the newest release's metadata. */
  readonly series: readonly Series[];
}

/** The plans for the current contract and later ones (CTL-055, CTL-057, CTL-058). A plan for another contract must be whole. */
export const planUpgrades = (offers: readonly Offer[]): readonly UpgradePlan[] => {
  const core = offers.find(({ provider }) => provider.type === "CoreProvider");
  const version = parseVersion(core?.provider.version ?? "");
  const current = core === undefined || version === undefined ? undefined : seriesOf(version, core.series)?.contract;
  if (core === undefined || version === undefined || current === undefined) return [];
  const later = core.series
    .filter(
      ({ major, minor }) =>
        compareVersions({ ...version, major, minor, patch: 0, preRelease: "" }, { ...version, patch: 0, preRelease: "" }) >= 0,
    )
    .map(({ contract }) => contract);
  return [...new Set([current, ...later])]
    .sort()
    .map((contract) => ({
      contract,
      items: offers
        .map(({ provider, versions, series }) => ({
          provider,
          next: nextVersion(provider.version, versions, { series, contract })?.text,
        }))
        .sort((a, b) => inOrder(a.provider, b.provider)),
    }))
    .filter((plan) => plan.contract === current || plan.items.every(({ next }) => next !== undefined));
};

export const inOrder = (a: Installed, b: Installed): number =>
  providerTypes.indexOf(a.type) - providerTypes.indexOf(b.type) || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0);

/** `upgrade plan` of one contract (CTL-055, CTL-056). */
export const printPlan = ({ contract, items }: UpgradePlan): string => {
  const rows = [
    ["NAME", "NAMESPACE", "TYPE", "CURRENT VERSION", "NEXT VERSION"],
    ...items.map(({ provider: { label, namespace, type, version }, next }) => [
      label,
      namespace,
      type,
      version,
      next ?? "Already up to date",
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(7, ...rows.map((row) => row[column]?.length ?? 0)) + 3);
  const table = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("")).join("\n");
  return `\nLatest release available for the ${contract} API Version of Cluster API (contract):\n\n${table}\n\n${advice(contract, items)}\n\n`;
};

const advice = (contract: string, items: readonly UpgradeItem[]): string => {
  if (items.every(({ next }) => next === undefined)) return "You are already up to date!";
  if (contract !== supported)
    return `The current version of clusterctl could not upgrade to ${contract} contract (only ${supported} supported).`;
  return `You can now apply the upgrade by executing the following command:\n\nclusterctl upgrade apply --contract ${contract}`;
};
