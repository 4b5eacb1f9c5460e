import type { KubeObject } from "../meta/object.ts";
import { defineBuiltin } from "./kind.ts";

export interface VolumeAttachment extends KubeObject {
  readonly spec: {
    readonly attacher: string;
    readonly nodeName: string;
    readonly source: { readonly persistentVolumeName?: string; readonly inlineVolumeSpec?: unknown };
  };
  readonly status?: {
    readonly attached: boolean;
    readonly attachmentMetadata?: { readonly [key: string]: string };
    readonly attachError?: { readonly time?: string; readonly message?: string };
    readonly detachError?: { readonly time?: string; readonly message?: string };
  };
}

export const VolumeAttachment = defineBuiltin<VolumeAttachment>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  scope: "Cluster",
  status: true,
  unconditionalUpdate: false,
  deleteAnswersObject: true,
});
