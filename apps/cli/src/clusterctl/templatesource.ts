import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { CommandError } from "../process/exit.ts";

const patienceMilliseconds = 30_000;
const longestBytes = 16 * 1024 * 1024;

/** `-`: stdin. A path or `file:` URL. A page of GitHub's that shows a file, a release's file, any other https URL (CTL-081). */
export const readSource = async (place: string): Promise<string> => {
  if (place === "-") return text(process.stdin);
  if (!place.includes("://")) return readFile(place);
  const url = new URL(place);
  if (url.protocol === "file:") return readFile(fileURLToPath(url));
  if (url.protocol !== "https:" && !isLoopback(url))
    throw new CommandError(`${place}: give a path, "-" for stdin, or an https URL; plain http is taken from this machine only.`);
  return download(rawAddress(url));
};

const readFile = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
};

const isLoopback = (url: URL): boolean => url.protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);

/** GitHub shows a file under /blob/; its text is elsewhere. */
export const rawAddress = (url: URL): URL => {
  const [owner, repository, kind, ...rest] = url.pathname.split("/").filter((part) => part !== "");
  if (url.hostname !== "github.com" || kind !== "blob") return url;
  return new URL(`https://raw.githubusercontent.com/${owner}/${repository}/${rest.join("/")}`);
};

const download = async (url: URL): Promise<string> => {
  const token = process.env["GITHUB_TOKEN"];
  const isGitHub = /(^|\.)(github\.com|githubusercontent\.com)$/.test(url.hostname) && url.protocol === "https:";
  const headers: { [name: string]: string } = token !== undefined && isGitHub ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(patienceMilliseconds) }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CommandError(`${url} cannot be fetched: ${cause instanceof Error ? cause.message : cause}`);
  });
  if (response.status !== 200) throw new CommandError(`failed to get ${url}: got ${response.status}`);
  const body = await response.arrayBuffer();
  if (body.byteLength > longestBytes) throw new CommandError(`${url} is larger than ${longestBytes / 1024 / 1024} MiB.`);
  return new TextDecoder().decode(body);
};
