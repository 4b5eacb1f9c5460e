import { describe, expect, test } from "vitest";
import { admissionOf, changed } from "../kind/admission.testing.ts";
import { compileSchema } from "../schema/compile.ts";
import { OpenStackCluster } from "./openstackcluster.ts";
import { OpenStackClusterTemplate } from "./openstackclustertemplate.ts";
import { OpenStackMachine } from "./openstackmachine.ts";
import { OpenStackMachineTemplate } from "./openstackmachinetemplate.ts";
import { OpenStackServer } from "./openstackserver.ts";

const identityRef = { name: "creds", cloudName: "openstack" };
const metadata = { name: "x", namespace: "ns" };
const apiVersion = "infrastructure.cluster.x-k8s.io/v1beta1";
const refused = ["spec: Forbidden: cannot be modified"];

describe("OpenStackCluster", () => {
  const { errors } = admissionOf(OpenStackCluster);
  const cluster: OpenStackCluster = { apiVersion, kind: "OpenStackCluster", metadata, spec: { identityRef } };
  const at = (spec: object, status?: object) => changed<OpenStackCluster>(cluster, { spec, ...(status ? { status } : {}) });

  test("a security group rule has one other end [CAPO-071]", () => {
    const rule = { name: "r", direction: "ingress", remoteGroupID: "g", remoteIPPrefix: "10.0.0.0/8" };
    expect(
      errors(at({ managedSecurityGroups: { allowAllInClusterTraffic: false, allNodesSecurityGroupRules: [rule] } })),
    ).toEqual([
      "spec.managedSecurityGroups.allNodesSecurityGroupRules: Forbidden: remoteGroupID cannot be used with remoteManagedGroups or remoteIPPrefix",
      "spec.managedSecurityGroups.allNodesSecurityGroupRules: Forbidden: remoteIPPrefix cannot be used with remoteManagedGroups or remoteGroupID",
    ]);
  });

  const endpoint = (host: string) => ({ controlPlaneEndpoint: { host, port: 6443 } });
  const found = { network: { id: "n1", name: "net", subnets: [{ id: "s1", name: "sub", cidr: "10.0.0.0/24" }] } };
  const filters = { network: { filter: { name: "net" } }, subnets: [{ filter: { name: "sub" } }] };
  const groups = { managedSecurityGroups: { allowAllInClusterTraffic: false } };

  test.each<[string, OpenStackCluster, OpenStackCluster, readonly string[]]>([
    ["anything else is frozen [CAPO-072]", at({}), at({ tags: ["a"] }), refused],
    ["credentials may change [CAPO-073]", at({}), at({ identityRef: { name: "other" } }), []],
    ["an endpoint comes [CAPO-074]", at({}), at(endpoint("1.2.3.4")), []],
    ["an empty endpoint is filled [CAPO-074]", at(endpoint("")), at(endpoint("1.2.3.4")), []],
    ["an endpoint stays [CAPO-074]", at(endpoint("1.2.3.4")), at(endpoint("1.2.3.5")), refused],
    [
      "a fixed IP comes once, without a floating one [CAPO-075]",
      at({ disableAPIServerFloatingIP: true }),
      at({ disableAPIServerFloatingIP: true, apiServerFixedIP: "10.0.0.5" }),
      [],
    ],
    [
      "a fixed IP stays [CAPO-075]",
      at({ disableAPIServerFloatingIP: true, apiServerFixedIP: "10.0.0.5" }),
      at({ disableAPIServerFloatingIP: true, apiServerFixedIP: "10.0.0.6" }),
      refused,
    ],
    ["a fixed IP needs no floating one [CAPO-075]", at({}), at({ apiServerFixedIP: "10.0.0.5" }), refused],
    [
      "a port comes once, without a floating IP [CAPO-076]",
      at({ disableAPIServerFloatingIP: true }),
      at({ disableAPIServerFloatingIP: true, apiServerPort: 443 }),
      [],
    ],
    ["a bastion changes and goes when it was off [CAPO-077]", at({ bastion: { enabled: false } }), at({}), []],
    [
      "a bastion that is on does not go [CAPO-077]",
      at({ bastion: { enabled: true, availabilityZone: "a" } }),
      at({}),
      ["spec.bastion: Forbidden: cannot be removed before disabling it"],
    ],
    [
      "group rules change [CAPO-078]",
      at(groups),
      at({ managedSecurityGroups: { allowAllInClusterTraffic: true, allNodesSecurityGroupRules: [] } }),
      [],
    ],
    ["managed groups come [CAPO-078]", at({}), at(groups), []],
    ["managed groups do not go [CAPO-078]", at(groups), at({}), refused],
    [
      "who may reach the load balancer, and zones, change [CAPO-079]",
      at({ apiServerLoadBalancer: { enabled: true } }),
      at({
        apiServerLoadBalancer: { enabled: true, allowedCIDRs: ["10.0.0.0/8"] },
        controlPlaneAvailabilityZones: ["a"],
        controlPlaneOmitAvailabilityZone: true,
      }),
      [],
    ],
    [
      "a floating IP becomes the load balancer's [CAPO-080]",
      at({}, { apiServerLoadBalancer: { id: "l", name: "l", ip: "1.2.3.4", internalIP: "10.0.0.1" } }),
      at({ apiServerFloatingIP: "1.2.3.4" }),
      [],
    ],
    [
      "a floating IP does not become another [CAPO-080]",
      at({}, { apiServerLoadBalancer: { id: "l", name: "l", ip: "1.2.3.4", internalIP: "10.0.0.1" } }),
      at({ apiServerFloatingIP: "1.2.3.9" }),
      refused,
    ],
    ["filters become what they found [CAPO-081]", at(filters, found), at({ network: { id: "n1" }, subnets: [{ id: "s1" }] }), []],
    [
      "filters do not become something else [CAPO-081]",
      at(filters, found),
      at({ network: { id: "n2" }, subnets: [{ id: "s1" }] }),
      refused,
    ],
    [
      "ids do not become filters [CAPO-081]",
      at({ network: { id: "n1" }, subnets: [{ id: "s1" }] }, found),
      at({ network: { id: "n1" }, subnets: [{ filter: { name: "sub" } }] }),
      refused,
    ],
  ])("%s", (_what, old, changedCluster, expected) => {
    expect(errors(changedCluster, old)).toEqual(expected);
  });

  test("the schema's rules: a bastion that is on has a spec, no floating IPs without an external network, regions stay [CAPO-031] [CAPO-032] [CAPO-033] [CAPO-034]", () => {
    const schema = compileSchema(OpenStackCluster.schema ?? {});
    const messages = (spec: object, old?: object) =>
      schema.validate(at(spec), old ? at(old) : undefined).map(({ field, message }) => `${field}: ${message.split(": ").at(-1)}`);
    expect(messages({ bastion: { enabled: true } })).toEqual(["spec.bastion: spec is required if bastion is enabled"]);
    expect(
      messages({
        disableExternalNetwork: true,
        disableAPIServerFloatingIP: true,
        bastion: { enabled: false, floatingIP: "1.2.3.4" },
      }),
    ).toEqual(["spec: bastion floating IP cannot be set when disableExternalNetwork is true"]);
    expect(messages({ disableExternalNetwork: true })).toEqual([
      "spec: disableAPIServerFloatingIP cannot be false when disableExternalNetwork is true",
    ]);
    expect(
      messages({ identityRef: { ...identityRef, region: "R2" } }, { identityRef: { ...identityRef, region: "R1" } }),
    ).toEqual(["spec.identityRef: region is immutable"]);
    expect(messages({ identityRef: { ...identityRef, region: "R1" } })).toEqual([]);
    expect(messages({ identityRef: { ...identityRef, region: "R1" } }, { identityRef })).toHaveLength(1);
  });

  test("an empty load balancer is a load balancer, empty managed groups are managed [CAPO-027] [CAPO-028]", () => {
    const { spec } = compileSchema(OpenStackCluster.schema ?? {}).applyDefaults(
      at({ apiServerLoadBalancer: {}, managedSecurityGroups: {} }),
    );
    expect(spec.apiServerLoadBalancer).toEqual({ enabled: true });
    expect(spec.managedSecurityGroups).toEqual({ allowAllInClusterTraffic: false });
  });

  test("its template is frozen whole [CAPO-086]", () => {
    const template: OpenStackClusterTemplate = {
      apiVersion,
      kind: "OpenStackClusterTemplate",
      metadata,
      spec: { template: { spec: { identityRef } } },
    };
    const of = admissionOf(OpenStackClusterTemplate);
    expect(of.errors(template, template)).toEqual([]);
    expect(
      of.errors(changed<OpenStackClusterTemplate>(template, { spec: { template: { spec: { tags: ["a"] } } } }), template),
    ).toHaveLength(1);
  });
});

describe("servers", () => {
  const machine: OpenStackMachine = {
    apiVersion,
    kind: "OpenStackMachine",
    metadata,
    spec: { flavor: "f", image: { filter: { name: "i" } } },
  };
  const { errors } = admissionOf(OpenStackMachine);
  const at = (spec: object) => changed<OpenStackMachine>(machine, { spec });

  test("one root disk, and groups only on guarded ports [CAPO-082]", () => {
    expect(
      errors(
        at({ rootVolume: { sizeGiB: 1 }, additionalBlockDevices: [{ name: "root", sizeGiB: 1, storage: { type: "Local" } }] }),
      ),
    ).toEqual(['spec.additionalBlockDevices: Forbidden: cannot contain a device named "root" when rootVolume is set']);
    expect(errors(at({ ports: [{ disablePortSecurity: true, securityGroups: [{ id: "g" }] }] }))).toEqual([
      "spec.ports: Forbidden: cannot have security groups when DisablePortSecurity is set to true",
    ]);
  });

  test.each<[string, object, object, readonly string[]]>([
    ["the provider's id comes once", {}, { providerID: "openstack:///1" }, []],
    ["the provider's id stays", { providerID: "openstack:///1" }, { providerID: "openstack:///2" }, refused],
    ["credentials come and go", { identityRef }, {}, []],
    ["a flavor stays", {}, { flavor: "g" }, refused],
  ])("of a machine, %s [CAPO-083]", (_what, old, change, expected) => {
    expect(errors(at(change), at(old))).toEqual(expected);
  });

  test("a template has no provider's id and never changes, but for a topology's dry run [CAPO-084] [CAPO-085]", () => {
    const of = admissionOf(OpenStackMachineTemplate);
    const template: OpenStackMachineTemplate = {
      apiVersion,
      kind: "OpenStackMachineTemplate",
      metadata,
      spec: { template: { spec: machine.spec } },
    };
    const other = changed<OpenStackMachineTemplate>(template, { spec: { template: { spec: { flavor: "g" } } } });
    expect(of.errors(changed<OpenStackMachineTemplate>(template, { spec: { template: { spec: { providerID: "x" } } } }))).toEqual(
      ["spec.template.spec.providerID: Forbidden: cannot be set in templates"],
    );
    expect(of.errors(other, template)[0]).toMatch(/field is immutable/);
    const asked = changed<OpenStackMachineTemplate>(other, {
      metadata: { annotations: { "topology.cluster.x-k8s.io/dry-run": "" } },
    });
    expect(of.errors(asked, template, { dryRun: true })).toEqual([]);
    expect(of.errors(asked, template)).toHaveLength(1);
  });

  test("a server's whole spec is frozen, credentials too [CAPO-087]", () => {
    const of = admissionOf(OpenStackServer);
    const server = {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1alpha1",
      kind: "OpenStackServer",
      metadata,
      spec: { identityRef, image: { id: "i" }, ports: [], sshKeyName: "", flavor: "f" },
    } as OpenStackServer;
    expect(of.errors(changed<OpenStackServer>(server, { spec: { identityRef: { name: "o" } } }), server)).toEqual([
      "spec: Forbidden: OpenStackServer spec field is immutable. Please create a new resource instead.",
    ]);
  });

  test("the schema's rules: a flavor, zones by name, hints of one type [CAPO-044] [CAPO-049] [CAPO-053]", () => {
    const schema = compileSchema(OpenStackMachine.schema ?? {});
    const messages = (spec: object) =>
      schema.validate(at(spec)).map(({ field, message }) => `${field}: ${message.split(": ").at(-1)}`);
    expect(messages({ flavor: undefined })).toEqual(["spec: at least one of flavor or flavorID must be set"]);
    expect(messages({ rootVolume: { sizeGiB: 1, availabilityZone: { from: "Machine", name: "z" } } })).toEqual([
      "spec.rootVolume.availabilityZone: name is required when from is 'Name' or default",
    ]);
    expect(messages({ schedulerHintAdditionalProperties: [{ name: "h", value: { type: "Bool", number: 1 } }] })).toEqual([
      "spec.schedulerHintAdditionalProperties[0].value: bool is required when type is Bool, and forbidden otherwise",
      "spec.schedulerHintAdditionalProperties[0].value: number is required when type is Number, and forbidden otherwise",
    ]);
    expect(messages({ image: { id: "6e1e5d3b-6e9a-4f6f-9d2c-3a7c9b1a1d11", filter: { name: "x" } } })).toEqual([
      "spec.image: must have at most 1 items",
      "<nil>: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
    ]);
  });
});
