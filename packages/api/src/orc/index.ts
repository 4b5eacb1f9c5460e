/** openstack-resource-controller's images, which an OpenStackMachine may name. */
export * from "./group.ts";
export { Image as OrcImage } from "./image.ts";
