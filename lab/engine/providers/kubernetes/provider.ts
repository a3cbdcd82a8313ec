/** The `kubernetes` package, in the engine: what pulumi-kubernetes 4.34 does with its default settings, for ordinary objects. */
import { randomBytes } from "node:crypto";
import { errorMessage } from "../../user-error";
import { detailedInputDiff, topLevelKeys } from "../../values/diff";
import { containsUnknowns, stripSecrets, type Value, type ValueMap } from "../../values/property";
import { urnName, urnType } from "../../values/urn";
import {
  InitializationError, type CheckRequest, type CheckResult, type CreateRequest, type CreateResult, type DeleteRequest, type DiffRequest,
  type DiffResult, type Log, type ReadRequest, type ReadResult, type UpdateRequest,
} from "../provider";
import { StandaloneProvider } from "../standalone";
import { awaitDeletion, awaitReady, AwaitFailed, skipsDeletionAwait, type AwaitContext } from "./await";
import { ApiError, KubernetesClient, kubeconfigContent } from "./client";
import { diffObjects } from "./diff";
import { annotation, autoname, AUTONAMED, kindOf, markSecrets, nameOf, namespaceOf, normalizeSecret, objectId, parseId, pruneTo, withAnnotation, withMetadata } from "./objects";
import { applyManifest, createManifest, deleteObject } from "./writes";

const UNREACHABLE_ADVICE =
  "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the " +
  'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

/** Provider arguments that are not strings arrive as JSON text. */
const isTrue = (value: Value | undefined): boolean => value === true || value === "true";
const text = (value: Value | undefined): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export class KubernetesProvider extends StandaloneProvider {
  private client: KubernetesClient | undefined;
  private unreachable = "";
  /** In a preview: the configuration comes from a resource that does not exist yet. */
  private pending = false;
  private warned = false;
  private settings: ValueMap = {};
  private readonly cancelled = new AbortController();

  constructor(private readonly log: Log) {
    super("kubernetes");
  }

  override async diffConfig(request: DiffRequest): Promise<DiffResult> {
    const detailedDiff = detailedInputDiff(request.oldInputs, request.news);
    const diffs = topLevelKeys(detailedDiff);
    const keys = diffs.filter((key) => ["kubeconfig", "context", "cluster"].includes(key));
    const replaces = keys.length > 0 && (await this.isOtherCluster(request)) ? keys : [];
    return { changes: diffs.length > 0, replaces, diffs, deleteBeforeReplace: false, detailedDiff };
  }

  /** Only another server makes it another cluster; a new token or user does not. */
  private async isOtherCluster({ oldInputs, news }: DiffRequest): Promise<boolean> {
    if ([news.kubeconfig, news.context, news.cluster].some(containsUnknowns)) return true;
    const [before, after] = await Promise.all([oldInputs, news].map(async (inputs) => {
      const client = await loadClient(stripSecrets(inputs));
      client.close();
      return client.server;
    }));
    return before !== after;
  }

  override async configure(inputs: ValueMap): Promise<void> {
    this.settings = stripSecrets(inputs);
    this.pending = containsUnknowns(inputs);
    if (this.pending) return;
    try {
      this.client = await loadClient(this.settings);
      await this.client.assertReachable();
    } catch (error) {
      const where = this.client === undefined ? "" : ` at ${this.client.server}`;
      this.unreachable = `unable to reach the Kubernetes API server${where}: ${errorMessage(error)}`;
    }
  }

  private reachableClient(): KubernetesClient {
    if (this.client === undefined || this.unreachable !== "") {
      throw new Error(`configured Kubernetes cluster is unreachable: ${this.unreachable}`);
    }
    return this.client;
  }

  private warnIfUnreachable(urn: string): void {
    if (this.unreachable === "" || this.warned) return;
    this.warned = true;
    this.log({ severity: "warning", urn, text: `configured Kubernetes cluster is unreachable: ${this.unreachable}` });
  }

  override async check({ urn, olds, news, randomSeed }: CheckRequest): Promise<CheckResult> {
    if (this.pending) return { inputs: news, failures: [] };
    this.warnIfUnreachable(urn);
    let object = stripSecrets(news);
    assertSupported(object, urn);
    if (nameOf(object) === "") {
      const oldObject = stripSecrets(olds);
      const keep = annotation(oldObject, AUTONAMED) === "true";
      object = withMetadata(object, { name: keep ? nameOf(oldObject) : autoname(urnName(urn), randomSeed) });
      object = withAnnotation(object, AUTONAMED, "true");
    }
    const defaultNamespace = text(this.settings.namespace);
    if (defaultNamespace !== undefined && namespaceOf(object) === "" && (await this.isNamespaced(object, urn))) {
      object = withMetadata(object, { namespace: defaultNamespace });
    }
    return { inputs: markSecrets(object, news), failures: [] };
  }

  private async isNamespaced(object: ValueMap, urn: string): Promise<boolean> {
    const { apiVersion, kind } = kindOf(object, urn);
    if (this.client === undefined || this.unreachable !== "") return !["Namespace", "PersistentVolume", "StorageClass", "ClusterRole", "ClusterRoleBinding"].includes(kind);
    try {
      return (await this.client.mapping(apiVersion, kind)).namespaced;
    } catch (error) {
      if (error instanceof ApiError && error.reason === "NoMatch") return true;
      throw error;
    }
  }

  override async diff(request: DiffRequest): Promise<DiffResult> {
    const namespaced = await this.isNamespaced(stripSecrets(request.news), request.urn);
    return diffObjects(request, namespaced, { configMaps: isTrue(this.settings.enableConfigMapMutable), secrets: isTrue(this.settings.enableSecretMutable) });
  }

  override async create({ urn, inputs, timeoutSeconds, preview }: CreateRequest): Promise<CreateResult> {
    if (preview && this.pending) return { id: "", outputs: {} };
    const object = stripSecrets(inputs);
    if (preview && (this.unreachable !== "" || containsUnknowns(object))) return { id: "", outputs: inputs };
    const client = this.reachableClient();
    if (preview) return { id: "", outputs: await this.previewCreate(client, object, inputs) };
    const manager = `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
    const created = await createManifest(client, urn, object, this.cancelled.signal);
    const context = this.awaitContext(client, urn, object, created, timeoutSeconds, false);
    const live = await this.afterWrite(context, manager, inputs, `resource ${JSON.stringify(urn)} was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live`);
    return { id: objectId(live), outputs: this.checkpoint(live, inputs, manager) };
  }

  /** A dry run, unless its failure only says that something else is not there yet (or that the object exists already). */
  private async previewCreate(client: KubernetesClient, object: ValueMap, inputs: ValueMap): Promise<ValueMap> {
    try {
      const path = await client.collectionPath(textOf(object, "apiVersion"), textOf(object, "kind"), namespaceOf(object));
      const { status: _status, ...live } = await client.request("POST", path, { body: object, query: { dryRun: "All", fieldManager: "pulumi-kubernetes" } });
      return this.checkpoint(live, inputs, "");
    } catch (error) {
      const expected = error instanceof ApiError && (["NoMatch", "AlreadyExists", "Forbidden"].includes(error.reason) || isNamespaceMissing(error, object));
      if (!expected) throw error;
      return inputs;
    }
  }

  override async update({ urn, id, oldOutputs, news, ignoreChanges, timeoutSeconds, preview }: UpdateRequest): Promise<{ outputs: ValueMap }> {
    if (preview && this.pending) return { outputs: {} };
    const object = stripSecrets(news);
    if (preview && (this.unreachable !== "" || containsUnknowns(object))) return { outputs: news };
    const client = this.reachableClient();
    const manager = textOf(oldOutputs, "__fieldManager") || "pulumi-kubernetes-standin";
    const force = isTrue(this.settings.enablePatchForce);
    const problem = `the Kubernetes API server reported that ${JSON.stringify(id)} failed to fully initialize or become live`;
    const live = await applyManifest(client, { object, oldName: parseId(id).name, manager, ignoreChanges, preview, force }).catch(async (error: unknown) => {
      // As the real provider: a refused update counts as one that did not become live, with the object as it is.
      const current = await this.read({ urn, id, inputs: news, outputs: oldOutputs });
      if (current.id === "") throw new Error(`update of resource ${JSON.stringify(urn)} failed: ${errorMessage(error)}`);
      throw new InitializationError(id, current.outputs, [`${problem}: ${errorMessage(error)}`]);
    });
    if (preview) return { outputs: this.checkpoint(live, news, manager) };
    const context = this.awaitContext(client, urn, object, live, timeoutSeconds, true);
    const ready = await this.afterWrite(context, manager, news, problem);
    return { outputs: this.checkpoint(ready, news, manager) };
  }

  private awaitContext(client: KubernetesClient, urn: string, inputs: ValueMap, live: ValueMap, timeoutSeconds: number, isUpdate: boolean): AwaitContext {
    return { client, urn, inputs, live, timeoutSeconds, isUpdate, log: this.log, signal: this.cancelled.signal };
  }

  /** Waits until the object is what it should become; if that fails, what is there is kept. */
  private async afterWrite(context: AwaitContext, manager: string, inputs: ValueMap, problem: string): Promise<ValueMap> {
    try {
      return await awaitReady(context);
    } catch (error) {
      if (!(error instanceof AwaitFailed)) throw error;
      const reasons = [`${problem}: ${error.message}`, ...error.details];
      throw new InitializationError(objectId(error.live), this.checkpoint(error.live, inputs, manager), reasons);
    }
  }

  private checkpoint(live: ValueMap, inputs: ValueMap, manager: string): ValueMap {
    const outputs = markSecrets(live, inputs);
    return manager === "" ? outputs : { ...outputs, __fieldManager: manager, __initialApiVersion: live.apiVersion ?? "" };
  }

  override async delete({ urn, id, inputs, outputs, timeoutSeconds }: DeleteRequest): Promise<void> {
    if (this.unreachable !== "" && this.deletesUnreachable()) return;
    if (this.unreachable !== "") {
      this.warnIfUnreachable(urn);
      throw new Error(`configured Kubernetes cluster is unreachable. ${UNREACHABLE_ADVICE}`);
    }
    const client = this.reachableClient();
    const object = stripSecrets(inputs);
    const live = stripSecrets(outputs);
    const { apiVersion, kind } = kindOf(live, urn);
    const { namespace, name } = parseId(id);
    const exists = await deleteObject(client, { apiVersion, kind, namespace, name, propagation: annotation(object, "pulumi.com/deletionPropagationPolicy") });
    if (exists && !skipsDeletionAwait(object, apiVersion, kind)) await awaitDeletion(this.awaitContext(client, urn, object, live, timeoutSeconds, false));
  }

  private deletesUnreachable(): boolean {
    return isTrue(this.settings.deleteUnreachable) || process.env.PULUMI_K8S_DELETE_UNREACHABLE === "true";
  }

  override async read({ urn, id, inputs, outputs }: ReadRequest): Promise<ReadResult> {
    if (this.unreachable !== "") {
      this.warnIfUnreachable(urn);
      if (this.deletesUnreachable()) return { id: "", outputs: {} };
      throw new Error(`failed to read resource state due to unreachable cluster. ${UNREACHABLE_ADVICE}`);
    }
    const { apiVersion, kind } = kindOf(stripSecrets(inputs), urn);
    const { namespace, name } = parseId(id);
    try {
      const client = this.reachableClient();
      const live = await client.request("GET", await client.objectPath(apiVersion, kind, namespace, name));
      const plainInputs = normalizeSecret(stripSecrets(inputs));
      const newInputs = Object.keys(plainInputs).length === 0 ? plainInputs : ((pruneTo(live, plainInputs) ?? {}) as ValueMap);
      return { id, outputs: this.checkpoint(live, inputs, textOf(outputs, "__fieldManager")), inputs: markSecrets(newInputs, inputs) };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return { id: "", outputs: {} };
      throw error;
    }
  }

  override async cancel(): Promise<void> {
    this.cancelled.abort();
  }

  override async close(): Promise<void> {
    this.client?.close();
  }
}

/** Better a clear refusal than a behaviour that only looks like the real one. */
function assertSupported(object: ValueMap, urn: string): void {
  const type = urnType(urn);
  if (type.endsWith("Patch") || type.startsWith("kubernetes:helm.sh/")) throw new Error(`the stand-in's kubernetes provider has no ${type}`);
  if (annotation(object, "pulumi.com/waitFor") !== "") throw new Error("the stand-in's kubernetes provider does not know the annotation pulumi.com/waitFor");
}

function textOf(values: ValueMap, key: string): string {
  const value = values[key];
  return typeof value === "string" ? value : "";
}

function isNamespaceMissing(error: ApiError, object: ValueMap): boolean {
  return error.status === 404 && error.message.includes(`namespaces ${JSON.stringify(namespaceOf(object))} not found`);
}

function loadClient(settings: ValueMap): Promise<KubernetesClient> {
  const ambient = process.env.PULUMI_K8S_KUBECONFIG;
  return KubernetesClient.load({
    kubeconfig: kubeconfigContent(text(settings.kubeconfig) ?? ambient),
    context: text(settings.context),
    cluster: text(settings.cluster),
  });
}
