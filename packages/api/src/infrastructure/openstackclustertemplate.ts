import { defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { infrastructureGroup } from "./group.ts";
import { openStackClusterSpec } from "./openstackcluster.ts";
import { validateOpenStackClusterTemplate } from "./server.admission.ts";
import { convertClusterTemplate, formerVersions } from "./v1alpha7/index.ts";

export const openStackClusterTemplateSpec = s.object("What OpenStackClusters are made from", {
  template: required(
    s.object("The template", {
      spec: required(openStackClusterSpec),
    }),
  ),
});
export type OpenStackClusterTemplateSpec = TypeOf<typeof openStackClusterTemplateSpec>;

export interface OpenStackClusterTemplate extends KubeObject {
  readonly spec: OpenStackClusterTemplateSpec;
}

export const OpenStackClusterTemplate = defineKind<OpenStackClusterTemplate>({
  ...infrastructureGroup,
  kind: "OpenStackClusterTemplate",
  plural: "openstackclustertemplates",
  shortNames: ["osct"],
  formerVersions: formerVersions("OpenStackClusterTemplate", "clusterTemplate"),
  convert: convertClusterTemplate,
  conversionService: "capo-webhook-service.capo-system",
  description: "What OpenStackClusters are made from",
  fields: {
    spec: openStackClusterTemplateSpec,
  },
  validate: validateOpenStackClusterTemplate,
});
