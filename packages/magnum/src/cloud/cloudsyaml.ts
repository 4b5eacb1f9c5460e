import { dump } from "js-yaml";

/** What Cluster API needs to work in a tenant's project: one cloud, `default`, entered with an application credential. */
export const cloudsYaml = (options: {
  readonly authUrl: string;
  readonly region: string;
  readonly interface: "public" | "internal";
  readonly verify: boolean;
  readonly credential: { readonly id: string; readonly secret: string };
}): string =>
  dump({
    clouds: {
      default: {
        auth_type: "v3applicationcredential",
        region_name: options.region,
        endpoint_type: options.interface,
        interface: options.interface,
        identity_api_version: 3,
        verify: options.verify,
        auth: {
          auth_url: options.authUrl,
          application_credential_id: options.credential.id,
          application_credential_secret: options.credential.secret,
        },
      },
    },
  });
