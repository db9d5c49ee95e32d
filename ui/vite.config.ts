import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  // Relative addresses work under tauri:// as well as under a folder of a server.
  base: "./",
  plugins: [react({ babel: { plugins: [["babel-plugin-react-compiler", {}]] } }), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // Tauri expects its development server here; the window shows an error rather than another page.
  server: { port: 5173, strictPort: mode !== "fake" },
  build: {
    outDir: "dist",
    // The oldest engine that shows the window: WebKitGTK 2.40, which is Safari 16.4.
    target: "safari16.4",
    sourcemap: false,
    chunkSizeWarningLimit: 700,
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    css: false,
    restoreMocks: true,
    // axe reads a whole page, on a machine that may be busy with a build.
    testTimeout: 60_000,
  },
}));
