import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import patches from "fast-json-patch";
import { describe, expect, test } from "vitest";
import { configPath } from "#model/source.ts";
import { changesBetween, tablesOf } from "./diff.ts";
import { sonic } from "./index.ts";

const corpus = new URL("../../../../shared/corpus/", import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(corpus, path), "utf8");
const parse = (...paths: string[]) => sonic.parse(paths.map((path) => ({ path, text: read(path) })));

function* filesIn(folder: string): Generator<string> {
  for (const name of readdirSync(join(corpus, folder))) {
    const path = `${folder}/${name}`;
    if (statSync(join(corpus, path)).isDirectory()) yield* filesIn(path);
    else yield path;
  }
}

describe.skipIf(!existsSync(corpus))("SONiC files of the corpus", () => {
  const files = () =>
    [...filesIn("sonic"), "multi/sonic-srlinux-l2evpn/configs/leaf1-config.json"].filter(
      (path) =>
        /\.(?:json|conf)$/.test(path) && !/platform\.json|hwsku\.json|_index\.json|resolv\.conf|platform_wb/.test(path),
    );

  test("every leaf and line is used, set aside with a reason, or reported; very few are unknown", () => {
    let [all, unknown, count] = [0, 0, 0];
    for (const path of files()) {
      const { accounts, findings } = parse(path);
      count++;
      for (const line of accounts.flatMap((account) => account.lines)) {
        all++;
        if (line.status === "unknown") {
          unknown++;
          expect(
            findings.some((one) => one.where.kind === "file" && one.where.line === line.line),
            `${path} ${line.text}`,
          ).toBe(true);
        } else if (line.status === "ignored") expect(line.reason, `${path} ${line.text}`).toBeTruthy();
      }
    }
    expect(count).toBeGreaterThan(120);
    expect(all).toBeGreaterThan(30_000);
    // Dual-ToR mux tables, confederations, and a table that the updater's tests made up.
    expect(unknown / all).toBeLessThan(0.005);
  });

  test("what a device means survives rendering where ConfigDB can say it", () => {
    for (const path of files().filter((one) => one.endsWith(".json"))) {
      const { config } = parse(path);
      const { files: rendered, findings } = sonic.render(config);
      if (findings.length > 0) continue;
      // Rendering writes the routing mode; nothing else may come or go.
      expect(JSON.parse(JSON.stringify(sonic.parse(rendered).config)), path).toEqual(
        JSON.parse(JSON.stringify(config)),
      );
    }
  });

  const gcu = "sonic/utilities-configdb-gcu/gcu";
  test.each([
    ["config_db_as_json.json", "single_operation_config_db_patch.json-patch", "config_db_after_single_operation.json"],
    ["config_db_as_json.json", "multi_operation_config_db_patch.json-patch", "config_db_after_multi_patch.json"],
    ["dpb_1_split_full_config.json", "dpb_1_to_4.json-patch", "dpb_4_splits_full_config.json"],
    ["dpb_4_splits_full_config.json", "dpb_4_to_1.json-patch", "dpb_1_split_full_config.json"],
  ])("%s with %s is %s, and the diff names the same places", (before, patch, after) => {
    const operations = JSON.parse(read(`${gcu}/${patch}`)) as { op: string; path: string }[];
    const patched = patches.applyPatch(
      JSON.parse(read(`${gcu}/${before}`)),
      operations as Parameters<typeof patches.applyPatch>[1],
    ).newDocument as object;
    const [old, now] = [read(`${gcu}/${before}`), JSON.stringify(patched)];
    const meaning = (text: string) => sonic.parse([{ path: "config_db.json", text }]).config;
    expect(meaning(now)).toEqual(meaning(read(`${gcu}/${after}`)));
    const changed = changesBetween(tablesOf(old), tablesOf(now)).map((change) => configPath(...change.path));
    // The updater's patches reach into lists; ours give a list whole.
    const named = [...new Set(operations.map((one) => one.path.split("/").slice(0, 4).join("/")))];
    expect(changed.toSorted()).toEqual(named.toSorted());
    expect(
      sonic
        .diff([{ path: "config_db.json", text: old }], [{ path: "config_db.json", text: now }])
        .map((line) => line.text.split(" ")[1])
        .filter((place) => !changed.includes(place ?? "")),
    ).toEqual([]);
  });

  test("QoS tables keep their values", () => {
    for (const path of files().filter((one) => /\/(?:qos-[^/]*|config_qos)\.json$/.test(one))) {
      const raw = JSON.parse(read(path)) as Record<string, Record<string, Record<string, string>>>;
      const { qos } = parse(path).config;
      const numbers = (map: Record<string, string>) =>
        Object.fromEntries(Object.entries(map).map(([key, value]) => [key, Number(value)]));
      for (const [table, part] of [
        ["DSCP_TO_TC_MAP", "dscpToTrafficClass"],
        ["TC_TO_QUEUE_MAP", "trafficClassToQueue"],
        ["TC_TO_PRIORITY_GROUP_MAP", "trafficClassToPriorityGroup"],
      ] as const)
        for (const [name, map] of Object.entries(raw[table] ?? {}))
          expect(qos?.[part][name], `${path} ${table} ${name}`).toEqual(numbers(map));
      for (const [name, profile] of Object.entries(raw["WRED_PROFILE"] ?? {})) {
        if (
          profile["ecn"] === undefined ||
          profile["green_max_threshold"] === undefined ||
          profile["wred_green_enable"] === "false"
        )
          continue;
        expect(qos?.ecnProfiles[name], `${path} ${name}`).toEqual({
          minThresholdBytes: Number(profile["green_min_threshold"]),
          maxThresholdBytes: Number(profile["green_max_threshold"]),
          maxMarkProbability: Number(profile["green_drop_probability"]),
        });
      }
      for (const [port, map] of Object.entries(raw["PORT_QOS_MAP"] ?? {}))
        if (port !== "global" && map["pfc_enable"] !== undefined && !port.includes(","))
          expect(qos?.interfaces[port]?.pfcPriorities, `${path} ${port}`).toEqual(
            map["pfc_enable"].split(",").filter(Boolean).map(Number),
          );
    }
  });

  test("buffers: headroom, thresholds and cable lengths of a Mellanox 4600C", () => {
    const { qos } = parse("sonic/buildimage-qos-buffer-frr/buffers-mellanox4600c-t0.json").config;
    expect(qos?.bufferProfiles["ingress_lossy_profile"]).toEqual({
      pool: "ingress_lossless_pool",
      sizeBytes: 0,
      dynamicThreshold: 3,
    });
    expect(qos?.interfaces["Ethernet2"]).toMatchObject({
      cableLengthMetres: 5,
      priorityGroups: { 0: { bufferProfile: "ingress_lossy_profile" } },
    });
  });

  test("the SONiC leaf of the mixed EVPN lab: its FRR text says what runs", () => {
    const { config, findings, provenance } = parse(
      "multi/sonic-srlinux-l2evpn/configs/leaf1-config.json",
      "multi/sonic-srlinux-l2evpn/configs/leaf1-frr-bgp.cfg",
    );
    expect(findings.filter((one) => one.severity === "error")).toEqual([]);
    expect(config.bridgeDomains).toEqual({ 100: { vlanId: 100, vni: 100, floodVteps: [] } });
    expect(config.macVrfs).toEqual({
      100: {
        service: "vlan-based",
        bridgeDomains: ["100"],
        evpn: {
          routeDistinguisher: "10.0.1.1:100",
          importRouteTargets: ["65000:100"],
          exportRouteTargets: ["65000:100"],
        },
      },
    });
    expect(config.vxlan).toEqual({ sourceAddress: "10.0.1.1", udpPort: 4789 });
    expect(config.interfaces["Ethernet4"]).toMatchObject({ enabled: true, switchport: { mode: "access", vlan: 100 } });
    const bgp = config.networkInstances["default"]?.bgp;
    expect(bgp).toMatchObject({ as: 101, allowMultipleAs: true, ebgpRequiresPolicy: true });
    expect(bgp?.neighbors["10.0.2.1"]).toMatchObject({
      peerAs: 100,
      localAs: { as: 100 },
      afiSafis: { "l2vpn-evpn": { enabled: true }, "ipv4-unicast": { enabled: true } },
    });
    expect(bgp?.neighbors["192.168.11.1"]?.afiSafis?.["ipv4-unicast"]).toMatchObject({
      importPolicy: "import-all",
      exportPolicy: "send-lo0",
    });
    expect(provenance.get("/macVrfs/100")).toMatchObject({ file: expect.stringContaining("frr") as string, line: 39 });
  });

  test("bgpcfgd's golden text: what it announces", () => {
    const { config } = parse("sonic/buildimage-qos-buffer-frr/frr/bgpd_frr.conf");
    expect(config.networkInstances["default"]?.bgp).toMatchObject({
      as: 65100,
      routerId: "10.1.0.32",
      allowMultipleAs: true,
      ebgpRequiresPolicy: false,
      afiSafis: {
        "ipv4-unicast": {
          maximumPathsEbgp: 514,
          networks: [{ prefix: "10.1.0.32/32" }, { prefix: "192.168.0.0/27" }, { prefix: "192.168.200.0/27" }],
        },
        "ipv6-unicast": { networks: [{ prefix: "fc00:1::/64" }] },
      },
    });
  });
});
