import type { Transport } from "@slipway/openstack";
import type { ServiceName } from "../../contract/index.ts";
import { Fault } from "../http/fault.ts";
import type { Session } from "../session/sessions.ts";
import { type CallAnswer, callService, type Json, nameOf, refusalOf } from "./call.ts";
import type { Keystone } from "./keystone.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: { readonly [lowerCaseName: string]: string };
  readonly contentType?: string;
}

/** The OpenStack services as one signed-in user sees them: every request carries that user's own token. */
export interface Services {
  /** A success's body. @throws Fault for everything else; sessionExpired once the token is not taken any more */
  ask(session: Session, service: ServiceName, method: Method, path: string, options?: AskOptions): Promise<Json>;
  /** Where a service is. @throws Fault unsupported */
  urlOf(session: Session, service: ServiceName): string;
  readonly transport: Transport;
}

export interface ServicesOptions {
  readonly transport: Transport;
  readonly keystone: Keystone;
  readonly authUrl: string;
  /** Instead of what the catalog says. */
  readonly magnumUrl?: string | undefined;
  readonly computeMicroversion: string;
  /** The token is of no use any more. */
  readonly ended: (session: Session) => Promise<void>;
}

export const createServices = (options: ServicesOptions): Services => {
  const { transport, keystone, ended } = options;

  const urlOf = (session: Session, service: ServiceName): string => {
    if (service === "containerInfra" && options.magnumUrl !== undefined) return options.magnumUrl.replace(/\/+$/, "");
    if (service === "identity") return options.authUrl;
    const url = typesOf[service].map((type) => session.endpoints[type]).find((one) => one !== undefined);
    if (url === undefined) throw new Fault("unsupported", `This cloud's catalog has no ${nameOf[service]}.`, { service });
    return service === "containerInfra" || service === "compute" || service === "volume"
      ? url
      : url.replace(/\/v\d+(\.\d+)?$/, "");
  };

  /** An application credential with access rules is answered 401 where they do not reach: that is no end of the session. */
  const after401 = async (session: Session, service: ServiceName, answer: CallAnswer, token: string): Promise<never> => {
    if (await keystone.isGood(token))
      throw new Fault("forbidden", `${nameOf[service]} does not take this sign-in for that.`, {
        ...refusalOf(service, answer).more,
      });
    await ended(session);
    throw new Fault("sessionExpired", "The sign-in has ended: sign in again.", { service });
  };

  return {
    transport,
    urlOf,
    ask: async (session, service, method, path, { body, headers, contentType } = {}) => {
      const { token } = session;
      if (token === undefined) throw new Fault("sessionExpired", "The sign-in has ended: sign in again.");
      const answer = await callService(transport, {
        service,
        method,
        url: `${urlOf(session, service)}${path}`,
        token,
        ...(body === undefined ? {} : { body }),
        ...(contentType === undefined ? {} : { contentType }),
        headers: { ...versionOf(service, options.computeMicroversion), ...headers },
      });
      if (answer.status >= 200 && answer.status < 300) return answer.json;
      if (answer.status === 401) return after401(session, service, answer, token);
      throw refusalOf(service, answer);
    },
  };
};

const typesOf: { readonly [Service in Exclude<ServiceName, "identity">]: readonly string[] } = {
  compute: ["compute"],
  network: ["network"],
  image: ["image"],
  loadbalancer: ["load-balancer"],
  volume: ["block-storage", "volumev3", "block-store", "volume"],
  containerInfra: ["container-infra", "container-infrastructure-management"],
};

const versionOf = (service: ServiceName, compute: string): { readonly [name: string]: string } => {
  if (service === "containerInfra") return { "openstack-api-version": "container-infra latest" };
  return service === "compute" ? { "openstack-api-version": `compute ${compute}` } : {};
};
