"""The protocol as published, and the Python agent as one file, by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import jsonschema
import msgspec
import pytest

from sockspec import locate, platform
from sockspec.agent import bundle, serve
from sockspec.backend import PRIMITIVES, PROCESS, Backend
from sockspec.backends import smoke
from sockspec.backends.agent import Agent
from sockspec.protocol import calls, messages, wire
from sockspec.report import protocol

HELLO = {"kind": "hello", "id": 0, "protocol": 1, "client": "a test"}
TALK = [
    HELLO,
    {"kind": "call", "id": 1, "call": {"primitive": "new", "family": 2, "type": 2}},
    {"kind": "call", "id": 2, "call": {"primitive": "getsockopt", "sock": 1, "level": 1,
                                       "name": 3, "length": 4}},
    {"kind": "call", "id": 3, "call": {"primitive": "accept", "sock": 1}},
    {"kind": "call", "id": 4, "call": {"primitive": "accept_raw", "sock": 1}},
    {"kind": "call", "id": 5, "call": {"primitive": "send", "sock": 1, "data": "not base64"}},
    {"kind": "call", "id": 6, "call": {"primitive": "teleport"}},
    {"kind": "start", "id": 7, "call": {"primitive": "poll", "wanted": [[1, 1]],
                                        "timeout": 60}},
    {"kind": "result", "id": 8, "pending": 1, "within": 0},
    {"kind": "reset", "id": 9},
    {"kind": "call", "id": 10, "call": {"primitive": "close", "sock": 1}},
    {"kind": "bye", "id": 11},
]  # fmt: skip


def talk(command, lines):
    ran = subprocess.run(
        command,
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture(scope="module")
def answers():
    return talk([sys.executable, "-m", "sockspec.agent"], TALK)


def test_an_agent_answers_in_order_and_in_kind(answers):
    assert [answer["id"] for answer in answers] == list(range(12))
    kinds = [answer["kind"] for answer in answers]
    assert kinds[:4] == ["welcome", "value", "value", "error"]
    assert kinds[4:7] == ["unsupported", "fault", "unsupported"]
    assert kinds[7:] == ["value", "running", "value", "error", "value"]
    # Nothing wakes a poll: the reset says that it is still there.
    assert answers[9]["value"] == 1


def test_all_that_is_said_fits_the_schema_by_an_independent_validator(answers):
    published = messages.schema()
    for kind, lines in (("request", TALK[:6] + TALK[7:]), ("answer", answers)):
        validator = jsonschema.Draft202012Validator(
            {"$ref": f"#/$defs/{kind}", "$defs": published["$defs"]}
        )
        for line in lines:
            validator.validate(line)
        for broken in ({"kind": "rumour"}, {**lines[1], "id": "one"}):
            assert not validator.is_valid(broken)


def test_what_calls_return_fits_the_schema(answers):
    definitions = messages.schema()["$defs"]
    for name, value in (("new", 1), ("getsockopt", answers[2]["value"]), ("close", None)):
        schema = {"$ref": f"#/$defs/returns.{name}", "$defs": definitions}
        jsonschema.Draft202012Validator(schema).validate(value)


def test_the_calls_are_those_of_the_contract_parameter_by_parameter():
    import inspect

    described = {*PRIMITIVES, *PROCESS}
    assert set(calls.CALLS) == {*described, "constant", "errno_symbol", "folder", "answer"}
    # The one call that holds another is made of a primitive and its arguments.
    assert calls.CALLS["in_child"].__struct_fields__ == ("child", "call")
    for name in described - {"in_child"}:
        parameters = list(inspect.signature(getattr(Backend, name)).parameters)[1:]
        assert list(calls.CALLS[name].__struct_fields__) == parameters, name


def test_an_agent_tells_every_fact_of_its_platform():
    known = {each.name for each in msgspec.structs.fields(messages.Platform)}
    assert known == platform.facts().keys()


def test_both_ends_speak_the_same_version():
    assert serve.PROTOCOL == messages.PROTOCOL


def test_the_page_has_every_message_call_and_field():
    page = protocol.markdown()
    for union in (messages.Request, messages.Answer, calls.Call, calls.Address):
        for each in typing.get_args(union):
            kind = typing.get_origin(each) or each
            section = page.partition(f"### `{kind.__struct_config__.tag}`\n")[2]
            section = section.partition("\n#")[0]
            assert section, kind
            for field in msgspec.structs.fields(kind):
                assert f"- `{field.name}`: " in section, (kind, field.name)
    assert "- `address`: an address or null" in page
    assert "<" not in page.replace("<https", "")  # nothing was printed as Python shows it


def test_an_answer_that_the_contract_does_not_know_is_no_answer():
    with pytest.raises(TypeError, match="complex is nothing that the contract returns"):
        wire.plain(1j)


# -- one file -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    path = tmp_path_factory.mktemp("alone") / "agent.pyz"
    bundle.write(path)
    return path


def interpreter(name):
    """Where an interpreter is, on the path or with the versions that pyenv keeps; or None."""
    version = name.removeprefix("python")
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/{name}"))
    for path in (shutil.which(name), *kept):
        # On the path there can be a stand-in for versions that are not there.
        if (
            path
            and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode
            == 0
        ):
            return str(path)
    return None


@pytest.mark.parametrize("name", ["python3.9", "python3.13", "pypy3", "python3"])
def test_the_file_needs_an_interpreter_and_nothing_else(alone, name):
    path = interpreter(name)
    if path is None:
        pytest.skip(f"there is no {name} here")
    # Isolated and without site-packages: nothing is installed, for it.
    agent = Agent([path, "-I", "-S", str(alone)])
    found = smoke.smoke(agent)
    agent.shut_down()
    assert not found.wrong
    assert not found.lacks


def test_the_modules_of_the_file_are_written_in_python_3_9():
    import ast

    root = locate._PACKAGE
    for name in bundle.MODULES:
        ast.parse((root / name).read_text(encoding="utf-8"), feature_version=(3, 9))


def test_the_same_version_makes_the_same_bytes(alone, tmp_path):
    bundle.write(tmp_path / "again.pyz")
    assert (tmp_path / "again.pyz").read_bytes() == alone.read_bytes()


def test_what_the_implementation_prints_is_no_answer(tmp_path):
    script = tmp_path / "chatty.py"
    script.write_text(
        "from sockspec.agent.serve import serve\n"
        "from sockspec.backends.stdlib import Stdlib\n"
        "class Chatty(Stdlib):\n"
        "    def new(self, *arguments):\n"
        "        print('making one')\n"
        "        return super().new(*arguments)\n"
        "serve(Chatty())\n"
    )
    said = talk([sys.executable, str(script)], TALK[:2])
    assert [line["kind"] for line in said] == ["welcome", "value"]


def test_an_unknown_backend_is_a_mistake_of_usage():
    ran = subprocess.run(
        [sys.executable, "-m", "sockspec.agent", "--backend", "nobody"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        input="",
    )
    assert ran.returncode == 2
    assert "there is no backend 'nobody'" in ran.stderr
