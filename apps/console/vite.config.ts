import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { budget } from "./src/build/budget.ts";

/** The console's pages, built into dist/console beside the programs: plain files, no inline script or style, nothing from elsewhere. */
export default defineConfig({
  root: join(import.meta.dirname, "src/web"),
  base: "/",
  plugins: [react(), budget({ firstLoadKilobytes: 250 })],
  build: {
    outDir: join(import.meta.dirname, "../../dist/console"),
    emptyOutDir: true,
    // A data: address would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
});
