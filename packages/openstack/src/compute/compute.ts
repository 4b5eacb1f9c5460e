import { isVersioned, rootOf } from "../identity/catalog.ts";
import type { Session } from "../identity/session.ts";
import { CloudError } from "../transport/error.ts";
import { type Json, object, objects, optionalText, text, textOr } from "../transport/json.ts";
import { once } from "../transport/once.ts";
import { createService } from "../transport/service.ts";
import { flavorCalls } from "./flavors.ts";
import { keypairCalls } from "./keypairs.ts";
import { limitCalls } from "./limits.ts";
import { serverGroupCalls } from "./servergroups.ts";
import { serverCalls } from "./servers.ts";
import { zoneCalls } from "./zones.ts";

export type Compute = ReturnType<typeof createCompute>;

/**
 * 2.63 is the last version in which a server group is made with `policies`; `soft-anti-affinity` came with 2.15, servers with
 * tags with 2.52.
 */
export const defaultComputeMicroversion = "2.63";

/** Nova, spoken to at one microversion, which the cloud is asked about before the first call. */
export const createCompute = (session: Session, microversion: string = defaultComputeMicroversion) => {
  const base = once(async () => {
    const endpoint = await session.endpoint("compute");
    const { url, min, max } = await offered(session, endpoint);
    const wanted = parseMicroversion(microversion);
    if (compare(wanted, min) < 0 || compare(wanted, max) > 0) {
      throw new CloudError(
        "unsupported",
        `the cloud's Nova speaks ${min.join(".")} to ${max.join(".")}, the setting asks for microversion ${microversion}: change the setting to one it speaks (2.52 or newer) or upgrade Nova`,
      );
    }
    return url;
  });
  const service = createService(session, "compute", {
    base,
    headers: { "x-openstack-nova-api-version": microversion, "openstack-api-version": `compute ${microversion}` },
  });
  return {
    ...serverCalls(service),
    ...serverGroupCalls(service, compare(parseMicroversion(microversion), [2, 64]) >= 0),
    ...flavorCalls(service),
    ...keypairCalls(service),
    ...zoneCalls(service),
    ...limitCalls(service),
    /** Ask the cloud now, at start, and not in the middle of a cluster's birth. @throws CloudError unsupported */
    checkMicroversion: async (): Promise<void> => {
      await base();
    },
  };
};

type Microversion = readonly [major: number, minor: number];

const parseMicroversion = (written: string): Microversion => {
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(written) ?? [];
  if (major === undefined || minor === undefined) {
    throw new CloudError("invalid", `"${written}" is no compute microversion: write it as 2.63`);
  }
  return [Number(major), Number(minor)];
};

const compare = (a: Microversion, b: Microversion): number => a[0] - b[0] || a[1] - b[1];

/** The version document, at the endpoint itself when the catalog's URL says the version, else in the list at the root. */
const offered = async (session: Session, endpoint: string): Promise<{ url: string; min: Microversion; max: Microversion }> => {
  const response = await session.send({
    call: "version_get",
    asked: "GET / of compute",
    method: "GET",
    url: isVersioned(endpoint) ? `${versionUrl(endpoint)}/` : `${endpoint}/`,
    absent: "error",
  });
  if (response === undefined) throw new CloudError("unavailable", "compute has no version document");
  let document: Json;
  try {
    document = object(JSON.parse(await response.text()), "version document");
  } catch (cause) {
    throw new CloudError("unavailable", "compute's version document is not JSON", { cause });
  }
  const versions = document["version"] === undefined ? objects(document, "versions") : [object(document["version"], "version")];
  const v2 = versions
    .filter(({ id }) => /^v2(\.\d+)?$/.test(String(id)))
    .sort((a, b) => textOr(a, "id").localeCompare(textOr(b, "id")))
    .at(-1);
  if (v2 === undefined) throw new CloudError("unsupported", "the cloud offers no compute API v2");
  const self = objects(v2, "links").find(({ rel }) => rel === "self");
  const url = isVersioned(endpoint) || self === undefined ? endpoint : text(self, "href").replace(/\/+$/, "");
  return {
    url: isVersioned(url) ? url : `${rootOf(url)}/v2.1`,
    min: parseMicroversion(optionalText(v2, "min_version") ?? "2.1"),
    max: parseMicroversion(optionalText(v2, "version") ?? "2.1"),
  };
};

/** `…/v2.1/<project>` → `…/v2.1`: the document is not below a project. */
const versionUrl = (endpoint: string): string => /^(.*\/v\d+(?:\.\d+)?)(?:\/[^/]*)?$/.exec(endpoint)?.[1] ?? endpoint;
