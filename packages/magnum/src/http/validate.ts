import { type Flavor, type Image, isCloudError } from "@slipway/openstack";
import type { Named, TenantCloud } from "../cloud/tenant.ts";
import { badRequest, conflict, forbidden, notFound } from "./errors.ts";

/** Whether what a request names exists, in the caller's eyes. Each answers what it found, or throws the MagnumError that says so. */

export const findImage = async (cloud: Pick<TenantCloud, "findImages">, ident: string): Promise<Image> => {
  const images = await cloud.findImages(ident).catch((error: unknown) => {
    if (isCloudError(error, "forbidden")) throw forbidden(`Not authorized for image ${ident}.`);
    throw error;
  });
  if (images.length > 1) throw conflict(`Multiple images exist with same name '${ident}'. Please use the image id instead.`);
  const image = images[0];
  if (image === undefined) throw badRequest(`Unable to find image ${ident}.`);
  return image;
};

/** The driver must know the operating system of the machines. */
export const requireDistro = (image: Image): string => {
  if (image.osDistro === undefined) throw badRequest("Image doesn't contain os_distro field.");
  return image.osDistro;
};

/** The flavors that were named; those that were not are not asked for. */
export const findFlavors = async <K extends string>(
  cloud: Pick<TenantCloud, "flavors">,
  wanted: { readonly [key in K]: string | undefined },
): Promise<{ readonly [key in K]: Flavor | undefined }> => {
  const entries = Object.entries<string | undefined>(wanted);
  const all = entries.some(([, ident]) => ident !== undefined) ? await cloud.flavors() : [];
  return Object.fromEntries(
    entries.map(([key, ident]) => {
      if (ident === undefined) return [key, undefined];
      const flavor = all.find(({ id, name }) => id === ident || name === ident);
      if (flavor === undefined) throw badRequest(`Unable to find flavor ${ident}.`);
      return [key, flavor];
    }),
  ) as { readonly [key in K]: Flavor | undefined };
};

/** Machines that boot from their flavor's disk need one. */
export const checkRootDisk = (
  labels: { readonly [name: string]: string },
  flavors: readonly (Flavor | undefined)[],
  defaultSize: number,
): void => {
  const label = labels["boot_volume_size"];
  if (label !== undefined && !/^\s*[+-]?\d+\s*$/.test(label))
    throw badRequest(`boot_volume_size label must be an integer, but received ${label}.`);
  if ((label === undefined ? defaultSize : Number(label)) > 0) return;
  for (const flavor of flavors)
    if (flavor !== undefined && flavor.diskGiB <= 0)
      throw badRequest(`Flavor ${flavor.name} has no root disk. Set label boot_volume_size to boot from a volume instead.`);
};

const one = (items: readonly Named[], ident: string, what: string, plural: string): Named => {
  const found = items.filter(({ id, name }) => id === ident || name === ident);
  if (found.length > 1) throw conflict(`Multiple ${plural} exist with same name '${ident}'. Please use the ${what} id instead.`);
  const item = found[0];
  if (item === undefined) throw badRequest(`Unable to find ${what} ${ident}.`);
  return item;
};

export interface NetworksWanted {
  readonly externalNetwork: string | undefined;
  readonly fixedNetwork: string | undefined;
  readonly fixedSubnet: string | undefined;
}

/** Their ids. */
export const findNetworks = async (
  cloud: Pick<TenantCloud, "networks" | "subnets">,
  { externalNetwork, fixedNetwork, fixedSubnet }: NetworksWanted,
): Promise<NetworksWanted> => ({
  externalNetwork:
    externalNetwork === undefined
      ? undefined
      : one(await cloud.networks({ external: true }), externalNetwork, "external network", "networks").id,
  fixedNetwork:
    fixedNetwork === undefined ? undefined : one(await cloud.networks({}), fixedNetwork, "fixed network", "networks").id,
  fixedSubnet: fixedSubnet === undefined ? undefined : one(await cloud.subnets(), fixedSubnet, "fixed subnet", "subnets").id,
});

/** Keypairs belong to a user, so a template's may be unknown to the one who uses it. */
export const checkKeypair = async (cloud: Pick<TenantCloud, "keypairExists">, name: string | undefined): Promise<void> => {
  if (name !== undefined && !(await cloud.keypairExists(name))) throw notFound(`Unable to find keypair ${name}.`);
};

export const checkDnsNameservers = (text: string | undefined): void => {
  if (text === undefined) return;
  if (!splitNameservers(text).every(isIPv4))
    throw badRequest(`Expected a single dns address or comma separated dns list, but received ${text}.`);
};

export const splitNameservers = (text: string): readonly string[] => text.split(",").map((part) => part.trim());

const isIPv4 = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);

const NETWORK_DRIVERS = ["flannel", "calico", "cilium"];

export const checkNetworkDriver = (driver: string, allowed: readonly string[]): void => {
  const usable = allowed.includes("all") ? NETWORK_DRIVERS : NETWORK_DRIVERS.filter((known) => allowed.includes(known));
  if (!usable.includes(driver))
    throw badRequest(
      `Network driver type ${driver} is not supported, expecting a ${[...usable, "unspecified"].join("/")} network driver.`,
    );
};

export const checkVolumeDriver = (driver: string | undefined): void => {
  if (driver !== undefined && driver !== "cinder")
    throw badRequest(`Volume driver type ${driver} is not supported, expecting a cinder/unspecified volume driver.`);
};

/** devicemapper puts its metadata on the volume too. */
export const checkDockerVolume = (storageDriver: string | undefined, size: number | undefined): void => {
  if (storageDriver === "devicemapper" && (size === undefined || size < 3))
    throw badRequest(
      `docker volume size ${size ?? "None"} GB is not valid, expecting minimum value 3GB for devicemapper storage driver.`,
    );
};
