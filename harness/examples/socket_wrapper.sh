#!/bin/sh
# socket_wrapper.sh PROGRAM...: its sockets are those of libsocket-wrapper (Debian: libsocket-wrapper).
#
#     sockspec run --profile socket-wrapper --backend "agent:harness/examples/socket_wrapper.sh sockspec-agent"
#
# The agent is the one in C, harness/native/c/agent, as it is: socket_wrapper replaces the calls of
# the C library in a program that preloads it. IPv6 has a network of its own, fd00::5357:5f00/120, and
# each program a folder of its own, where its unix sockets stay when it is killed.
set -eu
rooms=${TMPDIR:-/tmp}/sockspec-socket-wrapper
mkdir -p "$rooms"
for room in "$rooms"/*; do
    kill -0 "${room##*/}" 2>/dev/null || rm -rf "$room"
done
release=$(dpkg-query -W -f '${Version}' libsocket-wrapper 2>/dev/null) || release="of unknown release"
export SOCKET_WRAPPER_DIR="$rooms/$$" SOCKET_WRAPPER_DEFAULT_IFACE=1
export SOCKSPEC_LABEL="libsocket-wrapper ${release%-*}" SOCKSPEC_LOOPBACK_V6=fd00::5357:5f01
mkdir "$SOCKET_WRAPPER_DIR"
export LD_PRELOAD=libsocket_wrapper.so
exec "$@"
