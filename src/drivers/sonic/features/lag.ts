import type { DeviceConfig } from "#model/device-config.ts";
import type { ConfigDb } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import { kindOf } from "../names.ts";
import { upDown, type Tables } from "../tables.ts";

/** `PORTCHANNEL` and its members. teamd always speaks LACP actively. @source sonic-buildimage dockers/docker-teamd */
export function readLags(db: ConfigDb, draft: Draft): void {
  for (const row of db.rows("PORTCHANNEL")) {
    const lag = kindOf(row.key) === "lag" ? draft.interface(row.key) : undefined;
    if (lag === undefined) continue;
    row.use();
    draft.mark(row.span, "interfaces", row.key);
    lag.enabled = row.flag("admin_status") ?? true;
    lag.lacp = row.flag("static") === true ? "static" : "active";
    const mtu = row.number("mtu");
    if (mtu !== undefined) lag.mtuBytes = mtu;
    const description = row.text("description");
    if (description !== undefined && description !== "") lag.description = description;
    row.text("mode");
    row.ignore(["members"], "says again what PORTCHANNEL_MEMBER says");
    row.ignore(
      ["min_links", "fallback", "fast_rate", "lacp_key", "system_mac", "tpid", "role", "retry_count"],
      "tunes LACP; the aggregate is taken as up with its members",
    );
  }
  for (const row of db.rows("PORTCHANNEL_MEMBER")) {
    const [lag = "", port = ""] = row.parts;
    const member =
      row.parts.length === 2 && kindOf(lag) === "lag" && kindOf(port) === "ethernet"
        ? draft.interface(port)
        : undefined;
    if (member === undefined) continue;
    row.use();
    draft.mark(row.span, "interfaces", port, "lag");
    member.lag = lag;
  }
}

export function writeLags(config: DeviceConfig, out: Tables): void {
  for (const [name, port] of Object.entries(config.interfaces)) {
    if (port.kind === "lag" && kindOf(name) === "lag") {
      out.put("PORTCHANNEL", [name], {
        admin_status: upDown(port.enabled),
        description: port.description,
        mtu: port.mtuBytes === undefined ? undefined : String(port.mtuBytes),
        lacp_key: "auto",
      });
      if (port.lacp !== "active")
        out.cannot(
          "lacp-mode",
          ["interfaces", name, "lacp"],
          `SONiC's teamd speaks LACP actively; ${port.lacp ?? "no mode"} is written as active.`,
          port.lacp === undefined ? "info" : "warning",
        );
    }
    if (port.lag === undefined) continue;
    if (kindOf(name) === "ethernet" && kindOf(port.lag) === "lag") out.put("PORTCHANNEL_MEMBER", [port.lag, name]);
    else
      out.cannot(
        "interface-name",
        ["interfaces", name, "lag"],
        `SONiC cannot make ${name} a member of ${port.lag}.`,
        "error",
      );
  }
}
