export { type ClusterCredentials, type ClusterNode, RobustMQCluster } from "./pulumi/robustMQCluster";
export type { Endpoints } from "./plan/endpoints";
export type { RobustMQClusterArgs } from "./spec/cluster";
export type { GatesArgs } from "./spec/gates";
export type { ImageArgs } from "./spec/image";
export type { JournalServerArgs, MqttBrokerArgs, PlacementCenterArgs } from "./spec/pools";
export type { ResourceAmountsArgs, ResourcesArgs } from "./spec/resources";
