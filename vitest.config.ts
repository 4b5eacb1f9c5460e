import { defineConfig } from "vitest/config";

/**
 * Three projects, from fast to slow:
 *  unit     pure decisions and contracts, beside the code they test; under a minute
 *  stories  the whole system in one process with a virtual clock (apps/server/stories)
 *  clients  real programs against a running Slipway: kubectl, openstack, cloud-init (files named *.client.test.ts)
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/*.client.test.ts", "**/node_modules/**"],
          testTimeout: 20_000,
        },
      },
      {
        test: { name: "stories", include: ["apps/server/stories/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 60_000 },
      },
      {
        test: {
          name: "clients",
          include: ["packages/*/src/**/*.client.test.ts", "apps/*/src/**/*.client.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
