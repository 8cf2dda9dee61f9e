// The certificate library refuses to load without it, so it is imported first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { Disk } from "./disk.ts";

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

interface Secrets {
  readonly caKey: webcrypto.JsonWebKey;
  readonly caCertificate: string;
  /** One key for all devices of a lab: making a hundred would be the slowest part of starting it. */
  readonly deviceKey: webcrypto.JsonWebKey;
  readonly devicePublicKey: webcrypto.JsonWebKey;
  readonly username: string;
  readonly password: string;
}

export interface DeviceCertificate {
  readonly key: string;
  readonly cert: string;
}

/** The lab's own certificate authority and its credentials, made once for each state folder and kept there (mode 0600). */
export class Authority {
  readonly #secrets: Secrets;
  readonly #caKey: webcrypto.CryptoKey;
  readonly #devicePublicKey: webcrypto.CryptoKey;
  readonly #deviceKeyPem: string;

  private constructor(
    secrets: Secrets,
    keys: { caKey: webcrypto.CryptoKey; devicePublicKey: webcrypto.CryptoKey; deviceKeyPem: string },
  ) {
    this.#secrets = secrets;
    this.#caKey = keys.caKey;
    this.#devicePublicKey = keys.devicePublicKey;
    this.#deviceKeyPem = keys.deviceKeyPem;
  }

  static async open(folder: string): Promise<Authority> {
    const disk = new Disk<Secrets>(folder, "authority");
    let secrets = disk.load();
    if (secrets === undefined) {
      secrets = await makeSecrets();
      disk.save(secrets);
    }
    return Authority.#from(secrets);
  }

  /** An authority that nobody trusts: what a device with the wrong certificate has. */
  static async stranger(): Promise<Authority> {
    return Authority.#from(await makeSecrets());
  }

  static async #from(secrets: Secrets): Promise<Authority> {
    const load = (key: webcrypto.JsonWebKey, usage: "sign" | "verify"): Promise<webcrypto.CryptoKey> =>
      webcrypto.subtle.importKey("jwk", key, algorithm, true, [usage]);
    const deviceKey = await load(secrets.deviceKey, "sign");
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", deviceKey)).toString("base64");
    return new Authority(secrets, {
      caKey: await load(secrets.caKey, "sign"),
      devicePublicKey: await load(secrets.devicePublicKey, "verify"),
      deviceKeyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/(.{64})/g, "$1\n")}\n-----END PRIVATE KEY-----\n`,
    });
  }

  /** PEM of the authority: what a target carries as `ca`. */
  get ca(): string {
    return this.#secrets.caCertificate;
  }

  get credentials(): { readonly username: string; readonly password: string } {
    return { username: this.#secrets.username, password: this.#secrets.password };
  }

  /** A certificate for one device: its name, and the loopback address that it is reached at. */
  async issue(device: string): Promise<DeviceCertificate> {
    const issuer = new x509.X509Certificate(this.#secrets.caCertificate);
    const names: x509.JsonGeneralNames = [{ type: "ip", value: "127.0.0.1" }];
    // A device name that is no host name still has a certificate: clients check the address.
    if (/^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/.test(device)) names.push({ type: "dns", value: device });
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [device.slice(0, 64)] }],
      issuer: issuer.subject,
      ...validity(),
      signingAlgorithm: algorithm,
      publicKey: this.#devicePublicKey,
      signingKey: this.#caKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names),
      ],
    });
    return { key: this.#deviceKeyPem, cert: `${certificate.toString("pem")}\n` };
  }
}

/** Ten years from yesterday: long enough for any lab, and clocks that differ a little still agree. */
const validity = (): { notBefore: Date; notAfter: Date } => {
  const day = 86_400_000;
  const now = Date.now();
  return { notBefore: new Date(now - day), notAfter: new Date(now + 3650 * day) };
};

async function makeSecrets(): Promise<Secrets> {
  const make = (): Promise<webcrypto.CryptoKeyPair> =>
    webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const [ca, device] = [await make(), await make()];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: ["Heddle lab authority"] }],
    ...validity(),
    signingAlgorithm: algorithm,
    keys: ca,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const random = (bytes: number): string =>
    Buffer.from(webcrypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
  return {
    caKey: await webcrypto.subtle.exportKey("jwk", ca.privateKey),
    caCertificate: `${certificate.toString("pem")}\n`,
    deviceKey: await webcrypto.subtle.exportKey("jwk", device.privateKey),
    devicePublicKey: await webcrypto.subtle.exportKey("jwk", device.publicKey),
    username: "heddle",
    password: random(18),
  };
}
