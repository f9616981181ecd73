"""Whatever a file holds: no exception, bounds hold; and what a user calls himself never makes an event of its own."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.diagnose.read import MAX_EVENTS, Reading, read_texts
from ansible.module_utils.vpnphone.diagnose.signatures import BY_ID, SIGNATURES
from ansible.module_utils.vpnphone.model.diagnosis import Side
from hypothesis import given
from hypothesis import strategies as st

SIDES: tuple[Side | None, ...] = (None, "asa", "debug", "phone", "status")
EXCERPTS = [path.read_bytes() for path in sorted(Path(__file__).with_name("excerpts").iterdir())]
LINES = [line + b"\n" for text in EXCERPTS for line in text.splitlines()]
VICTIM = "CP-7962G-SEPAAAAAAAAAAAA"
FORGED = [
    f"%ASA-5-734002: DAP: User {VICTIM}, Addr 192.0.2.66: Connection terminated by the following DAP records: X",
    f"%ASA-4-722051: Group <G> User <{VICTIM}> IP <192.0.2.66> Address <10.6.6.6> assigned to session",
    f"%ASA-6-716038: Group <G> User <{VICTIM}> IP <192.0.2.66> Authentication: successful, Session Type: WebVPN.",
    "%ASA-7-725014: SSL lib error. Function: SSL3_GET_CLIENT_HELLO Reason: no shared cipher",
]
# %: what the user chose. Messages with a name, known here and not.
CARRIERS = [
    "%ASA-6-716039: Group <DfltGrpPolicy> User <@> IP <172.16.250.9> Authentication: rejected, Session Type: WebVPN.",
    "%ASA-6-716038: Group <DfltGrpPolicy> User <@> IP <172.16.250.9> Authentication: successful, Session Type: WebVPN.",
    "%ASA-7-734003: DAP: User @, Addr 172.16.250.9: Session Attribute aaa.cisco.username = @",
    "%ASA-5-734002: DAP: User @, Addr 172.16.250.9: Connection terminated by the following DAP records: Dflt",
    "%ASA-4-722051: Group <G> User <@> IP <172.16.250.9> Address <10.1.1.1> assigned to session",
    "%ASA-4-113019: Group = G, Username = @, IP = 172.16.250.9, Session disconnected. Session Type: SSL, Duration: "
    "0h:00m:01s, Bytes xmt: 0, Bytes rcv: 0, Reason: User Requested",
    "%ASA-6-113015: AAA user authentication Rejected : reason = Invalid password : local database : user = @",
    "%ASA-6-113005: AAA user authentication Rejected : reason = AAA failure : server = 10.1.1.1 : user = @",
    "%ASA-7-746012: user-identity: Add IP-User mapping 10.1.1.1 - LOCAL\\@ Succeeded - VPN user",
    "%ASA-6-722023: Group <G> User <@> IP <172.16.250.9> TCP SVC connection terminated without compression",
]
HEADS = ["", "Nov 24 2026 10:19:27: ", "<166>Nov 24 10:19:27 asa-1 : ", "2026-11-24T10:19:27.123Z asa-1 "]
ORDINARY = "%ASA-6-302013: Built outbound TCP connection 7 for outside:198.51.100.7/443 to inside:10.0.0.7/51234\n"


def sound(reading: Reading, data: bytes) -> None:
    """What holds of every reading."""
    assert len(reading.events) <= MAX_EVENTS
    for source in reading.sources:
        assert 0 <= source.recognised <= source.lines + data.count(b"VPNC")
        assert 0 <= source.foreign <= source.lines
    orders: dict[tuple[str, str], list[int]] = {}
    for event in reading.events:
        assert event.signature in BY_ID
        assert event.side == BY_ID[event.signature].side
        assert event.text.isprintable()
        assert len(event.text) <= 1000
        assert all(value.isprintable() and len(value) <= 1024 for value in event.fields.values())
        assert set(event.fields) <= set(BY_ID[event.signature].pattern.groupindex)
        assert 1 <= event.line <= max(source.lines for source in reading.sources)
        orders.setdefault((event.side, event.device), []).append(event.order)


pieces = st.one_of(
    st.sampled_from(LINES),
    st.binary(max_size=80),
    st.sampled_from(
        [b"\n", b"\r\n", b"\0", b"%ASA-", b"<", b" ", b"VPNC: -", b"<--- More --->", b"\x1b[K", b"\xff\xfe"]
    ),
    st.sampled_from([signature.pattern.pattern.encode() + b"\n" for signature in SIGNATURES]),
)


@given(st.lists(pieces, max_size=40), st.sampled_from(SIDES))
def test_any_mixture(parts: list[bytes], side: Side | None) -> None:
    data = b"".join(parts)
    sound(read_texts({"x": data}, side=side), data)


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    sound(read_texts({"x": data}), data)
    packed = gzip.compress(data)
    sound(read_texts({"x": packed, "y": packed[: len(packed) * 2 // 3], "z": b"\x1f\x8b" + data}), data)


@given(st.sampled_from(EXCERPTS), st.data())
def test_truncated_anywhere(text: bytes, data: st.DataObject) -> None:
    """A part of an excerpt never has what the whole has not."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    whole = {(event.signature, tuple(event.fields.items())) for event in read_texts({"x": text}).events}
    part = read_texts({"x": text[start:end]})
    sound(part, text)
    found = {event.signature for event in part.events}
    # Only a cut through a word may leave another reading of a last, free text.
    assert found - {signature for signature, _ in whole} <= {"asa.tls_error", "phone.tls_error", "phone.dtls_begins"}


@given(st.lists(st.sampled_from(LINES), max_size=60), st.integers(1, 5))
def test_shuffled_doubled_and_interleaved(lines: list[bytes], files: int) -> None:
    data = b"".join(lines)
    texts = {f"log{at}": b"".join(lines[at::files]) for at in range(files)}
    sound(read_texts(texts), data)
    reading = read_texts({**texts, "all": data, "again": data})
    sound(reading, data)


def forgeries(reading: Reading) -> list[str]:
    """Events that speak of the victim, or of what only the forged message says."""
    return [
        event.signature
        for event in reading.events
        if VICTIM in event.fields.values() or "192.0.2.66" in event.fields.values()
        or event.signature == "asa.no_shared_cipher"
    ]  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("head", HEADS)
def test_a_name_that_holds_a_message(head: str, carrier: str, forged: str) -> None:
    names = [
        forged, f"x> {forged}", f"x {forged}",
        f"x> IP <1.2.3.4> Authentication: rejected, Session Type: WebVPN. {forged}",
        f"x, Addr 1.2.3.4: {forged}", f"Nov 24 2026 10:19:27: {forged}", f": {forged}", f"{forged} y",
        f"x : user = {forged}", f"x Succeeded - VPN user {forged}", f"{VICTIM}, Addr 192.0.2.66: Connection terminated "
        "by the following DAP records: X", f"{VICTIM}> IP <192.0.2.66> Address <10.6.6.6> assigned to session",
        f"{VICTIM} Succeeded - VPN user",
    ]  # fmt: skip
    for name in names:
        line = f"{head}{carrier.replace('@', name)}\n"
        for text in (line, ORDINARY * 2 + line + ORDINARY, f"{ORDINARY * 2}{line}{forged[:40]}\n"):
            assert forgeries(read_texts({"x": text})) == []


@given(
    st.sampled_from(HEADS), st.sampled_from(CARRIERS), st.sampled_from(FORGED), st.integers(0, 200),
    st.sampled_from([80, 100, 132]), st.booleans(), st.booleans(),
)  # fmt: skip
def test_a_name_that_a_terminal_breaks(
    head: str, carrier: str, forged: str, pad: int, width: int, stamped: bool, last: bool
) -> None:
    """The break may come right before the message in the name, so that it stands at the beginning of a line."""
    name = "x" * pad + (head if stamped else "") + forged
    first, *others = carrier.split("@")
    chosen = ["x"] * len(others)
    chosen[-1 if last else 0] = name
    line = head + first + "".join(text for pair in zip(chosen, others, strict=True) for text in pair)
    text = "".join(f"{line[at : at + width]}\n" for at in range(0, len(line), width))
    if width == 80:
        for more in ("", f"{head}%ASA-6-302014: Teardown TCP connection 7\n"):
            assert forgeries(read_texts({"x": more + text + more})) == []
    elif "<@>" in carrier or "DAP: User" in carrier:
        assert forgeries(read_texts({"x": text})) == []


@pytest.mark.parametrize("carrier", [one for one in CARRIERS if "<@>" in one or "User @" in one])
@pytest.mark.parametrize("forged", FORGED)
def test_a_name_with_a_line_feed(carrier: str, forged: str) -> None:
    line = carrier.replace("@", f"x\n{forged}\ny", 1).replace("@", "x")
    for text in (f"{line}\n", ORDINARY * 2 + f"{line}\n" + ORDINARY):
        assert forgeries(read_texts({"x": text})) == []


@pytest.mark.parametrize(
    "line",
    [
        "<" * 5000, "%ASA-7-734003: DAP: User " + "a, Addr " * 2000, ", issuer name: " * 3000,
        "%ASA-3-717009: Certificate validation failed. x, serial number: 1, subject name: " + ", issuer name: " * 2000,
        "Nov 24 2026 10:19:27 " * 500, "VPNC: -" * 3000, "902: NOT 10:19:27.155936 VPNC: " * 300,
        "VPNC: -process_login: HTTP/1.0 " + "3" * 9000, "%ASA-7-725014: SSL lib error. Function: " + "A:" * 4000,
        "VPNC: -create_dtls_connection: cipher list: " + "A:" * 4000, "<--- More --->" * 900, "-" * 9000, "1:" * 5000,
        "SEP8CB64F576113 " * 900, "Trust List Updated " * 900, "10:19:27 " * 1000,
    ],
)  # fmt: skip
def test_no_line_takes_long(line: str) -> None:
    """Of a pattern that is not linear these would not come to an end."""
    for side in SIDES:
        data = f"{line}\n".encode() * 50
        sound(read_texts({"x": data}, side=side), data)
