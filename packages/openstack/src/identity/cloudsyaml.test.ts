import { describe, expect, test } from "vitest";
import { CloudError } from "../transport/error.ts";
import { cloudConfig } from "./cloudsyaml.ts";
import { tokenRequest } from "./tokens.ts";

const yaml = (auth: string, more = "") => `clouds:\n  mine:\n    auth: {auth_url: "http://k:5000/v3", ${auth}}\n${more}`;
const requestFor = (auth: string) => tokenRequest(cloudConfig(yaml(auth), "mine").credentials);

describe("every way to log in that clouds.yaml can say", () => {
  test.each([
    [
      "a password, user and project by name [OSAPI-018] [OSAPI-019]",
      "username: u, password: p, user_domain_name: D, project_name: proj, project_domain_id: d1",
      {
        auth: {
          identity: { methods: ["password"], password: { user: { name: "u", domain: { name: "D" }, password: "p" } } },
          scope: { project: { name: "proj", domain: { id: "d1" } } },
        },
      },
    ],
    [
      "a password, user and project by id, the project's domain not needed [OSAPI-019]",
      "user_id: u1, password: 1234, project_id: p1, project_domain_name: ignored",
      {
        auth: {
          identity: { methods: ["password"], password: { user: { id: "u1", password: "1234" } } },
          scope: { project: { id: "p1" } },
        },
      },
    ],
    [
      "one domain for user and project, and default_domain last [OSAPI-020]",
      "username: u, password: p, domain_name: D, project_name: proj, default_domain: other",
      {
        auth: {
          identity: { methods: ["password"], password: { user: { name: "u", domain: { name: "D" }, password: "p" } } },
          scope: { project: { name: "proj", domain: { name: "D" } } },
        },
      },
    ],
    [
      "the default domain fills what is missing [OSAPI-020]",
      "username: u, password: p, project_name: proj, default_domain: default",
      {
        auth: {
          identity: { methods: ["password"], password: { user: { name: "u", domain: { id: "default" }, password: "p" } } },
          scope: { project: { name: "proj", domain: { id: "default" } } },
        },
      },
    ],
    [
      "the system [OSAPI-019]",
      "user_id: u1, password: p, system_scope: all",
      {
        auth: {
          identity: { methods: ["password"], password: { user: { id: "u1", password: "p" } } },
          scope: { system: { all: true } },
        },
      },
    ],
    [
      "an application credential by id, with no scope [OSAPI-021]",
      "application_credential_id: a1, application_credential_secret: s, project_id: ignored",
      { auth: { identity: { methods: ["application_credential"], application_credential: { id: "a1", secret: "s" } } } },
    ],
    [
      "an application credential by name [OSAPI-021]",
      "application_credential_name: a, application_credential_secret: s, username: u, user_domain_id: d",
      {
        auth: {
          identity: {
            methods: ["application_credential"],
            application_credential: { name: "a", secret: "s", user: { name: "u", domain: { id: "d" } } },
          },
        },
      },
    ],
    [
      "a token, scoped anew [OSAPI-022]",
      "token: t, username: dropped, project_id: p1",
      { auth: { identity: { methods: ["token"], token: { id: "t" } }, scope: { project: { id: "p1" } } } },
    ],
  ])("%s", (_, auth, request) => expect(requestFor(auth)).toEqual(request));

  test.each([
    ["a username without a domain [OSAPI-018]", "username: u, password: p", "user_domain_name"],
    ["both a name and an id of the user [OSAPI-018]", "username: u, user_id: i, password: p", "keep one"],
    ["a project's name without a domain [OSAPI-019]", "user_id: u, password: p, project_name: x", "project_domain_name"],
    ["an application credential without its secret [OSAPI-021]", "application_credential_id: a", "application_credential_secret"],
    ["nothing to prove oneself with", "username: u", "needs a password"],
  ])("refuses %s before any request", (_, auth, words) => expect(() => requestFor(auth)).toThrow(words));
});

describe("the cloud's entry", () => {
  test("is taken as it stands: endpoint_type counts, interface does not [CAPO-092] [CAPO-095]", () => {
    const entry = yaml(
      "user_id: u, password: p",
      "    region_name: R1\n    interface: admin\n    endpoint_type: internalURL\n    verify: false\n",
    );
    expect(cloudConfig(entry, "mine")).toMatchObject({ region: "R1", interface: "internal", verify: false });
    expect(cloudConfig(yaml("user_id: u, password: p", "    interface: admin\n"), "mine")).toMatchObject({
      interface: "public",
      verify: true,
    });
  });
  test("gives way to the region of the identityRef [CAPO-094]", () => {
    expect(cloudConfig(yaml("user_id: u, password: p", "    region_name: R1\n"), "mine", "R2").region).toBe("R2");
  });
  test("that is missing is named, with those that are there [CAPO-093]", () => {
    expect(() => cloudConfig(yaml("user_id: u, password: p"), "other")).toThrow('has no cloud "other"; it has: mine');
    expect(() => cloudConfig("clouds: {mine: {}}", "mine")).toThrow("auth_url is missing");
  });
  test("that is no YAML is refused without quoting it", () => {
    const secret = "clouds: {a: {auth: {password: 'hunter2}}";
    expect(() => cloudConfig(secret, "a")).toThrow(CloudError);
    try {
      cloudConfig(secret, "a");
    } catch (error) {
      expect(String(error)).not.toContain("hunter2");
      expect(JSON.stringify(error)).not.toContain("hunter2");
    }
  });
});
