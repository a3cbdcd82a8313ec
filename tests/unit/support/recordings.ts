import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseClusterStatus, type RaftView } from "../../../provider/observe/raft";

/** A group's metrics as the recordings hold them: without what is not needed, and flattened. */
interface ShortGroup {
  readonly state: string;
  readonly current_leader: number | null;
  readonly millis_since_quorum_ack: number | null;
  readonly configs?: readonly (readonly number[])[];
  readonly last_applied?: number | null;
}

/** One answer of one node at one time. */
export interface RecordedStatus {
  readonly event: string;
  readonly ms: number;
  readonly asked: number;
  readonly status: Readonly<Record<string, ShortGroup>>;
}

export function recording(file: string): string {
  return readFileSync(join(__dirname, "../../recordings", file), "utf8");
}

/** The lines of a recording. A last line without its line end was cut off when the recording was stopped. */
export function recordedStatuses(file: string): RecordedStatus[] {
  return recording(file).split("\n").slice(0, -1).map((line) => JSON.parse(line) as RecordedStatus);
}

/** The answer in the broker's own shape, as one line without white space. */
export function fullStatus(status: RecordedStatus["status"]): string {
  const groups = Object.entries(status).map(([name, group]) => [
    name,
    {
      state: group.state,
      current_leader: group.current_leader,
      millis_since_quorum_ack: group.millis_since_quorum_ack,
      last_applied: group.last_applied === undefined || group.last_applied === null ? null : { index: group.last_applied },
      membership_config: { membership: { configs: group.configs ?? [[1, 2, 3]] } },
    },
  ]);
  return JSON.stringify(Object.fromEntries(groups));
}

export function raftView(recorded: RecordedStatus): RaftView {
  return parseClusterStatus(fullStatus(recorded.status));
}

/** A recorded file of several lines as the broker sends it: one line. */
export function compact(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

/** A gRPC-Web answer `{ string content = 1 }`: a data frame and a trailer frame. */
export function grpcWebAnswer(content: string): Buffer {
  const text = Buffer.from(content, "utf8");
  const message = Buffer.concat([Buffer.from([0x0a]), varint(text.length), text]);
  return Buffer.concat([frame(0, message), frame(0x80, Buffer.from("grpc-status:0\r\n"))]);
}

function frame(flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header[0] = flags;
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      return Buffer.from([...bytes, rest]);
    }
    bytes.push((rest % 128) | 0x80);
  }
}
