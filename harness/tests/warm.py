"""`sockspec` and the pytest under it, forked from a process that has imported them already.

Most of what a small run costs is the import of pytest, Hypothesis and the command line, twice.
A process that has done that forks for each command: it has its own folder, environment,
descriptors, session and end, as one that was started from a shell.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from functools import cache
from pathlib import Path

# What most of the runs import. Not the plugins: pytest wants to import those itself.
_IMPORTED = (
    "asyncio",
    "hypothesis.strategies",
    "pytest",
    "sockspec.backends.agent",
    "sockspec.backends.trace",
    "sockspec.cli.judging",
    "sockspec.network.veth",
    "sockspec.network.wire",
    "sockspec.run.bench",
    "sockspec.run.runner",
)
_TAKES = "warm"


def sockspec(*words, **how):
    """What `python -m sockspec WORDS` ends with and prints."""
    return run("sockspec", *words, **how)


def run(module, *words, cwd=None, env=None, safe=False, timeout=300):
    """What `python -m MODULE WORDS` ends with and prints; `safe` is Python's `-P`."""
    environment = dict(os.environ if env is None else env)
    if _cold(environment):
        return subprocess.run(
            [sys.executable, *(["-P"] if safe else []), "-m", module, *map(str, words)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd=cwd,
            env=environment,
        )
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        command = {
            "words": [module, *map(str, words)],
            "cwd": os.fspath(cwd or Path.cwd()),
            "env": environment,
            "safe": safe,
        }
        code = _server().ask(command, out.fileno(), err.fileno(), timeout)
        told = []
        for stream in (out, err):
            stream.seek(0)
            told.append(stream.read().decode().replace("\r\n", "\n"))
    return subprocess.CompletedProcess(words, code, *told)


def _cold(environment):
    # What Python itself reads when it starts can be had only by starting it.
    def read(names):
        kept = {"PYTHONPATH", "PYTHONHASHSEED"}
        return {k: v for k, v in names.items() if k.startswith("PYTHON") and k not in kept}

    return not hasattr(os, "pidfd_open") or read(environment) != read(os.environ)


# -- the client's side ------------------------------------------------------------------------


class _Server:
    def __init__(self):
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket = ours
        self.process = subprocess.Popen(
            [sys.executable, __file__, _TAKES, str(its.fileno())],
            pass_fds=[its.fileno()],
            stdin=subprocess.DEVNULL,
        )
        its.close()
        atexit.register(self.end)

    def ask(self, command, out, err, seconds):
        with tempfile.TemporaryFile() as told:
            told.write(json.dumps(command).encode())
            told.flush()
            socket.send_fds(self.socket, [b"?"], [told.fileno(), out, err])
        pid = int(self.socket.recv(32))
        ready, _, _ = select.select([self.socket], [], [], seconds)
        if not ready:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            self.socket.recv(32)
            raise subprocess.TimeoutExpired(command["words"], seconds)
        return int(self.socket.recv(32))

    def end(self):
        self.socket.close()
        self.process.wait(10)


@cache
def _server():
    return _Server()


# -- the side that forks ----------------------------------------------------------------------


def _serve(descriptor):
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    taking = socket.socket(fileno=descriptor)
    while True:
        asked, passed, _, _ = socket.recv_fds(taking, 1, 3)
        if not asked:
            return None
        told, out, err = passed
        with os.fdopen(told, "rb") as file:
            file.seek(0)
            command = json.load(file)
        pid = os.fork()
        if not pid:
            taking.close()
            os.setsid()
            os.dup2(out, 1)
            os.dup2(err, 2)
            os.close(out)
            os.close(err)
            return command
        os.close(out)
        os.close(err)
        taking.send(b"%d" % pid)
        _, status = os.waitpid(pid, 0)
        taking.send(b"%d" % os.waitstatus_to_exitcode(status))


def _become(command, safe=False):
    """Have the folder, environment, path and words of a process started with them."""
    before = _python_path(os.environ)
    os.environ.clear()
    os.environ.update(command["env"])
    after = _python_path(os.environ)
    os.chdir(command["cwd"])
    own = [each for each in sys.path[1:] if each not in before]
    sys.path[:] = [*([] if safe else [str(Path.cwd())]), *after, *own]
    sys.argv = list(command["words"])
    tempfile.tempdir = None


def _python_path(environment):
    return [each for each in environment.get("PYTHONPATH", "").split(os.pathsep) if each]


class Forked:
    """A pytest that is forked from here, as `subprocess.Popen` has it."""

    def __init__(self, words, stdout, env):
        self.args, self.returncode, self.stdin = words, None, None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            self._run(stdout, env)
        self._watch = os.pidfd_open(self.pid)

    def _run(self, stdout, env):
        code = 70
        try:
            # What the parent has to tidy at its end is not the child's.
            atexit._clear()
            weakref.finalize._registry.clear()
            weakref.finalize._registered_with_atexit = False
            os.setsid()
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.dup2(stdout.fileno(), 1)
            os.dup2(1, 2)
            _become({"env": env, "cwd": str(Path.cwd()), "words": ["pytest", *self.args[3:]]})
            code = _ended(lambda: runpy.run_module("pytest", run_name="__main__"))
        finally:
            _leave(code)

    def poll(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None:
            ready, _, _ = select.select([self._watch], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            _, status = os.waitpid(self.pid, 0)
            os.close(self._watch)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _ended(main):
    try:
        main()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    return 0


def _leave(code):
    # As Python ends: what was registered, then the streams; not what the parent would do.
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _main():
    command = _serve(int(sys.argv[2]))
    if command is None:
        return
    _become(command, safe=command["safe"])
    from sockspec import cli, keeper

    started = keeper.Keeper.start

    def start(self, words, **options):
        if list(words[:3]) != [sys.executable, "-m", "pytest"]:
            return started(self, words, **options)
        process = Forked(list(words), options["stdout"], options["env"])
        self.watch(process.pid)
        return process

    keeper.Keeper.start = start
    module = command["words"][0]
    if module != "sockspec":
        runpy.run_module(module, run_name="__main__")
    cli.main(prog_name="sockspec")


if __name__ == "__main__" and sys.argv[1:2] == [_TAKES]:
    _main()
