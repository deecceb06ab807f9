"""An agent on another machine, as far as a server for SSH on this one can stand for it."""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time

import pytest

from sockspec import locate
from sockspec.agent import bundle
from sockspec.errors import UsageError
from sockspec.judge import runfile
from sockspec.run.bench import Bench

SERVER = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
"""
CLIENT = """
Host far
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/user
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile {folder}/known
  LogLevel ERROR
"""


@pytest.fixture
def far(tmp_path):
    """The words that reach another machine: here, a server of our own."""
    server = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    if server is None or shutil.which("ssh") is None:
        pytest.skip("there is no SSH (Debian: apt-get install openssh-server openssh-client)")
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name]
        subprocess.run(words, check=True, timeout=60)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"port": port, "folder": tmp_path, "user": getpass.getuser()}
    (tmp_path / "server").write_text(SERVER.format(**given))
    (tmp_path / "client").write_text(CLIENT.format(**given))
    command = [server, "-D", "-e", "-f", tmp_path / "server"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
    words = ["ssh", "-F", str(tmp_path / "client"), "far"]
    until = time.monotonic() + 30
    while True:
        ran = subprocess.run([*words, "true"], capture_output=True, check=False, timeout=60)
        if ran.returncode == 0:
            break
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            told = (tmp_path / "log").read_text().strip() + ran.stderr.decode()
            pytest.skip(f"sshd does not serve here: {told[-300:]}")
    yield words
    process.kill()
    process.wait()


def test_an_agent_answers_over_ssh(far, tmp_path):
    agent = tmp_path / "agent.pyz"
    bundle.write(agent)
    backend = f"agent:{' '.join(far)} {sys.executable} -u {agent}"
    rules = ("--rule", "state.connect.connected", "--rule", "creation.close")
    out = ("--out", tmp_path / "run.jsonl")
    ran = subprocess.run(
        [sys.executable, "-m", "sockspec", "run", "--backend", backend, *rules, *out],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_worker_of_xdist_is_reached_over_ssh(far, tmp_path):
    worker = f"ssh={far[-1]}//ssh_config={far[2]}//python={sys.executable}//chdir={tmp_path}"
    # pytest-xdist would bring over every argument that is a path here.
    paths = (f"--rootdir={tmp_path}", f"--config-file={os.devnull}")
    rules = ("-k", "test_state or test_again")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *paths, *rules]
    command += ["--dist", "load", "--tx", worker]
    command += ["-o", f"testpaths={locate.conformance()}"]
    ran = subprocess.run(
        [*command, f"--sockspec-out={tmp_path / 'run.jsonl'}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    seen = runfile.read(tmp_path / "run.jsonl")
    assert seen.footer
    assert len(seen.observations) == seen.footer.cases > 0


def test_a_worker_on_another_kind_of_machine_is_refused():
    with pytest.raises(UsageError, match="and the run is of Windows-11") as refused:
        Bench.from_options(argparse.Namespace(), {"machine": "Windows-11"})
    assert "merge the run files" in str(refused.value)
