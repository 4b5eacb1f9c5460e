import { type Client, ClusterClass, ConfigMap, isNotFound, type UnstructuredObject } from "@slipway/api";
import { describeComponents, readComponents } from "@slipway/clusterctl/components/components.ts";
import { getProvider } from "@slipway/clusterctl/config/providers.ts";
import type { ProviderType } from "@slipway/clusterctl/config/providertypes.ts";
import { checkContract, defaultProviderName, installedVersion, listInstalled } from "@slipway/clusterctl/inventory/inventory.ts";
import { findReferenced, resourceOf } from "@slipway/clusterctl/object/resource.ts";
import { Problem } from "@slipway/clusterctl/problem.ts";
import {
  classFile,
  clusterVariables,
  inspectTemplate,
  processTemplate,
  templateFile,
  wantedClasses,
} from "@slipway/clusterctl/template/cluster.ts";
import { listVariables } from "@slipway/clusterctl/template/listing.ts";
import { substituteVariables } from "@slipway/clusterctl/template/variables.ts";
import { readObjects, writeObjects } from "@slipway/clusterctl/template/yaml.ts";
import { Command } from "commander";
import { withCluster } from "../process/cluster.ts";
import { CommandError } from "../process/exit.ts";
import { findKubeconfig } from "../process/kubeconfig.ts";
import { writePrivate } from "../process/private.ts";
import { act, examples, groups, type KubeOptions, withKubeconfig } from "./command.ts";
import { parseProvider } from "./provideroption.ts";
import { openRepository } from "./repository.ts";
import type { Settings } from "./settings.ts";
import { readSource } from "./templatesource.ts";

/** `generate cluster|provider|yaml`. */
export const generateCommand = (): Command => {
  const generate = new Command("generate").helpGroup(groups.management).description("make YAML from templates");
  addCluster(generate);
  addProvider(generate);
  addYaml(generate);
  return generate;
};

interface ClusterOptions extends KubeOptions {
  readonly targetNamespace?: string;
  readonly kubernetesVersion?: string;
  readonly controlPlaneMachineCount?: string;
  readonly workerMachineCount?: string;
  readonly infrastructure?: string;
  readonly flavor?: string;
  readonly from?: string;
  readonly fromConfigMap?: string;
  readonly fromConfigMapNamespace?: string;
  readonly fromConfigMapKey?: string;
  readonly listVariables?: boolean;
  readonly writeTo?: string;
}

const addCluster = (parent: Command): void => {
  const command = withKubeconfig(parent.command("cluster <name>"))
    .description("make the objects of a workload cluster from a template")
    .option("-n, --target-namespace <namespace>", "where the cluster will be (default: the context's namespace)")
    .option("--kubernetes-version <version>", "KUBERNETES_VERSION of the template")
    .option("--control-plane-machine-count <number>", "CONTROL_PLANE_MACHINE_COUNT of the template (default: 1)")
    .option("--worker-machine-count <number>", "WORKER_MACHINE_COUNT of the template (default: 0)")
    .option(
      "-i, --infrastructure <name[:version]>",
      "whose template (default: the one infrastructure provider that is installed)",
    )
    .option("-f, --flavor <name>", "which of its templates; openstack has: without-lb")
    .option("--from <place>", "take the template from a path, an https URL, or - for stdin")
    .option("--from-config-map <name>", "take the template from a ConfigMap of the management cluster")
    .option("--from-config-map-namespace <namespace>", "where the ConfigMap is (default: the context's namespace)")
    .option("--from-config-map-key <key>", "which key of it (default: template)")
    .option("--list-variables", "show the template's variables instead")
    .option("--write-to <file>", "write there, readable only for you (default: stdout)")
    .addHelpText(
      "after",
      examples(
        "clusterctl generate cluster demo --kubernetes-version v1.33.1 -n tenants | kubectl apply -f -",
        "clusterctl generate cluster demo -i openstack:v0.11.8 --list-variables -n tenants",
        "clusterctl generate cluster demo --from cluster-template.yaml --worker-machine-count 3",
      ),
    );
  act<ClusterOptions>(command, async ([name = ""], options, settings) => {
    const template = await findTemplate(options, settings);
    const input = {
      clusterName: name,
      namespace: options.targetNamespace ?? currentNamespace(options),
      ...(options.kubernetesVersion === undefined ? {} : { kubernetesVersion: options.kubernetesVersion }),
      ...(options.controlPlaneMachineCount === undefined ? {} : { controlPlaneMachineCount: options.controlPlaneMachineCount }),
      ...(options.workerMachineCount === undefined ? {} : { workerMachineCount: options.workerMachineCount }),
    };
    const variables = clusterVariables(input, settings.variables);
    if (options.listVariables) {
      const standard = {
        clusterName: name,
        namespace: options.targetNamespace,
        kubernetesVersion: variables("KUBERNETES_VERSION"),
        controlPlaneMachineCount: variables("CONTROL_PLANE_MACHINE_COUNT") ?? "1",
        workerMachineCount: variables("WORKER_MACHINE_COUNT") ?? "0",
      };
      process.stdout.write(listVariables(inspectTemplate(template.text), standard));
      return;
    }
    const objects = processTemplate(template.text, variables, input.namespace);
    const classes = await classesFor(objects, { template, options, variables });
    output(writeObjects([...classes, ...objects]), options.writeTo);
  });
};

interface FoundTemplate {
  readonly text: string;
  /** The class files beside it, for a template of a provider's repository. */
  readonly classFile?: (name: string) => Promise<string | undefined>;
}

/** One of three sources, never two (CTL-073). */
const findTemplate = async (options: ClusterOptions, settings: Settings): Promise<FoundTemplate> => {
  const fromRepository = options.infrastructure !== undefined || options.flavor !== undefined;
  const fromConfigMap =
    options.fromConfigMap !== undefined || options.fromConfigMapNamespace !== undefined || options.fromConfigMapKey !== undefined;
  if ([fromRepository, fromConfigMap, options.from !== undefined].filter(Boolean).length > 1)
    throw new Problem("invalid cluster template source: only one template can be used at time");
  if (options.from !== undefined) return { text: await readSource(options.from) };
  if (fromConfigMap) return { text: await templateInConfigMap(options) };
  return templateInRepository(options, settings);
};

const templateInConfigMap = (options: ClusterOptions): Promise<string> =>
  withCluster({ ...options, ...namespaceOption(options.fromConfigMapNamespace) }, async (client, namespace) => {
    const key = options.fromConfigMapKey ?? "template";
    if (options.fromConfigMap === undefined) throw new Problem("--from-config-map is missing: name the ConfigMap.");
    const map = await client.get(ConfigMap, { namespace, name: options.fromConfigMap }).catch((error: unknown) => {
      throw isNotFound(error) ? new Problem(`ConfigMap "${options.fromConfigMap}" not found in namespace "${namespace}"`) : error;
    });
    const text = (map as { readonly data?: { readonly [key: string]: string } }).data?.[key];
    if (text === undefined)
      throw new Problem(`the ConfigMap ${namespace}/${options.fromConfigMap} does not have the "${key}" key`);
    return text;
  });

const namespaceOption = (namespace: string | undefined) => (namespace === undefined ? {} : { namespace });

const templateInRepository = async (options: ClusterOptions, settings: Settings): Promise<FoundTemplate> => {
  const type: ProviderType = "InfrastructureProvider";
  const given = options.infrastructure === undefined ? undefined : parseProvider(options.infrastructure);
  const { name, version } =
    given?.version === undefined
      ? await withCluster(options, async (client) => {
          await checkContract(client, { optional: true });
          const installed = await listInstalled(client);
          const name = given?.name ?? defaultProviderName(installed, type);
          if (name === undefined)
            throw new Problem(
              "failed to identify the default infrastructure provider. Please specify an infrastructure provider",
            );
          const version = installedVersion(installed, name, type);
          if (version === undefined)
            throw new Problem(`Unable to identify version for the provider "${name}" automatically. Please specify a version`);
          return { name, version };
        })
      : { name: given.name, version: given.version };
  const repository = openRepository(getProvider(settings.providers, name, type), settings);
  const file = templateFile(options.flavor ?? "");
  const text = await repository.file(version, file);
  if (text === undefined)
    throw new Problem(
      `failed to read "${file}" from the repository of provider "infrastructure-${name}" ${version}: it has no such template`,
    );
  return { text, classFile: (className) => repository.file(version, classFile(className)) };
};

const currentNamespace = ({ kubeconfig, kubeconfigContext }: KubeOptions): string => {
  try {
    return findKubeconfig({
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(kubeconfigContext === undefined ? {} : { context: kubeconfigContext }),
    }).namespace;
  } catch (error) {
    throw new Problem(
      `management cluster not available. Cannot auto-discover target namespace. Please specify a target namespace (${error instanceof Error ? error.message : error})`,
    );
  }
};

/** The ClusterClasses that the template wants and the management cluster lacks, with what they refer to (CTL-078). */
const classesFor = async (
  objects: readonly UnstructuredObject[],
  {
    template,
    options,
    variables,
  }: {
    readonly template: FoundTemplate;
    readonly options: ClusterOptions;
    readonly variables: (name: string) => string | undefined;
  },
): Promise<readonly UnstructuredObject[]> => {
  const fetchClass = template.classFile;
  const inTemplate = (name: string) => objects.some((object) => object.kind === "ClusterClass" && object.metadata.name === name);
  const wanted = wantedClasses(objects).filter(({ name }) => !inTemplate(name));
  if (wanted.length === 0 || fetchClass === undefined) return [];
  const found: UnstructuredObject[] = [];
  for (const { name, namespace } of wanted) {
    const exists = await ifReachable(options, (client) =>
      client.get(ClusterClass, { namespace, name }).then(
        () => true,
        (error: unknown) => {
          if (isNotFound(error)) return false;
          throw error;
        },
      ),
    );
    if (exists) continue;
    const text = await fetchClass(name);
    if (text === undefined)
      throw new Problem(`the ClusterClass "${name}" is neither in the management cluster nor in the provider's repository`);
    const read = processTemplate(text, variables, namespace);
    for (const object of read) await refuseExisting(object, options);
    found.push(...read);
  }
  return found;
};

const refuseExisting = async (object: UnstructuredObject, options: ClusterOptions): Promise<void> => {
  await ifReachable(options, async (client) => {
    const { name = "", namespace } = object.metadata;
    const there = await findReferenced(
      client,
      { apiVersion: object.apiVersion, kind: object.kind, name },
      { name, ...namespaceOption(namespace) },
    );
    const { group = "", version = "" } = resourceOf(object) ?? {};
    if (there !== undefined) throw new Problem(`${name}(${group}/${version}, Kind=${object.kind}) already exists in the cluster`);
  });
};

/** Undefined without a management cluster: templates can be made before there is one. */
const ifReachable = async <T>(options: KubeOptions, use: (client: Client) => Promise<T>): Promise<T | undefined> => {
  try {
    return await withCluster(options, use);
  } catch (error) {
    if (error instanceof CommandError && /There is no kubeconfig|cannot be reached/.test(error.message)) return undefined;
    throw error;
  }
};

const output = (text: string, file: string | undefined): void => {
  const place = (file ?? "").trim();
  if (place === "" || place === "-") process.stdout.write(`${text}\n`);
  else writePrivate(place, `${text}\n`);
};

interface ProviderOptions {
  readonly core?: string;
  readonly bootstrap?: string;
  readonly controlPlane?: string;
  readonly infrastructure?: string;
  readonly ipam?: string;
  readonly runtimeExtension?: string;
  readonly addon?: string;
  readonly targetNamespace?: string;
  readonly describe?: boolean;
  readonly raw?: boolean;
  readonly writeTo?: string;
}

const addProvider = (parent: Command): void => {
  const command = parent
    .command("provider")
    .description("print a provider's manifest; needs no cluster")
    .option("--core <name[:version]>", "the core provider")
    .option("-i, --infrastructure <name[:version]>", "an infrastructure provider")
    .option("-b, --bootstrap <name[:version]>", "a bootstrap provider")
    .option("-c, --control-plane <name[:version]>", "a control plane provider")
    .option("--ipam <name[:version]>", "an IPAM provider")
    .option("--runtime-extension <name[:version]>", "a runtime extension provider")
    .option("--addon <name[:version]>", "an add-on provider")
    .option("-n, --target-namespace <namespace>", "where it will be installed (default: the manifest's own)")
    .option("--describe", "say what it is and needs instead")
    .option("--raw", "leave its variables alone")
    .option("--write-to <file>", "write there, readable only for you (default: stdout)")
    .addHelpText("after", examples("clusterctl generate provider --infrastructure openstack --describe"));
  act<ProviderOptions>(command, async (_words, options, settings) => {
    const given = providerFlags(options);
    if (given.length !== 1 || given[0] === undefined)
      throw new Problem(
        given.length === 0
          ? "at least one of --core, --bootstrap, --control-plane, --infrastructure, --ipam, --runtime-extension, --addon should be set"
          : "only one of --core, --bootstrap, --control-plane, --infrastructure, --ipam, --runtime-extension, --addon should be set",
      );
    const { name, version, type } = given[0];
    const provider = getProvider(settings.providers, name, type);
    const repository = openRepository(provider, settings);
    const chosen = version ?? (await repository.defaultVersion());
    const text = await repository.file(chosen, repository.componentsFile);
    const place = repository.place(chosen, repository.componentsFile);
    if (text === undefined) throw new Problem(`There is no ${place}.`);
    const components = readComponents(text, {
      provider,
      version: chosen,
      variables: settings.variables,
      images: settings.config("images"),
      raw: options.raw ?? options.describe ?? false,
      ...(options.targetNamespace === undefined ? {} : { targetNamespace: options.targetNamespace }),
    });
    if (options.describe) process.stdout.write(describeComponents(components, place));
    else output(writeObjects(components.objects), options.writeTo);
  });
};

const providerFlags = (options: ProviderOptions) => {
  const flags: readonly (readonly [ProviderType, string | undefined])[] = [
    ["CoreProvider", options.core],
    ["BootstrapProvider", options.bootstrap],
    ["ControlPlaneProvider", options.controlPlane],
    ["InfrastructureProvider", options.infrastructure],
    ["IPAMProvider", options.ipam],
    ["RuntimeExtensionProvider", options.runtimeExtension],
    ["AddonProvider", options.addon],
  ];
  return flags.flatMap(([type, text]) => (text === undefined ? [] : [{ type, ...parseProvider(text) }]));
};

const addYaml = (parent: Command): void => {
  const command = parent
    .command("yaml")
    .description("replace the variables of a YAML text")
    .option("--from <place>", "a path, an https URL, or - for stdin", "-")
    .option("--list-variables", "show its variables instead")
    .addHelpText(
      "after",
      examples(
        "clusterctl generate yaml --from ~/template.yaml",
        "cat template.yaml | clusterctl generate yaml --list-variables",
      ),
    );
  act<{ readonly from: string; readonly listVariables?: boolean }>(command, async (_words, options, settings) => {
    const text = await readSource(options.from);
    if (options.listVariables) {
      const names = inspectTemplate(text).map(({ name }) => `  - ${name}\n`);
      process.stdout.write(names.length === 0 ? "\n" : `Variables:\n${names.join("")}`);
      return;
    }
    output(writeObjects(readObjects(substituteVariables(text, settings.variables), "the text")), undefined);
  });
};
