// Lets `require` load this folder's TypeScript. Each file is compiled once (no type check, that is tsc's work) and kept in the
// lab's cache outside the work tree: loading the compiler for every command would cost seconds.
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const home = process.env.ROBUSTMQ_LAB_HOME || path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "robustmq-lab");
const cacheDir = path.join(home, "engine");
const compilerOptions = { target: "es2022", module: "node16", moduleResolution: "node16", esModuleInterop: true };

function compile(source, file) {
  const key = crypto.createHash("sha256").update(JSON.stringify(compilerOptions)).update(file).update(source).digest("hex");
  const cached = path.join(cacheDir, `${key}.js`);
  if (fs.existsSync(cached)) return fs.readFileSync(cached, "utf8");
  const { outputText } = require("typescript").transpileModule(source, { fileName: file, compilerOptions });
  fs.mkdirSync(cacheDir, { recursive: true });
  const temporary = `${cached}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, outputText);
  fs.renameSync(temporary, cached);
  return outputText;
}

require.extensions[".ts"] = (module, file) => module._compile(compile(fs.readFileSync(file, "utf8"), file), file);
