import type { Cloud } from "../cloud.ts";
import { resetLimits, setLimits } from "../quotas.ts";
import type { Quotas } from "../settings.ts";

/** What happens to a cloud without any tenant asking for it. Each resolves when it is durable. */
export interface Operator {
  /** Limits of one project (id or name) in one service; the others stay as they are. */
  setQuota(service: keyof Quotas, project: string, limits: { readonly [resource: string]: number }): Promise<void>;
  resetQuota(service: keyof Quotas, project: string): Promise<void>;
  /** The host dies under it: the server is SHUTOFF, as Nova finds it. */
  crashServer(idOrName: string): Promise<void>;
  /** Nova gives up on it. */
  failServer(idOrName: string, message: string): Promise<void>;
  /** Gone as if it had never been asked for. */
  loseServer(idOrName: string): Promise<void>;
  /** Its kubelet dies: the server runs on, its node falls silent. A reboot mends it. */
  stopKubelet(idOrName: string): Promise<void>;
  /** Nova takes no new servers there; those that run go on. */
  setZoneAvailable(zone: string, available: boolean): Promise<void>;
  /** Everybody must log in again; with a user (id or name) only they. */
  revokeTokens(user?: string): Promise<number>;
  setUserEnabled(user: string, enabled: boolean): Promise<void>;
  removeApplicationCredential(idOrName: string): Promise<void>;
}

export const createOperator = (cloud: Cloud): Operator => {
  const { state } = cloud;
  const named = <T extends { readonly id: string }>(kind: string, idOrName: string, found: readonly T[]): T => {
    const [first, second] = found;
    if (!first) throw new Error(`there is no ${kind} with the id or name ${idOrName}`);
    if (second) throw new Error(`there are ${found.length} ${kind}s named ${idOrName}: give the id`);
    return first;
  };
  const either = <T extends { readonly id: string }>(
    collection: { get(id: string): T | undefined; by(index: "name", key: string): readonly T[] },
    kind: string,
    idOrName: string,
  ): T => collection.get(idOrName) ?? named(kind, idOrName, collection.by("name", idOrName));
  const projectId = (project: string): string => either(state.projects, "project", project).id;
  const revoke = (userId?: string): number => {
    const tokens = userId === undefined ? [...state.tokens.all()] : state.tokens.by("user", userId);
    for (const token of tokens) state.tokens.remove(token.id);
    return tokens.length;
  };

  return {
    setQuota: (service, project, limits) => {
      setLimits(cloud, service, projectId(project), limits);
      return cloud.commit();
    },
    resetQuota: (service, project) => {
      resetLimits(cloud, service, projectId(project));
      return cloud.commit();
    },
    crashServer: (server) => {
      cloud.servers.crash(either(state.servers, "server", server).id);
      return cloud.commit();
    },
    failServer: (server, message) => {
      cloud.servers.fail(either(state.servers, "server", server).id, message);
      return cloud.commit();
    },
    loseServer: (server) => {
      cloud.servers.lose(either(state.servers, "server", server).id);
      return cloud.commit();
    },
    stopKubelet: (server) => {
      cloud.servers.stopKubelet(either(state.servers, "server", server).id);
      return cloud.commit();
    },
    setZoneAvailable: (zone, available) => {
      const known = cloud.settings.availabilityZones.map((one) => one.name);
      if (!known.includes(zone)) throw new Error(`there is no availability zone ${zone}: there are ${known.join(", ")}`);
      if (available) state.closedZones.remove(zone);
      else state.closedZones.put({ id: zone });
      return cloud.commit();
    },
    revokeTokens: async (user) => {
      const count = revoke(user === undefined ? undefined : either(state.users, "user", user).id);
      await cloud.commit();
      return count;
    },
    setUserEnabled: (user, enabled) => {
      const record = either(state.users, "user", user);
      state.users.put({ ...record, enabled });
      if (!enabled) revoke(record.id);
      return cloud.commit();
    },
    removeApplicationCredential: (idOrName) => {
      const all = [...state.applicationCredentials.all()].filter((one) => one.id === idOrName || one.name === idOrName);
      const credential = named("application credential", idOrName, all);
      state.applicationCredentials.remove(credential.id);
      for (const token of state.tokens.by("credential", credential.id)) state.tokens.remove(token.id);
      return cloud.commit();
    },
  };
};
