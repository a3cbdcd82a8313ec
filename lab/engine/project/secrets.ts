/**
 * Secrets of a stack, encrypted with a key derived from PULUMI_CONFIG_PASSPHRASE. Same construction as the real
 * passphrase provider: PBKDF2-SHA256 (1,000,000 rounds), AES-256-GCM, `v1:nonce:ciphertext`, a salt that proves the passphrase.
 */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import { promisify } from "node:util";
import { UserError } from "../user-error";

const ROUNDS = 1_000_000;
const TAG_LENGTH = 16;
const PROOF = "pulumi";
const pbkdf2 = promisify(crypto.pbkdf2);

export class SecretsManager {
  /** Unchanged secrets keep their ciphertext, so that a state file does not change without reason. */
  private readonly known = new Map<string, string>();

  private constructor(
    readonly salt: string,
    private readonly key: Buffer,
  ) {}

  static async open(salt: string | undefined): Promise<SecretsManager> {
    const passphrase = readPassphrase();
    if (salt === undefined) return SecretsManager.create(passphrase);
    const [version, saltText, ...proof] = salt.split(":");
    if (version !== "v1" || saltText === undefined) throw new UserError("unknown format of 'encryptionsalt'");
    const manager = new SecretsManager(salt, await deriveKey(passphrase, Buffer.from(saltText, "base64")));
    try {
      manager.decrypt(proof.join(":"));
    } catch {
      throw new UserError("incorrect passphrase: PULUMI_CONFIG_PASSPHRASE does not open this stack's secrets");
    }
    return manager;
  }

  private static async create(passphrase: string): Promise<SecretsManager> {
    const saltBytes = crypto.randomBytes(8);
    const key = await deriveKey(passphrase, saltBytes);
    const proof = new SecretsManager("", key).encrypt(PROOF);
    return new SecretsManager(`v1:${saltBytes.toString("base64")}:${proof}`, key);
  }

  encrypt(plaintext: string): string {
    const known = this.known.get(plaintext);
    if (known !== undefined) return known;
    const nonce = crypto.randomBytes(12);
    const cipher = crypto.createCipheriv("aes-256-gcm", this.key, nonce);
    const body = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
    const text = `v1:${nonce.toString("base64")}:${body.toString("base64")}`;
    this.known.set(plaintext, text);
    return text;
  }

  decrypt(text: string): string {
    const [version, nonce, body] = text.split(":");
    if (version !== "v1" || nonce === undefined || body === undefined) throw new Error("unknown format of a ciphertext");
    const bytes = Buffer.from(body, "base64");
    const decipher = crypto.createDecipheriv("aes-256-gcm", this.key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_LENGTH));
    const plaintext = decipher.update(bytes.subarray(0, bytes.length - TAG_LENGTH), undefined, "utf8") + decipher.final("utf8");
    this.known.set(plaintext, text);
    return plaintext;
  }
}

function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  return pbkdf2(passphrase, salt, ROUNDS, 32, "sha256");
}

function readPassphrase(): string {
  const direct = process.env.PULUMI_CONFIG_PASSPHRASE;
  if (direct !== undefined) return direct;
  const file = process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (file !== undefined && file !== "") return fs.readFileSync(file, "utf8").trim();
  throw new UserError("passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables");
}
