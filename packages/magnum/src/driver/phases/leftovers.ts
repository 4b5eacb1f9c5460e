import {
  KubeadmConfigTemplate,
  type KubeObject,
  MachineDeployment,
  MachineHealthCheck,
  MagnumCluster,
  NODE_GROUP_LABEL,
  OpenStackMachineTemplate,
  type Resource,
  type Stored,
} from "@slipway/api";
import { act, phase, ready, wait } from "@slipway/runtime";
import { serverGroupName } from "../names.ts";
import type { Observed } from "../observed.ts";
import type { DriverEffect, Facts, Scope } from "../scope.ts";

/** Objects that are there and should not be: of deleted node groups, and templates that nothing uses any more. */
export const leftovers = phase<Scope, readonly DriverEffect[], DriverEffect, Facts>({
  name: "leftovers",
  observe: ({ observed, wanted: wantedWith, namespace }, { serverGroups = {} }) => {
    const wanted = new Set(wantedWith(serverGroups).map(({ object }) => `${object.kind}/${object.metadata.name}`));
    const used = templatesInUse(observed);
    const unwanted = <T extends KubeObject>(resource: Resource<T>, there: readonly Stored<T>[]): readonly DriverEffect[] =>
      there
        .filter(({ metadata }) => metadata.labels?.[NODE_GROUP_LABEL] !== undefined && metadata.deletionTimestamp === undefined)
        .filter(
          ({ metadata }) => !wanted.has(`${resource.kind}/${metadata.name}`) && !used.has(`${resource.kind}/${metadata.name}`),
        )
        .map(({ metadata }) => ({ call: "delete", resource, ref: { namespace, name: metadata.name } }));
    return [
      ...unwanted(MachineHealthCheck, observed.healthChecks),
      ...unwanted(MachineDeployment, observed.machineDeployments),
      ...unwanted(OpenStackMachineTemplate, observed.machineTemplates),
      ...unwanted(KubeadmConfigTemplate, observed.bootstrapTemplates),
    ];
  },
  // The objects asked for are all there: what goes now does not make them less.
  decide: (effects) => (effects.length === 0 ? ready() : act("RemovingLeftovers", effects, { facts: { applied: true } })),
});

const templatesInUse = ({ controlPlane, machineDeployments, machineSets }: Observed): ReadonlySet<string> =>
  new Set(
    [
      controlPlane?.spec.machineTemplate.infrastructureRef,
      ...[...machineDeployments, ...machineSets].flatMap(({ spec }) => [
        spec.template?.spec?.infrastructureRef,
        spec.template?.spec?.bootstrap?.configRef,
      ]),
    ].flatMap((ref) => (ref === undefined ? [] : [`${ref.kind}/${ref.name}`])),
  );

/** A deleted node group leaves the record when the last of its machines and its server group are gone. */
export const deletedGroups = phase<
  Scope,
  { gone: readonly string[]; waiting: readonly string[]; serverGroup: string | undefined },
  DriverEffect,
  Facts
>({
  name: "deletedGroups",
  observe: ({ record, observed }) => {
    const deleted = record.spec.nodeGroups.filter(({ deleting }) => deleting);
    const there = new Set(
      [...observed.machineDeployments, ...observed.machineSets, ...observed.machines].map(
        ({ metadata }) => metadata.labels?.[NODE_GROUP_LABEL],
      ),
    );
    const gone = deleted.filter(({ name }) => !there.has(name));
    const known = record.status?.serverGroups ?? {};
    return {
      gone: gone.map(({ name }) => name),
      waiting: deleted.filter(({ name }) => there.has(name)).map(({ name }) => name),
      serverGroup: gone.map((group) => known[serverGroupName(record.metadata.name, group)]).find((id) => id !== undefined),
    };
  },
  decide: ({ gone, waiting, serverGroup }, { record, namespace }, { serverGroups = {} }) => {
    if (serverGroup !== undefined)
      return act(
        "RemovingServerGroup",
        { call: "deleteServerGroup", id: serverGroup },
        {
          facts: { serverGroups: Object.fromEntries(Object.entries(serverGroups).filter(([, id]) => id !== serverGroup)) },
        },
      );
    if (gone.length > 0)
      return act("RemovingNodeGroup", {
        call: "patch",
        resource: MagnumCluster,
        ref: { namespace, name: record.metadata.name },
        patch: {
          type: "merge",
          // The whole list is replaced, so it must be the one we saw: the revision guards it.
          body: {
            metadata: { resourceVersion: record.metadata.resourceVersion },
            spec: { nodeGroups: record.spec.nodeGroups.filter(({ name }) => !gone.includes(name)) },
          },
        },
      });
    return waiting.length === 0
      ? ready()
      : wait("NodeGroupDeleting", { message: `Machines of ${waiting.join(", ")} are being deleted.` });
  },
});
