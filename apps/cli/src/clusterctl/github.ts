import { CommandError } from "../process/exit.ts";
import type { Repository } from "./repository.ts";

const patienceMilliseconds = 30_000;

/** Releases of a GitHub repository: `https://github.com/{owner}/{repository}/releases/{latest|tag}/{file}`. */
export const createGitHubRepository = (
  url: URL,
  latest: () => Promise<string>,
  {
    token,
    environment = process.env,
    request = fetch,
  }: {
    readonly token: string | undefined;
    readonly environment?: NodeJS.ProcessEnv;
    readonly request?: (address: string, init: RequestInit) => Promise<Response>;
  },
): Repository => {
  const [owner, repository, releases, version, ...rest] = url.pathname.split("/").filter((part) => part !== "");
  const file = rest.join("/");
  if (owner === undefined || repository === undefined || releases !== "releases" || version === undefined || file === "")
    throw new CommandError(`${url} is no release's file: it must be https://github.com/OWNER/NAME/releases/VERSION/FILE.`);
  const place = (wanted: string, name: string) =>
    `https://github.com/${owner}/${repository}/releases/${wanted === "latest" ? "latest/download" : `download/${wanted}`}/${name}`;
  const get = async (address: string): Promise<Response> =>
    request(address, {
      headers:
        token !== undefined && /^https:\/\/(api\.)?github\.com\//.test(address) ? { authorization: `Bearer ${token}` } : {},
      signal: AbortSignal.timeout(patienceMilliseconds),
    }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new CommandError(`${address} cannot be fetched: ${cause instanceof Error ? cause.message : cause}`);
    });
  return {
    defaultVersion: () => (version === "latest" ? latest() : Promise.resolve(version)),
    versions: async () => {
      for (const proxy of goProxies(environment)) {
        const answer = await get(`${proxy}/github.com/${owner.toLowerCase()}/${repository.toLowerCase()}/@v/list`).catch(
          () => undefined,
        );
        if (answer?.ok) return (await answer.text()).split("\n").filter((line) => line !== "");
      }
      const answer = await get(`https://api.github.com/repos/${owner}/${repository}/releases?per_page=100`);
      if (!answer.ok)
        throw new CommandError(`The releases of ${owner}/${repository} cannot be listed: answered with ${answer.status}.`);
      return ((await answer.json()) as readonly { readonly tag_name: string }[]).map(({ tag_name }) => tag_name);
    },
    file: async (wanted, name) => {
      const answer = await get(place(wanted, name));
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw new CommandError(`${place(wanted, name)} cannot be fetched: answered with ${answer.status}.`);
      return answer.text();
    },
    place,
    componentsFile: file,
  };
};

/** Versions are asked of the Go module proxy, which has no limit on how often (CTL-025). */
export const goProxies = ({ GOPROXY }: NodeJS.ProcessEnv): readonly string[] =>
  (GOPROXY ?? "https://proxy.golang.org")
    .split(/[,|]/)
    .map((proxy) => proxy.trim().replace(/\/$/, ""))
    .filter((proxy) => /^https?:\/\//.test(proxy));
