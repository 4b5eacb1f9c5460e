import type { CloudContext } from "../context.ts";
import type { Server } from "./records.ts";

export interface Usage {
  readonly instances: number;
  readonly cores: number;
  readonly ram: number;
}

const nothing: Usage = { instances: 0, cores: 0, ram: 0 };

/** What each project's servers take: kept up to date, as adding up thousands at every creation would be most of its cost. */
export const createUsage = ({ state, database }: Pick<CloudContext, "state" | "database">): ((projectId: string) => Usage) => {
  const usage = new Map<string, Usage>();
  const add = ({ project_id: project, flavor }: Server, sign: 1 | -1): void => {
    const { instances, cores, ram } = usage.get(project) ?? nothing;
    usage.set(project, { instances: instances + sign, cores: cores + sign * flavor.vcpus, ram: ram + sign * flavor.ram });
  };
  for (const server of state.servers.all()) add(server, 1);
  database.onChange((collection, record, previous) => {
    if (collection !== "servers") return;
    if (previous !== undefined) add(previous as Server, -1);
    if (record !== undefined) add(record as Server, 1);
  });
  return (projectId) => usage.get(projectId) ?? nothing;
};
