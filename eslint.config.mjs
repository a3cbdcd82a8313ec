import tseslint from "typescript-eslint";

/** The folders of provider/ in their order: each may import from those before it, and from no other. */
const folders = ["spec", "releases", "plan", "observe", "operations", "transport", "pulumi"];

/** Folders that a folder may import from; transport is not below operations, but beside it. */
const importable = Object.fromEntries(folders.map((folder, index) => [folder, folders.slice(0, index)]));

const pulumiText = "Only provider/pulumi imports @pulumi/* at run time; elsewhere types only.";
const clientText = "Only provider/transport imports @kubernetes/client-node.";

/** A regular expression in a selector cannot hold a slash. */
const inSelector = (regex) => regex.replaceAll("/", "\\x2F");

/** Both ways around an import statement: at run time, and in a type. */
function otherImports(regex, message, { types }) {
  const pattern = `/${inSelector(regex)}/`;
  const runtime = [`ImportExpression[source.value=${pattern}]`, `CallExpression[callee.name="require"][arguments.0.value=${pattern}]`, `TSExternalModuleReference[expression.value=${pattern}]`];
  return [...runtime, ...(types ? [`TSImportType[source.value=${pattern}]`] : [])].map((selector) => ({ selector, message }));
}

/** The import rules of one folder of provider/. */
function folderRules(folder) {
  const allowed = importable[folder];
  const outside = allowed.length === 0 ? "^\\.\\./" : `^\\.\\./(?!(${allowed.join("|")})/)`;
  const outsideText = `provider/${folder} imports only from ${allowed.length === 0 ? "no other folder" : allowed.join(", ")}.`;
  const rules = [
    { regex: outside, message: outsideText, types: true },
    ...(folder === "pulumi" ? [] : [{ regex: "^@pulumi/", message: pulumiText, types: false }]),
    ...(folder === "transport" ? [] : [{ regex: "^@kubernetes/client-node", message: clientText, types: true }]),
  ];
  return {
    files: [`provider/${folder}/**/*.ts`],
    rules: {
      "@typescript-eslint/no-restricted-imports": ["error", { patterns: rules.map(({ regex, message, types }) => ({ regex, message, allowTypeImports: !types })) }],
      "no-restricted-syntax": ["error", ...rules.flatMap(({ regex, message, types }) => otherImports(regex, message, { types }))],
    },
  };
}

export default tseslint.config(
  { ignores: ["dist/", "**/node_modules/", "**/bin/", "coverage/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommended],
    rules: {
      "max-lines": ["error", { max: 300 }],
      "@typescript-eslint/no-explicit-any": "error",
      // smol-toml ships a CommonJS build, but types for ES modules only.
      "@typescript-eslint/no-require-imports": ["error", { allow: ["^smol-toml$"] }],
      // As the compiler has it: a name that begins with "_" is left unused on purpose.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      eqeqeq: "error",
    },
  },
  {
    // Rules that need types, for the code that ships.
    files: ["provider/**/*.ts"],
    languageOptions: { parserOptions: { project: "provider/tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/only-throw-error": "error",
    },
  },
  ...folders.map(folderRules),
  {
    files: ["provider/index.ts"],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: [{ regex: "^\\.\\./", message: "provider/ never imports lab/ or tests/." }] }] },
  },
  {
    // Stored as source text in a stack's state: each function loads the installed code when it runs.
    files: ["provider/pulumi/dynamicProviders.ts"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    // Tests load some modules late: a program after its mocks, a module that is named in data.
    files: ["tests/**/*.ts"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
