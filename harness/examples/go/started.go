// Calls that were started and not waited for: each in a thread of its own.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

type started struct {
	call   call
	thread chan int
	done   chan answer
	number int     // of its thread, once that is known
	told   *answer // once it has returned
}

var (
	pending = map[int]*started{}
	begun   int
)

const (
	grace  = 100 * time.Millisecond // in which a call blocks, where the system does not tell
	pause  = time.Millisecond       // between two looks
	ending = 500 * time.Millisecond // in which a call ends that a shutdown has woken
)

func start(of call) int {
	begun++
	one := &started{call: of, thread: make(chan int, 1), done: make(chan answer, 1)}
	pending[begun] = one
	go func() {
		runtime.LockOSThread()
		one.thread <- syscall.Gettid()
		one.done <- outcome(of)
	}()
	one.number = <-one.thread
	return begun
}

func seconds(of float64) time.Duration { return time.Duration(of * float64(time.Second)) }

// Whether it has returned, at the latest after some time.
func (one *started) ended(within time.Duration) bool {
	if one.told != nil {
		return true
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case told := <-one.done:
		one.told = &told
		return true
	case <-timer.C:
		return false
	}
}

// Whether its thread sleeps in a system call: proc(5), /proc/pid/syscall. In futex(2) it
// waits for the runtime.
func (one *started) sleeps() bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/syscall", one.number))
	number, _, _ := strings.Cut(string(text), " ")
	return err == nil && number != "running\n" && number != fmt.Sprint(syscall.SYS_FUTEX)
}

func isBlocked(number int, within float64) answer {
	one := pending[number]
	if one == nil {
		return answer{"kind": "fault", "type": "no such call", "message": fmt.Sprint(number)}
	}
	_, err := os.Stat("/proc/self/syscall")
	limit := seconds(within)
	if err != nil {
		limit = grace
	}
	for until := time.Now().Add(limit); time.Now().Before(until); {
		if one.ended(pause) {
			return value(false)
		}
		if err == nil && one.sleeps() {
			return value(true)
		}
	}
	if err != nil {
		return value(true)
	}
	return answer{"kind": "running"}
}

func result(number int, within float64) answer {
	one := pending[number]
	if one == nil {
		return answer{"kind": "fault", "type": "no such call", "message": fmt.Sprint(number)}
	}
	if !one.ended(seconds(within)) {
		return answer{"kind": "running"}
	}
	return *one.told
}

// End every call and close every socket; how many calls could not be ended.
func reset() int {
	running := 0
	for _, one := range pending {
		if !one.ended(0) {
			if fd, err := descriptor(one.call.Sock); err == nil {
				syscall.Shutdown(fd, syscall.SHUT_RDWR) // close(2) does not wake it
			}
			if !one.ended(ending) {
				running++
			}
		}
	}
	pending = map[int]*started{}
	lock.Lock()
	for number, fd := range table {
		syscall.Close(fd)
		delete(table, number)
	}
	lock.Unlock()
	removeFolders()
	return running
}
