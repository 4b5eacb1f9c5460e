import { phase, ready } from "@slipway/runtime";
import { type ResolvedContents, resolveContents } from "../contents.ts";
import type { Effect, Facts, Scope } from "../scope.ts";

/** Looked up before the init lock is taken, so that a missing Secret cannot keep other machines from trying. */
export const contents = phase<Scope, ResolvedContents, Effect, Facts>({
  name: "contents",
  observe: ({ client, caches, config }) => resolveContents({ client, caches }, config.metadata.namespace ?? "", config.spec),
  decide: (seen) => ready({ contents: seen }),
});
