import type { Audit } from "./audit.ts";

/** As it crosses the wire. */
export interface AuditDocument {
  readonly orphans: readonly {
    readonly kind: string;
    readonly id: string;
    readonly name: string;
    readonly project_id: string;
    readonly created_at: string | null;
    readonly age_seconds: number | null;
    readonly status: string;
    readonly cluster: { readonly name: string; readonly uuid: string; readonly title: string };
    readonly why: string;
  }[];
  readonly clusters_without_record: readonly { readonly namespace: string; readonly name: string; readonly uuid: string }[];
  readonly clusters_without_project: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly project_id: string;
    readonly title: string;
  }[];
  readonly problems: readonly string[];
}

export const auditDocument = ({ orphans, clusters, abandoned, problems }: Audit, now: Date): AuditDocument => ({
  orphans: orphans.map(({ kind, id, name, projectId, createdAt, status, cluster, why }) => ({
    kind,
    id,
    name,
    project_id: projectId,
    created_at: createdAt?.toISOString() ?? null,
    age_seconds: createdAt === undefined ? null : Math.max(0, Math.round((now.getTime() - createdAt.getTime()) / 1000)),
    status,
    cluster,
    why,
  })),
  clusters_without_record: clusters,
  clusters_without_project: abandoned.map(({ projectId, ...rest }) => ({ ...rest, project_id: projectId })),
  problems,
});
