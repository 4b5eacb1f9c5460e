import type { Image } from "@slipway/openstack";
import { badRequest } from "../errors.ts";

/** The names that upstream's driver registers, by the operating system they are for; all are one driver here. */
const DRIVERS: { readonly [distro: string]: string } = {
  ubuntu: "k8s_cluster_api_ubuntu",
  "ubuntu-focal": "k8s_cluster_api_ubuntu_focal",
  debian: "k8s_cluster_api_debian",
  flatcar: "k8s_cluster_api_flatcar",
  rockylinux: "k8s_cluster_api_rockylinux",
};

/** @throws MagnumError 400 */
export const chooseDriver = (
  { driver, serverType, coe }: { readonly driver?: string; readonly serverType: string; readonly coe: string },
  image: Image,
  byDefault: string | undefined,
): string => {
  const distro = image.osDistro ?? "";
  const fromImage = image.properties["magnum_driver"];
  const named = driver ?? (fromImage === "" ? undefined : fromImage) ?? byDefault;
  if (named !== undefined) {
    if (!Object.values(DRIVERS).includes(named)) throw badRequest(`Driver ${named} is not supported.`);
    return named;
  }
  checkClusterType(serverType, distro, coe);
  return DRIVERS[distro] ?? "";
};

/** @throws MagnumError 400 for what no driver is for */
export const checkClusterType = (serverType: string, distro: string, coe: string): void => {
  if (serverType !== "vm" || coe !== "kubernetes" || !Object.hasOwn(DRIVERS, distro))
    throw badRequest(`Cluster type (${serverType}, ${distro}, ${coe}) not supported.`);
};
