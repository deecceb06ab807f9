// Receiving, and messages with control data.
package main

import (
	"encoding/json"
	"syscall"
	"unsafe"
)

func (c call) receive(fd int) (any, error) {
	buffer := make([]byte, c.Size)
	got, from, err := syscall.Recvfrom(fd, buffer, c.Flags)
	if err != nil {
		return nil, err
	}
	// MSG_TRUNC can make it more than there was room for.
	data := buffer[:least(got, c.Size)]
	switch c.Primitive {
	case "recv":
		return data, nil
	case "recv_length":
		return got, nil
	}
	return []any{data, addressOf(from)}, nil
}

func (c call) recvmsg(fd int) (any, error) {
	var room int
	if c.Control != nil {
		if err := json.Unmarshal(c.Control, &room); err != nil {
			return nil, err
		}
	}
	buffers, control := make([][]byte, len(c.Sizes)), make([]byte, room)
	for at, size := range c.Sizes {
		buffers[at] = make([]byte, size)
	}
	receive := recvmsgBuffers
	if len(buffers) == 1 {
		receive = func(fd int, buffers [][]byte, control []byte, flags int) (int, int, int, syscall.Sockaddr, error) {
			return syscall.Recvmsg(fd, buffers[0], control, flags)
		}
	}
	got, told, flags, from, err := receive(fd, buffers, control, c.Flags)
	if err != nil {
		return nil, err
	}
	for at, left := 0, got; at < len(buffers); at++ {
		used := least(left, len(buffers[at]))
		buffers[at], left = buffers[at][:used], left-used
	}
	items := [][3]any{}
	read, err := syscall.ParseSocketControlMessage(control[:told])
	if err != nil {
		return nil, err
	}
	for _, each := range read {
		items = append(items, [3]any{each.Header.Level, each.Header.Type, each.Data})
	}
	return answer{"length": got, "data": buffers, "control": items, "flags": flags,
		"address": addressOf(from)}, nil
}

func (c call) sendmsg(fd int) (any, error) {
	var items [][3]json.RawMessage
	if c.Control != nil {
		if err := json.Unmarshal(c.Control, &items); err != nil {
			return nil, err
		}
	}
	var control []byte
	for _, each := range items {
		packed, err := pack(each)
		if err != nil {
			return nil, err
		}
		control = append(control, packed...)
	}
	var to syscall.Sockaddr
	if c.Address != nil {
		made, err := c.Address.sockaddr()
		if err != nil {
			return nil, err
		}
		to = made
	}
	if len(c.Parts) == 1 {
		return syscall.SendmsgN(fd, c.Parts[0], control, to, c.Flags)
	}
	return sendmsgBuffers(fd, c.Parts, control, to, c.Flags)
}

// The package's own functions take one buffer. These are for other counts, by its Syscall.

func header(buffers [][]byte, control []byte) *syscall.Msghdr {
	vector := make([]syscall.Iovec, len(buffers)+1)
	for at, each := range buffers {
		vector[at].Base = (*byte)(first(each))
		vector[at].SetLen(len(each))
	}
	made := &syscall.Msghdr{Iov: &vector[0], Iovlen: uint64(len(buffers))}
	if len(control) > 0 {
		made.Control = &control[0]
		made.SetControllen(len(control))
	}
	return made
}

func recvmsgBuffers(fd int, buffers [][]byte, control []byte, flags int) (int, int, int, syscall.Sockaddr, error) {
	var from syscall.RawSockaddrAny
	used := header(buffers, control)
	used.Name, used.Namelen = (*byte)(unsafe.Pointer(&from)), syscall.SizeofSockaddrAny
	number, _, wrong := syscall.Syscall(syscall.SYS_RECVMSG, uintptr(fd),
		uintptr(unsafe.Pointer(used)), uintptr(flags))
	got, err := result1(number, wrong)
	return got, int(used.Controllen), int(used.Flags), sockaddrOf(&from), err
}

func sendmsgBuffers(fd int, buffers [][]byte, control []byte, to syscall.Sockaddr, flags int) (int, error) {
	used, name := header(buffers, control), rawOf(to)
	if len(name) > 0 {
		used.Name, used.Namelen = &name[0], uint32(len(name))
	}
	number, _, wrong := syscall.Syscall(syscall.SYS_SENDMSG, uintptr(fd),
		uintptr(unsafe.Pointer(used)), uintptr(flags))
	return result1(number, wrong)
}

// One item of control data, laid out as syscall.UnixRights does it for descriptors.
func pack(item [3]json.RawMessage) ([]byte, error) {
	var header syscall.Cmsghdr
	var data []byte
	for at, into := range []any{&header.Level, &header.Type, &data} {
		if err := json.Unmarshal(item[at], into); err != nil {
			return nil, err
		}
	}
	made := make([]byte, syscall.CmsgSpace(len(data)))
	header.SetLen(syscall.CmsgLen(len(data)))
	*(*syscall.Cmsghdr)(unsafe.Pointer(&made[0])) = header
	copy(made[syscall.CmsgLen(0):], data)
	return made, nil
}
