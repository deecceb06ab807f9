// my-stack as sockspec calls it: an agent over Go's syscall package.
//
//	sockspec smoke
//	sockspec run --out run.jsonl
//
// It reads calls from standard input and writes answers to standard output, a JSON object on
// each line; `sockspec schema protocol --markdown` describes all of them. Put your stack's calls
// into the table `calls`, and leave out what you do not have: it is never asked for. Pass
// arguments on as they come, and answer what came back: no default, no retry, no flag of your own.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const (
	name    = "my-stack"
	version = "0.1"
	grace   = 0.1 // seconds after which a started call counts as blocked
)

var numbers = map[string]int{
	"AF_UNSPEC": syscall.AF_UNSPEC, "AF_INET": syscall.AF_INET, "AF_INET6": syscall.AF_INET6, "AF_UNIX": syscall.AF_UNIX,
	"SOCK_STREAM": syscall.SOCK_STREAM, "SOCK_DGRAM": syscall.SOCK_DGRAM, "SOCK_SEQPACKET": syscall.SOCK_SEQPACKET,
	"SHUT_RD": syscall.SHUT_RD, "SHUT_WR": syscall.SHUT_WR, "SHUT_RDWR": syscall.SHUT_RDWR,
	"SOL_SOCKET": syscall.SOL_SOCKET, "SO_ACCEPTCONN": syscall.SO_ACCEPTCONN, "SO_BROADCAST": syscall.SO_BROADCAST,
	"SO_ERROR": syscall.SO_ERROR, "SO_KEEPALIVE": syscall.SO_KEEPALIVE, "SO_LINGER": syscall.SO_LINGER,
	"SO_OOBINLINE": syscall.SO_OOBINLINE, "SO_RCVBUF": syscall.SO_RCVBUF, "SO_SNDBUF": syscall.SO_SNDBUF,
	"SO_RCVTIMEO": syscall.SO_RCVTIMEO, "SO_SNDTIMEO": syscall.SO_SNDTIMEO, "SO_RCVLOWAT": syscall.SO_RCVLOWAT,
	"SO_REUSEADDR": syscall.SO_REUSEADDR, "SO_TYPE": syscall.SO_TYPE, "SO_DONTROUTE": syscall.SO_DONTROUTE,
	"IPPROTO_IP": syscall.IPPROTO_IP, "IPPROTO_IPV6": syscall.IPPROTO_IPV6, "IPPROTO_TCP": syscall.IPPROTO_TCP,
	"IPPROTO_UDP": syscall.IPPROTO_UDP, "TCP_NODELAY": syscall.TCP_NODELAY, "IP_TTL": syscall.IP_TTL, "IP_TOS": syscall.IP_TOS,
	"IPV6_V6ONLY": syscall.IPV6_V6ONLY, "IPV6_UNICAST_HOPS": syscall.IPV6_UNICAST_HOPS,
	"MSG_OOB": syscall.MSG_OOB, "MSG_PEEK": syscall.MSG_PEEK, "MSG_WAITALL": syscall.MSG_WAITALL,
	"MSG_DONTWAIT": syscall.MSG_DONTWAIT, "MSG_NOSIGNAL": syscall.MSG_NOSIGNAL, // Linux's, not in package syscall:
	"SO_REUSEPORT": 15, "POLLIN": 1, "POLLPRI": 2, "POLLOUT": 4, "POLLERR": 8, "POLLHUP": 16, "POLLNVAL": 32,
}

var symbols = map[syscall.Errno]string{
	syscall.EACCES: "EACCES", syscall.EADDRINUSE: "EADDRINUSE", syscall.EADDRNOTAVAIL: "EADDRNOTAVAIL",
	syscall.EAFNOSUPPORT: "EAFNOSUPPORT", syscall.EAGAIN: "EAGAIN", syscall.EALREADY: "EALREADY", syscall.EBADF: "EBADF",
	syscall.ECONNABORTED: "ECONNABORTED", syscall.ECONNREFUSED: "ECONNREFUSED", syscall.ECONNRESET: "ECONNRESET",
	syscall.EDESTADDRREQ: "EDESTADDRREQ", syscall.EDOM: "EDOM", syscall.EFAULT: "EFAULT", syscall.EHOSTUNREACH: "EHOSTUNREACH",
	syscall.EINPROGRESS: "EINPROGRESS", syscall.EINTR: "EINTR", syscall.EINVAL: "EINVAL", syscall.EIO: "EIO", syscall.ELOOP: "ELOOP",
	syscall.EISCONN: "EISCONN", syscall.EMFILE: "EMFILE", syscall.EMSGSIZE: "EMSGSIZE", syscall.ENAMETOOLONG: "ENAMETOOLONG",
	syscall.ENETDOWN: "ENETDOWN", syscall.ENETUNREACH: "ENETUNREACH", syscall.ENFILE: "ENFILE", syscall.ENOBUFS: "ENOBUFS",
	syscall.ENODEV: "ENODEV", syscall.ENOENT: "ENOENT", syscall.ENOMEM: "ENOMEM", syscall.ENOPROTOOPT: "ENOPROTOOPT",
	syscall.ENOTCONN: "ENOTCONN", syscall.ENOTDIR: "ENOTDIR", syscall.ENOTSOCK: "ENOTSOCK", syscall.EOPNOTSUPP: "EOPNOTSUPP",
	syscall.EPERM: "EPERM", syscall.EPIPE: "EPIPE", syscall.EPROTONOSUPPORT: "EPROTONOSUPPORT", syscall.EPROTOTYPE: "EPROTOTYPE",
	syscall.ESOCKTNOSUPPORT: "ESOCKTNOSUPPORT", syscall.ETIMEDOUT: "ETIMEDOUT",
}

// An address as it is on the wire: of IP with host and port, of AF_UNIX with a path.
type address struct {
	Family  string `json:"family"`
	Host    string `json:"host,omitempty"`
	Port    int    `json:"port"`
	ScopeID uint32 `json:"scope_id,omitempty"`
	Path    []byte `json:"path"`
}

// A call with the fields that any of them has; bytes are base64, as encoding/json has them.
type call struct {
	Primitive, Symbol                           string
	Sock                                        *int64
	Family, Type, Protocol, Level, Length, Size int
	Backlog, How, Flags, Number                 int
	Name                                        int
	On                                          bool
	Value, Data                                 []byte
	Address                                     json.RawMessage
	Wanted                                      [][2]int64
	Timeout                                     float64
}

type request struct {
	ID      int64
	Kind    string
	Call    call
	Pending int64
	Within  float64
}

type unsupported string

func (feature unsupported) Error() string { return string(feature) }

// -- sockets: a number that is given once, and the descriptor that it stands for --------------

var (
	table       sync.Mutex
	descriptors []int
)

func add(fd int) int64 {
	table.Lock()
	defer table.Unlock()
	descriptors = append(descriptors, fd)
	return int64(len(descriptors) - 1)
}

// -1 after close: every call then fails with EBADF.
func descriptor(number int64, forget bool) int {
	table.Lock()
	defer table.Unlock()
	if number < 0 || number >= int64(len(descriptors)) {
		return -1
	}
	found := descriptors[number]
	if forget {
		descriptors[number] = -1
	}
	return found
}

// -- addresses ----------------------------------------------------------------------------------

func (given call) address() (syscall.Sockaddr, error) {
	var told address
	if err := json.Unmarshal(given.Address, &told); err != nil {
		return nil, unsupported("such an address")
	}
	switch told.Family {
	case "inet":
		host, err := netip.ParseAddr(told.Host)
		return &syscall.SockaddrInet4{Port: told.Port, Addr: host.As4()}, err
	case "inet6":
		host, err := netip.ParseAddr(told.Host)
		return &syscall.SockaddrInet6{Port: told.Port, Addr: host.As16(), ZoneId: told.ScopeID}, err
	case "unix": // package syscall writes an abstract name with an @ in front, where Linux has a NUL
		name := string(told.Path)
		if strings.HasPrefix(name, "\x00") {
			name = "@" + name[1:]
		}
		return &syscall.SockaddrUnix{Name: name}, nil
	}
	return nil, unsupported("an address of raw bytes")
}

func written(from syscall.Sockaddr) any {
	switch at := from.(type) {
	case *syscall.SockaddrInet4:
		return address{Family: "inet", Host: netip.AddrFrom4(at.Addr).String(), Port: at.Port}
	case *syscall.SockaddrInet6:
		return address{Family: "inet6", Host: netip.AddrFrom16(at.Addr).String(), Port: at.Port, ScopeID: at.ZoneId}
	case *syscall.SockaddrUnix:
		name := at.Name
		if name == "@" { // as package syscall shows no name
			name = ""
		} else if strings.HasPrefix(name, "@") { // and as it shows an abstract one
			name = "\x00" + name[1:]
		}
		return address{Family: "unix", Path: []byte(name)}
	}
	return nil
}

// -- the calls: yours -----------------------------------------------------------------------------

type made struct {
	value any
	err   error
}

func nothing(err error) made { return made{nil, err} }

func length(sent uintptr, err syscall.Errno) made {
	if err != 0 {
		return made{nil, err}
	}
	return made{int(sent), nil}
}

func pointer(data []byte) uintptr {
	if len(data) == 0 {
		return uintptr(unsafe.Pointer(&empty))
	}
	return uintptr(unsafe.Pointer(&data[0]))
}

var empty byte

var calls = map[string]func(fd int, c call) made{
	"new": func(_ int, c call) made {
		fd, err := syscall.Socket(c.Family, c.Type|syscall.SOCK_CLOEXEC, c.Protocol)
		if err != nil {
			return made{nil, err}
		}
		return made{add(fd), nil}
	},
	"close":  func(fd int, _ call) made { return nothing(syscall.Close(fd)) },
	"listen": func(fd int, c call) made { return nothing(syscall.Listen(fd, c.Backlog)) },
	"dup": func(fd int, _ call) made {
		again, _, err := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 0)
		if err != 0 {
			return made{nil, err}
		}
		return made{add(int(again)), nil}
	},
	"bind": func(fd int, c call) made {
		at, err := c.address()
		if err == nil {
			err = syscall.Bind(fd, at)
		}
		return nothing(err)
	},
	"connect": func(fd int, c call) made {
		at, err := c.address()
		if err == nil {
			err = syscall.Connect(fd, at)
		}
		return nothing(err)
	},
	"accept": func(fd int, _ call) made {
		next, from, err := syscall.Accept4(fd, syscall.SOCK_CLOEXEC)
		if err != nil {
			return made{nil, err}
		}
		return made{[]any{add(next), written(from)}, nil}
	},
	"local_addr": func(fd int, _ call) made { at, err := syscall.Getsockname(fd); return made{written(at), err} },
	"peer_addr":  func(fd int, _ call) made { at, err := syscall.Getpeername(fd); return made{written(at), err} },
	"shutdown":   func(fd int, c call) made { return nothing(syscall.Shutdown(fd, c.How)) },
	"getsockopt": func(fd int, c call) made {
		value, size := make([]byte, c.Length+1), uint32(c.Length)
		_, _, err := syscall.Syscall6(syscall.SYS_GETSOCKOPT, uintptr(fd), uintptr(c.Level), uintptr(c.Name),
			uintptr(unsafe.Pointer(&value[0])), uintptr(unsafe.Pointer(&size)), 0)
		if err != 0 {
			return made{nil, err}
		}
		return made{value[:size], nil}
	},
	"setsockopt": func(fd int, c call) made {
		_, _, err := syscall.Syscall6(syscall.SYS_SETSOCKOPT, uintptr(fd), uintptr(c.Level), uintptr(c.Name),
			pointer(c.Value), uintptr(len(c.Value)), 0)
		runtime.KeepAlive(c.Value)
		if err != 0 {
			return made{nil, err}
		}
		return made{nil, nil}
	},
	"nonblocking": func(fd int, _ call) made {
		flags, _, err := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
		if err != 0 {
			return made{nil, err}
		}
		return made{flags&syscall.O_NONBLOCK != 0, nil}
	},
	"set_nonblocking": func(fd int, c call) made { return nothing(syscall.SetNonblock(fd, c.On)) },
	"recv": func(fd int, c call) made {
		data := make([]byte, c.Size+1)
		got, _, err := syscall.Syscall6(syscall.SYS_RECVFROM, uintptr(fd), pointer(data), uintptr(c.Size), uintptr(c.Flags), 0, 0)
		runtime.KeepAlive(data)
		if err != 0 {
			return made{nil, err}
		}
		return made{data[:min(int(got), c.Size)], nil}
	},
	"recvfrom": func(fd int, c call) made {
		data := make([]byte, c.Size)
		got, from, err := syscall.Recvfrom(fd, data, c.Flags)
		if err != nil {
			return made{nil, err}
		}
		return made{[]any{data[:min(got, c.Size)], written(from)}, nil}
	},
	"send": func(fd int, c call) made {
		sent, _, err := syscall.Syscall6(syscall.SYS_SENDTO, uintptr(fd), pointer(c.Data), uintptr(len(c.Data)), uintptr(c.Flags), 0, 0)
		runtime.KeepAlive(c.Data)
		return length(sent, err)
	},
	"sendto": func(fd int, c call) made {
		at, err := c.address()
		if err != nil {
			return made{nil, err}
		}
		sent, err := syscall.SendmsgN(fd, c.Data, nil, at, c.Flags)
		return made{sent, err}
	},
	"poll": func(_ int, c call) made {
		type pollfd struct {
			fd              int32
			events, revents int16
		}
		all := make([]pollfd, len(c.Wanted)+1)
		for at, wanted := range c.Wanted {
			all[at] = pollfd{int32(descriptor(wanted[0], false)), int16(wanted[1]), 0}
		}
		until := syscall.NsecToTimespec(int64(c.Timeout * 1e9))
		_, _, err := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&all[0])), uintptr(len(c.Wanted)),
			uintptr(unsafe.Pointer(&until)), 0, 0, 0)
		if err != 0 {
			return made{nil, err}
		}
		found := make([]int, len(c.Wanted))
		for at := range c.Wanted {
			found[at] = int(all[at].revents)
		}
		return made{found, nil}
	},
}

func min(one, other int) int {
	if one < other {
		return one
	}
	return other
}

// -- the protocol -------------------------------------------------------------------------------

type answer map[string]any

func value(of any) answer { return answer{"kind": "value", "value": of} }

func symbol(number syscall.Errno) string {
	if found, ok := symbols[number]; ok {
		return found
	}
	return fmt.Sprintf("E%d", int(number))
}

func outcome(c call) answer {
	switch c.Primitive {
	case "constant":
		if number, ok := numbers[c.Symbol]; ok {
			return value(number)
		}
		return value(nil)
	case "errno_symbol":
		return value(symbol(syscall.Errno(c.Number)))
	}
	perform, ok := calls[c.Primitive]
	if !ok {
		return answer{"kind": "unsupported", "feature": c.Primitive}
	}
	fd := -1
	if c.Sock != nil {
		fd = descriptor(*c.Sock, c.Primitive == "close")
	}
	result := perform(fd, c)
	switch err := result.err.(type) {
	case nil:
		return value(result.value)
	case syscall.Errno:
		return answer{"kind": "error", "symbol": symbol(err), "number": int(err), "call": c.Primitive}
	default:
		return answer{"kind": "unsupported", "feature": err.Error()}
	}
}

type started struct {
	call call
	done chan struct{}
	told answer
}

var all []*started

func within(each *started, seconds float64) bool {
	select {
	case <-each.done:
		return true
	case <-time.After(time.Duration(seconds * float64(time.Second))):
		return false
	}
}

// How many started calls could not be ended.
func reset() int {
	left := 0
	for _, each := range all {
		if within(each, 0) {
			continue
		}
		if each.call.Sock != nil { // close does not wake a call that blocks; shutdown does
			syscall.Shutdown(descriptor(*each.call.Sock, false), syscall.SHUT_RDWR)
		}
		if !within(each, 0.5) {
			left++
		}
	}
	for number := range descriptors {
		if fd := descriptor(int64(number), true); fd >= 0 {
			syscall.Close(fd)
		}
	}
	all = nil
	return left
}

func text[T int8 | uint8](from []T) string {
	made := []byte{}
	for _, each := range from {
		if each == 0 {
			break
		}
		made = append(made, byte(each))
	}
	return string(made)
}

func welcome() answer {
	var host syscall.Utsname
	syscall.Uname(&host)
	one := uint16(1)
	order := map[byte]string{1: "little", 0: "big"}[*(*byte)(unsafe.Pointer(&one))]
	primitives := []string{}
	for each := range calls {
		primitives = append(primitives, each)
	}
	kernel, _, _ := strings.Cut(text(host.Release[:]), "-")
	return answer{
		"kind": "welcome", "protocol": 1, "backend": name, "version": version, "label": name + " " + version,
		"implementation": name + " " + version + " on " + runtime.Version(), "system": runtime.GOOS,
		"byte_order": order, "long_size": int(unsafe.Sizeof(uintptr(0))), "constants": numbers, "primitives": primitives,
		"platform": answer{"profile": name, "system": text(host.Sysname[:]), "version": kernel,
			"machine": text(host.Machine[:]), "byte_order": order},
	}
}

func respond(to request) answer {
	switch to.Kind {
	case "hello":
		return welcome()
	case "call":
		return outcome(to.Call)
	case "start":
		each := &started{call: to.Call, done: make(chan struct{})}
		all = append(all, each)
		go func() { each.told = outcome(each.call); close(each.done) }()
		return value(len(all) - 1)
	case "is-blocked":
		seconds := to.Within
		if seconds > grace {
			seconds = grace
		}
		return value(!within(all[to.Pending], seconds))
	case "result":
		if !within(all[to.Pending], to.Within) {
			return answer{"kind": "running"}
		}
		told := answer{}
		for key, each := range all[to.Pending].told {
			told[key] = each
		}
		return told
	case "reset":
		return value(reset())
	}
	return value(nil)
}

// The runtime interrupts its own threads by SIGURG, and a call with a time-out that one of them is
// in then fails with EINTR, once in a thousand. The runtime reads the switch at its very beginning.
func withoutSignals() {
	if os.Getenv("GODEBUG") == "" {
		os.Setenv("GODEBUG", "asyncpreemptoff=1")
		fmt.Fprintln(os.Stderr, syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
	}
}

func main() {
	withoutSignals()
	signal.Ignore(syscall.SIGPIPE) // a send to whoever is gone is an error, not the end
	lines, out := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var to request
		if err := json.Unmarshal(line, &to); err != nil {
			panic(err)
		}
		told := respond(to)
		told["id"] = to.ID
		out.Encode(told)
		if to.Kind == "bye" {
			return
		}
	}
}
