// Package node is one process: the start-up phases of the real broker in their order, with
// their waits, their failures and their exit codes (facts §2).
package node

import (
	"fmt"
	"os"
)

// Panic ends the process like a Rust panic.
func Panic(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "\nthread 'main' panicked at broker-server (stand-in):\n%s\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
		fmt.Sprintf(format, args...))
	os.Exit(101)
}

// fail logs the reason and ends the process with 1.
func (n *Node) fail(target, format string, args ...any) {
	n.log.Error(target, format, args...)
	os.Exit(1)
}
