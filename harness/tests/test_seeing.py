"""From what a test names to the verdict in the run file."""

from __future__ import annotations

import pytest

from sockspec.judge.verdict import Verdict

PLAIN = """
R = promise("plain")
@R.case()
def test_plain(sockets, see, case):
    see({0!r}, value=1)
"""


def test_a_conforming_behaviour_is_green(spec):
    spec.write(PLAIN.format("good"))
    ran = spec.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert spec.one().verdict is Verdict.CONFORMS


def test_an_unexpected_behaviour_is_red_and_names_the_edit(spec):
    spec.write(PLAIN.format("bad"))
    ran = spec.run()
    assert ran.returncode == 1
    assert spec.one().verdict is Verdict.NEW
    assert 'behaviour = "bad"' in ran.stdout
    assert "platforms/here/demo.toml" in ran.stdout


def test_a_known_behaviour_is_green_and_listed(spec):
    spec.write(PLAIN.format("bad"))
    spec.record(spec.entry("demo.subject.plain", '"bad"'))
    ran = spec.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert spec.one().verdict is Verdict.KNOWN
    assert spec.one().origin == "platforms/here/demo.toml:2"


def test_a_known_divergence_that_is_gone_is_red(spec):
    spec.write(PLAIN.format("good"))
    spec.record(spec.entry("demo.subject.plain", '"bad"'))
    ran = spec.run()
    assert ran.returncode == 1
    assert spec.one().verdict is Verdict.FIXED
    assert "remove the entry at platforms/here/demo.toml:2" in ran.stdout


def test_another_wrong_behaviour_than_the_known_one_is_red(spec):
    spec.write(PLAIN.format("ugly"))
    spec.record(spec.entry("demo.subject.plain", '"bad"'))
    assert spec.run().returncode == 1
    assert spec.one().verdict is Verdict.NEW


def test_another_conforming_behaviour_than_the_recorded_one_is_changed(spec):
    spec.write(PLAIN.format("fine"))
    spec.record(spec.entry("demo.subject.plain", '"good"'))
    assert spec.run().returncode == 1
    assert spec.one().verdict is Verdict.CHANGED


def test_an_undeclared_behaviour_is_a_harness_error(spec):
    spec.write(PLAIN.format("nameless"))
    assert spec.run().returncode == 3
    assert spec.one().verdict is Verdict.HARNESS_ERROR


def test_an_error_symbol_needs_no_declaration(spec):
    spec.write(PLAIN.format("EINVAL"))
    assert spec.run().returncode == 1
    assert spec.one().verdict is Verdict.NEW


def test_an_unspecified_rule_takes_any_behaviour_unless_one_is_recorded(spec):
    spec.write(PLAIN.replace('promise("plain")', 'promise("plain", UNSPECIFIED)').format("bad"))
    assert spec.run().returncode == 0
    assert spec.one().verdict is Verdict.UNSPECIFIED
    spec.record(spec.entry("demo.subject.plain", '"good"'))
    assert spec.run().returncode == 1
    assert spec.one().verdict is Verdict.CHANGED


def test_every_unexpected_behaviour_gets_its_smallest_witness_in_one_run(spec):
    spec.write("""
R = promise("regions")
@R.case()
@given(size=st.integers(-1000, 1000))
def test_regions(sockets, see, case, size):
    see("bad" if size < -10 else "ugly" if size > 20 else "good", size=size)
""")
    assert spec.run("--examples", "200").returncode == 1
    seen = spec.one()
    assert seen.unexpected == ["bad", "ugly"]
    assert seen.witness["bad"]["values"] == {"size": -11}
    assert seen.witness["ugly"]["values"] == {"size": 21}


def test_a_known_behaviour_costs_no_shrinking(spec):
    spec.write("""
R = promise("always")
@R.case()
@given(size=st.integers())
def test_always(sockets, see, case, size):
    see("bad", size=size)
""")
    spec.record(spec.entry("demo.subject.always", '"bad"'))
    assert spec.run("--examples", "40").returncode == 0
    assert spec.one().examples == 40


def test_a_failed_arrangement_is_indeterminate_and_names_its_call(spec):
    spec.write("""
R = promise("arranged")
@R.case()
def test_arranged(sockets, see, case):
    sockets.new().accept()
    see("good")
""")
    assert spec.run().returncode == 3
    assert spec.one().verdict is Verdict.INDETERMINATE
    assert spec.one().because == "arranging failed: accept: EINVAL"
    assert [call["call"] for call in spec.one().witness["indeterminate"]["calls"]][:2] == [
        "new",
        "accept",
    ]


def test_a_harness_error_is_never_excused(spec):
    spec.write("""
R = promise("broken")
@R.case()
def test_broken(sockets, see, case):
    see("bad")
@promise("raising").case()
def test_raising(sockets, see, case):
    raise RuntimeError("a mistake in the test")
""")
    spec.record(
        spec.entry("demo.subject.broken", '"bad"') + spec.entry("demo.subject.raising", '"bad"')
    )
    assert spec.run().returncode == 3
    verdicts = {name: each.verdict for name, each in spec.seen().items()}
    assert verdicts["demo.subject.raising"] is Verdict.HARNESS_ERROR
    assert verdicts["demo.subject.broken"] is Verdict.KNOWN


def test_a_test_that_names_nothing_or_two_things_is_a_harness_error(spec):
    spec.write("""
@promise("silent").case()
def test_silent(sockets, see, case):
    pass
@promise("garrulous").case()
def test_garrulous(sockets, see, case):
    see("good"); see("fine")
""")
    assert spec.run().returncode == 3
    assert {each.verdict for each in spec.seen().values()} == {Verdict.HARNESS_ERROR}


def test_an_unmet_need_is_unsupported_with_the_reason(spec):
    spec.write("""
@promise("needy", needs=["raw-address"]).case()
def test_needy(sockets, see, case):
    see("good")
@promise("asking").case()
def test_asking(sockets, see, case):
    sockets.number("SO_NO_SUCH_OPTION")
@promise("plain").case()
def test_plain(sockets, see, case):
    see("good")
""")
    assert spec.run().returncode == 0
    seen = spec.seen()
    assert seen["demo.subject.needy"].verdict is Verdict.UNSUPPORTED
    assert "builds addresses itself" in seen["demo.subject.needy"].because
    assert "SO_NO_SUCH_OPTION" in seen["demo.subject.asking"].because


def test_when_everything_is_unsupported_nothing_ran(spec):
    spec.write("""
@promise("needy", needs=["raw-address"]).case()
def test_needy(sockets, see, case):
    see("good")
""")
    assert spec.run().returncode == 5


# Windows has no interval timer; there a thread makes the calls.
TIMERS = pytest.mark.parametrize(
    "timer", ["", "vars(signal).pop('setitimer', None)"], ids=["timer", "none"]
)


@TIMERS
def test_a_hang_is_a_behaviour_and_ends_only_its_case(spec, timer):
    spec.write(f"""{timer}
@promise("hangs").case()
@given(n=st.integers())
def test_hangs(sockets, see, case, n):
    see(outcome(sockets.bound(type=DGRAM).recv, 1, ok="bad"))
@promise("plain").case()
def test_plain(sockets, see, case):
    see("good")
""")
    spec.record(spec.entry("demo.subject.hangs", '"hang"'))
    ran = spec.run("--deadline", "0.3")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    seen = spec.seen()
    assert seen["demo.subject.hangs"].behaviours == {"hang": 1}
    assert seen["demo.subject.plain"].verdict is Verdict.CONFORMS


@TIMERS
def test_a_hang_while_arranging_is_indeterminate_and_names_the_call(spec, timer):
    spec.write(f"""{timer}
@promise("waits").case()
def test_waits(sockets, see, case):
    sockets.listener().accept()
    see("good")
""")
    assert spec.run("--deadline", "0.3").returncode == 3
    assert spec.one().because == "arranging failed: accept: hang"


@TIMERS
def test_a_test_that_calls_on_and_on_hangs_too(spec, timer):
    spec.write(f"""{timer}
@promise("goes-on").case()
def test_goes_on(sockets, see, case):
    sock = sockets.bound(type=DGRAM)
    while not sock.poll("POLLIN", 0):
        pass
    see("good")
""")
    assert spec.run("--deadline", "0.3").returncode == 3
    assert "hang" in spec.one().because


@TIMERS
def test_a_call_that_was_started_has_its_own_bound(spec, timer):
    spec.write(f"""{timer}
@promise("waits").case()
def test_waits(sockets, see, case):
    one, other = sockets.connected(V4)
    call = sockets.start("recv", one, 1, 0)
    blocked = call.is_blocked()
    other.send(b"x")
    see("good" if blocked and call.result() == b"x" else "bad")
""")
    assert spec.run("--deadline", "5").returncode == 0, spec.one()


@pytest.mark.parametrize("where", ["finaliser", "collector"])
def test_a_deadline_in_the_collection_of_garbage_is_no_error(spec, where):
    spec.write(f"""
import gc
def tidy(*_anything):
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        pass
class Untidy:
    def __del__(self):
        tidy()
@promise("{where}").case()
def test_collected(sockets, see, case):
    if "{where}" == "finaliser":
        Untidy()
    else:
        gc.callbacks.append(tidy)
        gc.collect()
        gc.callbacks.remove(tidy)
    see("good")
""")
    assert spec.run("--deadline", "0.4").returncode == 0, spec.one()


def test_the_death_of_a_worker_is_a_behaviour_of_the_case_that_killed_it(spec):
    spec.write("""
@promise("dies").case()
def test_dies(sockets, see, case):
    os.kill(os.getpid(), signal.SIGKILL)
    see("good")
R = promise("lives")
@R.case(number=tuple("abcdefgh"))
def test_lives(sockets, see, case):
    see("good")
""")
    spec.record(spec.entry("demo.subject.dies", '"crash"'))
    ran = spec.run("-n", "2")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    seen = spec.seen()
    assert seen["demo.subject.dies"].behaviours == {"crash": 1}
    assert len(seen) == 9
