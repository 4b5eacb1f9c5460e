export interface Image {
  readonly id: string;
  readonly name: string | null;
  readonly owner: string;
  readonly status: "queued" | "saving" | "importing" | "active" | "deactivated" | "killed";
  readonly visibility: "public" | "private" | "shared" | "community";
  readonly protected: boolean;
  readonly hidden: boolean;
  readonly container_format: string | null;
  readonly disk_format: string | null;
  readonly min_disk: number;
  readonly min_ram: number;
  readonly size: number | null;
  readonly virtual_size: number | null;
  readonly checksum: string | null;
  readonly hash: string | null;
  readonly tags: readonly string[];
  readonly properties: { readonly [name: string]: string };
  /** Projects that a shared image is shown to, and whether they took it. */
  readonly members: readonly {
    readonly project_id: string;
    readonly status: "pending" | "accepted" | "rejected";
    readonly at: string;
  }[];
  readonly created_at: string;
  readonly updated_at: string;
}
