import {
  CA_ROTATION_ANNOTATION,
  type CaRotation,
  clusterSecretName,
  MagnumCluster,
  readCaRotation,
  Secret,
  type Stored,
} from "@slipway/api";
import { annotations } from "@slipway/api/cluster/names.ts";
import { act, fail, phase, ready } from "@slipway/runtime";
import { groupDone, isReady } from "../progress.ts";
import {
  authoritiesSecretName,
  type Pair,
  type Purpose,
  purposes,
  readPair,
  rotationIdOf,
  secretData,
} from "../rotation/authorities.ts";
import { begin, type Step, secretsContent, stepOf } from "../rotation/plan.ts";
import type { DriverEffect, Facts, Scope } from "../scope.ts";

interface Kept {
  readonly rotation: CaRotation | undefined;
  readonly authorities: Stored<Secret> | undefined;
  /** Cluster API's Secrets that hold something else than this stage wants. */
  readonly stale: readonly DriverEffect[];
}

const isPaused = ({ observed: { cluster } }: Scope): boolean =>
  cluster !== undefined && (cluster.spec.paused === true || annotations.paused in (cluster.metadata.annotations ?? {}));

const isUnderWay = ({ record }: Scope, rotation: CaRotation | undefined): boolean =>
  rotation !== undefined && rotation.id === record.spec.caRotation?.id && rotation.stage !== "done";

/** The cluster's Secrets hold what the stage of its rotation says, before any machine is made by it. */
export const authorities = phase<Scope, Kept, DriverEffect, Facts>({
  name: "authorities",
  observe: (scope) => {
    const rotation = readCaRotation(scope.record);
    const kept = scope.secret(authoritiesSecretName(scope.record.metadata.name));
    const { stage } = rotation ?? {};
    if (!isUnderWay(scope, rotation) || kept === undefined || stage === undefined || stage === "done")
      return { rotation, authorities: kept, stale: [] };
    const content = secretsContent(stage);
    const stale = purposes.flatMap((purpose): readonly DriverEffect[] => {
      const name = clusterSecretName(scope.record.metadata.name, purpose);
      const wanted = secretData(kept, purpose, content);
      const there = scope.secret(name)?.data ?? {};
      if (Object.entries(wanted).every(([key, value]) => there[key] === value)) return [];
      const ref = { namespace: scope.namespace, name };
      return [{ call: "patch", resource: Secret, ref, patch: { type: "merge", body: { data: wanted } } }];
    });
    return { rotation, authorities: kept, stale };
  },
  decide: ({ rotation, authorities: kept, stale }, scope) => {
    if (isPaused(scope)) return ready();
    const { record, namespace } = scope;
    const name = authoritiesSecretName(record.metadata.name);
    if (isUnderWay(scope, rotation)) {
      if (kept === undefined)
        return fail(
          "AuthoritiesGone",
          `Secret ${namespace}/${name}, which holds the old and the new certificate authorities, was deleted in the middle of their rotation. Restore it from a backup; the rotation goes on by itself.`,
        );
      return stale.length === 0 ? ready() : act("WritingAuthorities", stale);
    }
    // The old authority's key is of no use any more, and should be nowhere.
    const needed =
      kept !== undefined && rotation?.id !== record.spec.caRotation?.id && rotationIdOf(kept) === record.spec.caRotation?.id;
    return kept === undefined || needed
      ? ready()
      : act("ForgettingOldAuthorities", { call: "delete", resource: Secret, ref: { namespace, name } });
  },
});

interface Seen {
  readonly step: Step | undefined;
  readonly rotation: CaRotation | undefined;
  /** The pairs that are rotated; undefined where one is missing or has no key. */
  readonly pairs: { readonly [P in Purpose]: Pair } | undefined;
  readonly missing: readonly string[];
}

/** The next stage begins when every machine that the last one touched has been replaced. */
export const caRotation = phase<Scope, Seen, DriverEffect, Facts>({
  name: "caRotation",
  observe: (scope) => {
    const { record, observed } = scope;
    // Most clusters, most of the time.
    if (record.spec.caRotation === undefined) return { step: undefined, rotation: undefined, pairs: undefined, missing: [] };
    const stack = record.metadata.name;
    const rotation = readCaRotation(record);
    const kept = scope.secret(authoritiesSecretName(stack));
    const step = stepOf(record, rotation, {
      authorities: kept !== undefined && rotationIdOf(kept) === record.spec.caRotation?.id,
      settled: isSettled(scope),
    });
    if (step?.do !== "makeAuthorities") return { step, rotation, pairs: undefined, missing: [] };
    const found = purposes.map((purpose) => {
      const name = clusterSecretName(stack, purpose);
      const secret = scope.secret(name);
      return { purpose, name, pair: secret && readPair(secret) };
    });
    const missing = found.filter(({ pair }) => !pair?.certificatePem || !pair.keyPem).map(({ name }) => name);
    const pairs = Object.fromEntries(found.map(({ purpose, pair }) => [purpose, pair])) as { readonly [P in Purpose]: Pair };
    return { step, rotation, pairs: missing.length === 0 && observed.cluster !== undefined ? pairs : undefined, missing };
  },
  decide: ({ step, rotation, pairs, missing }, scope) => {
    const { record, namespace, now } = scope;
    const id = record.spec.caRotation?.id;
    if (step === undefined || step.do === "wait" || id === undefined || isPaused(scope)) return ready();
    if (step.do === "makeAuthorities") {
      if (pairs === undefined)
        return fail(
          "AuthoritiesIncomplete",
          `The certificate authorities cannot be rotated: ${missing.join(", ")} in ${namespace} has no certificate or no key. Authorities whose keys are kept elsewhere are rotated by whoever keeps them.`,
        );
      const { name: stack, uid } = record.metadata;
      return act("MakingAuthorities", { call: "makeAuthorities", wanted: { id, stack, namespace, uid }, old: pairs });
    }
    const next = begin(
      rotation?.id === id
        ? rotation
        : { id, begun: [], ...(rotation?.workers === undefined ? {} : { workers: rotation.workers }) },
      step.stage,
      now,
    );
    return act("RotatingCertificateAuthority", {
      call: "patch",
      resource: MagnumCluster,
      ref: { namespace, name: record.metadata.name },
      patch: {
        type: "merge",
        body: {
          // Two that lead for a moment: the second finds another record than it read.
          metadata: {
            resourceVersion: record.metadata.resourceVersion,
            annotations: { [CA_ROTATION_ANNOTATION]: JSON.stringify(next) },
          },
        },
      },
    });
  },
});

/** Everything is as asked for, and no machine of before is left: one that is only being deleted still serves. */
const isSettled = ({ record, observed }: Scope): boolean =>
  isReady(observed) &&
  record.spec.nodeGroups.every((group) => group.deleting !== true && groupDone(group, record, observed)) &&
  observed.machines.every(({ metadata }) => metadata.deletionTimestamp === undefined);
