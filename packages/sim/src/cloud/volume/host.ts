import type { Server } from "../compute/records.ts";
import type { Image } from "../image/records.ts";
import type { Volume } from "./records.ts";

/** What Nova asks of Cinder, past its API. */
export interface VolumeHost {
  /** Ready to be attached by this project, or undefined. */
  find(projectId: string, volumeId: string): Volume | undefined;
  /** Made for a server from an image or empty; available at once. @throws Refusal over quota */
  make(
    server: { readonly project_id: string; readonly user_id: string; readonly name: string },
    wanted: {
      readonly sizeGiB: number;
      readonly imageId: string | null;
      readonly type: string | null;
      readonly zone: string | null;
    },
  ): Volume;
  attach(volumeId: string, serverId: string, device: string): string;
  detach(volumeId: string, serverId: string): void;
  remove(volumeId: string): void;
  /** The image that the volume a server boots from was made of. */
  imageOfRoot(server: Server): Image | undefined;
}
