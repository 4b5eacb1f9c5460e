import { expect, test } from "vitest";
import { redacted } from "./redact.ts";

test("what somebody could sign in with is not in a support bundle; which keys there are is [RUN-082]", () => {
  expect(
    redacted({
      kind: "Secret",
      metadata: { name: "blue-kubeconfig" },
      data: { value: "c2VjcmV0", "tls.key": "a2V5" },
      spec: {
        files: [{ path: "/etc/kubernetes/pki/ca.key", content: "PRIVATE" }],
        discovery: { bootstrapToken: { token: "abcdef.0123" } },
      },
      auth: { username: "u", password: "p" },
    }),
  ).toEqual({
    kind: "Secret",
    metadata: { name: "blue-kubeconfig" },
    data: { value: "(not shown: 8 characters)", "tls.key": "(not shown: 4 characters)" },
    spec: {
      files: [{ path: "/etc/kubernetes/pki/ca.key", content: "(not shown: 7 characters)" }],
      discovery: { bootstrapToken: { token: "(not shown: 11 characters)" } },
    },
    auth: { username: "(not shown: 1 characters)", password: "(not shown: 1 characters)" },
  });
});
