import { describe, expect, test } from "vitest";
import { answer, recordings } from "../testing/recorded.node.ts";
import { type CloudErrorKind, refusal } from "./error.ts";

/** What the real services answered, and which of our few kinds it is. */
const expected: readonly [RegExp, CloudErrorKind][] = [
  [/over-quota/, "quota"],
  [/no-token|wrong-password|wrong-secret|no-role-on-project/, "unauthorized"],
  [/lb-of-another-tenant|forbidden|restricted-appcred/, "forbidden"],
  [/microversion-too-high/, "unsupported"],
  [/port-in-use|immutable-409|delete-in-use|duplicate|ip-in-use|trunk-parent|listener-has-pool/, "conflict"],
  [
    /volume-create-bad-type|remove-interface-again|network-404|token-validate-bad|404|another-tenant|of-tenant-a|after-delete/,
    "notFound",
  ],
  [/./, "invalid"],
];

describe("a refusal of the real services becomes one of few kinds", () => {
  const refused = ["keystone", "nova", "neutron", "octavia", "glance", "cinder"]
    .flatMap(recordings)
    .filter(({ response }) => response.status >= 400);
  test.each(refused.map((one) => [one.file, one] as const))("%s [OSAPI-005]", async (file, { response }) => {
    const error = await refusal("it", answer(response.status, response.body, response.headers));
    expect(error.kind).toBe(expected.find(([pattern]) => pattern.test(file))?.[1]);
    expect(error.message).toMatch(/^[^{<]{4,}.* \(it, HTTP 4\d\d\)$/s);
  });
  test("a proxy's page and a busy cloud are unavailable, with the time they ask for", async () => {
    expect(await refusal("it", answer(502, "<html><h1>Bad\nGateway</h1></html>"))).toMatchObject({
      kind: "unavailable",
      message: "Bad Gateway (it, HTTP 502)",
    });
    expect(await refusal("it", answer(429, {}, { "Retry-After": "7" }))).toMatchObject({
      kind: "unavailable",
      retryAfterSeconds: 7,
    });
    expect(await refusal("it", answer(501, { faultstring: "no monitors" }))).toMatchObject({ kind: "unsupported" });
    expect(await refusal("it", answer(413, { overLimit: { message: "VolumeLimitExceeded" } }))).toMatchObject({ kind: "quota" });
  });
});
