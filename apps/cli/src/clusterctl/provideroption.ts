import { Problem } from "@slipway/clusterctl/problem.ts";

/** A provider as a flag names it: `openstack`, `openstack:v0.11.8`. */
export interface ProviderChoice {
  readonly name: string;
  readonly version?: string;
}

/** @throws Problem for an empty name or version, two colons, or a name that no provider can have (CTL-044) */
export const parseProvider = (text: string): ProviderChoice => {
  const [given = "", version, ...more] = text.split(":");
  const name = given.toLowerCase();
  if (more.length > 0) throw new Problem(`invalid provider name "${text}". Provider name should be in the form name[:version]`);
  if (name === "")
    throw new Problem(
      `invalid provider name "${text}". Provider name should be in the form name[:version] and name cannot be empty`,
    );
  if (version === "")
    throw new Problem(
      `invalid provider name "${text}". Provider name should be in the form name[:version] and version cannot be empty`,
    );
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    throw new Problem(`invalid provider name "${name}": lower-case letters, digits and "-" make one`);
  return version === undefined ? { name } : { name, version };
};
