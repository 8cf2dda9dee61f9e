import { defineConfig } from "vitest/config";

/** Whole processes, real servers, a real browser: minutes, not seconds. `.ci/run` calls it. */
export default defineConfig({
  test: {
    include: ["src/**/*.slow.ts", "examples/**/*.slow.ts", "web/**/*.slow.ts", "src/store/store.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    reporters: ["default", "./tools/closing-line.ts"],
  },
});
