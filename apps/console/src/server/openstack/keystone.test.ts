import type { Transport, TransportRequest } from "@slipway/openstack";
import { expect, test } from "vitest";
import type { SignIn } from "../../contract/index.ts";
import { isFault } from "../http/fault.ts";
import { createKeystone } from "./keystone.ts";

/** Answers of a real Keystone (2026.1) to sign-ins that its simulated twin has no users for. */
const answering = (status: number, headers: { readonly [name: string]: string }, body: object) => {
  const asked: TransportRequest[] = [];
  const transport: Transport = async (request) => {
    asked.push(request);
    return { status, headers, text: async () => JSON.stringify(body) };
  };
  return { asked, keystone: createKeystone({ transport, authUrl: "http://k:5000", region: undefined, interface: "public" }) };
};
const password: SignIn = { method: "password", user: "u", password: "p", domain: "Default" };
const codeOf = async (work: Promise<unknown>) => work.catch((error: unknown) => (isFault(error) ? error.code : error));

test("an account with two factors is asked for the second, and both go to Keystone together [CON-062]", async () => {
  const receipt = { receipt: { methods: ["password"] }, required_auth_methods: [["totp", "password"]] };
  const { asked, keystone } = answering(401, { "openstack-auth-receipt": "gAAAAAB" }, receipt);
  expect(await codeOf(keystone.signIn(password))).toBe("oneTimeCodeNeeded");
  await codeOf(keystone.signIn({ ...password, oneTimeCode: "123456" }));
  expect(JSON.parse(String(asked[1]?.body))).toMatchObject({
    auth: { identity: { methods: ["password", "totp"], totp: { user: { name: "u", passcode: "123456" } } } },
  });
  expect(asked[0]?.url).toBe("http://k:5000/v3/auth/tokens");
});

test("a password that is too old is told as such; a Keystone that is down is not a wrong password [CON-070]", async () => {
  const expired = {
    error: { code: 401, title: "Unauthorized", message: "The password is expired and needs to be changed for user: 1." },
  };
  expect(await codeOf(answering(401, {}, expired).keystone.signIn(password))).toBe("passwordExpired");
  const down = { error: { code: 503, title: "Service Unavailable", message: "" } };
  expect(await codeOf(answering(503, {}, down).keystone.signIn(password))).toBe("unavailable");
  expect(await codeOf(answering(201, {}, {}).keystone.signIn(password))).toBe("unavailable");
  const gone = createKeystone({
    transport: () => Promise.reject(new Error("ECONNREFUSED")),
    authUrl: "http://k:5000/v3",
    region: undefined,
    interface: "public",
  });
  expect(await codeOf(gone.signIn(password))).toBe("unavailable");
});
