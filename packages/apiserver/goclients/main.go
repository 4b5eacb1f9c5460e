// Goclients speaks with a Kubernetes API as other people's programs do: through Prometheus' service discovery, client-go and
// controller-runtime. Each scenario says in JSON, one line a fact, what it saw; the tests in TypeScript judge.
//
//	KUBECONFIG=admin.kubeconfig goclients <scenario> [arguments]
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// A scenario does something with an API and tells what it saw. What it returns is told last.
type scenario func(ctx context.Context, s session) (any, error)

type session struct {
	config *rest.Config
	args   []string
	// One line of JSON on stdout.
	tell func(fact any)
}

var scenarios = map[string]scenario{
	"prometheus": discoverTargets,
	"typed":      typedClients,
	"crowd":      crowdOfWriters,
	"pages":      pages,
	"evict":      evictions,
	"tokens":     tokens,
	"discovery":  discoverKinds,
	"dynamic":    dynamicClients,
	"informers":  watchConfigMaps,
	"apply":      applyBySeveral,
	"elect":      electLeader,
	"events":     recordEvents,
	"scale":      scaleThrough,
	"exec":       execute,
	"forward":    forward,
	"manager":    runManager,
}

// Longer than any test waits: a scenario that hangs says so itself.
const patience = 150 * time.Second

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) == 0 || scenarios[args[0]] == nil {
		names := make([]string, 0, len(scenarios))
		for name := range scenarios {
			names = append(names, name)
		}
		sort.Strings(names)
		return fmt.Errorf("usage: goclients <scenario>, one of %s", strings.Join(names, ", "))
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return fmt.Errorf("KUBECONFIG: %w", err)
	}
	// Tests are not to wait for the client's own limits.
	config.QPS, config.Burst = 500, 1000
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// A test that is gone leaves a closed stdin behind, and nobody to stop us.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()

	var lines sync.Mutex
	tell := func(fact any) {
		lines.Lock()
		defer lines.Unlock()
		_ = json.NewEncoder(out).Encode(fact)
	}
	result, err := scenarios[args[0]](ctx, session{config: config, args: args[1:], tell: tell})
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if result != nil {
		tell(result)
	}
	return nil
}

// until looks again and again: what it waits for is another program's doing.
func until(ctx context.Context, what string, holds func() (bool, error)) error {
	for {
		ok, err := holds()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
