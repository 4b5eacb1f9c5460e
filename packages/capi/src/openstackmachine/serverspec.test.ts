import type { OpenStackMachineSpec } from "@slipway/api";
import { describe, expect, test } from "vitest";
import { type Surroundings, serverSpec } from "./serverspec.ts";

const machine: OpenStackMachineSpec = { image: { filter: { name: "ubuntu" } }, flavor: "m1.small", tags: ["m"] };
const around: Surroundings = {
  identityRef: { name: "cluster-cloud", cloudName: "c" },
  networkId: "NET",
  securityGroupId: "SG",
  clusterTags: ["c", "m"],
  availabilityZone: "az1",
  userDataSecret: "one-bootstrap",
};

describe("the server of a machine", () => {
  test("is on the cluster's network in its role's group, with the cluster's tags after its own [CAPO-187] [CAPO-188]", () => {
    expect(serverSpec(machine, around)).toEqual({
      image: machine.image,
      flavor: "m1.small",
      identityRef: around.identityRef,
      sshKeyName: "",
      availabilityZone: "az1",
      tags: ["m", "c"],
      userDataRef: { name: "one-bootstrap" },
      ports: [{ network: { id: "NET" }, securityGroups: [{ id: "SG" }] }],
    });
  });
  test("uses its own credentials before the cluster's [CAPO-089] [CAPO-187]", () => {
    const own = { name: "own", cloudName: "x" };
    expect(serverSpec({ ...machine, identityRef: own }, around).identityRef).toEqual(own);
  });
  test("adds the machine's groups to every port, after the port's own or the managed one [CAPO-188]", () => {
    const securityGroups = [{ filter: { name: "extra" } }];
    const ports = [{}, { network: { id: "other" }, securityGroups: [{ id: "own" }] }];
    expect(serverSpec({ ...machine, securityGroups, ports }, around).ports).toEqual([
      { network: { id: "NET" }, securityGroups: [{ id: "SG" }, ...securityGroups] },
      { network: { id: "other" }, securityGroups: [{ id: "own" }, ...securityGroups] },
    ]);
  });
  test("leaves a port without port security without groups, which the API would refuse [CAPO-082] [CAPO-209]", () => {
    expect(serverSpec({ ...machine, ports: [{ disablePortSecurity: true }] }, around).ports).toEqual([
      { disablePortSecurity: true, network: { id: "NET" } },
    ]);
  });
  test("has no group of ours where groups are not managed [CAPO-189]", () => {
    expect(serverSpec(machine, { ...around, securityGroupId: undefined }).ports).toEqual([{ network: { id: "NET" } }]);
  });
  test("is trunked only when the machine says so, and reads nothing at boot without a Secret [CAPO-187] [CAPO-232]", () => {
    expect(serverSpec({ ...machine, trunk: true }, around).trunk).toBe(true);
    const quiet = serverSpec({ ...machine, trunk: false }, { ...around, userDataSecret: undefined, availabilityZone: "" });
    expect(quiet).not.toHaveProperty("trunk");
    expect(quiet).not.toHaveProperty("userDataRef");
    expect(quiet).not.toHaveProperty("availabilityZone");
  });
  test("is computed without touching the machine's spec [CAPO-200]", () => {
    const frozen = Object.freeze({
      ...machine,
      ports: Object.freeze([Object.freeze({ securityGroups: Object.freeze([{ id: "a" }]) })]),
    });
    expect(serverSpec(frozen as OpenStackMachineSpec, around)).toEqual(serverSpec(frozen as OpenStackMachineSpec, around));
    expect(frozen.ports).toEqual([{ securityGroups: [{ id: "a" }] }]);
  });
});
