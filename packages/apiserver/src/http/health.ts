import { jsonText } from "@slipway/api/json/index.ts";
import { type Answer, type Exchange, pageNotFound, textAnswer } from "./exchange.ts";

export interface HealthCheck {
  readonly name: string;
  /** `/readyz` asks all, `/livez` and `/healthz` only those that mean the process itself is broken. */
  readonly readyOnly?: boolean;
  /** Throws when something is wrong. */
  check(): void | Promise<void>;
}

export const createHealth = (
  checks: readonly HealthCheck[],
): ((exchange: Exchange, parts: readonly string[]) => Promise<Answer>) => {
  const all: readonly HealthCheck[] = [{ name: "ping", check: () => {} }, { name: "log", check: () => {} }, ...checks];

  return async ({ query }, [endpoint = "", ...path]) => {
    const relevant = all.filter((check) => endpoint === "readyz" || check.readyOnly !== true);
    if (path.length > 0) {
      const one = relevant.find(({ name }) => name === path.join("/"));
      if (one === undefined) return pageNotFound();
      const failure = await failureOf(one);
      return failure === undefined ? textAnswer(200, "ok") : textAnswer(500, `internal server error: ${failure}`);
    }
    const excluded = new Set(query.getAll("exclude"));
    const lines: string[] = [];
    let failed = false;
    for (const check of relevant) {
      if (excluded.delete(check.name)) {
        lines.push(`[+]${check.name} excluded: ok`);
        continue;
      }
      const failure = await failureOf(check);
      failed ||= failure !== undefined;
      lines.push(failure === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`);
    }
    if (excluded.size > 0)
      lines.push(
        `warn: some health checks cannot be excluded: no matches for ${[...excluded].map((name) => jsonText(name)).join(",")}`,
      );
    if (failed) return textAnswer(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
    return textAnswer(200, query.has("verbose") ? `${lines.join("\n")}\n${endpoint} check passed\n` : "ok");
  };
};

const failureOf = async (check: HealthCheck): Promise<string | undefined> => {
  try {
    await check.check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
