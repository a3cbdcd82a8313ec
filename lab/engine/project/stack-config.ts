/** Pulumi.STACK.yaml: configuration values, secret ones encrypted, and the salt of the stack's secrets. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { UserError } from "../user-error";
import { type Project } from "./project";
import { SecretsManager } from "./secrets";

interface StackFile {
  encryptionsalt?: string;
  config?: Record<string, unknown>;
}

/** Configuration as programs and providers get it: full keys, every value a string. */
export interface ResolvedConfig {
  values: Record<string, string>;
  secretKeys: string[];
}

const isSecureEntry = (entry: unknown): entry is { secure: string } =>
  typeof entry === "object" && entry !== null && typeof (entry as { secure?: unknown }).secure === "string";

const asText = (entry: unknown): string => (typeof entry === "string" ? entry : JSON.stringify(entry));

export class StackConfig {
  private content: StackFile;
  private secretsManager: Promise<SecretsManager> | undefined;

  constructor(
    private readonly project: Project,
    private readonly file: string,
  ) {
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    this.content = (parse(text) as StackFile | null) ?? {};
  }

  static fileFor(project: Project, stack: string, explicit?: string): string {
    return explicit ?? path.join(project.root, `Pulumi.${stack}.yaml`);
  }

  /** Opens the stack's secrets; a new stack gets its salt written down at once. */
  secrets(): Promise<SecretsManager> {
    this.secretsManager ??= this.openSecrets();
    return this.secretsManager;
  }

  private async openSecrets(): Promise<SecretsManager> {
    const manager = await SecretsManager.open(this.content.encryptionsalt);
    if (this.content.encryptionsalt === undefined) {
      this.content.encryptionsalt = manager.salt;
      this.save();
    }
    return manager;
  }

  fullKey(key: string): string {
    return key.includes(":") ? key : `${this.project.name}:${key}`;
  }

  async set(key: string, value: string, secret: boolean): Promise<void> {
    const entry = secret ? { secure: (await this.secrets()).encrypt(value) } : value;
    this.content.config = { ...this.content.config, [this.fullKey(key)]: entry };
    this.save();
  }

  remove(key: string): void {
    if (this.content.config !== undefined) delete this.content.config[this.fullKey(key)];
    this.save();
  }

  async get(key: string): Promise<string> {
    const { values } = await this.resolve();
    const value = values[this.fullKey(key)];
    if (value === undefined) throw new UserError(`configuration key '${key}' not found for stack`);
    return value;
  }

  async resolve(): Promise<ResolvedConfig> {
    const values: Record<string, string> = { ...this.project.configDefaults };
    const secretKeys: string[] = [];
    for (const [key, entry] of Object.entries(this.content.config ?? {})) {
      if (isSecureEntry(entry)) {
        values[key] = (await this.secrets()).decrypt(entry.secure);
        secretKeys.push(key);
      } else values[key] = asText(entry);
    }
    return { values, secretKeys };
  }

  private save(): void {
    fs.writeFileSync(this.file, stringify(this.content));
  }
}
