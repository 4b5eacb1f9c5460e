import type { CloudContext } from "../context.ts";
import { type Answer, type Call, ok } from "../http/call.ts";
import type { Routes } from "../http/router.ts";
import { itemNotFound } from "./versions.ts";

/** Gone from here on (API reference, "Security groups (os-security-groups) (DEPRECATED)"). */
const lastVersion = 35;

/** Nova's old window on Neutron's security groups, through which `openstack server add security group` still looks. */
export const securityGroupRoutes = ({ state }: CloudContext): Routes => {
  const groupsOf = (call: Call) => {
    if (call.version > lastVersion) throw itemNotFound("The resource could not be found.");
    return [...state.securityGroups.by("project", call.scope.projectId)].map(({ id, name, description, project_id }) => ({
      id,
      name,
      description,
      tenant_id: project_id,
      rules: [],
    }));
  };
  return {
    "/v2.1/os-security-groups": { GET: (call): Answer => ok({ security_groups: groupsOf(call) }) },
    "/v2.1/os-security-groups/:id": {
      GET: (call): Answer => {
        const found = groupsOf(call).find(({ id }) => id === call.params["id"]);
        if (found === undefined) throw itemNotFound(`Security group ${call.params["id"]} not found.`);
        return ok({ security_group: found });
      },
    },
  };
};
