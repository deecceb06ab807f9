// The sockets of Go's package syscall as an agent: the standard library and nothing else.
//
//	env -C harness/examples/go go build -o /tmp/goagent .
//	sockspec smoke "agent:/tmp/goagent"
//
// Package net is built on these calls. There is none for poll(2), for an option's bytes or for
// several buffers: those are made by the package's Syscall.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
)

type request struct {
	Kind    string
	ID      int64 `json:"id"`
	Call    call
	Pending int
	Within  float64
}

// An answer: its kind, and what goes with that kind.
type answer map[string]any

func value(of any) answer { return answer{"kind": "value", "value": of} }

// What this layer does not have, as an error.
type unsupported struct{ feature, why string }

func (lacking unsupported) Error() string { return lacking.feature }

func failure(name string, err error) answer {
	switch err := err.(type) {
	case unsupported:
		return answer{"kind": "unsupported", "feature": err.feature, "why": err.why}
	case syscall.Errno:
		return answer{"kind": "error", "symbol": symbolOf(err), "number": int(err),
			"call": name, "message": err.Error()}
	}
	return answer{"kind": "fault", "type": fmt.Sprintf("%T", err), "message": err.Error()}
}

// Make a call; a panic of the package is an answer, too.
func outcome(of call) (told answer) {
	defer func() {
		if broken := recover(); broken != nil {
			told = answer{"kind": "fault", "type": "panic", "message": fmt.Sprint(broken)}
		}
	}()
	made, err := of.do()
	if err != nil {
		return failure(of.Primitive, err)
	}
	return value(made)
}

func respond(to request) answer {
	switch to.Kind {
	case "hello":
		return welcome()
	case "call":
		return outcome(to.Call)
	case "start":
		return value(start(to.Call))
	case "is-blocked":
		return isBlocked(to.Pending, to.Within)
	case "result":
		return result(to.Pending, to.Within)
	case "reset":
		return value(reset())
	case "cancel", "bye":
		return value(nil)
	}
	return answer{"kind": "fault", "type": "not understood", "message": "no request of this kind"}
}

// The runtime interrupts its own threads by SIGURG, and a call with a time-out that one of them
// is in then fails with EINTR, once in a thousand: not what each run should see anew. The
// runtime reads the switch at its very beginning.
func withoutSignals() {
	if os.Getenv("GODEBUG") == "" {
		os.Setenv("GODEBUG", "asyncpreemptoff=1")
		fmt.Fprintln(os.Stderr, syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
	}
}

func main() {
	withoutSignals()
	requests, answers := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		line, err := requests.ReadBytes('\n')
		if err != nil {
			break
		}
		var read request
		told := answer{"kind": "fault", "type": "not understood", "message": "no request"}
		if err := json.Unmarshal(line, &read); err == nil {
			told = respond(read)
		}
		told["id"] = read.ID
		if answers.Encode(told) != nil || read.Kind == "bye" {
			break
		}
	}
	removeFolders()
}
