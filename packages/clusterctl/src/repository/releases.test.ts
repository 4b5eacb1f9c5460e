import { load } from "js-yaml";
import { expect, test } from "vitest";
import { bundledFile, bundledProviders } from "./bundled.ts";
import { compareVersions, latestCandidates, parseVersion, releaseSeries, seriesOf } from "./releases.ts";

const contractOf = (name: string, text: string): string | undefined => {
  const provider = bundledProviders.find((known) => known.name === name);
  const version = parseVersion(text);
  if (provider === undefined || version === undefined) throw new Error(`${name} ${text} is not known`);
  return seriesOf(version, releaseSeries(load(bundledFile(provider, "metadata.yaml") ?? "")))?.contract;
};

test("releases 0.5 to 0.11 of the OpenStack provider keep the contract v1beta1, and no others [CAPO-010]", () => {
  const minors = Array.from({ length: 14 }, (_, minor) => minor);
  expect(minors.filter((minor) => contractOf("openstack", `v0.${minor}.0`) === "v1beta1")).toEqual([5, 6, 7, 8, 9, 10, 11]);
  expect(contractOf("openstack", "v1.11.0")).toBeUndefined();
});

test("every release of Cluster API since 1.0 keeps the contract v1beta1", () => {
  expect(["v1.0.0", "v1.10.4"].map((version) => contractOf("cluster-api", version))).toEqual(["v1beta1", "v1beta1"]);
  expect(["v0.4.8", "v1.11.0"].map((version) => contractOf("cluster-api", version))).toEqual([undefined, undefined]);
});

test("versions are put in the order of semantic versioning, pre-releases after all stable ones", () => {
  const versions = ["v1.9.0", "v1.10.0-rc.10", "nightly", "v1.10.4", "v1.10.0-rc.9", "v1.10.0-alpha.1", "v01.2.3"];
  expect(latestCandidates(versions).map(({ text }) => text)).toEqual([
    "v1.10.4",
    "v1.9.0",
    "v1.10.0-rc.10",
    "v1.10.0-rc.9",
    "v1.10.0-alpha.1",
  ]);
  const [candidate, release] = [parseVersion("1.10.0-rc.1"), parseVersion("v1.10.0")];
  expect(candidate && release && compareVersions(candidate, release)).toBe(-1);
});
