import { type Answer, type Call, Refusal } from "../http/call.ts";

const names: { readonly [status: number]: string } = {
  400: "badRequest",
  401: "unauthorized",
  403: "forbidden",
  404: "itemNotFound",
  405: "badMethod",
  406: "computeFault",
  409: "conflictingRequest",
  413: "overLimit",
  429: "overLimit",
  501: "notImplemented",
  503: "serviceUnavailable",
};

/** Nova's (and Cinder's) way to say no. */
export const computeRefusal = (refusal: Refusal): Answer => ({
  status: refusal.status,
  body: { [names[refusal.status] ?? "computeFault"]: { code: refusal.status, message: refusal.message } },
  headers: { "content-type": "application/json; charset=UTF-8", ...refusal.headers },
});

export const badRequest = (message: string): Refusal => new Refusal(400, message);
export const itemNotFound = (message: string): Refusal => new Refusal(404, message);
export const conflict = (message: string): Refusal => new Refusal(409, message);
export const forbidden = (message: string): Refusal => new Refusal(403, message);
export const disallowed = (rule: string): Refusal => forbidden(`Policy doesn't allow ${rule} to be performed.`);

/** Which 2.x a call wants: the lowest unless it says so. */
export const negotiateCompute =
  (max: number) =>
  (headers: Call["headers"]): number | Answer => {
    const asked = computeVersionAsked(headers);
    if (asked === undefined) return 1;
    if (asked === "latest") return max;
    const numbers = /^(\d+)\.(\d+)$/.exec(asked);
    if (!numbers) {
      return computeRefusal(badRequest(`API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`));
    }
    const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
    if (major === 2 && minor >= 1 && minor <= max) return minor;
    const refused = computeRefusal(
      new Refusal(406, `Version ${asked} is not supported by the API. Minimum is 2.1 and maximum is 2.${max}.`),
    );
    return {
      ...refused,
      headers: { ...refused.headers, "openstack-api-version": `compute ${asked}`, "x-openstack-nova-api-version": asked },
    };
  };

const computeVersionAsked = (headers: Call["headers"]): string | undefined => {
  const modern = headers["openstack-api-version"];
  for (const part of modern?.split(",") ?? []) {
    const [service, version] = part.trim().split(/\s+/);
    if (service === "compute" && version !== undefined) return version;
  }
  return headers["x-openstack-nova-api-version"];
};

export const computeHeaders = (requestId: string, version: number): { readonly [name: string]: string } => ({
  ...(version > 0 && { "openstack-api-version": `compute 2.${version}`, "x-openstack-nova-api-version": `2.${version}` }),
  vary: "OpenStack-API-Version, X-OpenStack-Nova-API-Version",
  "x-openstack-request-id": requestId,
  "x-compute-request-id": requestId,
});
