// Who answers, and on what.
package main

import (
	"math/bits"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// Settings of a Linux system that the rules look at (sysctl names).
var settings = []string{"net.core.rmem_default", "net.core.rmem_max", "net.core.wmem_default",
	"net.core.wmem_max", "net.core.somaxconn", "net.core.optmem_max", "net.ipv4.tcp_rmem",
	"net.ipv4.tcp_wmem", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_syn_retries", "net.ipv4.tcp_fin_timeout",
	"net.ipv4.ip_default_ttl", "net.ipv4.ip_local_port_range",
	"net.ipv4.ip_unprivileged_port_start", "net.ipv6.bindv6only", "net.unix.max_dgram_qlen"}

const capNetAdmin = 12 // capabilities(7)

func shown(path string) string {
	text, _ := os.ReadFile(path)
	return strings.Join(strings.Fields(string(text)), " ")
}

func capabilities() string {
	text, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(text), "CapEff:")
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(line)
}

// Linux keeps SO_RCVTIMEO in ticks and rounds up: a microsecond reads back as one.
func hz() int {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0
	}
	defer syscall.Close(fd)
	tick := syscall.Timeval{Usec: 1}
	syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &tick)
	length := uint32(unsafe.Sizeof(tick))
	syscall.Syscall6(syscall.SYS_GETSOCKOPT, uintptr(fd), syscall.SOL_SOCKET, syscall.SO_RCVTIMEO,
		uintptr(unsafe.Pointer(&tick)), uintptr(unsafe.Pointer(&length)), 0)
	return int((1000000 + tick.Usec/2) / tick.Usec)
}

func byteOrder() string {
	one := uint16(1)
	if *(*byte)(unsafe.Pointer(&one)) == 1 {
		return "little"
	}
	return "big"
}

func welcome() answer {
	version := strings.TrimPrefix(runtime.Version(), "go")
	release := shown("/proc/sys/kernel/osrelease")
	kernel, _, _ := strings.Cut(release, "-")
	machine := runtime.GOARCH
	if name, other := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[machine]; other {
		machine = name
	}
	effective := capabilities()
	mask, _ := strconv.ParseUint(effective, 16, 64)
	found := map[string]string{}
	for _, name := range settings {
		if text := shown("/proc/sys/" + strings.ReplaceAll(name, ".", "/")); text != "" {
			found[name] = text
		}
	}
	platform := answer{"profile": "go", "system": "Linux", "release": release, "version": kernel,
		"machine": machine, "byte_order": byteOrder(), "interpreter": "Go",
		"interpreter_version": version, "capabilities": effective,
		"privileged": mask>>capNetAdmin&1 == 1, "hz": hz(), "settings": found}
	return answer{"kind": "welcome", "protocol": 1, "backend": "go", "version": version,
		"label": "Go " + version, "implementation": "package syscall of Go " + version, "system": "linux",
		"byte_order": byteOrder(), "long_size": bits.UintSize / 8, "platform": platform,
		"constants": constants, "primitives": primitives}
}
