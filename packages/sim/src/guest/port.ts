/**
 * Where the simulated cloud and its guests meet. The cloud owns servers, networks and load balancers; a guest is what runs inside
 * an ACTIVE server. Neither side reads the other's state except through these.
 */

/** Called by the cloud (`cloud/compute`), implemented by `guest/`. Calls return at once; booting goes on in the background. */
export interface GuestHost {
  /** The server became ACTIVE for the first time, or was started, rebooted or restored after a restart of the program. */
  powerOn(server: GuestServer): void;
  powerOff(serverId: string): void;
  /** Its kubelet reports nothing any more, though the server runs; switching the server on again mends it. */
  stopKubelet(serverId: string): void;
  /** Deleted: its disk is gone. */
  destroy(serverId: string): void;
  /** Newest line last; what `openstack console log show` prints. */
  consoleOutput(serverId: string): readonly string[];
}

export interface GuestServer {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  /** Decoded; empty when the server was made without. */
  readonly userData: string;
  readonly availabilityZone: string;
  readonly image: { readonly id: string; readonly name: string; readonly properties: { readonly [key: string]: string } };
  readonly flavor: { readonly name: string; readonly vcpus: number; readonly ramMiB: number; readonly diskGiB: number };
  readonly addresses: readonly string[];
  readonly metadata: { readonly [key: string]: string };
  /** True when the disk is new (cloud-init runs); false for a reboot or a restored server. */
  readonly firstBoot: boolean;
  /** What is wrong with it from the beginning. */
  readonly ailment?: GuestAilment | undefined;
}

export type GuestAilment = "kernel-panic" | "no-network" | "cloud-init-error" | "kubeadm-preflight" | "silent";

/** What a guest may know of the cloud's network: implemented by `cloud/`, called by `guest/` and by whoever opens sockets. */
export interface CloudNetwork {
  /**
   * Which servers answer a TCP connection to this address and port, after floating IPs, load balancers, members' states and
   * security groups are taken into account. Empty: nobody.
   */
  route(address: string, port: number): readonly { readonly serverId: string; readonly port: number }[];
  /** Public addresses (floating IPs) and ports that lead somewhere now; `apps/server` listens on them. */
  publicEndpoints(): readonly { readonly address: string; readonly port: number }[];
  /** Called after any change that may change `route`, with the floating IPs whose `publicEndpoints` may be others now. */
  onChange(listener: (addresses: ReadonlySet<string>) => void): () => void;
}
