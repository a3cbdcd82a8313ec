/** The command line. */
import { errorMessage, UserError } from "../user-error";
import { type Arguments, parseArguments } from "./arguments";
import { OperationCommand } from "./operations";
import { configCommand, stackCommand } from "./stack-commands";

const BANNER = "pulumi stand-in (lab/engine) - not the Pulumi CLI";

const HELP = `${BANNER}

  up | preview | refresh | destroy   [--stack S] [--cwd D] [--yes] [--skip-preview] [--diff] [--json] [--config K=V] [--refresh]
                                     [--continue-on-error] [--expect-no-changes] [--parallel N]
  stack init | select | ls | rm | output | export | import
  config set | get | rm

State is kept in PULUMI_BACKEND_URL=file://DIR, secrets are encrypted with PULUMI_CONFIG_PASSPHRASE. See README.md beside this program.`;

const write = (line: string): void => void process.stdout.write(`${line}\n`);

async function dispatch(args: Arguments): Promise<number> {
  const [command] = args.words;
  if (args.flag("version") || command === "version") {
    write(`${BANNER} (behaves like v3.259.0)`);
    return 0;
  }
  const isOperation = command !== undefined && ["up", "update", "preview", "pre", "refresh", "destroy", "down"].includes(command);
  // Output that programs parse must not begin with a banner for people.
  if (isOperation && !args.flag("json")) write(BANNER);
  const operation = new OperationCommand(args, write);
  switch (command) {
    case "up":
    case "update":
      return operation.up();
    case "preview":
    case "pre":
      return operation.preview();
    case "refresh":
      return operation.refresh();
    case "destroy":
    case "down":
      return operation.destroy();
    case "stack":
      await stackCommand(args, write);
      return 0;
    case "config":
      await configCommand(args, write);
      return 0;
    default:
      write(HELP);
      return command === undefined || command === "help" ? 0 : 1;
  }
}

export function main(argv: string[]): void {
  run(argv).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      const text = error instanceof UserError ? error.message : ((error as Error).stack ?? errorMessage(error));
      process.stderr.write(`error: ${text}\n`);
      process.exitCode = 255;
    },
  );
}

async function run(argv: string[]): Promise<number> {
  return dispatch(parseArguments(argv));
}
