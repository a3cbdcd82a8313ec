// Chooses the parts that the demo runs on: the real ones come first, and the output says which they are.
import { mkdirSync, existsSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { CannotGoOn, line } from "./say";
import { answers, reachable, run } from "./run";

const root = resolve(__dirname, "../..");
const labHome = process.env["ROBUSTMQ_LAB_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "robustmq-lab");
const demoHome = join(labHome, "demo");

/** How long an unreachable download may take to be noticed. */
const PROBE_MS = 3000;

export interface KubernetesPart {
  readonly name: string;
  readonly kubeconfig: string;
  readonly context?: string | undefined;
  /** Puts a locally made image onto its nodes; absent for a cluster of the user's own. */
  readonly loadImage?: (archive: string) => Promise<void>;
}

/** The cluster that the user names, else kind where a Docker engine answers, else the embedded one. */
export async function chooseKubernetes(context: string | undefined): Promise<KubernetesPart> {
  const named = process.env["KUBECONFIG"];
  if (named !== undefined || context !== undefined) {
    const kubeconfig = named ?? join(homedir(), ".kube", "config");
    return { name: `real, yours: ${kubeconfig}${context === undefined ? "" : `, context ${context}`}`, kubeconfig, context };
  }
  if ((await answers("docker", ["info"], PROBE_MS)) && (await answers("kind", ["version"], PROBE_MS))) {
    return kind();
  }
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new CannotGoOn("There is no Kubernetes to run on: name one (KUBECONFIG=… or --context …), or start Docker and install kind, or run as root on Linux, where the demo brings its own.");
  }
  return embedded();
}

async function kind(): Promise<KubernetesPart> {
  const cluster = "robustmq-demo";
  mkdirSync(demoHome, { recursive: true });
  const kubeconfig = join(demoHome, "kind.kubeconfig");
  const clusters = await run("kind", ["get", "clusters"]);
  const verb = clusters.stdout.split("\n").includes(cluster) ? ["export", "kubeconfig"] : ["create", "cluster", "--wait", "120s"];
  await must(run("kind", [...verb, "--name", cluster, "--kubeconfig", kubeconfig], { onLine: line }), "kind");
  return {
    name: "real, kind in Docker",
    kubeconfig,
    loadImage: async (archive) => must(run("kind", ["load", "image-archive", archive, "--name", cluster], { onLine: line }), "kind load"),
  };
}

async function embedded(): Promise<KubernetesPart> {
  const script = (name: string, args: string[]) => run("bash", [join(root, "lab/kubernetes", name), ...args], { onLine: line });
  const up = await script("up.sh", []);
  const kubeconfig = up.stdout.trimEnd().split("\n").at(-1);
  if (up.code !== 0 || kubeconfig === undefined || !existsSync(kubeconfig)) {
    throw new CannotGoOn("The embedded Kubernetes did not start; its last lines above say why.");
  }
  return {
    name: "real upstream components, embedded on this machine",
    kubeconfig,
    loadImage: async (archive) => must(script("load-image.sh", [archive]), "load-image.sh"),
  };
}

export interface EnginePart {
  readonly name: string;
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
}

/** `pulumi` on PATH, else npm's package where its download can be reached, else the stand-in. */
export async function chooseEngine(kubernetes: KubernetesPart): Promise<EnginePart> {
  const env = engineEnvironment(kubernetes, "state");
  if (await answers("pulumi", ["version"], 2 * PROBE_MS)) {
    return { name: "real, pulumi on PATH", command: "pulumi", env };
  }
  if (await reachable("https://get.pulumi.com/", PROBE_MS)) {
    const prefix = join(demoHome, "npm-pulumi");
    await must(run("npm", ["install", "--no-audit", "--no-fund", "--prefix", prefix, "pulumi"], { onLine: line }), "npm install pulumi");
    return { name: "real, from npm's package pulumi", command: join(prefix, "node_modules/.bin/pulumi"), env };
  }
  return {
    name: "STAND-IN (lab/engine): no pulumi on PATH, and its download cannot be reached",
    command: join(root, "lab/engine/pulumi"),
    env: engineEnvironment(kubernetes, "stand-in-state"),
  };
}

/** State, home and passphrase of the demo's own; plugins that the user already has are shared. */
function engineEnvironment(kubernetes: KubernetesPart, stateFolder: string): NodeJS.ProcessEnv {
  const home = join(demoHome, "pulumi-home");
  const state = join(demoHome, stateFolder);
  const plugins = join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins");
  mkdirSync(home, { recursive: true });
  mkdirSync(state, { recursive: true });
  if (existsSync(plugins) && !existsSync(join(home, "plugins"))) {
    symlinkSync(plugins, join(home, "plugins"));
  }
  return {
    ...process.env,
    KUBECONFIG: kubernetes.kubeconfig,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "demo",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The example is type-checked by `make lint`; checking it again in every step of the demo takes half of the step.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  };
}

export interface BrokerPart {
  readonly name: string;
  /** Repository and tag where it is not the official image. */
  readonly image?: { readonly repository: string; readonly tag: string };
}

/** The official image where it can be pulled, else the stand-in, which only a cluster of the demo's own can be given. */
export async function chooseBroker(kubernetes: KubernetesPart, version: string): Promise<BrokerPart> {
  if (kubernetes.loadImage === undefined || (await reachable("https://ghcr.io/v2/", PROBE_MS))) {
    return { name: "real, the official image" };
  }
  const build = await run("bash", [join(root, "lab/robustmq/build-image.sh"), version], { onLine: line });
  const archive = build.stdout.trimEnd().split("\n").at(-1);
  if (build.code !== 0 || archive === undefined) {
    throw new CannotGoOn("The broker's stand-in could not be built; its last lines above say why.");
  }
  await kubernetes.loadImage(archive);
  return { name: "STAND-IN (lab/robustmq): the official image cannot be pulled from here", image: { repository: "localhost/robustmq-standin", tag: version } };
}

async function must(result: Promise<{ code: number }>, what: string): Promise<void> {
  const { code } = await result;
  if (code !== 0) {
    throw new CannotGoOn(`${what} ended with exit code ${code}; its last lines above say why.`);
  }
}
