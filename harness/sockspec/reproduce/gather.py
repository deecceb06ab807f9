"""Calls of a witness that belong together: loops of the test become loops of the script.

How often a loop turned is chance: how much fits into a queue, how soon a segment arrives. So
these become one call of the witness each, with marks of our own:

- `fill`: sends until nothing fits, waiting for what is on its way (see `sockspec.run.queues`);
- `drain`: receives on a stream, one after the other, whose bytes count and not their portions;
- `again`: a call that was repeated until it answered something else;
- `times`: the same call with the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    _Gathered = tuple[int, list[Mapping[str, Any]]]

__all__ = ["gathered"]

_CHUNK = 65536  # what `sockspec.run.queues` sends
_OUTPUT = {"send", "ioctl", "poll"}
_LOOKS = {"poll", "ioctl"}
_FEW = 4  # repetitions that are spelled out


def gathered(calls: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The calls, with those that belong together made one."""
    found: list[Mapping[str, Any]] = []
    streams: set[int] = set()
    at = 0
    while at < len(calls):
        _note_streams(streams, calls[at])
        for look in (_filled, _drained, _repeated, _looked):
            taken, made = look(calls, at, streams)
            if taken:
                found += made
                at += taken
                break
        else:
            found.append(calls[at])
            at += 1
    return found


def _note_streams(streams: set[int], call: Mapping[str, Any]) -> None:
    match call:
        case {
            "call": "new" | "new_raw",
            "arguments": [_, kind, *_],
            "answer": {"socket": made},
        }:
            if kind & 0xF == 1:
                streams.add(made)
        case {"call": "accept" | "accept_raw", "answer": [{"socket": made}, _]}:
            streams.add(made)
        case {"call": "pair", "arguments": [_, kind, *_], "answer": [one, other]} if kind == 1:
            streams |= {one["socket"], other["socket"]}


def _of(call: Mapping[str, Any]) -> Any:
    """The socket that a call is made on, a poll of one socket too."""
    match call:
        case {"call": "poll", "arguments": [[[sock, _]], _]}:
            return sock
        case {"arguments": [{"socket": _} as sock, *_]}:
            return sock
    return None


def _filled(calls: Sequence[Mapping[str, Any]], at: int, _: set[int]) -> _Gathered:
    match calls[at]:
        case {"call": "send", "arguments": [sock, {"length": size}, 0]} if size == _CHUNK:
            pass
        case _:
            return 0, []
    end = at
    sends = 0
    while end < len(calls):
        call = calls[end]
        if "left_out" in call:
            end += 1
            continue
        if call["call"] not in _OUTPUT or _of(call) != sock:
            break
        if call["call"] == "send":
            if call["arguments"] != calls[at]["arguments"]:
                break
            sends += 1
        if call["call"] == "poll" and call["arguments"][1] > 0.2:
            break
        end += 1
    if end == len(calls):
        end -= 1  # the last answer is the point
    if sends < 2 or not any("error" in each for each in calls[at:end]):
        return 0, []
    return end - at, [{"call": "fill", "arguments": [sock], "answer": None}]


def _drained(calls: Sequence[Mapping[str, Any]], at: int, streams: set[int]) -> _Gathered:
    def received(call: Mapping[str, Any]) -> bool:
        match call:
            case {"call": "recv", "arguments": [_, _, 0], "answer": {"bytes": text}}:
                return call["arguments"] == calls[at]["arguments"] and bool(text)
        return False

    sock = _of(calls[at])
    if sock is None or sock["socket"] not in streams or not received(calls[at]):
        return 0, []
    end, count, total = at, 0, 0
    for number in range(at, len(calls)):
        call = calls[number]
        if received(call):
            count += 1
            total += _length(call["answer"])
            end = number + 1
        elif call.get("call") != "poll" or _of(call) != sock:
            break
    if count < 2:
        return 0, []
    size = calls[at]["arguments"][1]
    first = calls[at]["answer"]
    answer = {"bytes": first["bytes"], "length": total}
    return end - at, [{"call": "drain", "arguments": [sock, size, total], "answer": answer}]


def _length(told: Mapping[str, Any]) -> int:
    length: int = told.get("length", len(told["bytes"]) // 2)
    return length


def _repeated(calls: Sequence[Mapping[str, Any]], at: int, _: set[int]) -> _Gathered:
    """A call that is made again and again, with nothing between."""
    first = calls[at]
    if "left_out" in first or first["call"] in {"new", "accept", "dup", "adopt", "pair"}:
        return 0, []
    end = _last_of(calls, at)
    cut = any("left_out" in each for each in calls[at : end + 1])
    count = end - at
    if count < _FEW:
        return 0, []
    last = calls[end - 1]
    if first["call"] == "send" and "error" in last:
        return count, [{**last, "again": True}]
    if cut:
        return 0, []
    if all(_answer(each) == _answer(first) for each in calls[at:end]):
        return count, [{**first, "times": count - 1}, last]
    return 0, []


def _looked(calls: Sequence[Mapping[str, Any]], at: int, _: set[int]) -> _Gathered:
    """Looking at a state until it is reached: each question once, with its last answer."""
    end = at
    while end < len(calls) and calls[end].get("call") in _LOOKS:
        end += 1
    last: dict[str, Mapping[str, Any]] = {}
    repeated: set[str] = set()
    for call in calls[at:end]:
        question = repr((call["call"], call["arguments"]))
        if question in last and _answer(last[question]) != _answer(call):
            repeated.add(question)
        last.pop(question, None)
        last[question] = call
    if not repeated:
        return 0, []
    return end - at, [
        {**call, "again": question in repeated} for question, call in last.items()
    ]


def _last_of(calls: Sequence[Mapping[str, Any]], at: int) -> int:
    """Where the repetitions of a call end, over those in the middle that were left out."""
    end = at
    while end < len(calls):
        same = _same_question(calls[end], calls[at])
        over = "left_out" in calls[end] and end + 1 < len(calls)
        if not same and not (over and _same_question(calls[end + 1], calls[at])):
            break
        end += 1
    return end


def _same_question(call: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return call.get("call") == other["call"] and bool(call["arguments"] == other["arguments"])


def _answer(call: Mapping[str, Any]) -> Any:
    return call.get("error"), call.get("answer")
