/** The seven kinds of provider, in the order in which they are installed and listed. */
export const providerTypes = [
  "CoreProvider",
  "BootstrapProvider",
  "ControlPlaneProvider",
  "InfrastructureProvider",
  "IPAMProvider",
  "RuntimeExtensionProvider",
  "AddonProvider",
] as const;

export type ProviderType = (typeof providerTypes)[number];

const labelPrefix: { readonly [T in ProviderType]: string } = {
  CoreProvider: "",
  BootstrapProvider: "bootstrap-",
  ControlPlaneProvider: "control-plane-",
  InfrastructureProvider: "infrastructure-",
  IPAMProvider: "ipam-",
  RuntimeExtensionProvider: "runtime-extension-",
  AddonProvider: "addon-",
};

/** How manifests, folders and the inventory call a provider: `infrastructure-openstack`, `cluster-api`. */
export const manifestLabel = (name: string, type: ProviderType): string => `${labelPrefix[type]}${name}`;

export const isProviderType = (text: unknown): text is ProviderType =>
  typeof text === "string" && (providerTypes as readonly string[]).includes(text);
