/** What all parts of one run share. */
import { type Project } from "../project/project";
import { type ResolvedConfig } from "../project/stack-config";
import { type Callbacks } from "./callbacks";
import { type EventSink } from "./events";
import { type Journal } from "./journal";
import { type ProviderRegistry } from "./provider-registry";
import { type RunStatus, type Semaphore } from "./run-status";

export interface RunOptions {
  project: Project;
  stack: string;
  organization: string;
  config: ResolvedConfig;
  preview: boolean;
  parallel: number;
  continueOnError: boolean;
}

export interface Context extends RunOptions {
  status: RunStatus;
  journal: Journal;
  events: EventSink;
  providers: ProviderRegistry;
  callbacks: Callbacks;
  semaphore: Semaphore;
}
