import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ESLint } from "eslint";

const root = join(__dirname, "../..");

/** One file of a made-up checkout, and the rules that it breaks. */
interface Fixture {
  readonly file: string;
  readonly text: string;
  readonly broken: readonly string[];
}

const IMPORTS = "@typescript-eslint/no-restricted-imports";
const SYNTAX = "no-restricted-syntax";

const order = ["spec", "releases", "plan", "observe", "operations", "transport", "pulumi"];

/** Every folder imports from every other one: right from those before it, wrong from those after it. */
const betweenFolders: Fixture[] = order.flatMap((from, index) =>
  order
    .filter((to) => to !== from)
    .map((to) => ({ file: `provider/${from}/imports-${to}.ts`, text: `import { x } from "../${to}/x";\nexport const y = x;\n`, broken: order.indexOf(to) < index ? [] : [IMPORTS] })),
);

const others: Fixture[] = [
  { file: "provider/spec/neighbour.ts", text: 'import { x } from "./other";\nexport const y = x;\n', broken: [] },
  { file: "provider/observe/type-of-later.ts", text: 'import type { X } from "../transport/x";\nexport type Y = X;\n', broken: [IMPORTS] },
  { file: "provider/observe/late-import.ts", text: 'export const load = () => import("../transport/x");\n', broken: [SYNTAX] },
  { file: "provider/observe/import-type.ts", text: 'export type X = import("../transport/x").X;\n', broken: [SYNTAX] },
  { file: "provider/observe/requires.ts", text: 'export const x = require("../pulumi/x");\n', broken: ["@typescript-eslint/no-require-imports", SYNTAX] },
  { file: "provider/observe/exports.ts", text: 'export * from "../pulumi/x";\n', broken: [IMPORTS] },
  { file: "provider/plan/lab.ts", text: 'import { x } from "../../lab/x";\nexport const y = x;\n', broken: [IMPORTS] },
  { file: "provider/pulumi/tests.ts", text: 'import { x } from "../../tests/x";\nexport const y = x;\n', broken: [IMPORTS] },
  { file: "provider/index.ts", text: 'export * from "../lab/x";\n', broken: [IMPORTS] },

  { file: "provider/plan/pulumi-at-run-time.ts", text: 'import * as pulumi from "@pulumi/pulumi";\nexport const x = pulumi.output(1);\n', broken: [IMPORTS] },
  { file: "provider/plan/pulumi-type.ts", text: 'import type { Input } from "@pulumi/pulumi";\nexport type X = Input<string>;\n', broken: [] },
  { file: "provider/transport/pulumi-late.ts", text: 'export const load = () => import("@pulumi/kubernetes");\n', broken: [SYNTAX] },
  { file: "provider/pulumi/pulumi.ts", text: 'import * as pulumi from "@pulumi/pulumi";\nexport const x = pulumi.output(1);\n', broken: [] },

  { file: "provider/transport/client.ts", text: 'import type { KubeConfig } from "@kubernetes/client-node";\nexport const load = () => import("@kubernetes/client-node");\nexport type X = KubeConfig;\n', broken: [] },
  { file: "provider/pulumi/client-type.ts", text: 'import type { KubeConfig } from "@kubernetes/client-node";\nexport type X = KubeConfig;\n', broken: [IMPORTS] },
  { file: "provider/observe/client-late.ts", text: 'export const load = () => import("@kubernetes/client-node");\n', broken: [SYNTAX] },
  { file: "provider/observe/client-import-type.ts", text: 'export type X = import("@kubernetes/client-node").KubeConfig;\n', broken: [SYNTAX] },

  { file: "provider/releases/toml.ts", text: 'export const x = require("smol-toml");\n', broken: [] },
  { file: "provider/pulumi/dynamicProviders.ts", text: 'const path = "pulumi-robustmq/dist/x";\nexport const x = () => require(path);\n', broken: [] },
  { file: "lab/any.ts", text: "export const x = (y: any) => y;\n", broken: ["@typescript-eslint/no-explicit-any"] },
  { file: "tests/unit/equals.ts", text: "export const x = (y: number) => y == 1;\n", broken: ["eqeqeq"] },
  { file: "examples/unused.ts", text: "const x = 1;\nconst _y = 2;\nexport {};\n", broken: ["@typescript-eslint/no-unused-vars"] },
  { file: "lab/long.ts", text: "export {};\n".repeat(301), broken: ["max-lines"] },
  { file: "lab/just-not-long.ts", text: "export {};\n".repeat(300), broken: [] },
  { file: "lab/disabled.ts", text: "// eslint-disable-next-line eqeqeq\nexport const x = 1;\n", broken: ["(unused directive)"] },

  { file: "provider/spec/floating.ts", text: "export function x(y: Promise<void>): void {\n  y;\n}\n", broken: ["@typescript-eslint/no-floating-promises", "@typescript-eslint/no-unused-expressions"] },
  { file: "provider/spec/misused.ts", text: "export const x = (y: Promise<boolean>): number => (y ? 1 : 2);\n", broken: ["@typescript-eslint/no-misused-promises"] },
  { file: "provider/spec/awaits.ts", text: "export const x = async (y: number): Promise<number> => await y;\n", broken: ["@typescript-eslint/await-thenable"] },
  { file: "provider/spec/throws.ts", text: 'export function x(): never {\n  throw "text";\n}\n', broken: ["@typescript-eslint/only-throw-error"] },
  {
    file: "provider/spec/switches.ts",
    text: 'export function x(y: "a" | "b"): number {\n  switch (y) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}\n',
    broken: ["@typescript-eslint/switch-exhaustiveness-check"],
  },
];

const fixtures = [...betweenFolders, ...others];

describe("lint rules", function () {
  this.timeout(120_000);
  // The linter names files by their real path.
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "lint-")));
  let found: Map<string, string[]>;
  after(() => rmSync(dir, { recursive: true }));

  before("lint a made-up checkout", async () => {
    for (const { file, text } of fixtures) {
      mkdirSync(join(dir, dirname(file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    }
    const tsconfig = join(dir, "provider/tsconfig.json");
    // Without libraries and without following imports: the rules need no more, and it takes a tenth of the time.
    writeFileSync(tsconfig, JSON.stringify({ compilerOptions: { strict: true, noResolve: true, types: [], lib: ["ES2020"], module: "commonjs" }, include: ["./**/*.ts"] }));
    const eslint = new ESLint({
      cwd: dir,
      overrideConfigFile: join(root, "eslint.config.mjs"),
      overrideConfig: { files: ["provider/**/*.ts"], languageOptions: { parserOptions: { project: tsconfig, tsconfigRootDir: dir } } },
    });
    const results = await eslint.lintFiles(["."]);
    found = new Map(results.map(({ filePath, messages }) => [filePath.slice(dir.length + 1), [...new Set(messages.map(({ ruleId, message }) => ruleId ?? (/Unused eslint-disable/.test(message) ? "(unused directive)" : message)))].sort()]));
  });

  for (const { file, broken } of fixtures) {
    it(`${file}: ${broken.length === 0 ? "fine" : broken.join(", ")}`, () => assert.deepEqual(found.get(file), [...broken].sort()));
  }
});
