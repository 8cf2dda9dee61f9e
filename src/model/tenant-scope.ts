/** What a change of one tenant may touch on one device: the allow-list of the guard. */
export interface TenantScope {
  readonly vrfs: readonly string[];
  readonly vnis: readonly number[];
  readonly vlans: readonly number[];
  readonly interfaces: readonly string[];
  readonly acls: readonly string[];
  readonly policies: readonly string[];
  /** Networks of the tenant's own addresses: list entries about them are its lines. */
  readonly prefixes: readonly string[];
  /** Shared VRFs that the tenant's own gateways stand in: binding such a gateway there is its own line. */
  readonly gatewayVrfs?: readonly string[];
}
