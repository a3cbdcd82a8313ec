/** The `random` package, in the engine: what @pulumi/random's resources do, without the Terraform bridge. */
import * as crypto from "node:crypto";
import { detailedInputDiff, asReplaceKind, topLevelKeys } from "../values/diff";
import { isMap, makeSecret, stripSecrets, UNKNOWN, type Value, type ValueMap } from "../values/property";
import { urnType } from "../values/urn";
import { randomText } from "./random-text";
import { StandaloneProvider } from "./standalone";
import { type CheckRequest, type CheckResult, type CreateRequest, type CreateResult, type DiffRequest, type DiffResult } from "./provider";

interface Generated {
  id: string;
  outputs: ValueMap;
}

interface Kind {
  generate(inputs: ValueMap): Generated;
  /** Inputs that get these values when the program leaves them out. */
  defaults: ValueMap;
  outputs: string[];
  secretOutputs: string[];
}

const TEXT_DEFAULTS: ValueMap = {
  lower: true, upper: true, numeric: true, number: true, special: true,
  minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0,
};

function generateId(inputs: ValueMap): Generated {
  const bytes = crypto.randomBytes(Number(inputs.byteLength));
  const prefix = String(inputs.prefix ?? "");
  const encoded = { b64Url: bytes.toString("base64url"), b64Std: bytes.toString("base64"), hex: bytes.toString("hex") };
  const dec = bytes.length === 0 ? "0" : BigInt(`0x${encoded.hex}`).toString(10);
  return {
    id: encoded.b64Url,
    outputs: { b64Url: prefix + encoded.b64Url, b64Std: prefix + encoded.b64Std, hex: prefix + encoded.hex, dec: prefix + dec },
  };
}

function generateInteger(inputs: ValueMap): Generated {
  const result = crypto.randomInt(Number(inputs.min), Number(inputs.max) + 1);
  return { id: String(result), outputs: { result } };
}

function generateUuid(): Generated {
  const result = crypto.randomUUID();
  return { id: result, outputs: { result } };
}

function generatePassword(inputs: ValueMap): Generated {
  return { id: "none", outputs: { result: randomText(inputs), bcryptHash: "" } };
}

function generateString(inputs: ValueMap): Generated {
  const result = randomText(inputs);
  return { id: result, outputs: { result } };
}

function generateBytes(inputs: ValueMap): Generated {
  const bytes = crypto.randomBytes(Number(inputs.length));
  const base64 = bytes.toString("base64");
  return { id: base64, outputs: { base64, hex: bytes.toString("hex") } };
}

const KINDS: Record<string, Kind> = {
  "random:index/randomPassword:RandomPassword": {
    generate: generatePassword, defaults: TEXT_DEFAULTS, outputs: ["result", "bcryptHash"], secretOutputs: ["result", "bcryptHash"],
  },
  "random:index/randomString:RandomString": { generate: generateString, defaults: TEXT_DEFAULTS, outputs: ["result"], secretOutputs: [] },
  "random:index/randomId:RandomId": { generate: generateId, defaults: {}, outputs: ["b64Url", "b64Std", "hex", "dec"], secretOutputs: [] },
  "random:index/randomBytes:RandomBytes": { generate: generateBytes, defaults: {}, outputs: ["base64", "hex"], secretOutputs: ["base64", "hex"] },
  "random:index/randomInteger:RandomInteger": { generate: generateInteger, defaults: {}, outputs: ["result"], secretOutputs: [] },
  "random:index/randomUuid:RandomUuid": { generate: generateUuid, defaults: {}, outputs: ["result"], secretOutputs: [] },
};

function kindOf(urn: string): Kind {
  const kind = KINDS[urnType(urn)];
  if (kind === undefined) throw new Error(`the stand-in's random provider has no resource type ${urnType(urn)}`);
  return kind;
}

export class RandomProvider extends StandaloneProvider {
  constructor() {
    super("random");
  }

  override async check({ urn, news }: CheckRequest): Promise<CheckResult> {
    const { defaults } = kindOf(urn);
    const inputs = stripSecretsOfScalars(news);
    if (isMap(defaults) && "numeric" in defaults && (news.numeric ?? news.number) !== undefined) {
      inputs.numeric = inputs.number = (news.numeric ?? news.number) as Value;
    }
    return { inputs, failures: [] };
  }

  /** Every input of a random resource makes a new one; there is nothing to update in place. */
  override async diff({ oldInputs, news }: DiffRequest): Promise<DiffResult> {
    const detailedDiff = detailedInputDiff(oldInputs, news);
    for (const entry of Object.values(detailedDiff)) entry.kind = asReplaceKind(entry.kind);
    const keys = topLevelKeys(detailedDiff);
    return { changes: keys.length > 0, replaces: keys, diffs: keys, deleteBeforeReplace: false, detailedDiff };
  }

  override async create({ urn, inputs, preview }: CreateRequest): Promise<CreateResult> {
    const kind = kindOf(urn);
    const settled: ValueMap = { ...kind.defaults, ...inputs };
    if (preview) return { id: "", outputs: { ...settled, ...Object.fromEntries(kind.outputs.map((key) => [key, UNKNOWN])) } };
    const { id, outputs } = kind.generate(stripSecrets(settled));
    for (const key of kind.secretOutputs) outputs[key] = makeSecret(outputs[key] ?? null);
    return { id, outputs: { ...settled, ...outputs, id } };
  }
}

function stripSecretsOfScalars(news: ValueMap): ValueMap {
  const inputs: ValueMap = {};
  for (const [key, value] of Object.entries(news)) inputs[key] = key === "keepers" ? value : stripSecrets(value);
  return inputs;
}
