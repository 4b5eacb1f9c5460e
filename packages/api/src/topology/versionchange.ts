import semver from "semver";
import type { Cluster } from "../cluster/cluster.ts";
import type { Machine } from "../cluster/machine.ts";
import type { MachineDeployment } from "../cluster/machinedeployment.ts";
import type { MachinePool } from "../cluster/machinepool.ts";
import { invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { matchesSelector } from "../meta/labelselector.ts";
import { controlPlaneRead, machinesRead, ownedRead } from "./cluster.reads.ts";

type Context = AdmissionContext<Cluster>;

/** One minor version at a time, never back, and not before the last change has reached every part. */
export const versionChangeErrors = (cluster: Cluster, old: Cluster, context: Context, path: string): readonly FieldError[] => {
  const wanted = cluster.spec.topology?.version ?? "";
  const [after, before] = [parsed(wanted), parsed(old.spec.topology?.version)];
  if (after === undefined) return [invalid(path, wanted, "version must be a valid semantic version")];
  if (before === undefined) {
    return [invalid(path, old.spec.topology?.version, "old version must be a valid semantic version")];
  }
  const order = compareWithBuilds(after, before);
  if (order === "equal") return [];
  const cannot = (what: string): readonly FieldError[] => [
    invalid(path, wanted, `version cannot be ${what} from ${JSON.stringify(before.raw)} to ${JSON.stringify(after.raw)}`),
  ];
  if (order === "less") return cannot("decreased");
  if (semver.gte(after, `${before.major}.${before.minor + 2}.0`)) return cannot("increased");
  const held = [controlPlaneHeld(old, before, context), deploymentsHeld(old, before, context), poolsHeld(old, before, context)];
  const reasons = held.filter((reason) => reason !== undefined);
  if (reasons.length === 0) return [];
  const text = reasons.length === 1 ? (reasons[0] ?? "") : `[${reasons.join(", ")}]`;
  return [invalid(path, wanted, `version cannot be changed: ${text}`)];
};

interface Parsed extends semver.SemVer {
  readonly raw: string;
}

/** As printed: without the `v`. */
const parsed = (version: string | undefined): Parsed | undefined => {
  const found = semver.parse((version ?? "").replace(/^v/, ""));
  return found === null ? undefined : found;
};

/** Build tags count: numbers are in order, other words are only equal or not. */
export const compareWithBuilds = (a: semver.SemVer, b: semver.SemVer): "less" | "equal" | "greater" | "different" => {
  const order = semver.compare(a, b);
  if (order !== 0) return order < 0 ? "less" : "greater";
  for (let index = 0; index < Math.max(a.build.length, b.build.length); index += 1) {
    const [left, right] = [a.build[index], b.build[index]];
    if (left === undefined || right === undefined) return left === undefined ? "less" : "greater";
    const numbers = [/^\d+$/.test(left), /^\d+$/.test(right)] as const;
    if (numbers[0] !== numbers[1]) return numbers[0] ? "less" : "greater";
    if (left === right) continue;
    if (!numbers[0]) return "different";
    const difference = BigInt(left) - BigInt(right);
    if (difference !== 0n) return difference < 0n ? "less" : "greater";
  }
  return "equal";
};

const isOther = (version: string | undefined, than: semver.SemVer): boolean => {
  const found = parsed(version);
  return found === undefined || semver.compare(found, than) !== 0;
};

const controlPlaneHeld = (old: Cluster, before: Parsed, { related }: Context): string | undefined => {
  const read = controlPlaneRead(old);
  const found = read === undefined ? undefined : related?.find(read);
  if (found === undefined) {
    return "failed to check if control plane is upgrading: failed to get control plane object";
  }
  const version = found.spec?.["version"] as string | undefined;
  if (version === undefined) {
    return "failed to check if control plane is upgrading: failed to get control plane version";
  }
  if (isOther(version, before)) {
    return `Cluster.spec.topology.version ${before.raw} was not propagated to control plane yet (control plane version ${version.replace(/^v/, "")})`;
  }
  const status = found.status?.["version"] as string | undefined;
  if (status === undefined || status === "") return "control plane is currently provisioning";
  const [wanted, reached] = [parsed(version), parsed(status)];
  if (wanted === undefined || reached === undefined) {
    return `failed to check if control plane is upgrading: failed to parse control plane version ${status}`;
  }
  const order = compareWithBuilds(wanted, reached);
  return order === "greater" || order === "different" ? "control plane is still completing a previous upgrade" : undefined;
};

const deploymentsHeld = (old: Cluster, before: Parsed, { related }: Context): string | undefined => {
  const machines = (related?.list(machinesRead(old)) ?? []).map((object) => object as unknown as Machine);
  const held = (related?.list(ownedRead(old, "MachineDeployment")) ?? [])
    .map((object) => object as unknown as MachineDeployment)
    .filter(({ spec }) => {
      const version = spec.template?.spec?.version;
      if (version === undefined) return false;
      return (
        isOther(version, before) ||
        machines.some(
          (machine) => matchesSelector(spec.selector, machine.metadata.labels ?? {}) && machine.spec.version !== version,
        )
      );
    });
  return stillUpgrading("MachineDeployments", held);
};

const poolsHeld = (old: Cluster, before: Parsed, { related }: Context): string | undefined => {
  const held = (related?.list(ownedRead(old, "MachinePool")) ?? [])
    .map((object) => object as unknown as MachinePool)
    .filter(({ spec }) => {
      const version = spec.template?.spec?.version;
      return version !== undefined && isOther(version, before);
    });
  return stillUpgrading("MachinePools", held);
};

const stillUpgrading = (what: string, held: readonly { readonly metadata: { readonly name?: string } }[]): string | undefined =>
  held.length === 0
    ? undefined
    : `there are still ${what} completing a previous upgrade: [${held.map(({ metadata }) => metadata.name).join(", ")}]`;
