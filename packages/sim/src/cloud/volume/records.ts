export interface Volume {
  readonly id: string;
  readonly project_id: string;
  readonly user_id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly size: number;
  readonly status:
    | "creating"
    | "downloading"
    | "available"
    | "reserved"
    | "attaching"
    | "in-use"
    | "detaching"
    | "deleting"
    | "error";
  readonly volume_type: string;
  readonly availability_zone: string;
  readonly image_id: string | null;
  readonly image_metadata: { readonly [key: string]: string } | null;
  readonly snapshot_id: string | null;
  readonly source_volid: string | null;
  readonly bootable: boolean;
  readonly metadata: { readonly [key: string]: string };
  readonly attachments: readonly {
    readonly attachment_id: string;
    readonly server_id: string;
    readonly device: string;
    readonly attached_at: string;
  }[];
  readonly created_at: string;
  readonly updated_at: string | null;
}

export interface Snapshot {
  readonly id: string;
  readonly project_id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly volume_id: string;
  readonly size: number;
  readonly status: "creating" | "available" | "deleting" | "error";
  readonly metadata: { readonly [key: string]: string };
  readonly created_at: string;
  readonly updated_at: string | null;
}

export interface VolumeType {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly is_public: boolean;
  readonly extra_specs: { readonly [key: string]: string };
}
