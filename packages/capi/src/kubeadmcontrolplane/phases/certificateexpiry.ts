import { annotations, KubeadmConfig, refOf } from "@slipway/api";
import { act, phase, ready } from "@slipway/runtime";
import { isDeleting, type Member, nodeNameOf } from "../controlplane.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

interface Observed {
  readonly member: Member;
  readonly expiry: Date;
}

const defaultPort = 6443;

/**
 * kubeadm's certificates end after a year, and only the machine knows when. The API server's is looked at once and written down on the
 * KubeadmConfig, from where the Machine takes it and `rolloutBefore` compares.
 */
export const certificateExpiry = phase<Scope, readonly Observed[], Effect, Facts>({
  name: "certificateExpiry",
  observe: async ({ members, workload }) => {
    const look = workload?.certificateExpiry;
    if (look === undefined) return [];
    const unknown = members.filter(
      ({ machine, config }) =>
        !isDeleting(machine) &&
        nodeNameOf(machine) !== undefined &&
        config !== undefined &&
        config.metadata.annotations?.[annotations.certificatesExpiry] === undefined,
    );
    return Promise.all(
      unknown.map(async (member) => ({ member, expiry: await look(nodeNameOf(member.machine) ?? "", portOf(member)) })),
    );
  },
  decide: (seen) =>
    seen.length === 0
      ? ready()
      : act(
          "NotingCertificateExpiry",
          seen.flatMap(({ member, expiry }): readonly Effect[] => {
            if (member.config === undefined) return [];
            const value = `${expiry.toISOString().slice(0, 19)}Z`;
            const body = { metadata: { annotations: { [annotations.certificatesExpiry]: value } } };
            return [{ call: "patch", resource: KubeadmConfig, ref: refOf(member.config), patch: { type: "merge", body } }];
          }),
        ),
});

const portOf = ({ config }: Member): number =>
  config?.spec.initConfiguration?.localAPIEndpoint?.bindPort ||
  config?.spec.joinConfiguration?.controlPlane?.localAPIEndpoint?.bindPort ||
  defaultPort;
