import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import type { TlsPair } from "../plan/secrets";

export interface TlsPairInputs {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
}

/** The broker loads its pair once, at start, so a short life would mean restarts; renewal is by a new pair and a roll. */
const LIFE_DAYS = 3650;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A new key and a certificate for it, signed by itself: clients that verify it use the certificate as their root. */
export async function makeTlsPair({ commonName, dnsNames }: TlsPairInputs): Promise<TlsPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString("hex"),
    name: `CN=${commonName}`,
    notBefore: new Date(now - 3600_000),
    notAfter: new Date(now + LIFE_DAYS * 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(false),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: "dns", value }))),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const lines = der.match(/.{1,64}/g) ?? [];
  return { certificate: certificate.toString("pem"), privateKey: ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n") };
}
