/** What the nodes themselves say of their raft groups. */
import { strict as assert } from "node:assert";
import { readClusterStatus } from "../../../provider/observe/brokerClient";
import { isLiveLeader, type RaftView } from "../../../provider/observe/raft";
import { httpThroughPortForward } from "../../../provider/transport/portForward";
import type { TestNamespace } from "./kubernetes";
import { until } from "./until";

const GRPC_PORT = 1228;

export function raftView(ns: TestNamespace, pod: string): Promise<RaftView> {
  return readClusterStatus(httpThroughPortForward(ns.config, ns.name, pod), GRPC_PORT);
}

/** The pods that lead a group and have a quorum, by group. */
export function liveLeadersOf(views: ReadonlyMap<string, RaftView>): Map<string, string[]> {
  const groups = new Set([...views.values()].flatMap((view) => Object.keys(view)));
  return new Map([...groups].sort().map((group) => [group, [...views].filter(([, view]) => view[group] !== undefined && isLiveLeader(view[group])).map(([pod]) => pod)]));
}

/** All nodes agree on one leader per group, and on the same voters: there is one cluster and not two. */
export async function assertOneCluster(ns: TestNamespace, pods: readonly string[]): Promise<void> {
  const voters = JSON.stringify([pods.map((_, ordinal) => ordinal + 1)]);
  const views = await until("every node follows a leader", async () => {
    const found = new Map(await Promise.all(pods.map(async (pod): Promise<[string, RaftView]> => [pod, await raftView(ns, pod)])));
    const settled = [...found.values()].every((view) => Object.values(view).every(({ state, currentLeader }) => (state === "Leader" || state === "Follower") && currentLeader !== null));
    return settled ? found : undefined;
  });
  for (const [group, leaders] of liveLeadersOf(views)) {
    assert.equal(leaders.length, 1, `${group} has one leader, not ${leaders.join(" and ") || "none"}`);
    for (const [pod, view] of views) {
      assert.equal(JSON.stringify(view[group]?.voters.map((ids) => [...ids].sort((a, b) => a - b))), voters, `voters of ${group} as ${pod} knows them`);
      assert.equal(view[group]?.currentLeader, pods.indexOf(leaders[0] ?? "") + 1, `leader of ${group} as ${pod} knows it`);
    }
  }
}
