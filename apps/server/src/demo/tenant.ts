import type { SimulatedWorld } from "../system/system.ts";

/** What somebody with a password can do through the public APIs: the demo uses the same doors as everyone. */
export interface TenantDoors {
  /** By user; each has a project of the same name. */
  readonly passwords: { readonly [user: string]: string };
  readonly world: SimulatedWorld;
  readonly magnum: { fetch(request: Request): Promise<Response> };
  /** Keystone, with /v3. */
  readonly authUrl: string;
  /** Magnum, with /v1. */
  readonly containerInfra: string;
}

export interface Tenant {
  call<T>(method: string, path: string, body?: object): Promise<T>;
}

/** Signs in with a password and speaks Magnum, again when the token has expired. @throws Error with what Magnum answered */
export const signIn = async (doors: TenantDoors, user: string): Promise<Tenant> => {
  let token = await takeToken(doors, user);
  const send = (method: string, path: string, body: object | undefined): Promise<Response> =>
    doors.magnum.fetch(
      new Request(`${doors.containerInfra}${path}`, {
        method,
        headers: { "x-auth-token": token, "content-type": "application/json", "openstack-api-version": "container-infra latest" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  return {
    call: async <T>(method: string, path: string, body?: object): Promise<T> => {
      let answer = await send(method, path, body);
      if (answer.status === 401) {
        token = await takeToken(doors, user);
        answer = await send(method, path, body);
      }
      const text = await answer.text();
      if (!answer.ok) throw new Error(`Magnum refused ${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
      return (text === "" ? {} : JSON.parse(text)) as T;
    },
  };
};

const takeToken = async (doors: TenantDoors, user: string): Promise<string> => {
  const domain = { name: "Default" };
  const response = await doors.world.cloud.transport({
    method: "POST",
    url: `${doors.authUrl}/auth/tokens`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      auth: {
        identity: { methods: ["password"], password: { user: { name: user, domain, password: doors.passwords[user] } } },
        scope: { project: { name: user, domain } },
      },
    }),
  });
  const token = response.headers["x-subject-token"];
  if (token === undefined) throw new Error(`Keystone refused the user ${user}: ${response.status} ${await response.text()}`);
  return token;
};
