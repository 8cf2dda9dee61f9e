import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "examples/**/*.test.ts", "tools/**/*.test.ts"],
    pool: "threads",
    isolate: false,
    testTimeout: 60_000,
    reporters: ["default", "./tools/closing-line.ts"],
  },
});
