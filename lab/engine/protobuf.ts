/** The protobuf classes that @pulumi/pulumi's own messages are made of: another copy's messages would not serialize. */
import { createRequire } from "node:module";
import type * as AnyModule from "google-protobuf/google/protobuf/any_pb";
import type * as EmptyModule from "google-protobuf/google/protobuf/empty_pb";
import type * as StructModule from "google-protobuf/google/protobuf/struct_pb";

const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/package.json"));

export const { Empty } = sdkRequire("google-protobuf/google/protobuf/empty_pb") as typeof EmptyModule;
export const { Struct } = sdkRequire("google-protobuf/google/protobuf/struct_pb") as typeof StructModule;
export type Any = AnyModule.Any;
export type Empty = EmptyModule.Empty;
export type Struct = StructModule.Struct;
