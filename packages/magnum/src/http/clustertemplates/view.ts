import type { MagnumClusterTemplate, Stored } from "@slipway/api";
import { links } from "../links.ts";
import { wireTime } from "../times.ts";
import { templateDocument } from "./attributes.ts";

/** A cluster template as clients see it: the same in lists, details and alone. */
export const templateView = (template: Stored<MagnumClusterTemplate>, base: string): object => ({
  uuid: template.metadata.uid,
  ...templateDocument(template.spec),
  links: links(base, `clustertemplates/${template.metadata.uid}`),
  project_id: template.spec.projectId,
  user_id: template.spec.userId,
  created_at: wireTime(template.metadata.creationTimestamp),
  updated_at: wireTime(template.spec.updatedAt),
});
