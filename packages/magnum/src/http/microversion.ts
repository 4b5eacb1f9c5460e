import { RoutingError } from "./errors.ts";

/** Minor version of API 1: the major never changed. */
export type Minor = number;
export const MINIMUM: Minor = 1;
export const MAXIMUM: Minor = 14;

const LONG_NAME = "container-infrastructure-management";
const SERVICES = new Set(["container-infra", "container-infrastructure", LONG_NAME]);

/** The header's version is well written but not served: this answer keeps keys of its own. */
export class UnsupportedVersion extends Error {
  override readonly name = "UnsupportedVersion";
  readonly requested: string;
  readonly body: object;

  constructor(requested: string, part: "major" | "minor") {
    const description =
      `Version ${requested} was requested but the ${part} version is not supported by this service. ` +
      `The supported version range is: [${LONG_NAME} 1.${MINIMUM}, ${LONG_NAME} 1.${MAXIMUM}].`;
    super(description);
    this.requested = requested;
    this.body = {
      errors: [
        {
          code: "magnum.microversion-unsupported",
          title: "Requested microversion is unsupported",
          description,
          max_version: `1.${MAXIMUM}`,
          min_version: `1.${MINIMUM}`,
          links: [{ rel: "help", href: "http://docs.openstack.org/api-guide/compute/microversions.html" }],
        },
      ],
    };
  }
}

/** Which version a request runs at. Without a header it is 1.1, never the newest. @throws UnsupportedVersion, RoutingError 406 */
export const requestedMinor = (header: string | null): Minor => {
  if (header === null) return MINIMUM;
  const words = header.trim().split(/\s+/);
  const [service = "", version = ""] = words;
  if (words.length !== 2) throw notAcceptable("Invalid value for OpenStack-API-Version header");
  if (version.toLowerCase() === "latest") return MAXIMUM;
  if (!SERVICES.has(service)) throw notAcceptable("Invalid service type for OpenStack-API-Version header");
  const numbers = /^(\d+)\.(\d+)$/.exec(version);
  if (numbers === null) throw notAcceptable("Invalid value for OpenStack-API-Version header");
  const minor = Number(numbers[2]);
  if (Number(numbers[1]) !== 1) throw new UnsupportedVersion(version, "major");
  if (minor < MINIMUM || minor > MAXIMUM) throw new UnsupportedVersion(version, "minor");
  return minor;
};

const notAcceptable = (detail: string): RoutingError => new RoutingError(406, "Not Acceptable", detail);

export const versionHeaders = (version: string): { readonly [name: string]: string } => ({
  "OpenStack-API-Minimum-Version": `${LONG_NAME} 1.${MINIMUM}`,
  "OpenStack-API-Maximum-Version": `${LONG_NAME} 1.${MAXIMUM}`,
  "OpenStack-API-Version": `${LONG_NAME} ${version}`,
  Vary: "OpenStack-API-Version",
});
