/** The parts of provider answers that need unpacking: detailed diffs, and errors that carry a half-made resource. */
import { type Any } from "../protobuf";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { type DetailedDiff, type DiffKind } from "../values/diff";
import { fromStruct, type ValueMap } from "../values/property";
import { isGrpcError } from "./grpc-client";
import { InitializationError } from "./provider";

const KINDS: Record<rpc.PropertyDiff.Kind, DiffKind> = {
  [rpc.PropertyDiff.Kind.ADD]: "add",
  [rpc.PropertyDiff.Kind.ADD_REPLACE]: "add-replace",
  [rpc.PropertyDiff.Kind.DELETE]: "delete",
  [rpc.PropertyDiff.Kind.DELETE_REPLACE]: "delete-replace",
  [rpc.PropertyDiff.Kind.UPDATE]: "update",
  [rpc.PropertyDiff.Kind.UPDATE_REPLACE]: "update-replace",
};

export function detailedDiffOf(response: rpc.DiffResponse): DetailedDiff | undefined {
  if (!response.getHasdetaileddiff()) return undefined;
  const result: DetailedDiff = {};
  response.getDetaileddiffMap().forEach((entry, path) => {
    result[path] = { kind: KINDS[entry.getKind()], inputDiff: entry.getInputdiff() };
  });
  return result;
}

const DETAILS_HEADER = "grpc-status-details-bin";
const INIT_FAILED = "pulumirpc.ErrorResourceInitFailed";

/** Undefined when the error is an ordinary one. */
export function initializationError(error: unknown, receive: (values: ValueMap) => ValueMap): InitializationError | undefined {
  if (!isGrpcError(error)) return undefined;
  const [header] = error.metadata.get(DETAILS_HEADER);
  if (!Buffer.isBuffer(header)) return undefined;
  const status = Status.deserializeBinary(header);
  const packed = (status.getDetailsList() as Any[]).find((any) => any.getTypeName() === INIT_FAILED);
  if (packed === undefined) return undefined;
  const detail = rpc.ErrorResourceInitFailed.deserializeBinary(packed.getValue_asU8());
  const inputs = detail.getInputs();
  const reasons = detail.getReasonsList().length > 0 ? detail.getReasonsList() : [status.getMessage()];
  return new InitializationError(
    detail.getId(),
    receive(fromStruct(detail.getProperties())),
    reasons,
    inputs === undefined ? undefined : fromStruct(inputs),
  );
}
