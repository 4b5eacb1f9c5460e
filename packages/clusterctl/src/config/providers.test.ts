import { describe, expect, test } from "vitest";
import { getProvider, listProviders, repositoriesTable, repositoriesYaml } from "./providers.ts";
import { manifestLabel } from "./providertypes.ts";

describe("the providers", () => {
  test("that are known without being told: Cluster API's own four, OpenStack's, and who else upstream knows [CTL-021]", () => {
    const providers = listProviders(undefined);
    const count = (type: string) => providers.filter((provider) => provider.type === type).length;
    expect(
      [
        "CoreProvider",
        "BootstrapProvider",
        "ControlPlaneProvider",
        "InfrastructureProvider",
        "IPAMProvider",
        "RuntimeExtensionProvider",
        "AddonProvider",
      ].map(count),
    ).toEqual([1, 7, 9, 36, 2, 1, 2]);
    expect(getProvider(providers, "docker", "InfrastructureProvider").url).toBe(
      "https://github.com/kubernetes-sigs/cluster-api/releases/latest/infrastructure-components-development.yaml",
    );
    expect(getProvider(providers, "openstack", "InfrastructureProvider").url).toContain(
      "cluster-api-provider-openstack/releases/latest/",
    );
  });

  test("of the configuration replace those of their name and type; the list is by type, then name [CTL-018, CTL-019]", () => {
    const own = [
      { name: "openstack", type: "InfrastructureProvider", url: "/repository/infrastructure-openstack/latest/x.yaml" },
      { name: "zebra", type: "BootstrapProvider", url: `\${BASE}/bootstrap-zebra/v1.0.0/x.yaml` },
    ];
    const providers = listProviders(own, (name) => (name === "BASE" ? "/base" : undefined));
    expect(providers.filter(({ name, type }) => name === "openstack" && type === "InfrastructureProvider")).toEqual([own[0]]);
    expect(getProvider(providers, "zebra", "BootstrapProvider").url).toBe("/base/bootstrap-zebra/v1.0.0/x.yaml");
    expect(providers.findIndex(({ name }) => name === "zebra")).toBe(8);
  });

  test.each([
    [{ name: "", type: "AddonProvider", url: "/x" }, "name value cannot be empty"],
    [{ name: "Big", type: "AddonProvider", url: "/x" }, "must be in lower case"],
    [{ name: "a_b", type: "AddonProvider", url: "/x" }, "invalid provider name"],
    [{ name: "cluster-api", type: "AddonProvider", url: "/x" }, "name cluster-api must be used with the CoreProvider type"],
    [{ name: "other", type: "CoreProvider", url: "/x" }, "name cluster-api must be used with the CoreProvider type"],
    [{ name: "a", type: "AddonProvider" }, "provider URL value cannot be empty"],
    [{ name: "a", type: "Provider", url: "/x" }, "invalid provider type"],
  ])("%j is refused [CTL-019]", (entry, sentence) => {
    expect(() => listProviders([entry])).toThrow(sentence);
  });

  test("are printed as a table, or as YAML with capitalised keys [CTL-020]", () => {
    const providers = [{ name: "a", type: "AddonProvider" as const, url: "https://example.com/releases/latest/addon.yaml" }];
    expect(repositoriesTable(providers)).toBe(
      "NAME      TYPE            URL                                    FILE\n" +
        "a         AddonProvider   https://example.com/releases/latest/   addon.yaml\n",
    );
    expect(repositoriesYaml(providers)).toEqual([
      { Name: "a", ProviderType: "AddonProvider", URL: "https://example.com/releases/latest/", File: "addon.yaml" },
    ]);
  });

  test("have labels by their type", () => {
    expect([manifestLabel("cluster-api", "CoreProvider"), manifestLabel("openstack", "InfrastructureProvider")]).toEqual([
      "cluster-api",
      "infrastructure-openstack",
    ]);
  });
});
