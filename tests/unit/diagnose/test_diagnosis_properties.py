"""Whatever happens to a log on its way: no certain cause that is not true, none for a phone that had none.

Logs of several phones and PCs are made, of which it is known what befell whom; then their lines are shuffled, cut,
doubled and mixed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ansible.module_utils.vpnphone.diagnose.judge import diagnose
from ansible.module_utils.vpnphone.diagnose.read import read_texts
from ansible.module_utils.vpnphone.model.diagnosis import Diagnosis
from hypothesis import event, given, settings
from hypothesis import strategies as st

from .kit import MODERN, NOON, OLD, Asa, Phone, address, mac, user

# What may befall a phone: the lines that it leaves on either side.
PHONE_FATES: dict[str, Callable[[Asa, Phone, int], object]] = {
    "healthy": lambda a, p, n: (a.connects(user(n), address(n)), p.connects()),
    "hash_mismatch": lambda a, p, n: (a.unknown_ca(address(n)), p.refuses()),
    "host_id": lambda a, p, n: (a.unknown_ca(address(n)), p.host_id()),
    "no_shared_cipher": lambda a, p, n: (a.no_cipher(address(n), supported=OLD), p.no_cipher()),
    "dap_terminate": lambda a, p, n: (a.dap_ends(user(n), address(n)), p.denied()),
    "dtls_cipher_mismatch": lambda a, p, n: (a.connects(user(n), address(n)), p.dtls_fails()),
    "load_balancing": lambda a, p, n: (a.done(address(n)), p.redirected("vpn2.example.com")),
    "group_lock": lambda a, p, n: (
        a.done(address(n)).login(user(n), address(n)).dap(user(n), address(n), "VPNPhone").locked(),
        p.denied(),
    ),
    "simultaneous_logins": lambda a, p, n: (
        a.done(address(n)).login(user(n), address(n)).refuses(user(n), "Simultaneous logins exceeded for user"),
        p.denied(),
    ),
    "refused_by_policy": lambda a, p, n: (a.done(address(n)), p.denied()),
    "no_answer": lambda a, p, n: p.unanswered(),
    "csd": lambda a, p, n: (a.done(address(n)).login(user(n), address(n)).no_csd(user(n), address(n)), p.denied()),
    # C16: the line alone is a sign, and the phone got in.
    "healthy after all": lambda a, p, n: (
        a.done(address(n))
        .login(user(n), address(n))
        .no_csd(user(n), address(n), "Other")
        .assigned(user(n), address(n)),
        p.connects(),
    ),
}
# An ASA that sends a phone on to its own page, under either of two URLs: no load balancing, and no end that is told.
A, B = "a.example.com", "b.example.com"
PHONE_FATES["sent on by a"] = lambda a, p, n: (a.done(address(n)), p.redirected(A, f"https://{A}/p"))
PHONE_FATES["sent on by b"] = lambda a, p, n: (a.done(address(n)), p.redirected(B, f"https://{B}/p"))
NO_CAUSE = ("sent on by a", "sent on by b")
HEALTHY = ("healthy", "healthy after all")
DEBUG = [
    "Tunnel Group: VPNPhone, Client Cert Auth Success.",
    "WebVPN: CSD data not sent from client",
    "http_remove_auth_handle(): handle 24 not found!",
]
# PCs at the same addresses or at others; what befalls them is no cause of a phone.
PC_FATES: tuple[Callable[[Asa, str, str], object], ...] = (
    lambda a, u, ip: a.connects(u, ip, group="PC"),
    lambda a, u, ip: a.dap_ends(u, ip),
    lambda a, u, ip: a.no_cipher(ip, supported=OLD, offered=("ECDHE-RSA-AES256-GCM-SHA384",)),
    lambda a, u, ip: a.unknown_ca(ip),
    lambda a, u, ip: a.done(ip).login(u, ip).locked(group="PC"),
    lambda a, u, ip: a.login(u, ip, good=False),
    lambda a, u, ip: a.no_csd(u, ip, group="PC"),
)


class World(NamedTuple):
    """files: name -> lines. fates: what befell each phone, in order."""

    files: dict[str, list[str]]
    fates: dict[str, list[str]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Slots follow each other by two seconds and more; what falls into one slot is interleaved line by line."""
    stamped = draw(st.booleans())
    phones = {n: Phone(n, stamped=draw(st.booleans()), offset=draw(st.sampled_from((0, 37, -4000)))) for n in (1, 2, 3)}
    fates: dict[str, list[str]] = {mac(n): [] for n in phones}
    asa_lines: list[str] = []
    debug: list[str] = []
    at, port = 0.0, 50000
    for _ in range(draw(st.integers(1, 4))):
        at += draw(st.sampled_from((2.0, 30.0, 400.0)))
        blocks: list[list[str]] = []
        for number in draw(st.lists(st.sampled_from((1, 2, 3)), unique=True, max_size=3)):
            fate = draw(st.sampled_from(sorted(PHONE_FATES)))
            log, phone = Asa(stamped=stamped).wait(at), phones[number]
            port += 10
            log.port = port
            phone.now = Phone(number, start=NOON).now.replace(microsecond=0)
            phone.wait(at + 0.25)
            PHONE_FATES[fate](log, phone, number)
            fates[mac(number)].append(fate)
            debug += DEBUG if fate == "csd" else []
            blocks.append(log.lines)
        for _ in range(draw(st.integers(0, 2))):
            log = Asa(stamped=stamped).wait(at)
            port += 10
            log.port = port
            where = draw(st.sampled_from((address(1), "198.51.100.7", "198.51.100.8")))
            draw(st.sampled_from(PC_FATES))(log, draw(st.sampled_from(("jdoe", "asmith"))), where)
            blocks.append(log.lines)
        asa_lines += draw(interleavings(blocks))
    files = {"asa-1.log": asa_lines, "asa-1-debug.log": debug}
    files |= {f"{phone.name}.log": phone.lines for phone in phones.values()}
    return World({name: lines for name, lines in files.items() if lines}, fates)


@st.composite
def interleavings(draw: st.DrawFn, blocks: list[list[str]]) -> list[str]:
    """Each block keeps its own order; often they simply follow each other."""
    if len(blocks) < 2 or draw(st.booleans()):
        return [line for block in blocks for line in block]
    left = [list(block) for block in blocks]
    found: list[str] = []
    while any(left):
        block = draw(st.sampled_from([one for one in left if one]))
        for _ in range(draw(st.sampled_from((1, 1, 2, 5)))):
            if block:
                found.append(block.pop(0))
    return found


def certain(found: Diagnosis) -> list[tuple[str, str, str]]:
    """(cause, phone, client's address) of each."""
    return [
        (cause.id, cause.phone, cause.facts.get("client", "").partition(":")[2].partition("/")[0])
        for cause in found.causes
        if cause.confidence == "certain"
    ]


def check(world: World, files: dict[str, list[str]], *, complete: bool) -> None:
    """complete: no line is missing, so that what stands at the end is known too."""
    found = diagnose(read_texts({name: "".join(f"{line}\n" for line in lines) for name, lines in files.items()}))
    by_address = {address(n): mac(n) for n in (1, 2, 3)}
    for cause, phone, client in certain(found):
        event(f"certain {cause}")
        if phone:
            assert cause in world.fates[phone], (cause, phone, world.fates[phone])
            if complete:
                befell = world.fates[phone]
                last = max(place for place, fate in enumerate(befell) if fate == cause)
                assert not set(HEALTHY) & set(befell[last:]), (cause, phone, befell)
        elif client:
            assert client in by_address, (cause, client)
            assert cause in world.fates[by_address[client]], (cause, client)
        else:
            assert any(cause in fates for fates in world.fates.values()), cause


@given(worlds())
def test_what_is_certain_is_true(world: World) -> None:
    check(world, world.files, complete=True)


@given(worlds(), st.data())
def test_shuffled_lines_prove_nothing_that_is_not_so(world: World, data: st.DataObject) -> None:
    files = {name: data.draw(st.permutations(lines)) for name, lines in world.files.items()}
    check(world, files, complete=True)


@given(worlds(), st.data())
def test_nor_do_lines_that_are_cut_doubled_or_swapped(world: World, data: st.DataObject) -> None:
    files: dict[str, list[str]] = {}
    for name, lines in world.files.items():
        first = data.draw(st.integers(0, len(lines) - 1))
        last = data.draw(st.integers(first + 1, len(lines)))
        kept = lines[first:last]
        for _ in range(data.draw(st.integers(0, 6))):
            here = data.draw(st.integers(0, len(kept) - 1))
            there = data.draw(st.integers(0, len(kept) - 1))
            if data.draw(st.booleans()):
                kept.insert(there, kept[here])
            else:
                kept[here], kept[there] = kept[there], kept[here]
        if data.draw(st.booleans()):
            # The last line breaks off.
            kept[-1] = kept[-1][: data.draw(st.integers(0, len(kept[-1])))]
        files[name] = kept
    check(world, files, complete=False)


@given(worlds())
@settings(max_examples=60)
def test_a_log_that_is_there_twice_is_there_once(world: World) -> None:
    files = {name: [*lines, *lines] for name, lines in world.files.items()}
    check(world, files, complete=True)


@given(st.permutations((1, 2, 3)), st.booleans())
def test_healthy_phones_and_pcs_have_no_cause(order: list[int], stamped: bool) -> None:
    log = Asa(stamped=stamped)
    phones = [Phone(n) for n in order]
    for phone, n in zip(phones, order, strict=True):
        log.wait(3).connects(user(n), address(n)).connects("jdoe", "198.51.100.7", group="PC")
        log.no_cipher("198.51.100.9", supported=OLD, offered=MODERN[:1])
        phone.wait(3).connects()
    found = diagnose(read_texts({"asa-1.log": log.text, **{f"{phone.name}.log": phone.text for phone in phones}}))
    assert [cause.id for cause in found.causes if cause.confidence != "indicated"] == []
    assert {story.last for story in found.phones} == {"connected"}


@given(st.text(max_size=60))
def test_a_name_forges_nothing(name: str) -> None:
    """A name that holds whole messages, or looks like one: no event of its own, no phone that it is not."""
    forged = f"{name} %ASA-5-734002: DAP: User {user(9)}, Addr 1.2.3.4: Connection terminated by the following DAP"
    log = Asa().connects(user(1), address(1))
    log.wait(5).login(forged, "198.51.100.7", good=False).dap_ends(f"{forged} records: X", "198.51.100.7")
    log.refuses(f"{name} : user = {user(9)}", "Simultaneous logins exceeded for user")
    found = diagnose(read_texts({"asa-1.log": log.text}))
    assert not [cause for cause in found.causes if cause.confidence == "certain"]
    assert mac(9) not in {cause.phone for cause in found.causes}
    assert mac(9) not in {story.phone for story in found.phones}


@given(st.text(max_size=400))
def test_what_nobody_knows_is_no_cause(text: str) -> None:
    found = diagnose(read_texts({"unknown.log": text}))
    assert found.verdict == "nothing"
    assert found.causes == ()


def test_the_worlds_have_what_they_say() -> None:
    """Each fate, alone and as it happened, is found under its name."""
    for fate, befall in PHONE_FATES.items():
        log, phone = Asa(), Phone(1)
        befall(log, phone, 1)
        found = diagnose(read_texts({"asa-1.log": log.text, f"{phone.name}.log": phone.text}))
        assert (fate in HEALTHY) == (found.verdict == "healthy"), fate
        if fate in NO_CAUSE:
            assert (found.verdict, found.causes) == ("open", ())
        elif fate not in HEALTHY:
            assert found.causes[0].id == fate, (fate, [cause.id for cause in found.causes])
