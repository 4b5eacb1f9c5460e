/** Nova's objects as stored. */
export interface Server {
  readonly id: string;
  readonly project_id: string;
  readonly user_id: string;
  readonly name: string;
  readonly description: string | null;
  readonly hostname: string;
  readonly vm_state:
    | "building"
    | "active"
    | "stopped"
    | "error"
    | "paused"
    | "suspended"
    | "shelved_offloaded"
    | "resized"
    | "deleted";
  readonly task_state: string | null;
  readonly power_state: number;
  readonly fault: { readonly code: number; readonly message: string; readonly created: string; readonly details: string } | null;
  /** Null when it boots from a volume. */
  readonly image_id: string | null;
  readonly flavor: FlavorSnapshot;
  /** The flavor to go back to while a resize waits to be confirmed. */
  readonly old_flavor: FlavorSnapshot | null;
  readonly metadata: { readonly [key: string]: string };
  readonly tags: readonly string[];
  readonly key_name: string | null;
  readonly config_drive: boolean;
  readonly requested_zone: string | null;
  readonly host: string | null;
  readonly zone: string;
  readonly group_id: string | null;
  readonly security_groups: readonly string[];
  /** Networks on which Nova makes ports of its own when the server is built. */
  readonly wanted: readonly WantedPort[];
  readonly own_ports: readonly string[];
  readonly volumes: readonly ServerVolume[];
  readonly locked: boolean;
  readonly locked_reason: string | null;
  readonly created: string;
  readonly updated: string;
  readonly launched_at: string | null;
  readonly terminated_at: string | null;
  readonly sequence: number;
  readonly reservation_id: string;
  readonly disk_config: "MANUAL" | "AUTO";
  /** The guest has been switched on once: the next time its disk is not new. */
  readonly booted: boolean;
  readonly actions: readonly InstanceAction[];
}

/** Apart from its server, which is written at every change: it is large and stays the same. Base64, as it was given. */
export interface UserData {
  /** The server's. */
  readonly id: string;
  readonly text: string;
}

export interface FlavorSnapshot {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
  readonly ephemeral: number;
  readonly swap: number;
  readonly extra_specs: { readonly [key: string]: string };
}

export type WantedPort =
  | { readonly kind: "port"; readonly port_id: string }
  | { readonly kind: "network"; readonly network_id: string; readonly fixed_ip: string | null };

export interface ServerVolume {
  readonly volume_id: string;
  readonly device: string;
  readonly boot_index: number | null;
  readonly delete_on_termination: boolean;
  readonly tag: string | null;
  readonly attachment_id: string;
}

export interface InstanceAction {
  readonly action: string;
  readonly request_id: string;
  readonly user_id: string;
  readonly start_time: string;
  readonly updated_at: string;
  readonly message: string | null;
}

export interface Flavor extends FlavorSnapshot {
  readonly description: string | null;
  readonly is_public: boolean;
}

export interface ServerGroup {
  readonly id: string;
  readonly name: string;
  readonly policy: "affinity" | "anti-affinity" | "soft-affinity" | "soft-anti-affinity";
  readonly rules: { readonly max_server_per_host?: number };
  readonly project_id: string;
  readonly user_id: string;
}

export interface Keypair {
  /** `<user>/<name>`: keypairs belong to a user, not to a project. */
  readonly id: string;
  readonly name: string;
  readonly user_id: string;
  readonly public_key: string;
  readonly fingerprint: string;
  readonly type: "ssh" | "x509";
  readonly created_at: string;
  readonly sequence: number;
}
