import { defineConfig } from "vitest/config";

/**
 * Three projects, from fast to slow:
 *  unit     pure decisions and contracts, beside the code they test; under a minute
 *  stories  the whole system in one process with a virtual clock (apps/server/stories)
 *  clients  real programs against a running Slipway: kubectl, openstack, cloud-init (files named *.client.test.ts); each file has a home
 *           and ports of its own
 *
 * Left to itself Vitest leaves one core to its own process, which has little to do once all is loaded.
 */
const everyCore = { maxWorkers: "100%" } as const;
/** Modules keep no state, so the test files of a worker share them: loading them anew for each file costs more than the tests. */
const shared = { ...everyCore, isolate: false } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/*.client.test.ts", "**/node_modules/**"],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: "stories",
          include: ["apps/server/stories/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...everyCore,
          name: "clients",
          include: ["packages/*/src/**/*.client.test.ts", "apps/*/src/**/*.client.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
