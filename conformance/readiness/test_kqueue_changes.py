"""kqueue: what changes do, and how their errors come. No standard has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import INET, UNIX, outcome

from .kqueue import UNREPORTED, Queue, manuals, open_rule, readable

ALL = (*INET, UNIX)
ADD = manuals("EV_ADD", "will modify the parameters of the original event, and not result in")
DISABLE = manuals("EV_DISABLE", "The filter itself is not disabled")
CHANGES = manuals(
    "DESCRIPTION", "are applied before any pending events are read from the queue"
)
NOT_FOUND = manuals("ERRORS", "The event could not be found to be modified or deleted")
NO_DESCRIPTOR = manuals("ERRORS", "The specified descriptor is invalid")
ERROR = manuals("RETURN VALUES", "EV_ERROR set in flags and the system error in data")
RECEIPT = manuals("EV_RECEIPT", "bulk changes to a kqueue without draining any pending events")


DISABLED = open_rule(
    "readiness.kqueue-changes.disabled",
    "kevent() reports a disabled event once it is enabled again",
    DISABLE,
    {
        "once-enabled": "it is reported when it is enabled, not before",
        "while-disabled": "it is reported although it is disabled",
        "never-reported": "no call reports it",
    },
)


@DISABLED.case(family=ALL, disabled=("added", "later"))
def test_disabled(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), sockets.connected()
    if case["disabled"] == "later":
        queue.add(ours)
        queue.make(ours, "READ", "DISABLE")
    else:
        queue.add(ours, "READ", "DISABLE")
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    if queue.kevent():
        see("while-disabled")
        return
    queue.make(ours, "READ", "ENABLE")
    see("once-enabled" if queue.kevent() else "never-reported")


TWICE = open_rule(
    "readiness.kqueue-changes.added-twice",
    "kevent() reports once what was added twice",
    ADD,
    {"one-event": "there is one event", "two-events": "there are two", **UNREPORTED},
)


@TWICE.case(family=ALL, by=("same-descriptor", "duplicate", "other-filter"))
def test_added_twice(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), readable(sockets)
    other = sockets.keep(ours.try_clone()) if case["by"] == "duplicate" else ours
    queue.add(ours)
    how = outcome(queue.add, other, "WRITE" if case["by"] == "other-filter" else "READ", ok="")
    events = queue.kevent()
    see(how or {0: "not-reported", 1: "one-event"}.get(len(events), "two-events"))


REPLACED = open_rule(
    "readiness.kqueue-changes.key-replaced",
    "an event has the udata that it was last added with",
    ADD,
    {
        "latest": "it has the latest",
        "earlier": "it has an earlier one",
        **UNREPORTED,
    },
)


@REPLACED.case(family=ALL)
def test_key_replaced(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), readable(sockets)
    queue.add(ours, key=1)
    again = queue.change(ours.handle, "READ", "ADD", key=2)
    how = outcome(queue.kevent, [again], 0, ok="")
    keys = [each.key for each in queue.kevent()]
    see(how or _latest(keys), keys=keys)


def _latest(keys):
    if not keys:
        return "not-reported"
    return "latest" if set(keys) == {2} else "earlier"


KEYS = open_rule(
    "readiness.kqueue-changes.key-returned",
    "kevent() returns each event with the udata it was added with",
    manuals("udata", "passed through the kernel unchanged"),
    {"own-key": "each comes with its own", "misplaced": "one comes with another's"},
)


@KEYS.case(family=ALL)
@given(keys=st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=5, unique=True))
def test_key_returned(sockets, see, case, keys):
    queue = Queue(sockets)
    for key in keys:
        queue.add(readable(sockets)[0], key=key)
    seen = sorted(each.key for each in queue.kevent())
    see("own-key" if seen == sorted(keys) else "misplaced", keys=keys, told=seen)


REFUSED = open_rule(
    "readiness.kqueue-changes.control-errors",
    "kevent() refuses a change that does not fit what is registered",
    [*NOT_FOUND, *NO_DESCRIPTOR],
    {"accepted": "the call succeeds"},
)


@REFUSED.case(family=ALL, change=("DELETE", "ENABLE", "DISABLE", "deleted-twice", "closed"))
def test_control_errors(sockets, see, case):
    queue, sock, change = Queue(sockets), sockets.new(), case["change"]
    asked = queue.change(sock.handle, "READ", "ADD" if change == "closed" else "DELETE")
    if change == "closed":
        sock.close()
    elif change == "deleted-twice":
        queue.add(sock)
        queue.kevent([asked], most=0)
    else:
        asked = queue.change(sock.handle, "READ", change)
    see(outcome(queue.kevent, [asked], 0, ok="accepted"))


PLACED = open_rule(
    "readiness.kqueue-changes.error-placed",
    "the error of a change comes as an event",
    ERROR,
    {
        "call-fails": "the call fails",
        "event": "the call returns an event with EV_ERROR and the error's number",
        "other-event": "the event has another number, or no EV_ERROR",
        "nothing-returned": "the call succeeds, and returns nothing",
    },
)


@PLACED.case(family=ALL, room=("none", "some"))
def test_error_placed(sockets, see, case):
    queue = Queue(sockets)
    asked = queue.change(sockets.new().handle, "READ", "DELETE", key=7)
    events = []
    call = lambda: events.extend(queue.kevent([asked], 0 if case["room"] == "none" else 4))
    if outcome(call) != "succeeds":
        see("call-fails")
    elif not events:
        see("nothing-returned")
    else:
        error = sockets.backend.errno_symbol(events[0].data)
        is_error = queue.has(events[0], "ERROR") and (error, events[0].key) == ("ENOENT", 7)
        see("event" if is_error else "other-event", events=events)


RECEIVED = open_rule(
    "readiness.kqueue-changes.receipt",
    "EV_RECEIPT has kevent() return receipts alone",
    RECEIPT,
    {
        "alone": "each change has a receipt, and pending events stay",
        "with-events": "pending events come as well",
        "no-receipt": "there is none",
    },
)


@RECEIVED.case(family=ALL, change=("ADD", "ENABLE"))
def test_receipt(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), readable(sockets)
    queue.add(ours)
    asked = queue.change(ours.handle, "READ", case["change"], "RECEIPT")
    events = queue.kevent([asked])
    receipts = [each for each in events if queue.has(each, "ERROR") and each.data == 0]
    see("no-receipt" if not receipts else "alone" if len(events) == 1 else "with-events")


APPLIED = open_rule(
    "readiness.kqueue-changes.changes-first",
    "kevent() makes its changes before it reports",
    CHANGES,
    {"before": "what is reported is as the changes have it", "after": "they come later"},
)


@APPLIED.case(family=ALL, change=("ADD", "DELETE", "DISABLE"))
def test_changes_first(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), readable(sockets)
    adds = case["change"] == "ADD"
    if not adds:
        queue.add(ours)
    events = queue.kevent([queue.change(ours.handle, "READ", case["change"])])
    see("before" if bool(events) == adds else "after")
