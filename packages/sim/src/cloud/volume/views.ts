import type { CloudContext } from "../context.ts";
import type { Call } from "../http/call.ts";
import { baseUrl } from "../settings.ts";
import type { Snapshot, Volume } from "./records.ts";

/** How Cinder shows its objects at each microversion; times have no zone, and `bootable` is a word. */
export const createVolumeViews = ({ state, settings }: CloudContext) => {
  const url = baseUrl(settings, "volume");
  const linksOf = (call: Call, id: string) => [
    { rel: "self", href: `${url}/v3/${call.scope.projectId}/volumes/${id}` },
    { rel: "bookmark", href: `${url}/${call.scope.projectId}/volumes/${id}` },
  ];
  const view = (call: Call, record: Volume) => ({
    id: record.id,
    status: record.status,
    size: record.size,
    availability_zone: record.availability_zone,
    created_at: record.created_at,
    updated_at: record.updated_at,
    name: record.name,
    description: record.description,
    volume_type: record.volume_type,
    snapshot_id: record.snapshot_id,
    source_volid: record.source_volid,
    metadata: record.metadata,
    links: linksOf(call, record.id),
    user_id: record.user_id,
    bootable: record.bootable ? "true" : "false",
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: false,
    attachments: record.attachments.map((one) => ({
      id: record.id,
      attachment_id: one.attachment_id,
      volume_id: record.id,
      server_id: one.server_id,
      host_name: call.scope.admin ? (state.servers.get(one.server_id)?.host ?? null) : null,
      device: one.device,
      attached_at: one.attached_at,
    })),
    ...(call.version >= 13 && { group_id: null }),
    ...(call.version >= 21 && { provider_id: null }),
    ...(call.version >= 48 && { service_uuid: null, shared_targets: false }),
    ...(call.version >= 61 && { cluster_name: null }),
    ...(call.version >= 63 && { volume_type_id: state.volumeTypes.by("name", record.volume_type)[0]?.id ?? null }),
    ...(call.version >= 65 && { consumes_quota: true }),
  });
  const detail = (call: Call, record: Volume) => ({
    ...view(call, record),
    "os-vol-tenant-attr:tenant_id": record.project_id,
    ...(record.image_metadata && { volume_image_metadata: record.image_metadata }),
    ...(call.scope.admin && {
      "os-vol-host-attr:host": "cinder-1@simulated#simulated",
      "os-vol-mig-status-attr:migstat": null,
      "os-vol-mig-status-attr:name_id": null,
    }),
  });
  const snapshotView = (record: Snapshot) => ({
    id: record.id,
    created_at: record.created_at,
    updated_at: record.updated_at,
    name: record.name,
    description: record.description,
    volume_id: record.volume_id,
    status: record.status,
    size: record.size,
    metadata: record.metadata,
    "os-extended-snapshot-attributes:project_id": record.project_id,
    "os-extended-snapshot-attributes:progress": record.status === "available" ? "100%" : "0%",
  });
  return { linksOf, view, detail, snapshotView };
};
