import { settle } from "../openstackcloud/settle.ts";
import { existingNetwork } from "./existingnetwork.ts";
import { managedNetwork } from "./managednetwork.ts";
import { type ClusterFacts, type ClusterScope, isManagedNetwork } from "./scope.ts";

const managed = settle(managedNetwork);
const existing = settle(existingNetwork);

/** The cluster's network: its own when it asks for a subnet of its own, else one that is there. */
export const network: typeof managed = {
  name: "network",
  observe: (scope: ClusterScope, facts: Readonly<Partial<ClusterFacts>>) =>
    (isManagedNetwork(scope.osc) ? managed : existing).observe(scope, facts),
  decide: (decision) => decision,
};
