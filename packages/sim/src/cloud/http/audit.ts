import type { Scope } from "../identity/scope.ts";
import type { ServiceName } from "../settings.ts";
import type { ServiceRequest } from "./service.ts";

export interface AuditEntry {
  readonly at: string;
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly requestId: string;
  readonly project: string;
  readonly user: string;
  readonly userAgent: string;
  /** Of the body, never the body itself: it may hold a password. */
  readonly bodyHash: string | undefined;
}

/** Every call, newest last; the oldest are forgotten. */
export interface Audit {
  record(
    service: ServiceName,
    request: ServiceRequest,
    status: number,
    milliseconds: number,
    requestId: string,
    scope: Scope | undefined,
  ): void;
  entries(): readonly AuditEntry[];
  /** Calls so far, by service: `{compute: 12}`. */
  totals(): { readonly [service: string]: number };
  clear(): void;
}

export const createAudit = (now: () => Date, keep: number): Audit => {
  let entries: AuditEntry[] = [];
  const totals = new Map<string, number>();
  return {
    record: (service, request, status, milliseconds, requestId, scope) => {
      totals.set(service, (totals.get(service) ?? 0) + 1);
      if (keep === 0) return;
      if (entries.length >= keep * 2) entries = entries.slice(-keep);
      entries.push({
        at: now().toISOString(),
        service,
        method: request.method,
        path: request.path,
        status,
        milliseconds,
        requestId,
        project: scope?.projectId ?? "",
        user: scope?.userName ?? "",
        userAgent: request.headers["user-agent"] ?? "",
        bodyHash: typeof request.body === "string" ? hash(request.body) : undefined,
      });
    },
    entries: () => entries.slice(-keep),
    totals: () => Object.fromEntries(totals),
    clear: () => {
      entries = [];
      totals.clear();
    },
  };
};

/** FNV-1a over the beginning, and the length: enough to see that two bodies are the same. */
const hash = (text: string): string => {
  let value = 0x811c9dc5 ^ text.length;
  for (let i = 0; i < text.length && i < 2048; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
};
