import { timingSafeEqual } from "node:crypto";
import type { Incoming } from "./exchange.ts";
import { Fault } from "./fault.ts";

/** How browsers reach this console. */
export interface Site {
  /** `https://console.example`, when the operator says so; else what the request says. */
  readonly origin?: string;
  readonly tls: boolean;
  /** Heed X-Forwarded-Proto, -Host and -For of a proxy in front. */
  readonly trustForwarded: boolean;
}

export const originOf = (headers: Incoming["headers"], site: Site): string => {
  if (site.origin !== undefined) return site.origin;
  const forwarded = site.trustForwarded ? headers["x-forwarded-proto"] : undefined;
  const host = (site.trustForwarded ? headers["x-forwarded-host"] : undefined) ?? headers["host"] ?? "";
  return `${forwarded ?? (site.tls ? "https" : "http")}://${host}`;
};

/**
 * Whatever changes something must come from a page of this console: browsers say so in `Sec-Fetch-Site` and `Origin`, which no page of
 * another site can forge. Neither of them is a refusal too: only something that is no browser sends neither. @throws Fault notFromHere
 */
export const checkOrigin = (headers: Incoming["headers"], site: Site): void => {
  const fetchSite = headers["sec-fetch-site"];
  const origin = headers["origin"];
  if (fetchSite === undefined && origin === undefined) throw foreign("neither Origin nor Sec-Fetch-Site was sent");
  if (fetchSite !== undefined && fetchSite !== "same-origin") throw foreign(`Sec-Fetch-Site is ${fetchSite}`);
  if (origin !== undefined && origin !== originOf(headers, site)) throw foreign(`Origin is ${origin}`);
};

/** @throws Fault notFromHere */
export const checkCsrf = (headers: Incoming["headers"], expected: string): void => {
  const given = Buffer.from(headers["x-csrf-token"] ?? "");
  const wanted = Buffer.from(expected);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw foreign("the header X-CSRF-Token is not the session's");
};

const foreign = (why: string): Fault =>
  new Fault("notFromHere", `Requests that change something are taken from this console's own pages only: ${why}.`);
