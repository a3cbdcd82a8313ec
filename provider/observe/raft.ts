import { z } from "zod";

/** What one node says of one raft group. `currentLeader` may name a dead node for 30 s (facts/robustmq §11.5). */
export interface RaftGroup {
  readonly state: "Learner" | "Follower" | "Candidate" | "Leader" | "Shutdown";
  readonly currentLeader: number | null;
  /** Leaders only: how long ago a quorum answered, in milliseconds. */
  readonly millisSinceQuorumAck: number | null;
  /** One list of voters, two while the membership changes (joint), none before the node belongs to a cluster. */
  readonly voters: readonly (readonly number[])[];
  readonly lastApplied: number | null;
}

/** A node's own view of all its raft groups, by group. */
export type RaftView = Readonly<Record<string, RaftGroup>>;

const metrics = z.object({
  state: z.enum(["Learner", "Follower", "Candidate", "Leader", "Shutdown"]),
  current_leader: z.int().nullable(),
  millis_since_quorum_ack: z.number().nullable().optional(),
  last_applied: z.object({ index: z.int() }).nullable(),
  membership_config: z.object({ membership: z.object({ configs: z.array(z.array(z.int())) }) }),
});

const groups = z.record(z.string(), metrics);

/** Parses ClusterStatus' content: a map of groups, or up to 0.3.x the one group's metrics alone (facts/robustmq §11.24). */
export function parseClusterStatus(content: string): RaftView {
  const json: unknown = JSON.parse(content);
  const single = metrics.safeParse(json);
  const parsed = single.success ? { metadata_0: single.data } : groups.parse(json);
  return Object.fromEntries(
    Object.entries(parsed).map(([name, group]): [string, RaftGroup] => [
      name,
      {
        state: group.state,
        currentLeader: group.current_leader,
        millisSinceQuorumAck: group.millis_since_quorum_ack ?? null,
        voters: group.membership_config.membership.configs,
        lastApplied: group.last_applied?.index ?? null,
      },
    ]),
  );
}

/**
 * How old a leader's last word from a quorum may be, in milliseconds. Heartbeats are sent every 500 ms, and a follower
 * waits 10-20 s before it stands for election (facts/robustmq §2.3).
 */
export const FRESH_QUORUM_MS = 5000;

/** Whether the node really leads the group: it says so itself, and a quorum answered it lately. */
export function isLiveLeader(group: RaftGroup): boolean {
  return group.state === "Leader" && group.millisSinceQuorumAck !== null && group.millisSinceQuorumAck <= FRESH_QUORUM_MS;
}
