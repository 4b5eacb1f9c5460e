import { annotations } from "../cluster/names.ts";
import { forbidden, invalid } from "../kind/fielderror.ts";
import type { AdmissionContext, FieldError } from "../kind/kind.ts";
import { deepEqual } from "../schema/equality.ts";
import type { OpenStackClusterTemplate } from "./openstackclustertemplate.ts";
import type { OpenStackMachine, OpenStackMachineSpec } from "./openstackmachine.ts";
import type { OpenStackMachineTemplate } from "./openstackmachinetemplate.ts";
import type { OpenStackServer } from "./openstackserver.ts";

/** A server is what its spec said when it was made, so the spec of a machine, of its server and of their templates is frozen. */

export const validateOpenStackMachine = (
  machine: OpenStackMachine,
  { old }: AdmissionContext<OpenStackMachine>,
): readonly FieldError[] => {
  if (!old) return serverErrors(machine.spec);
  const { identityRef: _oldRef, providerID: oldId, ...before } = old.spec;
  const { identityRef: _newRef, providerID: newId, ...after } = machine.spec;
  const sameServer = oldId === undefined || oldId === newId;
  return deepEqual(before, after) && sameServer ? [] : [forbidden("spec", "cannot be modified")];
};

export const validateOpenStackServer = (
  server: OpenStackServer,
  context: AdmissionContext<OpenStackServer>,
): readonly FieldError[] => {
  const { old } = context;
  if (!old) return serverErrors(server.spec);
  if (isTopologyDryRun(server, context) || deepEqual(old.spec, server.spec)) return [];
  return [forbidden("spec", "OpenStackServer spec field is immutable. Please create a new resource instead.")];
};

const serverErrors = ({
  rootVolume,
  additionalBlockDevices = [],
  ports = [],
}: Pick<OpenStackMachineSpec, "rootVolume" | "additionalBlockDevices" | "ports">): readonly FieldError[] => [
  ...(rootVolume && additionalBlockDevices.some(({ name }) => name === "root")
    ? [forbidden("spec.additionalBlockDevices", 'cannot contain a device named "root" when rootVolume is set')]
    : []),
  ...ports.flatMap(({ disablePortSecurity, securityGroups = [] }) =>
    disablePortSecurity && securityGroups.length > 0
      ? [forbidden("spec.ports", "cannot have security groups when DisablePortSecurity is set to true")]
      : [],
  ),
];

export const validateOpenStackMachineTemplate = (
  template: OpenStackMachineTemplate,
  context: AdmissionContext<OpenStackMachineTemplate>,
): readonly FieldError[] => {
  const { old } = context;
  const { spec } = template.spec.template;
  if (!old) {
    return spec.providerID === undefined ? [] : [forbidden("spec.template.spec.providerID", "cannot be set in templates")];
  }
  if (isTopologyDryRun(template, context) || deepEqual(old.spec.template.spec, spec)) return [];
  return [
    invalid(
      "spec.template.spec",
      spec,
      "OpenStackMachineTemplate spec.template.spec field is immutable. Please create a new resource instead. Ref doc: https://cluster-api.sigs.k8s.io/tasks/change-machine-template.html",
    ),
  ];
};

export const validateOpenStackClusterTemplate = (
  template: OpenStackClusterTemplate,
  { old }: AdmissionContext<OpenStackClusterTemplate>,
): readonly FieldError[] =>
  !old || deepEqual(old.spec.template.spec, template.spec.template.spec)
    ? []
    : [
        invalid(
          "OpenStackClusterTemplate.spec.template.spec",
          template,
          "OpenStackClusterTemplate spec.template.spec field is immutable. Please create new resource instead.",
        ),
      ];

/** The topology controller asks what would change before it makes a new template in place of this one. */
const isTopologyDryRun = (
  object: { readonly metadata: { readonly annotations?: { readonly [key: string]: string } } },
  { dryRun }: { readonly dryRun: boolean },
): boolean => dryRun && object.metadata.annotations?.[annotations.topologyDryRun] !== undefined;
