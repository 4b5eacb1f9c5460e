import { defineKind } from "../kind/define.ts";
import { required, s, type TypeOf } from "../kind/fields.ts";
import type { KubeObject } from "../meta/object.ts";
import { infrastructureGroup } from "./group.ts";
import { openStackMachineSpec } from "./openstackmachine.ts";
import { validateOpenStackMachineTemplate } from "./server.admission.ts";
import { convertMachineTemplate, formerVersions } from "./v1alpha7/index.ts";

export const openStackMachineTemplateSpec = s.object("What OpenStackMachines are made from", {
  template: required(
    s.object("The template", {
      spec: required(openStackMachineSpec),
    }),
  ),
});
export type OpenStackMachineTemplateSpec = TypeOf<typeof openStackMachineTemplateSpec>;

export interface OpenStackMachineTemplate extends KubeObject {
  readonly spec: OpenStackMachineTemplateSpec;
}

export const OpenStackMachineTemplate = defineKind<OpenStackMachineTemplate>({
  ...infrastructureGroup,
  kind: "OpenStackMachineTemplate",
  plural: "openstackmachinetemplates",
  shortNames: ["osmt"],
  formerVersions: formerVersions("OpenStackMachineTemplate", "machineTemplate"),
  convert: convertMachineTemplate,
  conversionService: "capo-webhook-service.capo-system",
  description: "What OpenStackMachines are made from",
  fields: {
    spec: openStackMachineTemplateSpec,
  },
  validate: validateOpenStackMachineTemplate,
});
