import { type Client, Deployment, providerAnnotations, refOf, type Stored } from "@slipway/api";
import { logLevels } from "@slipway/runtime";
import { type ClusterOptions, withCluster } from "../process/cluster.ts";
import { CommandError, exitCode } from "../process/exit.ts";

/** Shows how much each provider writes, or changes it while it runs: `openstackmachine=debug`, or a Deployment's name for all it has. */
export const logLevel = async (
  settings: readonly string[],
  options: ClusterOptions,
  fallbackKubeconfig?: string,
): Promise<void> => {
  const asked = settings.map(readSetting);
  await withCluster(
    options,
    async (client) => {
      const { items } = await client.list(Deployment, { labelSelector: "control-plane=controller-manager" });
      const changes = asked.map((setting) => ({ ...setting, deployment: ownerOf(setting.name, items) }));
      for (const { name, level, deployment } of changes) await change(client, deployment, name, level);
      const now =
        changes.length === 0
          ? items
          : (await client.list(Deployment, { labelSelector: "control-plane=controller-manager" })).items;
      process.stdout.write(`${now.map(lineOf).join("\n")}\n`);
    },
    fallbackKubeconfig,
  );
};

const readSetting = (text: string): { readonly name: string; readonly level: string } => {
  const [name = "", level = "", ...rest] = text.split("=");
  if (name === "" || rest.length > 0 || !logLevels.some((known) => known === level))
    throw new CommandError(
      `${text}: give CONTROLLER=LEVEL or PROVIDER=LEVEL, with one of the levels ${logLevels.join(", ")}.`,
      exitCode.usage,
    );
  return { name, level };
};

const controllersOf = ({ metadata }: Stored<Deployment>): readonly string[] =>
  (metadata.annotations?.[providerAnnotations.controllers] ?? "").split(",").filter((name) => name !== "");

const ownerOf = (name: string, deployments: readonly Stored<Deployment>[]): Stored<Deployment> => {
  const owner = deployments.find((deployment) => deployment.metadata.name === name || controllersOf(deployment).includes(name));
  if (owner !== undefined) return owner;
  const known = deployments.flatMap((deployment) => [deployment.metadata.name, ...controllersOf(deployment)]);
  throw new CommandError(`There is no controller or provider ${name}: there are ${known.join(", ")}.`, exitCode.usage);
};

const change = async (client: Client, deployment: Stored<Deployment>, name: string, level: string): Promise<void> => {
  const { metadata } = await client.get(Deployment, refOf(deployment));
  const parts = (metadata.annotations?.[providerAnnotations.logLevel] ?? "").split(",").filter((part) => part !== "");
  // A level for all replaces whatever was said of some.
  const next =
    name === metadata.name ? level : [...parts.filter((part) => !part.startsWith(`${name}=`)), `${name}=${level}`].join(",");
  const body = { metadata: { annotations: { [providerAnnotations.logLevel]: next } } };
  await client.patch(Deployment, refOf(deployment), { type: "merge", body });
};

const lineOf = (deployment: Stored<Deployment>): string => {
  const { namespace, name, annotations } = deployment.metadata;
  return `${namespace}/${name}  ${annotations?.[providerAnnotations.logLevel] ?? "(as in the inventory)"}  [${controllersOf(deployment).join(", ")}]`;
};
