/** The house rules that a machine can hold. Each line is an invariant of ARCHITECTURE.md. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = import.meta.dirname;
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));
const sources = tracked.filter((path) => /^(packages|apps)\/[^/]+\/(src|stories)\/.*\.tsx?$/.test(path));
const isTest = (path: string) => /\.test\.tsx?$|\/stories\/|\/testing\/|\/contract\.ts$|\/fixtures\/|\.golden\./.test(path);
const importsOf = (path: string): string[] =>
  [...readFileSync(join(root, path), "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
const roomOf = (path: string) => path.split("/").slice(0, 2).join("/");

/** Which of our packages a room may import when it ships; tests may also import apiserver and sim. */
const MAY_IMPORT: { readonly [room: string]: readonly string[] | "everything" } = {
  "packages/api": [],
  "packages/openstack": [],
  "packages/etcd": [],
  "packages/apiserver": ["api", "etcd"],
  "packages/runtime": ["api"],
  "packages/doctor": ["api", "openstack"],
  "packages/magnum": ["api", "runtime", "openstack", "doctor"],
  "packages/capi": ["api", "etcd", "runtime", "openstack"],
  "packages/sim": ["api", "apiserver", "runtime", "openstack"],
  "packages/observability": ["api", "runtime"],
  "packages/clusterctl": ["api", "runtime"],
  "apps/console": ["api", "runtime", "openstack"],
  "apps/cli": ["api", "runtime", "openstack", "doctor", "clusterctl"],
  "apps/server": "everything",
};

describe("the rooms", () => {
  test.each(Object.entries(MAY_IMPORT))("%s imports only what its place in the map allows", (room, allowed) => {
    if (allowed === "everything") return;
    const offences = sources
      .filter((path) => roomOf(path) === room && !isTest(path))
      .flatMap((path) => importsOf(path).map((name) => ({ path, name })))
      .filter(({ name }) => name.startsWith("@slipway/"))
      .filter(({ name }) => {
        const other = name.split("/")[1] ?? "";
        return other !== room.split("/")[1] && !allowed.includes(other);
      });
    expect(offences).toEqual([]);
  });

  test("every room is in the map", () => {
    expect([...new Set(sources.map(roomOf))].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  test("libraries touch no sockets, files or environment: node: imports live in apps/ and in *.node.ts files", () => {
    const offences = sources
      .filter((path) => path.startsWith("packages/") && !isTest(path) && !path.endsWith(".node.ts"))
      .filter((path) => importsOf(path).some((name) => name.startsWith("node:")));
    expect(offences).toEqual([]);
  });

  test("a package never imports its own index", () => {
    const offences = sources
      .filter((path) => !isTest(path))
      .filter((path) => importsOf(path).some((name) => name === `@slipway/${path.split("/")[1]}`));
    expect(offences).toEqual([]);
  });

  test("the console's pages know only the contract: no server, no cloud client, no node:", () => {
    const offences = sources
      .filter((path) => path.startsWith("apps/console/src/web/") && !isTest(path))
      .flatMap((path) => importsOf(path).map((name) => ({ path, name })))
      .filter(({ name }) => name.startsWith("node:") || name.includes("/server/") || name.startsWith("@slipway/openstack"));
    expect(offences).toEqual([]);
    const contract = sources.filter((path) => path.startsWith("apps/console/src/contract/"));
    const runtime = /^(?:import|export) (?!type |interface )/m;
    expect(contract.filter((path) => runtime.test(readFileSync(join(root, path), "utf8")))).toEqual([]);
  });

  test("only openstack folders of capi import openstack", () => {
    const offences = sources
      .filter((path) => path.startsWith("packages/capi/src/") && !path.startsWith("packages/capi/src/openstack") && !isTest(path))
      .filter((path) => path !== "packages/capi/src/index.ts")
      .filter((path) => importsOf(path).some((name) => name.startsWith("@slipway/openstack")));
    expect(offences).toEqual([]);
  });
});

describe("the files", () => {
  test("no test is focused or skipped", () => {
    const words = /\b(?:it|test|describe)\.(?:skip|only|todo)\(/;
    expect(
      tracked.filter(
        (path) => path.endsWith(".test.ts") && path !== "tidy.test.ts" && words.test(readFileSync(join(root, path), "utf8")),
      ),
    ).toEqual([]);
  });

  test("no module keeps state: no module-level let", () => {
    const offences = sources.filter(
      (path) =>
        path.startsWith("packages/") && !isTest(path) && /^(?:export )?let /m.test(readFileSync(join(root, path), "utf8")),
    );
    expect(offences).toEqual([]);
  });

  test("the API server reads and writes JSON whose numbers keep their digits: JSON.parse and JSON.stringify round them or fail", () => {
    const rounding = sources.filter(
      (path) =>
        (path.startsWith("packages/apiserver/src/") || path.startsWith("packages/runtime/src/client/")) &&
        !isTest(path) &&
        /JSON\.(?:parse|stringify)\(/.test(readFileSync(join(root, path), "utf8")),
    );
    expect(rounding).toEqual([]);
  });

  test("the lock file holds no download addresses", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toContain('"resolved": "http');
  });

  test("nothing depends on files beside the checkout", () => {
    const offences = tracked.filter(
      (path) =>
        /\.(ts|mjs|json|sh|yaml|yml)$/.test(path) &&
        path !== "tidy.test.ts" &&
        !path.startsWith("spec/") &&
        /\.\.\/shared\//.test(readFileSync(join(root, path), "utf8")),
    );
    expect(offences).toEqual([]);
  });
});
