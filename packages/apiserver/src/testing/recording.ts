import type { Answer, Exchange } from "../http/exchange.ts";
import type { ApiServer } from "../http/server.ts";

/** An API that remembers what it was asked and how it answered, as clients and their developers would write it down. */
export interface Recorder {
  wrap(server: ApiServer): ApiServer;
  /** All since the last time. What clients ask at once, in whatever order, is in order here. */
  take(): string;
}

interface Entry {
  readonly method: string;
  readonly target: string;
  readonly accept: string | undefined;
  readonly sent: string | undefined;
  answer: string;
}

export const createRecorder = (): Recorder => {
  let entries: Entry[] = [];
  const begin = (exchange: Exchange): Entry => {
    const entry = {
      method: exchange.method,
      target: `${exchange.path}${queryOf(exchange.query)}`,
      accept: exchange.header("accept"),
      sent: exchange.header("content-type"),
      answer: "not answered",
    };
    entries.push(entry);
    return entry;
  };
  const end = (entry: Entry, { status, headers }: Answer): void => {
    const type = headers["content-type"];
    entry.answer = type === undefined ? String(status) : `${status} ${String(type)}`;
  };
  return {
    wrap: (server) => ({
      ...server,
      handle: async (exchange) => {
        const entry = begin(exchange);
        const answer = await server.handle(exchange);
        end(entry, answer);
        return answer;
      },
      admit: async (exchange) => {
        const entry = begin(exchange);
        try {
          const admitted = await server.admit(exchange);
          return {
            ...admitted,
            switched: () => {
              entry.answer = `101 ${exchange.header("upgrade") ?? ""}`;
              admitted.switched();
            },
            ended: (answer) => {
              if (answer.status !== 101) end(entry, answer);
              admitted.ended(answer);
            },
          };
        } catch (error) {
          entry.answer = "refused";
          throw error;
        }
      },
    }),
    take: () => {
      const texts = entries.map((entry) => ({ isAbout: isAboutTheApi(entry.target), text: written(entry) }));
      entries = [];
      const about = texts.filter(({ isAbout }) => isAbout).map(({ text }) => text);
      const others = texts.filter(({ isAbout }) => !isAbout).map(({ text }) => text);
      return [...about.sort(), ...others].join("");
    },
  };
};

/** Discovery and schemas are fetched several at a time. */
const isAboutTheApi = (target: string): boolean =>
  /^\/(openapi|version)\b/.test(target) || /^\/(api(\/[^/]+)?|apis(\/[^/]+){0,2})(\?|$)/.test(target);

const written = ({ method, target, accept, sent, answer }: Entry): string =>
  [
    `${method} ${target}`,
    ...(accept === undefined ? [] : [`  accept ${accept}`]),
    ...(sent === undefined ? [] : [`  sends ${sent}`]),
    `  ${answer}`,
    "",
  ].join("\n");

/** What is another each time has a name instead. */
const changing: { readonly [name: string]: (value: string) => string } = {
  resourceVersion: (value) => (/^[1-9]\d*$/.test(value) ? "<revision>" : value),
  timeoutSeconds: () => "<seconds>",
  hash: () => "<hash>",
  // Go walks its maps in any order.
  fieldSelector: (value) =>
    value
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>")
      .split(",")
      .sort()
      .join(","),
};

const queryOf = (query: URLSearchParams): string => {
  const terms = [...query].map(([name, value]) => `${name}=${(changing[name] ?? ((same: string) => same))(value)}`);
  return terms.length === 0 ? "" : `?${terms.sort().join("&")}`;
};
