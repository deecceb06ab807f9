#!/bin/sh
# Runs the agent, sockets.erl: on the Erlang/OTP of this machine, or on that of a Debian which is unpacked in
# the folder SOCKSPEC_OTP.
#
# What is unpacked needs a C library of its own, and so its own loader. The programs of the runtime
# start each other in BINDIR: there, links lead back to this script.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
name=${0##*/}
if [ "$name" != run.sh ]; then
    lib=$(echo "$SOCKSPEC_OTP"/usr/lib/*-linux-gnu)
    exec "$lib"/ld-linux-*.so.* --library-path "$lib" "$SOCKSPEC_OTP"/usr/lib/erlang/erts-*/bin/"$name" "$@"
fi

erl=erl
if [ -n "${SOCKSPEC_OTP:-}" ]; then
    export ROOTDIR="$SOCKSPEC_OTP/usr/lib/erlang" BINDIR="$SOCKSPEC_OTP/agent" EMU=beam PROGNAME=erl
    erl="$BINDIR/erlexec"
    mkdir -p "$BINDIR"
    for each in erlexec beam.smp erl_child_setup inet_gethost; do
        # Another agent may be doing the same: what counts is that they are there.
        [ "$BINDIR/$each" -ef "$0" ] || ln -sfn "$here/run.sh" "$BINDIR/$each" 2>/dev/null || :
    done
fi
# Who waits (+sbwt) leaves the processor to who answers.
exec "$erl" -noinput +sbwt none -eval "
    [begin
        {ok, Module, Code} = compile:file(Each, [binary, report]),
        {module, Module} = code:load_binary(Module, Each, Code)
    end || Each <- filelib:wildcard(\"$here/*.erl\")],
    sockets:main([\"$here\"])."
