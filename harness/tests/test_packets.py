"""Frames as packets and datagrams, and what a forwarder does to them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockspec.address import Inet, Unix
from sockspec.errors import NotReached, Unsupported
from sockspec.network.datagrams import datagram
from sockspec.network.forwarder import Change, Changes, ports
from sockspec.network.wire import Conversation, Frame, read


def frame(segment, *, v6=False, kind=0, **fields):
    dpkt = pytest.importorskip("dpkt", reason="not run: dpkt is not installed")
    from dpkt import ethernet, ip, ip6

    kind = kind or (6 if isinstance(segment, dpkt.tcp.TCP) else 17)
    if v6:
        data = ip6.IP6(src=bytes(15) + b"\1", dst=bytes(15) + b"\2", nxt=kind, data=segment)
        data.hlim, data.plen = 9, len(segment)
        return bytes(ethernet.Ethernet(type=0x86DD, data=data))
    data = ip.IP(src=b"\x7f\0\0\1", dst=b"\x7f\0\0\2", p=kind, data=segment, **fields)
    return bytes(ethernet.Ethernet(data=data))


def datagrams(*letters, source=7, target=9, v6=False):
    udp = pytest.importorskip("dpkt.udp", reason="not run: dpkt is not installed")
    made = [udp.UDP(sport=source, dport=target, data=each) for each in letters]
    for each in made:
        each.ulen = len(each)
    return [frame(each, v6=v6) for each in made]


def test_a_segment_is_read_with_its_flags_and_its_urgent_pointer():
    tcp = pytest.importorskip("dpkt.tcp", reason="not run: dpkt is not installed")
    segment = tcp.TCP(sport=1, dport=2, seq=7, flags=0x31, urp=3, win=9, data=b"abc")
    packet = read(1.0, frame(segment, ttl=5, tos=16))
    assert (packet.source, packet.target) == (("127.0.0.1", 1), ("127.0.0.2", 2))
    assert packet.flags == {"URG", "ACK", "FIN"}
    assert (packet.sequence, packet.urgent, packet.window) == (7, 3, 9)
    assert (packet.lifetime, packet.service, packet.data) == (5, 16, b"abc")
    assert "urgent pointer 3" in str(packet)


def test_a_datagram_is_read_in_either_family():
    udp = pytest.importorskip("dpkt.udp", reason="not run: dpkt is not installed")
    segment = udp.UDP(sport=1, dport=2, data=b"abc")
    segment.ulen = len(segment)
    assert read(1.0, frame(segment)).data == b"abc"
    six = read(1.0, frame(segment, v6=True))
    assert (six.source, six.lifetime, six.protocol) == (("::1", 1), 9, "UDP")


def test_what_is_neither_is_no_packet():
    pytest.importorskip("dpkt", reason="not run: dpkt is not installed")
    assert read(1.0, bytes(12) + b"\x08\x06" + bytes(28)) is None


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_a_frame_that_is_cut_anywhere_is_no_packet_or_a_part_of_one(v6):
    tcp = pytest.importorskip("dpkt.tcp", reason="not run: dpkt is not installed")
    segment = tcp.TCP(sport=1, dport=2, data=b"abc", opts=b"\2\4\5\xb4", off=6)
    whole = bytes(frame(segment, v6=v6))
    assert [read(1.0, whole[:size]) for size in range(14)] == [None] * 14
    for size in range(14, len(whole)):
        cut = read(1.0, whole[:size])
        assert cut is None or b"abc".startswith(cut.data)


@pytest.mark.parametrize(
    "told",
    [
        "86dd" + "41000000" + "0014" + "06" + "40" + "00" * 52,  # the version of neither
        "86dd" + "60000000" + "0000" + "33" + "40" + "00" * 32,  # a head that nothing follows
        "8100",  # a tag of a network that is not there
    ],
    ids=["version", "no-next", "tag"],
)
def test_a_frame_that_is_not_what_its_head_says_breaks_nothing(told):
    pytest.importorskip("dpkt", reason="not run: dpkt is not installed")
    read(1.0, bytes(12) + bytes.fromhex(told))


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_a_datagram_of_udp_lite_is_read_though_its_head_has_no_length(v6):
    udp = pytest.importorskip("dpkt.udp", reason="not run: dpkt is not installed")
    covered = udp.UDP(sport=1, dport=2, ulen=8, data=b"abc")
    told = read(1.0, frame(covered, v6=v6, kind=136))
    assert (told.protocol, told.data) == ("UDP-Lite", b"abc")
    assert (told.source[1], told.target[1]) == (1, 2)
    assert read(1.0, frame(udp.UDP(), v6=v6, kind=136)[:-1]) is None


class Still:
    def packets(self):
        return iter(())

    def wait(self, seconds):
        return False


def test_a_packet_that_does_not_come_is_a_state_that_is_not_reached():
    quiet = Conversation(Still(), Inet("127.0.0.1", 1), Inet("127.0.0.1", 2))
    with pytest.raises(NotReached):
        quiet.until(lambda packets: packets, within=0.01)


def test_nothing_travels_to_the_name_of_a_file():
    with pytest.raises(Unsupported):
        Conversation(Still(), Unix(b"a"), Unix(b"b"))


# -- datagrams ------------------------------------------------------------------------------


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_a_datagram_is_read_with_its_fields(v6):
    (made,) = datagrams(b"abc", v6=v6)
    told = datagram(Frame(1.0, made, True, "near0"))
    assert told is not None
    assert (told.protocol, told.ports, told.data[-3:]) == (17, (7, 9), b"abc")
    assert (told.offset, told.more, told.is_fragment) == (0, False, False)
    assert told.size == len(made) - 14


def test_a_later_fragment_is_read_with_its_place():
    pytest.importorskip("dpkt", reason="not run: dpkt is not installed")
    from dpkt import ethernet, ip

    part = ip.IP(src=b"\x7f\0\0\1", dst=b"\x7f\0\0\2", p=17, id=5, data=b"x" * 16)
    part.offset = 185
    part.len = len(part)
    told = datagram(Frame(1.0, bytes(ethernet.Ethernet(data=part)), True, "near0"))
    assert told is not None
    assert (told.identity, told.offset, told.more, told.is_fragment) == (5, 1480, False, True)
    assert datagram(Frame(1.0, bytes(20), True, "near0")) is None


@pytest.mark.parametrize(
    ("protocol", "data", "told"),
    [
        (1, b"\3\1" + bytes(30), "127.0.0.1 > 127.0.0.2 ICMP, type 3, code 1"),
        (2, b"\x22\0" + bytes(6), "127.0.0.1 > 127.0.0.2 IGMP, type 34, code 0"),
        (1, b"", ""),
        (17, bytes(8), ""),
    ],
    ids=["error", "report", "cut", "datagram"],
)
def test_a_time_line_tells_of_what_is_neither_tcp_nor_udp(protocol, data, told):
    made = datagram(Frame(1.0, frame(data, kind=protocol), True, "near0"))
    assert made is not None
    assert made.told == told


def test_a_time_line_tells_of_fragments_and_of_no_neighbour():
    told = [datagram(Frame(1.0, each, True, "")).told for each in fragments(b"\0", b"b")]
    assert told[0].endswith("fragment, 8 bytes at 0, more follow")
    assert told[1].endswith("fragment, 8 bytes at 8, the last")
    asked = frame(b"\x87\0" + bytes(22), v6=True, kind=58)
    assert datagram(Frame(1.0, asked, True, "")).told == ""


# -- what a forwarder does ------------------------------------------------------------------


def changed(going, *frames, **change):
    """What goes on of frames whose near port is 7, as the bytes of their data."""
    changes = Changes()
    changes.of[0] = [Change(7, **change)]
    return [after[-1:] for each in frames for _, after in changes.passed(each, going)]


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_only_so_many_packets_are_changed_and_only_one_way(v6):
    sent = datagrams(b"a", b"b", b"c", v6=v6)
    assert changed("out", *sent, kind="drop") == [b"b", b"c"]
    assert changed("out", *sent, kind="drop", count=2) == [b"c"]
    assert changed("out", *sent, kind="double") == [b"a", b"a", b"b", b"c"]
    assert changed("out", *sent, kind="swap") == [b"b", b"a", b"c"]
    assert changed("out", *sent, kind="cut") == []
    assert changed("out", *sent, kind="drop", way="in") == [b"a", b"b", b"c"]
    others = datagrams(b"a", source=8, target=7, v6=v6)
    assert changed("out", *others, kind="cut") == [b"a"]
    assert changed("in", *others, kind="cut") == []


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_the_first_packets_can_be_passed_over(v6):
    sent = datagrams(b"a", b"b", b"c", v6=v6)
    assert changed("out", *sent, kind="drop", after=1) == [b"a", b"c"]
    assert changed("out", *sent, kind="drop", bare=True) == [b"a", b"b", b"c"]


def fragments(*letters, source=7, target=9, v6=False, identity=5):
    """The fragments of one datagram, each of eight bytes that end with its letter."""
    head = struct.pack("!HHHH", source, target, 8 * len(letters), 0)
    made = []
    for number, letter in enumerate(letters):
        data = head if number == 0 else bytes(7) + letter
        part = number | (0x2000 if number < len(letters) - 1 else 0)
        if v6:
            part = number << 3 | (number < len(letters) - 1)
            extra = struct.pack("!BxHI", 17, part, identity)
            ip = struct.pack("!IHBB", 6 << 28, len(extra + data), 44, 9) + bytes(32) + extra
            made.append(bytes(12) + b"\x86\xdd" + ip + data)
        else:
            ip = struct.pack("!BBHHHBBH8x", 69, 0, 20 + len(data), identity, part, 9, 17, 0)
            made.append(bytes(12) + b"\x08\x00" + ip + data)
    return made


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_a_fragment_has_the_ports_of_its_datagram(v6):
    sent = fragments(b"\0", b"b", b"c", v6=v6)
    begun = {}
    assert [ports(each, begun) for each in sent] == [(7, 9, True)] * 3
    assert ports(fragments(b"\0", b"b", v6=v6, identity=6)[1], begun) is None
    assert changed("out", *sent, kind="drop", after=1) == [b"\0", b"c"]
    assert changed("out", *sent, kind="double", after=2) == [b"\0", b"b", b"c", b"c"]


def test_an_acknowledgement_alone_is_none_of_the_packets_that_are_counted():
    tcp = pytest.importorskip("dpkt.tcp", reason="not run: dpkt is not installed")
    made = {flags: frame(tcp.TCP(sport=1, dport=2, flags=flags)) for flags in (0x10, 0x11, 2)}
    assert {flags: ports(each) for flags, each in made.items()} == {
        0x10: (1, 2, False),
        0x11: (1, 2, True),
        2: (1, 2, True),
    }
    lost = {"kind": "drop", "way": "both", "bare": True}
    changes = Changes()
    changes.of[0] = [Change(1, **lost)]
    passed = [len(changes.passed(made[flags], "out")) for flags in (2, 0x10, 0x10, 0x11)]
    assert passed == [1, 0, 1, 1]


def whole_frames():
    """One of each kind that a forwarder looks into, with options, too."""
    tcp = pytest.importorskip("dpkt.tcp", reason="not run: dpkt is not installed")
    for v6 in (False, True):
        yield frame(tcp.TCP(sport=7, dport=9, data=b"abc", opts=b"\2\4\5\xb4", off=6), v6=v6)
        yield from datagrams(b"abc", v6=v6)
        yield from fragments(b"\0", b"b", v6=v6)
    yield bytes(12) + b"\x08\x06" + bytes(28)


def test_a_frame_that_is_cut_anywhere_passes_or_has_the_ports_of_the_whole():
    begun = {}
    for whole in whole_frames():
        told = ports(whole, begun)
        for size in range(len(whole)):
            cut = ports(whole[:size], dict(begun))
            assert cut is None or cut == told, (whole.hex(), size)
            datagram(Frame(1.0, whole[:size], True, "near0"))
            changes = Changes()
            changes.of[0] = [Change(7, "double")]
            assert changes.passed(whole[:size], "out")


@given(
    data=st.binary(max_size=80), kind=st.sampled_from([b"\x08\x00", b"\x86\xdd", b"\x81\x00"])
)
@example(data=b"", kind=b"\x08\x00")
def test_whatever_comes_passes_a_forwarder(data, kind):
    made = bytes(12) + kind + data
    changes = Changes()
    changes.of[0] = [Change(7, "double")]
    assert made in [each for _, each in changes.passed(made, "out")]
    told = datagram(Frame(1.0, made, True, "near0"))
    assert told is None or len(told.ports) == 2
