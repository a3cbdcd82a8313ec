// A provider for the engine's tests: its things are lines in a log file (RECORDER_LOG), so that a test sees what was called, in which order.
// `behaviour` makes a thing slow or fail; `shape` can only be changed by a replacement; things whose name is in the file RECORDER_LOST are gone.
// `detailed` makes the answer to a comparison name the changed properties. It speaks the protocol directly: loading the whole SDK would double the time of every run.
const fs = require("node:fs");
const { createRequire } = require("node:module");
const { setTimeout: sleep } = require("node:timers/promises");
const grpc = require("@grpc/grpc-js");
const { PluginInfo } = require("@pulumi/pulumi/proto/plugin_pb.js");
const rpc = require("@pulumi/pulumi/proto/provider_pb.js");
const { ResourceProviderService } = require("@pulumi/pulumi/proto/provider_grpc_pb.js");
const { Status } = require("@pulumi/pulumi/proto/status_pb.js");

const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const { Any } = sdkRequire("google-protobuf/google/protobuf/any_pb.js");
const { Empty } = sdkRequire("google-protobuf/google/protobuf/empty_pb.js");
const { Struct } = sdkRequire("google-protobuf/google/protobuf/struct_pb.js");

const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const plain = (value) => (value && value["4dabf18193072939515e22adb298388d"] === SECRET ? value.value : value);
const record = (text) => fs.appendFileSync(process.env.RECORDER_LOG, `${text}\n`);
let cancelled = false;

async function behave(inputs) {
  const behaviour = plain(inputs.behaviour);
  if (behaviour === "fail") throw new Error("this thing always fails");
  if (behaviour !== "slow") return;
  record(`waiting ${plain(inputs.name)}`);
  while (!cancelled) await sleep(50);
  throw new Error("gave up waiting");
}

/** An error that says: it was made, but is not well. */
function unwell(id, properties) {
  const detail = new rpc.ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(Struct.fromJavaScript(properties));
  detail.setReasonsList(["it does not feel well"]);
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage("made, but unwell");
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return Object.assign(new Error("made, but unwell"), { metadata });
}

const handlers = {
  async getPluginInfo() {
    const response = new PluginInfo();
    response.setVersion("1.0.0");
    return response;
  },

  async configure() {
    const response = new rpc.ConfigureResponse();
    response.setAcceptsecrets(true);
    return response;
  },

  async check(request) {
    const response = new rpc.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  },

  async diff(request) {
    const [olds, news] = [request.getOldInputs().toJavaScript(), request.getNews().toJavaScript()];
    const changed = Object.keys({ ...olds, ...news }).filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
    const response = new rpc.DiffResponse();
    response.setChanges(changed.length > 0 ? rpc.DiffResponse.DiffChanges.DIFF_SOME : rpc.DiffResponse.DiffChanges.DIFF_NONE);
    if (plain(news.detailed) === true) response.setDiffsList(changed);
    response.setReplacesList(changed.filter((key) => key === "shape"));
    response.setDeletebeforereplace(plain(news.unique) === true);
    return response;
  },

  async create(request) {
    const inputs = request.getProperties().toJavaScript();
    const name = plain(inputs.name);
    record(`create ${name}`);
    await behave(inputs);
    const outputs = { ...inputs, made: `${name} made` };
    if (plain(inputs.behaviour) === "unwell") throw unwell(name, outputs);
    const response = new rpc.CreateResponse();
    response.setId(name);
    response.setProperties(Struct.fromJavaScript(outputs));
    return response;
  },

  async update(request) {
    const inputs = request.getNews().toJavaScript();
    record(`update ${plain(inputs.name)}`);
    await behave(inputs);
    const response = new rpc.UpdateResponse();
    response.setProperties(Struct.fromJavaScript({ ...inputs, made: `${plain(inputs.name)} made again` }));
    return response;
  },

  async delete(request) {
    record(`delete ${plain(request.getProperties().toJavaScript().name)}`);
    return new Empty();
  },

  async read(request) {
    const lost = fs.existsSync(process.env.RECORDER_LOST) ? fs.readFileSync(process.env.RECORDER_LOST, "utf8").split("\n") : [];
    const response = new rpc.ReadResponse();
    if (lost.includes(request.getId())) return response;
    response.setId(request.getId());
    response.setProperties(request.getProperties());
    response.setInputs(request.getInputs());
    return response;
  },

  async cancel() {
    cancelled = true;
    return new Empty();
  },
};

const implementation = Object.fromEntries(
  Object.entries(handlers).map(([name, handler]) => [
    name,
    (call, callback) => handler(call.request).then((response) => callback(null, response), (error) => callback(Object.assign(error, { code: grpc.status.UNKNOWN }))),
  ]),
);
const server = new grpc.Server();
server.addService(ResourceProviderService, implementation);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
