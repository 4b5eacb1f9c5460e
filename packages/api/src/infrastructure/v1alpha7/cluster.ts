import type { ApiServerLoadBalancer, Bastion, OpenStackClusterSpec, SecurityGroupRule } from "../openstackcluster.shape.ts";
import { machineSpecOf, oldMachineSpecOf } from "./machine.ts";
import { compact, filterOf, isEmpty, paramOf, said, subnetFilterOf, subnetParamOf } from "./parts.ts";
import type { OldClusterSpec } from "./schema.ts";

const same = ["controlPlaneAvailabilityZones", "tags"] as const;
const optional = [
  "apiServerFixedIP",
  "apiServerFloatingIP",
  "controlPlaneOmitAvailabilityZone",
  "disableAPIServerFloatingIP",
  "disablePortSecurity",
] as const;

const largestPort = 65_535;

export const clusterSpecOf = (old: OldClusterSpec): OpenStackClusterSpec => {
  const network = paramOf(old.network ?? {});
  const subnet = subnetParamOf(old.subnet ?? {});
  const balancer = balancerOf(old.apiServerLoadBalancer ?? {});
  const endpoint = old.controlPlaneEndpoint;
  const port = said(old.apiServerPort);
  return compact<OpenStackClusterSpec>({
    ...Object.fromEntries(same.map((name) => [name, old[name]])),
    ...Object.fromEntries(optional.map((name) => [name, said(old[name])])),
    identityRef: { name: old.identityRef?.name ?? "", cloudName: old.cloudName ?? "" },
    apiServerLoadBalancer: balancer,
    apiServerPort: port !== undefined && port > 0 && port < largestPort ? port : undefined,
    bastion: old.bastion && bastionOf(old.bastion),
    controlPlaneEndpoint: endpoint && (said(endpoint.host) || said(endpoint.port)) ? endpoint : undefined,
    externalNetwork: said(old.externalNetworkId) === undefined ? undefined : { id: old.externalNetworkId as string },
    externalRouterIPs: old.externalRouterIPs?.map(({ fixedIP, subnet: of }) =>
      compact<NonNullable<OpenStackClusterSpec["externalRouterIPs"]>[number]>({
        fixedIP: said(fixedIP),
        subnet: subnetParamOf(of ?? {}),
      }),
    ),
    managedSecurityGroups: old.managedSecurityGroups
      ? old.allowAllInClusterTraffic
        ? { allowAllInClusterTraffic: true }
        : { allowAllInClusterTraffic: false, allNodesSecurityGroupRules: calicoRules }
      : undefined,
    // Name servers without a subnet of their own say nothing.
    managedSubnets:
      said(old.nodeCidr) === undefined
        ? undefined
        : [
            compact<NonNullable<OpenStackClusterSpec["managedSubnets"]>[number]>({
              cidr: old.nodeCidr as string,
              dnsNameservers: old.dnsNameservers,
              allocationPools: undefined,
            }),
          ],
    network: isEmpty(network) ? undefined : network,
    networkMTU: said(old.networkMtu),
    router: old.router && paramOf(old.router),
    subnets: isEmpty(subnet) ? undefined : [subnet],
  } as { readonly [K in keyof OpenStackClusterSpec]: OpenStackClusterSpec[K] | undefined });
};

const balancerOf = (old: NonNullable<OldClusterSpec["apiServerLoadBalancer"]>): ApiServerLoadBalancer | undefined => {
  const rest = compact<Omit<ApiServerLoadBalancer, "enabled">>({
    additionalPorts: old.additionalPorts?.length ? old.additionalPorts : undefined,
    allowedCIDRs: old.allowedCidrs?.length ? old.allowedCidrs : undefined,
    provider: said(old.provider),
  } as { readonly [K in keyof Omit<ApiServerLoadBalancer, "enabled">]: ApiServerLoadBalancer[K] | undefined });
  // Nothing said meant none; now it would mean one.
  return isEmpty(rest) && !old.enabled ? undefined : { ...rest, enabled: old.enabled === true };
};

const bastionOf = ({ enabled, availabilityZone, instance = {} }: NonNullable<OldClusterSpec["bastion"]>): Bastion => {
  const { floatingIP, instanceID: _instance, ...rest } = instance;
  const spec = machineSpecOf(rest);
  const { image, ...others } = spec;
  return compact<Bastion>({
    enabled: enabled === true,
    availabilityZone: said(availabilityZone),
    floatingIP: said(floatingIP),
    spec: isEmpty(image) && isEmpty(others) ? undefined : spec,
  });
};

const calicoRule = (name: string, protocol: string, port?: number): SecurityGroupRule => ({
  name,
  description: `Created by cluster-api-provider-openstack API conversion - ${name}`,
  direction: "ingress",
  etherType: "IPv4",
  protocol,
  ...(port === undefined ? {} : { portRangeMin: port, portRangeMax: port }),
  remoteManagedGroups: ["controlplane", "worker"],
});

/** What managed security groups let through before they could be told. */
export const calicoRules: readonly SecurityGroupRule[] = [
  calicoRule("BGP (calico)", "tcp", 179),
  calicoRule("IP-in-IP (calico)", "4"),
];

export const oldClusterSpecOf = (spec: OpenStackClusterSpec): OldClusterSpec => {
  const { identityRef, managedSubnets: [subnet] = [], managedSecurityGroups: groups } = spec;
  return compact<OldClusterSpec>({
    ...Object.fromEntries(same.map((name) => [name, spec[name]])),
    ...Object.fromEntries(optional.map((name) => [name, said(spec[name])])),
    allowAllInClusterTraffic: said(groups?.allowAllInClusterTraffic),
    managedSecurityGroups: groups === undefined ? undefined : true,
    apiServerLoadBalancer: spec.apiServerLoadBalancer && oldBalancerOf(spec.apiServerLoadBalancer),
    apiServerPort: said(spec.apiServerPort),
    bastion: spec.bastion && oldBastionOf(spec.bastion),
    cloudName: said(identityRef?.cloudName),
    controlPlaneEndpoint: spec.controlPlaneEndpoint,
    dnsNameservers: subnet?.dnsNameservers,
    externalNetworkId: spec.externalNetwork?.id,
    externalRouterIPs: spec.externalRouterIPs?.map(({ fixedIP, subnet: of }) =>
      compact<NonNullable<OldClusterSpec["externalRouterIPs"]>[number]>({ fixedIP: said(fixedIP), subnet: subnetFilterOf(of) }),
    ),
    identityRef: identityRef && { kind: "Secret", name: identityRef.name },
    network: spec.network && filterOf(spec.network),
    networkMtu: said(spec.networkMTU),
    nodeCidr: said(subnet?.cidr),
    router: spec.router && filterOf(spec.router),
    subnet: spec.subnets?.[0] && subnetFilterOf(spec.subnets[0]),
  } as { readonly [K in keyof OldClusterSpec]: OldClusterSpec[K] | undefined });
};

const oldBalancerOf = ({ enabled, additionalPorts, allowedCIDRs, provider }: ApiServerLoadBalancer) =>
  compact<NonNullable<OldClusterSpec["apiServerLoadBalancer"]>>({
    enabled: said(enabled ?? true),
    additionalPorts,
    allowedCidrs: allowedCIDRs,
    provider: said(provider),
  } as {
    readonly [K in keyof NonNullable<OldClusterSpec["apiServerLoadBalancer"]>]:
      | NonNullable<OldClusterSpec["apiServerLoadBalancer"]>[K]
      | undefined;
  });

const oldBastionOf = ({ enabled, availabilityZone, floatingIP, spec }: Bastion): NonNullable<OldClusterSpec["bastion"]> => {
  const instance = {
    ...(spec === undefined ? {} : oldMachineSpecOf(spec)),
    ...(said(floatingIP) === undefined ? {} : { floatingIP: floatingIP as string }),
  };
  return compact<NonNullable<OldClusterSpec["bastion"]>>({
    enabled: enabled ?? true,
    availabilityZone: said(availabilityZone),
    instance: isEmpty(instance) ? undefined : instance,
  });
};
