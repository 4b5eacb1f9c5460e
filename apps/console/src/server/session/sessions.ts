import { createHash, randomBytes } from "node:crypto";
import type { ProjectRef } from "../../contract/index.ts";

/** Somebody who signed in. The token never leaves this side. */
export interface Session {
  /** What it is kept under: a hash of what the cookie holds, which is kept nowhere. */
  readonly id: string;
  readonly csrfToken: string;
  readonly method: "password" | "applicationCredential" | "token";
  readonly user: { readonly id: string; readonly name: string; readonly domainId: string; readonly domainName: string };
  readonly createdAt: number;
  /** Undefined: it ended; the session waits to be renewed. */
  readonly token: string | undefined;
  /** The token of the sign-in, from which others are made for other projects. */
  readonly baseToken: string | undefined;
  readonly tokenExpiresAt: number;
  readonly project: ProjectRef | null;
  readonly roles: readonly string[];
  readonly restricted: boolean;
  readonly region: string | null;
  /** Base URLs by service type, out of the token's catalog. */
  readonly endpoints: { readonly [serviceType: string]: string };
  readonly lastUsedAt: number;
}

/** Where sessions outlive the process. Reading and writing are whole sessions. */
export interface SessionVault {
  load(): Promise<readonly Session[]>;
  save(session: Session): Promise<void>;
  remove(id: string): Promise<void>;
}

export interface SessionLimits {
  /** Without a request for so long it ends. */
  readonly idleSeconds: number;
  /** Ends then, whatever happens. */
  readonly absoluteSeconds: number;
  /** The one not used for longest goes. */
  readonly most: number;
  readonly mostOfOneUser: number;
}

export const defaultSessionLimits: SessionLimits = {
  idleSeconds: 3600,
  absoluteSeconds: 12 * 3600,
  most: 10_000,
  mostOfOneUser: 50,
};

export type SessionChange =
  | { readonly kind: "changed"; readonly session: Session }
  | { readonly kind: "ended"; readonly id: string; readonly reason: "signedOut" | "expired" };

export interface Sessions {
  /** Makes one; the secret is for the cookie. */
  open(
    made: Omit<Session, "id" | "csrfToken" | "createdAt" | "lastUsedAt">,
  ): Promise<{ readonly session: Session; readonly secret: string }>;
  /** By the cookie's value, and counts as use. `expired` when it has ended by time. */
  use(secret: string): { readonly session: Session } | { readonly session: undefined; readonly expired: boolean };
  find(id: string): Session | undefined;
  change(id: string, change: Partial<Session>): Promise<Session | undefined>;
  end(id: string, reason: "signedOut" | "expired"): Promise<Session | undefined>;
  /** Ends what time has ended. */
  sweep(): Promise<readonly Session[]>;
  /** When the session ends if nobody uses it any more. */
  endOf(session: Session): number;
  onChange(listener: (change: SessionChange) => void): () => void;
  /** All that was changed so far is in the vault. */
  written(): Promise<void>;
  readonly size: number;
}

/** A use is written down when the last that was is older: a restart may forget so much idleness. */
const writeUseAfterMilliseconds = 60_000;

export const createSessions = async (options: {
  readonly vault: SessionVault;
  readonly limits: SessionLimits;
  readonly now: () => number;
  readonly onVaultError: (error: unknown) => void;
}): Promise<Sessions> => {
  const { vault, limits, now, onVaultError } = options;
  // In the order of last use: a Map keeps the order of insertion.
  const sessions = new Map<string, Session>();
  const lastWrittenUse = new Map<string, number>();
  const writes = new Set<Promise<void>>();
  const listeners = new Set<(change: SessionChange) => void>();
  const tell = (change: SessionChange): void => {
    for (const listener of listeners) listener(change);
  };

  const endOf = (session: Session): number =>
    Math.min(session.lastUsedAt + limits.idleSeconds * 1000, session.createdAt + limits.absoluteSeconds * 1000);
  const put = (session: Session): void => {
    sessions.delete(session.id);
    sessions.set(session.id, session);
  };
  const noted = (write: Promise<void>): Promise<void> => {
    writes.add(write);
    const over = () => void writes.delete(write);
    write.then(over, over);
    return write;
  };
  const save = (session: Session): Promise<void> => {
    lastWrittenUse.set(session.id, session.lastUsedAt);
    return noted(vault.save(session));
  };
  const end = async (id: string, reason: "signedOut" | "expired"): Promise<Session | undefined> => {
    const session = sessions.get(id);
    sessions.delete(id);
    lastWrittenUse.delete(id);
    if (session !== undefined) {
      tell({ kind: "ended", id, reason });
      await noted(vault.remove(id)).catch(onVaultError);
    }
    return session;
  };

  for (const session of [...(await vault.load())].sort((a, b) => a.lastUsedAt - b.lastUsedAt)) {
    if (endOf(session) <= now()) await vault.remove(session.id).catch(onVaultError);
    else {
      put(session);
      lastWrittenUse.set(session.id, session.lastUsedAt);
    }
  }

  return {
    open: async (made) => {
      const secret = randomBytes(32).toString("base64url");
      const session: Session = {
        ...made,
        id: sessionId(secret),
        csrfToken: randomBytes(24).toString("base64url"),
        createdAt: now(),
        lastUsedAt: now(),
      };
      const own = [...sessions.values()].filter(({ user }) => user.id === made.user.id);
      const tooMany = own.slice(0, Math.max(0, own.length + 1 - limits.mostOfOneUser));
      for (const { id } of tooMany) await end(id, "expired");
      const oldest = sessions.keys().next().value;
      if (sessions.size >= limits.most && oldest !== undefined) await end(oldest, "expired");
      put(session);
      await save(session);
      return { session, secret };
    },
    use: (secret) => {
      const id = sessionId(secret);
      const session = sessions.get(id);
      if (session === undefined) return { session: undefined, expired: false };
      if (endOf(session) <= now()) {
        void end(id, "expired");
        return { session: undefined, expired: true };
      }
      const used = { ...session, lastUsedAt: now() };
      put(used);
      if (used.lastUsedAt - (lastWrittenUse.get(id) ?? 0) >= writeUseAfterMilliseconds) void save(used).catch(onVaultError);
      return { session: used };
    },
    find: (id) => sessions.get(id),
    change: async (id, change) => {
      const session = sessions.get(id);
      if (session === undefined) return undefined;
      const changed = { ...session, ...change };
      put(changed);
      tell({ kind: "changed", session: changed });
      await save(changed);
      return changed;
    },
    end,
    sweep: async () => {
      const over = [...sessions.values()].filter((session) => endOf(session) <= now());
      for (const { id } of over) await end(id, "expired");
      return over;
    },
    endOf,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    written: async () => {
      while (writes.size > 0) await Promise.allSettled(writes);
    },
    get size() {
      return sessions.size;
    },
  };
};

/** The disk must not hold what opens a session. */
export const sessionId = (secret: string): string => createHash("sha256").update(secret).digest("hex");
