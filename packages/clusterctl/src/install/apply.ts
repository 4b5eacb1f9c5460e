import {
  type Client,
  ClusterctlProvider,
  crdOf,
  isNotFound,
  type ObjectRef,
  type Resource,
  refKey,
  refOf,
  type UnstructuredObject,
} from "@slipway/api";
import { type Components, clusterctlLabel, coreLabel, inventoryObject } from "../components/components.ts";
import { crdResource } from "../move/types.ts";
import { fieldAt } from "../object/fields.ts";
import { resourceOf } from "../object/resource.ts";
import { Problem } from "../problem.ts";
import { type Sleep, withRetries, writeBackoff } from "../retry.ts";

export interface InstallTools {
  readonly client: Client;
  readonly log: (message: string, level?: number) => void;
  readonly sleep: Sleep;
}

/** Makes an object, or merges it into what is there (CTL-037). */
export const applyObject = async (object: UnstructuredObject, { client, log, sleep }: InstallTools): Promise<void> => {
  const resource = resourceOf(object);
  if (resource === undefined)
    throw new Problem(`an object without apiVersion or kind cannot be applied: ${object.metadata.name}`);
  const ref = refOf(object);
  await withRetries(
    async () => {
      const current = await find(client, resource, ref);
      log(`${current === undefined ? "Creating" : "Patching"} ${object.kind} ${refKey(ref)}`, 5);
      if (current === undefined) await client.create(resource, object);
      else {
        const metadata = { ...object.metadata, resourceVersion: current.metadata.resourceVersion };
        await client.patch(resource, ref, { type: "merge", body: { ...object, metadata } });
      }
    },
    { backoff: writeBackoff, sleep },
  );
};

const find = async (client: Client, resource: Resource<UnstructuredObject>, ref: ObjectRef) => {
  try {
    return await client.get(resource, ref);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** The kind in which clusterctl remembers what it installed; made on first use (CTL-040). */
export const ensureInventory = async (tools: InstallTools): Promise<void> => {
  const crd = crdOf(ClusterctlProvider) as unknown as UnstructuredObject;
  const name = crd.metadata.name ?? "";
  if ((await find(tools.client, crdResource, { name })) !== undefined) return;
  tools.log("Installing the clusterctl inventory CRD", 1);
  const labels = { ...crd.metadata.labels, [clusterctlLabel]: "", [coreLabel]: "inventory" };
  await applyObject({ ...crd, metadata: { ...crd.metadata, labels } }, tools);
  await waitEstablished(name, tools);
};

const establishedPollMilliseconds = 250;
const establishedPatienceMilliseconds = 60_000;

const waitEstablished = async (name: string, { client, sleep }: InstallTools): Promise<void> => {
  for (let waited = 0; waited < establishedPatienceMilliseconds; waited += establishedPollMilliseconds) {
    const conditions = fieldAt(await client.get(crdResource, { name }), "status", "conditions");
    const list = Array.isArray(conditions) ? conditions : [];
    if (list.some((one) => fieldAt(one, "type") === "Established" && fieldAt(one, "status") === "True")) return;
    await sleep(establishedPollMilliseconds);
  }
  throw new Problem(`the CRD ${name} was not established within a minute`);
};

/** Applies a provider's manifest and remembers it (CTL-048). */
export const installComponents = async (components: Components, tools: InstallTools): Promise<void> => {
  const { provider, version, namespace, objects } = components;
  const inventory = inventoryObject({ provider, version, namespace }) as unknown as UnstructuredObject;
  tools.log(`Installing provider="${inventory.metadata.name}" version="${version}" targetNamespace="${namespace}"`);
  for (const object of objects) await applyObject(object, tools);
  await applyObject(inventory, tools);
};

const deploymentPollMilliseconds = 100;

/** Waits for every Deployment that runs a `manager` (CTL-049). @throws Problem when one is not available in time */
export const waitForManagers = async (
  components: Components,
  { client, sleep, seconds }: InstallTools & { readonly seconds: number },
): Promise<void> => {
  for (const object of components.objects.filter(isManager)) {
    const resource = resourceOf(object);
    if (resource === undefined) continue;
    for (let waited = 0; ; waited += deploymentPollMilliseconds) {
      const conditions = fieldAt(await client.get(resource, refOf(object)), "status", "conditions");
      const list = Array.isArray(conditions) ? conditions : [];
      if (list.some((one) => fieldAt(one, "type") === "Available" && fieldAt(one, "status") === "True")) break;
      if (waited >= seconds * 1000) throw new Problem(`deployment "${object.metadata.name}" is not ready after ${seconds}s`);
      await sleep(deploymentPollMilliseconds);
    }
  }
};

const isManager = (object: UnstructuredObject): boolean => {
  const containers = fieldAt(object, "spec", "template", "spec", "containers");
  return (
    object.kind === "Deployment" && Array.isArray(containers) && containers.some((one) => fieldAt(one, "name") === "manager")
  );
};
