import { describe, expect, test } from "vitest";
import { createGitHubRepository, goProxies } from "./github.ts";
import { rawAddress } from "./templatesource.ts";

const url = new URL("https://github.com/Owner/Name/releases/latest/infrastructure-components.yaml");
/** GitHub and the Go module proxy as they answer, and what they were asked. */
const world = (answers: { readonly [address: string]: string }) => {
  const asked: string[] = [];
  const request = async (address: string, { headers }: RequestInit) => {
    const { authorization = "" } = headers as { readonly authorization?: string };
    asked.push(`${address}${authorization === "" ? "" : ` ${authorization}`}`);
    return new Response(answers[address] ?? "", { status: address in answers ? 200 : 404 });
  };
  return { asked, request };
};
const open = (answers: { readonly [address: string]: string }, environment: NodeJS.ProcessEnv = {}, token?: string) => {
  const { asked, request } = world(answers);
  return { asked, repository: createGitHubRepository(url, async () => "v9.9.9", { token, environment, request }) };
};
const list = "https://proxy.golang.org/github.com/owner/name/@v/list";
const releases = "https://api.github.com/repos/Owner/Name/releases?per_page=100";

describe("a GitHub repository", () => {
  test("is asked for its versions by way of the Go module proxy that GOPROXY names [CTL-025]", async () => {
    expect(await open({ [list]: "v1.0.0\nv1.1.0\n" }).repository.versions()).toEqual(["v1.0.0", "v1.1.0"]);
    const own = "https://goproxy.example.com/x/github.com/owner/name/@v/list";
    expect(await open({ [own]: "v2.0.0\n" }, { GOPROXY: "direct,https://goproxy.example.com/x/" }).repository.versions()).toEqual(
      ["v2.0.0"],
    );
  });

  test("is asked itself when there is no proxy, or it fails [CTL-025]", async () => {
    const answer = JSON.stringify([{ tag_name: "v1.0.0" }]);
    const fallen = open({ [releases]: answer });
    expect([await fallen.repository.versions(), fallen.asked]).toEqual([["v1.0.0"], [list, releases]]);
    const off = open({ [releases]: answer }, { GOPROXY: "off" });
    expect([await off.repository.versions(), off.asked]).toEqual([["v1.0.0"], [releases]]);
    expect([goProxies({ GOPROXY: "direct" }), goProxies({ GOPROXY: "https://a.example.com|off" })]).toEqual([
      [],
      ["https://a.example.com"],
    ]);
  });

  test("gives files of a release; its token goes to GitHub and nowhere else [CTL-017, CTL-022]", async () => {
    const file = "https://github.com/Owner/Name/releases/download/v1.0.0/metadata.yaml";
    const { asked, repository } = open({ [file]: "text", [releases]: "[]" }, {}, "secret");
    expect(await repository.file("v1.0.0", "metadata.yaml")).toBe("text");
    expect(await repository.file("v1.0.0", "none.yaml")).toBeUndefined();
    await repository.versions();
    expect(asked).toEqual([
      `${file} Bearer secret`,
      "https://github.com/Owner/Name/releases/download/v1.0.0/none.yaml Bearer secret",
      list,
      `${releases} Bearer secret`,
    ]);
  });

  test("must be a release's file [CTL-022]", () => {
    const wrong = new URL("https://github.com/Owner/Name/tree/main");
    expect(() => createGitHubRepository(wrong, async () => "", { token: undefined })).toThrow("is no release's file");
  });
});

test("a page of GitHub's that shows a file leads to the file [CTL-081]", () => {
  expect(rawAddress(new URL("https://github.com/o/n/blob/main/templates/a.yaml")).href).toBe(
    "https://raw.githubusercontent.com/o/n/main/templates/a.yaml",
  );
  const download = "https://github.com/o/n/releases/download/v1/a.yaml";
  expect(rawAddress(new URL(download)).href).toBe(download);
});
