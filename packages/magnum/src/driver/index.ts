/** The Cluster API driver: MagnumCluster → Cluster API objects, and their status back. Its phases, in order, then its teardown. */
import {
  ApiError,
  CLUSTER_UUID_LABEL,
  Cluster,
  isAlreadyExists,
  KubeadmControlPlane,
  type KubeObject,
  MAGNUM_FINALIZER,
  Machine,
  MachineDeployment,
  MachineSet,
  MagnumCluster,
  type ObjectRef,
  OpenStackCluster,
  type Resource,
  readCaRotation,
  Secret,
} from "@slipway/api";
import { labels as capiLabels } from "@slipway/api/cluster/names.ts";
import type { KeyPool } from "@slipway/api/pki/keys.ts";
import type { collectCloud } from "@slipway/doctor";
import type { ConnectCloud } from "@slipway/openstack";
import { type Controller, controller, mapped, performKube, type ReconcileContext, type Report } from "@slipway/runtime";
import { credentialSecretName } from "../credential.ts";
import type { MagnumSettings } from "../settings.ts";
import { labelEffects } from "./labels/index.ts";
import { createMistakeFinder } from "./mistake.ts";
import { indexes } from "./observed.ts";
import { authorities, caRotation } from "./phases/carotation.ts";
import { credential } from "./phases/credential.ts";
import { examination } from "./phases/examination.ts";
import { deletedGroups, leftovers } from "./phases/leftovers.ts";
import { FIELD_MANAGER, objects } from "./phases/objects.ts";
import { presence } from "./phases/presence.ts";
import { request } from "./phases/request.ts";
import { serverGroups } from "./phases/servergroups.ts";
import { deleteCluster, deleteObjects, deleteSecrets, deleteServerGroups, revokeCredential } from "./phases/teardown.ts";
import { makeAuthorities } from "./rotation/authorities.ts";
import { rotationReason } from "./rotation/words.ts";
import { createScope, type DriverEffect, type Facts, type Scope } from "./scope.ts";
import { status } from "./status.ts";
import { createWanted } from "./wanted.ts";

export interface DriverOptions {
  /** Clouds by the credentials of their tenants. */
  readonly connect: ConnectCloud;
  /** Takes a tenant's application credential away: an account of the service's own must do it. */
  readonly revokeCredential: (credential: { readonly userId: string; readonly id: string }) => Promise<void>;
  /** For new certificate authorities. */
  readonly keys: KeyPool;
  /** Looks at the cloud when a cluster stands still; absent: its diagnosis rests on the objects alone. */
  readonly collectCloud?: typeof collectCloud;
  readonly settings: Pick<MagnumSettings, "defaultBootVolumeSize" | "defaultBootVolumeType" | "recreateDeleted">;
}

export const createDriver = ({
  connect,
  revokeCredential: revoke,
  settings,
  keys,
  collectCloud: collect,
}: DriverOptions): Controller<MagnumCluster> => {
  const effects = labelEffects({ bootVolume: { size: settings.defaultBootVolumeSize, type: settings.defaultBootVolumeType } });
  const wanted = createWanted(effects);
  const mistakeIn = createMistakeFinder(effects);

  const perform = async (effect: DriverEffect, { cloud }: Scope, { client, clock, log }: ReconcileContext): Promise<void> => {
    switch (effect.call) {
      case "createServerGroup":
        await cloud?.compute.createServerGroup({ name: effect.name, policy: effect.policy });
        return;
      case "deleteServerGroup":
        await cloud?.compute.deleteServerGroup(effect.id);
        return;
      case "makeAuthorities":
        // Made before by a pass that was killed: those are the ones.
        await client
          .create(Secret, await makeAuthorities(effect.wanted, effect.old, { keys, now: clock.now() }), {
            fieldManager: FIELD_MANAGER,
          })
          .catch((error: unknown) => {
            if (!isAlreadyExists(error)) throw error;
          });
        return;
      case "revokeCredential":
        log.info("revoking a cluster's credential", { credential: effect.id });
        await revoke({ userId: effect.userId, id: effect.id });
        return;
      default:
        await performKube(client, effect);
    }
  };

  return controller<MagnumCluster, Scope, DriverEffect, Facts>(MagnumCluster, {
    finalizer: MAGNUM_FINALIZER,
    pausedCondition: false,
    indexes,
    watches: [
      ...[Cluster, OpenStackCluster, KubeadmControlPlane, MachineDeployment, MachineSet, Machine].map((resource) =>
        mapped(resource as Resource, clusterOf),
      ),
      mapped(Secret, credentialOwner),
    ],
    scope: ({ object, context }) =>
      createScope(object, context.caches, {
        connect,
        wanted,
        mistakeIn,
        recreateDeleted: settings.recreateDeleted,
        now: context.clock.now(),
      }),
    phases: [
      request,
      credential,
      presence,
      serverGroups,
      authorities,
      objects,
      leftovers,
      deletedGroups,
      caRotation,
      examination(collect),
    ],
    teardown: [deleteCluster, deleteObjects, deleteServerGroups, revokeCredential, deleteSecrets, examination(collect)],
    perform,
    status: (record, report) =>
      status(record, {
        observed: report.scope.observed,
        serverGroups: report.facts.serverGroups ?? record.status?.serverGroups ?? {},
        applied: report.facts.applied === true,
        cloud: report.facts.cloudEvidence,
        credential: report.scope.credential === undefined ? "missing" : "there",
        now: report.now,
        ...outcomeOf(report),
      }),
    changed: (before, after, _report, { events, log }) => {
      const rotation = after.status?.caRotation;
      if (rotation !== undefined && rotation.stage !== before.status?.caRotation?.stage) {
        log.info("rotating certificate authorities", { uuid: after.metadata.uid, stage: rotation.stage });
        const reason = rotationReason(after, readCaRotation(after));
        if (reason !== undefined) events.normal(after, "RotatingCertificateAuthority", reason);
        else events.normal(after, "CertificateAuthorityRotated", "Certificates of the former authority are refused from now on.");
      }
      const was = before.status?.status;
      const is = after.status?.status;
      if (was === is || is === undefined) return;
      log.info("cluster status changed", { uuid: after.metadata.uid, from: was, to: is });
      if (is.endsWith("_FAILED")) events.warning(after, is, after.status?.statusReason ?? is);
      else events.normal(after, is, `The cluster is ${is}.`);
    },
  });
};

/** The Cluster, and with it its MagnumCluster, is named in the label of the field. */
const clusterOf = ({ metadata }: KubeObject): readonly ObjectRef[] => {
  const name = metadata.labels?.[capiLabels.clusterName];
  return name === undefined || metadata.namespace === undefined ? [] : [{ namespace: metadata.namespace, name }];
};

const SUFFIX = credentialSecretName("");

const credentialOwner = ({ metadata }: KubeObject): readonly ObjectRef[] =>
  metadata.labels?.[CLUSTER_UUID_LABEL] !== undefined && metadata.name?.endsWith(SUFFIX) && metadata.namespace !== undefined
    ? [{ namespace: metadata.namespace, name: metadata.name.slice(0, -SUFFIX.length) }]
    : clusterOf({ metadata } as KubeObject);

/** What a tenant must know of how the pass went. Objects that the API refuses will be refused again: that is a failure, not a delay. */
const outcomeOf = ({ verdicts }: Report<Scope, Facts>): { failure: string | undefined; obstacle: string | undefined } => {
  for (const verdict of verdicts) {
    if (verdict.outcome === "fail") return { failure: verdict.message, obstacle: undefined };
    if (verdict.outcome === "error")
      return isRefusal(verdict.error)
        ? { failure: verdict.message, obstacle: undefined }
        : { failure: undefined, obstacle: verdict.message };
    if (verdict.outcome === "wait" && verdict.message !== undefined && verdict.message !== "")
      return { failure: undefined, obstacle: verdict.message };
  }
  return { failure: undefined, obstacle: undefined };
};

const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError && ["Invalid", "BadRequest", "Forbidden"].includes(error.reason);
