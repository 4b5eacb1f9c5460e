import { MAGNUM_NAMESPACE, type MagnumCluster, Secret, type Stored } from "@slipway/api";
import { textFromBase64 } from "@slipway/api/pki/pem.ts";
import type { CloudEvidence } from "@slipway/doctor";
import type { Cloud, ConnectCloud } from "@slipway/openstack";
import type { Caches, KubeEffect } from "@slipway/runtime";
import { CREDENTIAL_ANNOTATION, credentialSecretName } from "../credential.ts";
import type { DesiredObject } from "./desired.ts";
import type { ServerGroupPolicy } from "./labels/servergroups.ts";
import { type Observed, observe, secretsOf } from "./observed.ts";
import type { makeAuthorities } from "./rotation/authorities.ts";
import type { Wanted } from "./wanted.ts";

/** What one pass over a MagnumCluster may read. */
export interface Scope {
  readonly record: Stored<MagnumCluster>;
  readonly observed: Observed;
  /** The Cluster API objects that the record asks for, given the ids of its server groups. */
  readonly wanted: (serverGroups: { readonly [name: string]: string }) => readonly DesiredObject[];
  /** What is wrong with the request itself. */
  readonly mistake: string | undefined;
  readonly namespace: string;
  readonly now: Date;
  /** Make a Cluster again that somebody else deleted. */
  readonly recreateDeleted: boolean;
  /** A Secret of the cluster's namespace, by name. */
  readonly secret: (name: string) => Stored<Secret> | undefined;
  /** Names of the Secrets that Cluster API keeps for the cluster: certificates, kubeconfig. */
  readonly clusterSecrets: readonly string[];
  /** The tenant's credential; undefined while (or after) there is none. */
  readonly credential: Credential | undefined;
  /** The cloud as the tenant's credential sees it. */
  readonly cloud: Cloud | undefined;
}

export interface Credential {
  readonly secretName: string;
  /** Undefined for a Secret that somebody else made. */
  readonly applicationCredential: { readonly userId: string; readonly id: string } | undefined;
}

/** Facts that later phases and the status read. */
export interface Facts {
  readonly serverGroups: { readonly [name: string]: string };
  readonly applied: boolean;
  /** What the cloud itself says; absent when it was not asked in this pass. */
  readonly cloudEvidence: CloudEvidence;
}

export type DriverEffect =
  | KubeEffect
  | {
      readonly call: "makeAuthorities";
      readonly wanted: Parameters<typeof makeAuthorities>[0];
      readonly old: Parameters<typeof makeAuthorities>[1];
    }
  | { readonly call: "createServerGroup"; readonly name: string; readonly policy: ServerGroupPolicy }
  | { readonly call: "deleteServerGroup"; readonly id: string }
  | { readonly call: "revokeCredential"; readonly userId: string; readonly id: string };

export const createScope = (
  record: Stored<MagnumCluster>,
  caches: Caches,
  {
    connect,
    wanted,
    mistakeIn,
    ...given
  }: {
    readonly connect: ConnectCloud;
    readonly wanted: Wanted;
    readonly mistakeIn: (record: Stored<MagnumCluster>) => string | undefined;
    readonly recreateDeleted: boolean;
    readonly now: Date;
  },
): Scope => {
  const namespace = record.metadata.namespace ?? MAGNUM_NAMESPACE;
  const secret = caches.find(Secret, { namespace, name: credentialSecretName(record.metadata.name) });
  const cloudsYaml = secret?.data?.["clouds.yaml"];
  const ca = secret?.data?.["cacert"];
  const observed = observe(caches, record);
  return {
    record,
    observed,
    wanted: (serverGroups) => wanted(record, { namespace, serverGroups, observed }),
    mistake: mistakeIn(record),
    namespace,
    ...given,
    secret: (name) => caches.find(Secret, { namespace, name }),
    clusterSecrets: secretsOf(caches, namespace, record.metadata.name),
    credential: secret && { secretName: secret.metadata.name, applicationCredential: credentialOf(secret) },
    cloud:
      cloudsYaml === undefined
        ? undefined
        : connect({
            cloudsYaml: textFromBase64(cloudsYaml),
            cloudName: "default",
            ...(ca === undefined || ca === "" ? {} : { caPem: textFromBase64(ca) }),
          }),
  };
};

const credentialOf = (secret: Stored<Secret>): Credential["applicationCredential"] => {
  const [userId, id] = secret.metadata.annotations?.[CREDENTIAL_ANNOTATION]?.split("/") ?? [];
  return userId === undefined || id === undefined ? undefined : { userId, id };
};
