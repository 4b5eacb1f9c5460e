import { ConfigMap, isAlreadyExists, isNotFound, KubeadmConfig, type KubeObject, type Resource, Secret } from "@slipway/api";
import { controllerRef, performKube, type ReconcileContext } from "@slipway/runtime";
import { generateMissing } from "../certificates/lookup.ts";
import { announceAuthority } from "./clusterinfo.ts";
import { initLockName } from "./lock.ts";
import type { Effect, Scope } from "./scope.ts";
import { tokenSecret } from "./token.ts";

/** Does what phases asked for. A machine that holds the init lock and fails gives it back: another one may have more luck. */
export const perform = async (
  effect: Effect,
  scope: Scope,
  context: Pick<ReconcileContext, "client" | "clock">,
): Promise<void> => {
  try {
    await performEffect(effect, scope, context);
  } catch (error) {
    const holding = scope.mode === "init" && (effect.call === "generateCertificates" || effect.call === "putDataSecret");
    if (holding) await releaseLock(scope, context);
    throw error;
  }
};

const performEffect = async (effect: Effect, scope: Scope, { client, clock }: Pick<ReconcileContext, "client" | "clock">) => {
  switch (effect.call) {
    case "generateCertificates": {
      const { config, cluster, keys } = scope;
      const place = {
        namespace: cluster.metadata.namespace ?? "",
        cluster: cluster.metadata.name,
        owner: controllerRef(config, KubeadmConfig),
      };
      await generateMissing(effect.found, { client, keys, now: clock.now(), place });
      return;
    }
    case "createToken": {
      const { workload, tokenTtlSeconds } = scope;
      if (workload === undefined) throw new Error("connection to the workload cluster is down");
      if (effect.authorityPem !== undefined) await announceAuthority(workload.client, effect.authorityPem);
      const expiration = new Date(clock.now().getTime() + tokenTtlSeconds * 1000);
      await workload.client.create(Secret, tokenSecret(effect.token, expiration));
      return;
    }
    case "putToken": {
      if (scope.workload === undefined) throw new Error("connection to the workload cluster is down");
      await put(scope.workload.client, Secret, effect.secret);
      return;
    }
    case "takeLock":
      // Somebody was faster: the next pass sees who.
      await client.create(ConfigMap, effect.lock).catch(unless(isAlreadyExists));
      return;
    case "putDataSecret":
      await put(client, Secret, effect.secret);
      return;
    default:
      await performKube(client, effect);
  }
};

const releaseLock = async ({ cluster }: Scope, { client }: Pick<ReconcileContext, "client">): Promise<void> => {
  const ref = { namespace: cluster.metadata.namespace ?? "", name: initLockName(cluster.metadata.name) };
  await client.delete(ConfigMap, ref).catch(unless(isNotFound));
};

const put = async <T extends KubeObject>(client: ReconcileContext["client"], resource: Resource<T>, object: T): Promise<void> => {
  if (object.metadata.resourceVersion !== undefined) {
    await client.update(resource, object);
    return;
  }
  try {
    await client.create(resource, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await client.update(resource, object);
  }
};

const unless =
  (harmless: (error: unknown) => boolean) =>
  (error: unknown): void => {
    if (!harmless(error)) throw error;
  };
