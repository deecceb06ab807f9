// Addresses, between the protocol and the Sockaddr types of package syscall.
package main

import (
	"net/netip"
	"strings"
	"syscall"
	"unsafe"
)

type address struct {
	Family   string `json:"family"`
	Host     string `json:"host,omitempty"`
	Port     int    `json:"port"`
	Flowinfo uint32 `json:"flowinfo,omitempty"`
	ScopeID  uint32 `json:"scope_id,omitempty"`
	Path     []byte `json:"path"`
}

func (given *address) sockaddr() (syscall.Sockaddr, error) {
	if given == nil {
		return nil, syscall.EINVAL
	}
	switch given.Family {
	case "inet":
		host, err := netip.ParseAddr(given.Host)
		return &syscall.SockaddrInet4{Port: given.Port, Addr: host.As4()}, err
	case "inet6":
		if given.Flowinfo != 0 {
			return nil, unsupported{"flow information", "SockaddrInet6 has no field for it"}
		}
		host, err := netip.ParseAddr(given.Host)
		return &syscall.SockaddrInet6{Port: given.Port, Addr: host.As16(), ZoneId: given.ScopeID}, err
	case "unix":
		// The package writes an abstract name with an @ in front, where Linux has a NUL.
		name := string(given.Path)
		if len(name) > 0 && name[0] == 0 {
			name = "@" + name[1:]
		}
		return &syscall.SockaddrUnix{Name: name}, nil
	}
	return nil, unsupported{"raw-address", "package syscall builds addresses itself"}
}

func addressOf(name syscall.Sockaddr) any {
	switch name := name.(type) {
	case *syscall.SockaddrInet4:
		return inet{"inet", netip.AddrFrom4(name.Addr).String(), name.Port}
	case *syscall.SockaddrInet6:
		host := netip.AddrFrom16(name.Addr)
		return inet6{inet{"inet6", host.String(), name.Port}, name.ZoneId}
	case *syscall.SockaddrUnix:
		path := []byte(name.Name)
		if len(path) > 0 && path[0] == '@' {
			path[0] = 0
		}
		return unix{"unix", path}
	}
	return nil // the system gave none
}

// What follows is as the package does it for calls of its own, and keeps to itself.

func swap(port uint16) uint16 { return port>>8 | port<<8 } // of a little-endian machine

// The bytes of an address; none for no address.
func rawOf(name syscall.Sockaddr) []byte {
	switch name := name.(type) {
	case *syscall.SockaddrInet4:
		raw := syscall.RawSockaddrInet4{Family: syscall.AF_INET, Port: swap(uint16(name.Port)), Addr: name.Addr}
		return unsafe.Slice((*byte)(unsafe.Pointer(&raw)), unsafe.Sizeof(raw))
	case *syscall.SockaddrInet6:
		raw := syscall.RawSockaddrInet6{Family: syscall.AF_INET6, Port: swap(uint16(name.Port)),
			Addr: name.Addr, Scope_id: name.ZoneId}
		return unsafe.Slice((*byte)(unsafe.Pointer(&raw)), unsafe.Sizeof(raw))
	case *syscall.SockaddrUnix:
		family := uint16(syscall.AF_UNIX)
		raw := append(unsafe.Slice((*byte)(unsafe.Pointer(&family)), 2), name.Name...)
		if strings.HasPrefix(name.Name, "@") {
			raw[2] = 0
		} else if name.Name != "" {
			raw = append(raw, 0)
		}
		return raw
	}
	return nil
}

// The address in what the system filled in; nil for no address.
func sockaddrOf(raw *syscall.RawSockaddrAny) syscall.Sockaddr {
	switch raw.Addr.Family {
	case syscall.AF_INET:
		name := (*syscall.RawSockaddrInet4)(unsafe.Pointer(raw))
		return &syscall.SockaddrInet4{Port: int(swap(name.Port)), Addr: name.Addr}
	case syscall.AF_INET6:
		name := (*syscall.RawSockaddrInet6)(unsafe.Pointer(raw))
		return &syscall.SockaddrInet6{Port: int(swap(name.Port)), Addr: name.Addr, ZoneId: name.Scope_id}
	case syscall.AF_UNIX:
		name := (*syscall.RawSockaddrUnix)(unsafe.Pointer(raw))
		path := unsafe.Slice((*byte)(unsafe.Pointer(&name.Path[0])), len(name.Path))
		if path[0] == 0 {
			path[0] = '@'
		}
		text, _, _ := strings.Cut(string(path), "\x00")
		return &syscall.SockaddrUnix{Name: text}
	}
	return nil
}

type inet struct {
	Family string `json:"family"`
	Host   string `json:"host"`
	Port   int    `json:"port"`
}

type inet6 struct {
	inet
	ScopeID uint32 `json:"scope_id"`
}

type unix struct {
	Family string `json:"family"`
	Path   []byte `json:"path"`
}
