import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { mcpServer } from "#operations/mcp.ts";
import { agentHeader } from "#operations/rest.ts";
import { callServer } from "./client.ts";
import { registry } from "./registry.ts";
import { stateDirOf } from "./state-dir.ts";
import { version } from "./version.ts";

/** MCP on standard input and output: the same tools, carried to the running server. Ends when the input does. */
export async function serveMcpStdio(): Promise<void> {
  const call = (operation: Parameters<typeof callServer>[1], input: unknown) =>
    callServer(stateDirOf(), operation, (input ?? {}) as Record<string, unknown>, () => {}, {
      // checked by the tool's schema before
      [agentHeader]: "1",
    });
  serveStdio(() => mcpServer(registry, call, version));
  await new Promise<void>((resolve) => process.stdin.once("close", resolve));
}
