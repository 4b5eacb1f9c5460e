/** How endpoints are picked from Keystone's catalog. */
export interface EndpointChoice {
  readonly interface: "public" | "internal" | "admin";
  readonly region?: string;
}
