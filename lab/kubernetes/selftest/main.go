// The program in the self-test's pods: it can do what the test wants to see done from inside a pod.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const usage = "usage: selftest write FILE TEXT | read FILE | resolve NAME | get URL | serve ADDRESS"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return fmt.Errorf(usage)
	}
	switch arguments[0] {
	case "write":
		return os.WriteFile(arguments[1], []byte(strings.Join(arguments[2:], " ")), 0o600)
	case "read":
		text, err := os.ReadFile(arguments[1])
		fmt.Print(string(text))
		return err
	case "resolve":
		return resolve(arguments[1])
	case "get":
		return get(arguments[1])
	case "serve":
		return serve(arguments[1])
	}
	return fmt.Errorf(usage)
}

func resolve(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
	fmt.Println(strings.Join(addresses, "\n"))
	return err
}

func get(url string) error {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = fmt.Println(response.Status)
	return err
}

func serve(address string) error {
	fmt.Println("serving as user", os.Getuid())
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello from", os.Getenv("HOSTNAME")) })
	return http.ListenAndServe(address, nil)
}
