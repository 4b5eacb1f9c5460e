import type { ImageParam, OpenStackServerSpec, ResolvedServer, ServerGroupParam } from "@slipway/api";
import type { Cloud } from "@slipway/openstack";
import { CloudError } from "@slipway/openstack";
import { fail, type Phase, ready, wait } from "@slipway/runtime";
import { only } from "../openstackcloud/lookup.ts";
import { afterRefusal } from "../openstackcloud/settle.ts";
import { resolvePorts } from "./resolveports.ts";
import { isResolved, type ServerFacts, type ServerScope } from "./scope.ts";

type Observed =
  | { readonly kind: "known" }
  | { readonly kind: "found"; readonly resolved: ResolvedServer; readonly errors: readonly CloudError[] }
  | { readonly kind: "image"; readonly is: "waiting" | "failed"; readonly message: string };

/**
 * Names and filters become ids, once, and are written down before anything is made: the server that comes of it is the same even
 * if an image or a flavor of that name is replaced meanwhile.
 */
export const resolve: Phase<ServerScope, Observed, never, ServerFacts> = {
  name: "resolve",
  observe: async (scope) => {
    const { oss, cloud } = scope;
    if (isResolved(oss)) return { kind: "known" };
    const image = imageOf(scope);
    if (typeof image === "object") return image;
    const { spec, status: { resolved = {} } = {} } = oss;
    const errors: CloudError[] = [];
    const attempt = async <T>(known: T | undefined, look: () => Promise<T>): Promise<T | undefined> => {
      if (known !== undefined) return known;
      try {
        return await look();
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        errors.push(error);
        return undefined;
      }
    };
    // All four are tried, so that one look tells of all that is wrong.
    const [serverGroupID, imageID, flavorID, ports] = await Promise.all([
      attempt(resolved.serverGroupID, async () => serverGroupOf(cloud, spec.serverGroup)),
      attempt(resolved.imageID, async () => image ?? imageMatching(cloud, spec.image)),
      attempt(resolved.flavorID, async () => flavorOf(cloud, spec)),
      attempt(resolved.ports, async () => resolvePorts(scope)),
    ]);
    const found = { serverGroupID, imageID, flavorID, ports };
    return {
      kind: "found",
      resolved: Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)),
      errors,
    };
  },
  decide: (observed, { oss }) => {
    if (observed.kind === "known") return ready();
    if (observed.kind === "image") {
      return observed.is === "failed"
        ? fail("DependencyFailed", observed.message)
        : wait("WaitingForImage", { message: observed.message });
    }
    const { resolved, errors } = observed;
    const [first] = errors;
    if (first !== undefined) {
      const message = errors.map((error) => error.message).join("; ");
      const refusal = afterRefusal(new CloudError(first.kind, message, { retryAfterSeconds: first.retryAfterSeconds }));
      return { ...refusal, facts: { resolved } };
    }
    // Written down first: the next pass makes things.
    const grown = JSON.stringify(resolved) !== JSON.stringify(oss.status?.resolved ?? {});
    return wait("Resolved", { facts: { resolved }, ...(grown ? { recheckSeconds: 0 } : {}) });
  },
};

/** An id at once, undefined when the cloud must be asked, or why there is none yet. */
const imageOf = ({ oss: { spec }, image }: ServerScope): string | undefined | Extract<Observed, { kind: "image" }> => {
  if (spec.image.id !== undefined) return spec.image.id;
  const name = spec.image.imageRef?.name;
  if (name === undefined) return undefined;
  if (image === undefined) return { kind: "image", is: "waiting", message: `Image ${name} does not exist yet` };
  const { conditions = [], id } = image.status ?? {};
  const available = conditions.find(({ type }) => type === "Available")?.status === "True";
  if (available && id !== undefined) return id;
  const progressing = conditions.find(({ type }) => type === "Progressing");
  const over = progressing?.reason === "InvalidConfiguration" || progressing?.reason === "UnrecoverableError";
  return over
    ? { kind: "image", is: "failed", message: `Image ${name} cannot be used: ${progressing?.message ?? ""}` }
    : { kind: "image", is: "waiting", message: `Image ${name} is not available yet` };
};

const imageMatching = async (cloud: Cloud, { filter }: ImageParam): Promise<string> =>
  only(await cloud.images.listImages({ name: filter?.name, tags: filter?.tags }), `images matching ${JSON.stringify(filter)}`).id;

const flavorOf = async (cloud: Cloud, { flavor, flavorID }: OpenStackServerSpec): Promise<string> => {
  if (flavorID !== undefined) return flavorID;
  const found = (await cloud.compute.listFlavors()).find(({ name }) => name === flavor);
  if (found === undefined) throw new CloudError("notFound", `no flavors were found: name=${flavor ?? ""}`);
  return found.id;
};

const serverGroupOf = async (cloud: Cloud, param: ServerGroupParam | undefined): Promise<string | undefined> => {
  if (param === undefined || param.id !== undefined) return param?.id;
  const name = param.filter?.name;
  const groups = (await cloud.compute.listServerGroups()).filter((group) => group.name === name);
  return only(groups, `server groups named ${name ?? ""}`).id;
};
