// The calls of the protocol, by the functions of package syscall.
package main

import (
	"encoding/json"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// A call's arguments. Each call has some of them.
type call struct {
	Primitive, Symbol                 string
	Family, Type, Protocol            int
	Sock, Fileno, Number              int
	Address                           *address
	Backlog, How, Level, Name, Length int
	Value, Argument, Data             []byte
	On                                bool
	Request                           uintptr
	Size, Flags                       int
	Sizes                             []int
	Parts                             [][]byte
	Control                           json.RawMessage
	Wanted                            [][2]int
	Timeout                           float64
}

var primitives = []string{"folder", "new", "new_raw", "pair", "close", "dup", "fileno", "adopt",
	"detach", "bind", "listen", "connect", "accept", "accept_raw", "local_addr", "peer_addr",
	"shutdown", "getsockopt", "setsockopt", "nonblocking", "set_nonblocking", "cloexec", "ioctl",
	"sockatmark", "recv", "recv_length", "recvfrom", "recvmsg", "send", "sendto", "sendmsg", "poll"}

// The open descriptors by the numbers that the client has for them.
var (
	table   = map[int]int{}
	made    int
	folders []string
	lock    sync.Mutex
)

func add(fd int) int {
	lock.Lock()
	defer lock.Unlock()
	made++
	table[made] = fd
	return made
}

func descriptor(sock int) (int, error) {
	lock.Lock()
	defer lock.Unlock()
	fd, open := table[sock]
	if !open {
		return -1, syscall.EBADF
	}
	return fd, nil
}

func forget(sock int) {
	lock.Lock()
	defer lock.Unlock()
	delete(table, sock)
}

func removeFolders() {
	for _, each := range folders {
		os.RemoveAll(each)
	}
	folders = nil
}

func (c call) do() (any, error) {
	switch c.Primitive {
	case "constant":
		if number, known := constants[c.Symbol]; known {
			return number, nil
		}
		return nil, nil
	case "errno_symbol":
		return symbolOf(syscall.Errno(c.Number)), nil
	case "folder":
		folder, err := os.MkdirTemp("", "sockspec-")
		folders = append(folders, folder)
		return folder, err
	case "new":
		return opened(syscall.Socket(c.Family, c.Type|syscall.SOCK_CLOEXEC, c.Protocol))
	case "new_raw":
		return opened(syscall.Socket(c.Family, c.Type, c.Protocol))
	case "pair":
		both, err := syscall.Socketpair(c.Family, c.Type|syscall.SOCK_CLOEXEC, c.Protocol)
		if err != nil {
			return nil, err
		}
		return []int{add(both[0]), add(both[1])}, nil
	case "adopt":
		if _, err := fcntl(c.Fileno, syscall.F_GETFD, 0); err != nil {
			return nil, err
		}
		return add(c.Fileno), nil
	case "poll":
		return c.poll()
	}
	fd, err := descriptor(c.Sock)
	if err != nil {
		return nil, err
	}
	return c.on(fd)
}

func opened(fd int, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return add(fd), nil
}

func (c call) on(fd int) (any, error) {
	switch c.Primitive {
	case "close":
		forget(c.Sock)
		return nil, syscall.Close(fd)
	case "detach":
		forget(c.Sock)
		return fd, nil
	case "fileno":
		return fd, nil
	case "dup":
		return opened(fcntl(fd, syscall.F_DUPFD_CLOEXEC, 0))
	case "bind", "connect":
		to, err := c.Address.sockaddr()
		if err != nil {
			return nil, err
		}
		if c.Primitive == "bind" {
			return nil, syscall.Bind(fd, to)
		}
		return nil, syscall.Connect(fd, to)
	case "listen":
		return nil, syscall.Listen(fd, c.Backlog)
	case "accept":
		return accepted(syscall.Accept4(fd, syscall.SOCK_CLOEXEC))
	case "accept_raw":
		return accepted(syscall.Accept(fd))
	case "local_addr":
		return told(syscall.Getsockname(fd))
	case "peer_addr":
		return told(syscall.Getpeername(fd))
	case "shutdown":
		return nil, syscall.Shutdown(fd, c.How)
	case "getsockopt":
		return c.getsockopt(fd)
	case "setsockopt":
		return nil, syscall.SetsockoptString(fd, c.Level, c.Name, string(c.Value))
	case "nonblocking":
		flags, err := fcntl(fd, syscall.F_GETFL, 0)
		return flags&syscall.O_NONBLOCK != 0, err
	case "set_nonblocking":
		return nil, syscall.SetNonblock(fd, c.On)
	case "cloexec":
		flags, err := fcntl(fd, syscall.F_GETFD, 0)
		return flags&syscall.FD_CLOEXEC != 0, err
	case "ioctl":
		return ioctl(fd, c.Request, c.Argument)
	case "sockatmark":
		mark, err := ioctl(fd, syscall.SIOCATMARK, make([]byte, 4))
		return err == nil && mark[0] != 0, err
	case "recv", "recv_length", "recvfrom":
		return c.receive(fd)
	case "recvmsg":
		return c.recvmsg(fd)
	case "send":
		return syscall.SendmsgN(fd, c.Data, nil, nil, c.Flags)
	case "sendto":
		to, err := c.Address.sockaddr()
		if err != nil {
			return nil, err
		}
		// It returns no count: without an error all was taken, as far as a caller knows.
		return len(c.Data), syscall.Sendto(fd, c.Data, c.Flags, to)
	case "sendmsg":
		return c.sendmsg(fd)
	}
	return nil, unsupported{c.Primitive, "no call of this agent"}
}

func accepted(fd int, from syscall.Sockaddr, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return []any{add(fd), addressOf(from)}, nil
}

func told(name syscall.Sockaddr, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return addressOf(name), nil
}

// What package syscall has no function for, by its Syscall.

func result1(number uintptr, wrong syscall.Errno) (int, error) {
	if wrong != 0 {
		return int(number), wrong
	}
	return int(number), nil
}

func fcntl(fd, command, argument int) (int, error) {
	number, _, wrong := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), uintptr(command), uintptr(argument))
	return result1(number, wrong)
}

// The first byte of a buffer, or of nothing that can be written to.
func first(of []byte) unsafe.Pointer {
	if len(of) == 0 {
		return unsafe.Pointer(new(int64))
	}
	return unsafe.Pointer(&of[0])
}

func ioctl(fd int, request uintptr, argument []byte) ([]byte, error) {
	buffer := make([]byte, len(argument)+1024) // the request decides how much is written
	copy(buffer, argument)
	number, _, wrong := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(first(buffer)))
	_, err := result1(number, wrong)
	return buffer[:len(argument)], err
}

func (c call) getsockopt(fd int) (any, error) {
	buffer, length := make([]byte, c.Length), uint32(c.Length)
	number, _, wrong := syscall.Syscall6(syscall.SYS_GETSOCKOPT, uintptr(fd), uintptr(c.Level),
		uintptr(c.Name), uintptr(first(buffer)), uintptr(unsafe.Pointer(&length)), 0)
	_, err := result1(number, wrong)
	return buffer[:least(int(length), c.Length)], err
}

func (c call) poll() (any, error) {
	type pollfd struct {
		fd              int32
		events, revents int16
	}
	wanted, events := make([]pollfd, len(c.Wanted)+1), make([]int, len(c.Wanted))
	for at, each := range c.Wanted {
		fd, err := descriptor(each[0])
		if err != nil {
			return nil, err
		}
		wanted[at] = pollfd{fd: int32(fd), events: int16(each[1])}
	}
	limit := syscall.NsecToTimespec(int64(c.Timeout * 1e9))
	until := &limit
	if c.Timeout < 0 {
		until = nil
	}
	number, _, wrong := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&wanted[0])),
		uintptr(len(c.Wanted)), uintptr(unsafe.Pointer(until)), 0, 0, 0)
	_, err := result1(number, wrong)
	for at := range events {
		events[at] = int(uint16(wanted[at].revents))
	}
	return events, err
}

func least(one, other int) int {
	if one < other {
		return one
	}
	return other
}
