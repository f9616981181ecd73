"""Which file a phone holds, which one it would fetch, and how its URLs and nodes come together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.model import CommonPhoneProfile, PhoneState, Session
from ansible.module_utils.vpnphone.predict import predict
from ansible.module_utils.vpnphone.predict.files import age_of, fetched, is_failure, is_success, reachable
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import change
from tests.unit.predict.builders import (
    BUILT,
    FILE_NAME,
    NEW_LEAF,
    NOW,
    PHONE,
    ROOT,
    URL,
    Told,
    asa,
    ask,
    bind,
    cucm,
    hold,
    line,
    listed,
    phone,
    probe,
    registered,
    served,
    site,
    text,
    told,
    unit,
    vpn,
    web,
)

MINUTE = timedelta(minutes=1)
LOCKED = vpn(cert_hashes=(ROOT.pin,))
BOTH = ("cucm-pub", "cucm-tftp2")


def held(found: PhoneState, **fields: Any) -> str:
    """What keeps the file from being proven to be the served one."""
    return fetched(found, registered(**fields)).why


def on_nodes(*configs: Any, **fields: Any) -> PhoneState:
    """The phone with one file a node: a content, or the words of a file that could not be read."""
    files = [
        served(node=node, status=config, vpn=None) if isinstance(config, str) else served(config, node=node, **fields)
        for node, config in zip(BOTH, configs, strict=True)
    ]
    return phone(*files)


# --- is the held file the served one -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (phone(), ""),
        (phone(web=web(line(ago=120 * MINUTE))), ""),
        (phone(web=web(line(ago=121 * MINUTE))), "its last fetch is older than the file"),
        (phone(web=web(line(ago=200 * MINUTE), line(ago=30 * MINUTE))), ""),
        (phone(web=None), "its web pages were not read"),
        (phone(web=web(status_messages=None)), "its status messages were not read"),
        (phone(web=web(clock=None)), "the phone's clock is not known"),
        (phone(web=web(line("Trust List Updated"))), "its status messages do not show that it fetched"),
        (
            phone(web=web(line(FILE_NAME.replace("8CB6", "0000")))),
            "its status messages do not show that it fetched its file",
        ),
        (
            phone(web=web(line(f"TFTP Timeout : {FILE_NAME}"))),
            "its status messages do not show that it fetched its file",
        ),
        (
            phone(web=web(line(), line(f"TFTP Timeout : {FILE_NAME}", ago=MINUTE))),
            "its status messages show a failure after the last fetch",
        ),
        (phone(web=web(line(f"TFTP Timeout : {FILE_NAME}", ago=100 * MINUTE), line())), ""),
        (
            phone(web=web(line(), line("Trust List Update Failed", ago=MINUTE))),
            "its status messages show a failure after the last fetch",
        ),
        (phone(web=web(line(), line("TFTP Timeout : SEP000000000000.cnf.xml.sgn", ago=MINUTE))), ""),
        (phone(served(built_at=None)), "the file has no signed envelope"),
        (phone(served(status="encrypted")), "no node's file could be read"),
        (phone(served(), served(node="b", name="SEP8CB64F576113.cnf.xml")), "the nodes serve files of other names"),
        (
            phone(served(), served(node="cucm-tftp2", built_at=BUILT + 45 * MINUTE)),
            "its last fetch is older than the file",
        ),
    ],
)
def test_the_fetch_is_proven(state: PhoneState, why: str) -> None:
    assert held(state).startswith(why)
    assert fetched(state, registered()).proven is (why == "")


@pytest.mark.parametrize(
    ("since", "why"),
    [
        (NOW - 90 * MINUTE, ""),
        (BUILT, ""),
        (BUILT - MINUTE, "it is registered since before the file was built"),
        (None, "the line has no date, and the phone is not registered, or not known since when"),
    ],
)
def test_a_line_of_yesterday_looks_like_one_of_today(since: datetime | None, why: str) -> None:
    """A phone that was registered all the time since before the file was built cannot have fetched it."""
    assert held(phone(), since=since) == why


@pytest.mark.parametrize("registrations", [(), None, (registered(since=None),)])
def test_a_phone_that_is_not_registered_has_no_date(registrations: Any) -> None:
    """Its line is good enough to say that it is locked out, which it shows; never that it connects."""
    found = fetched(phone(), None)
    assert (found.shown, found.proven) == (True, False)
    cluster = cucm(registrations=registrations)
    well = ask(site(cluster=cluster))
    assert (well.verdict, told(well).step) == ("UNKNOWN", "file")
    assert well.first.startswith("whether the phone holds the file that is served is not proven: the line has no date")
    locked = site(cluster=cluster, phones=(on_nodes(LOCKED, LOCKED),))
    assert ask(locked).verdict == "LOCKED OUT"


@given(st.integers(0, 86399), st.integers(0, 86399))
def test_a_line_is_less_than_a_day_old(clock: int, seconds: int) -> None:
    found = age_of(msgspec.structs.replace(line(), seconds=seconds), clock)
    assert found is not None
    assert 0 <= found < 86400
    assert (seconds + found) % 86400 == clock


def test_a_line_without_a_time_has_no_age() -> None:
    assert age_of(msgspec.structs.replace(line(), seconds=None), 5) is None
    timeless = msgspec.structs.replace(line(), seconds=None)
    assert held(phone(web=web(timeless))) == "its status messages do not show that it fetched its file"


@pytest.mark.parametrize(
    ("text", "success", "failure"),
    [
        (FILE_NAME, True, False),
        (f" {FILE_NAME} ", True, False),
        (f"x{FILE_NAME}", False, False),
        (f"TFTP Error : {FILE_NAME}", False, True),
        (f"TFTP Timeout : {PHONE}.cnf.xml", False, True),
        (f"tftp timeout : {PHONE.lower()}.cnf.xml", False, True),
        ("TFTP Timeout : ringlist.xml", False, False),
        ("Trust List Update Failed", False, True),
        ("Trust List Updated", False, False),
        (f"File not found {PHONE}.cnf.xml", False, True),
        ("", False, False),
    ],
)
def test_lines(text: str, success: bool, failure: bool) -> None:
    assert is_success(line(text), FILE_NAME) is success
    assert is_failure(line(text), PHONE) is failure


def test_the_reason_is_the_same_for_all_phones_and_the_detail_this_ones() -> None:
    """A thousand phones of one cause must not be a thousand causes."""
    found = fetched(phone(web=web(line(ago=121 * MINUTE))), registered())
    assert found.detail == "fetched 05:28:00 UTC, built 2024-05-06 05:29:00 UTC"
    failed = fetched(phone(web=web(line(), line(f"TFTP Timeout : {FILE_NAME}", ago=MINUTE))), registered())
    assert failed.detail == f"TFTP Timeout : {FILE_NAME}"
    early = fetched(phone(), registered(since=BUILT - MINUTE))
    assert early.detail == "registered 2024-05-06 05:28:00 UTC, built 2024-05-06 05:29:00 UTC"
    assert fetched(phone(web=web(line("x"))), registered()).detail == FILE_NAME


def test_without_proof_the_phone_is_unknown_now_and_known_after_an_apply() -> None:
    whole = site(phones=(phone(web=None),))
    now = ask(whole)
    assert (now.verdict, now.attempts[0].url, now.attempts[0].reasons[0].step) == ("UNKNOWN", "", "file")
    assert now.first.startswith("whether the phone holds the file that is served is not proven: its web pages were not")
    assert ask(whole, "apply").verdict == "CONNECTS"


# --- what is served ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (on_nodes(vpn(), vpn()), "CONNECTS pin"),
        (on_nodes(LOCKED, LOCKED), "LOCKED OUT pin"),
        (on_nodes(vpn(), LOCKED), "UNKNOWN file"),
        (on_nodes(vpn(), vpn(mtu=1000)), "CONNECTS pin"),
        (on_nodes(LOCKED, vpn(cert_hashes=())), "LOCKED OUT pin"),
        (on_nodes(vpn(), "encrypted"), "UNKNOWN file"),
        (on_nodes(LOCKED, "encrypted"), "UNKNOWN file"),
        (on_nodes(vpn(), "unreachable"), "UNKNOWN file"),
        (on_nodes(vpn(), "absent"), "UNKNOWN file"),
        (phone(served(), served(node="cucm-pub", via="tftp", status="timeout", vpn=None)), "CONNECTS pin"),
        (phone(served(), served(LOCKED, via="tftp")), "UNKNOWN file"),
        (phone(files=()), "UNKNOWN file"),
        (msgspec.structs.replace(phone(), files=()), "UNKNOWN file"),
        (phone(msgspec.structs.replace(served(), vpn=None)), "LOCKED OUT file"),
        (phone(served(vpn(urls=()))), "LOCKED OUT file"),
    ],
)
def test_after_an_apply_every_node_counts(state: PhoneState, expected: str) -> None:
    found = told(ask(site(phones=(state,)), "apply"))
    assert f"{found.verdict} {found.step}".startswith(expected)


def test_nodes_that_come_out_differently_are_told() -> None:
    found = ask(site(phones=(on_nodes(vpn(), LOCKED),)), "apply")
    assert found.first.startswith("the nodes serve files that come out differently (CONNECTS: ")
    assert [(one.url, one.verdict) for one in found.attempts] == [
        ("", "UNKNOWN"),
        (URL, "CONNECTS"),
        (URL, "LOCKED OUT"),
    ]


def test_an_encrypted_file_says_what_to_do() -> None:
    found = ask(site(phones=(on_nodes(vpn(), "encrypted"),)), "apply")
    assert found.first == "its file on cucm-tftp2 is encrypted, so what it holds cannot be read"
    assert found.attempts[0].reasons[0].fix[0].startswith("PERSON: ")
    # Now too: where no file could be read, that is the reason.
    both = ask(site(phones=(on_nodes("encrypted", "encrypted"),)))
    assert both.first == "its file on cucm-pub is encrypted, so what it holds cannot be read"


ONE_NODE = phone(served(), web=web(network=None))


@pytest.mark.parametrize(
    ("state", "nodes", "expected"),
    [
        (ONE_NODE, ("cucm-pub",), "CONNECTS pin: "),
        (ONE_NODE, ("CUCM-PUB.example.com",), "CONNECTS pin: "),
        (ONE_NODE, ("cucm-pub", "cucm-tftp2"), "UNKNOWN file: its file on cucm-tftp2 was not asked for"),
        (ONE_NODE, None, "UNKNOWN file: which nodes serve the phone its file is not known"),
        (phone(served(), web=web(network={"TFTP Server 1": "cucm-pub"})), None, "CONNECTS pin: "),
        (phone(served(), web=web(network={"TFTP Server 1": "cucm-tftp2"})), ("cucm-pub",), "CONNECTS pin: "),
    ],
)
def test_every_node_that_a_phone_may_ask_must_have_been_asked(state: Any, nodes: Any, expected: str) -> None:
    whole = site(phones=(state,), cluster=cucm(tftp_nodes=nodes))
    for moment in ("now", "apply"):
        assert text(told(ask(whole, moment))).startswith(expected)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({"TFTP Server 1": "cucm-pub"}, "CONNECTS"),
        ({"TFTP Server 1": "CUCM-PUB", "TFTP Server 2": ""}, "CONNECTS"),
        ({"TFTPServer1": "cucm-tftp2"}, "LOCKED OUT"),
        ({"TFTP Server 1": "cucm-pub", "TFTP Server 2": "cucm-tftp2"}, "UNKNOWN"),
        ({"TFTP Server 1": "10.0.0.5"}, "UNKNOWN"),
        ({"TFTP Server 1": "cucm-pub", "TFTP Server 2": "10.0.0.6"}, "UNKNOWN"),
        ({"Host Name": "cucm-pub"}, "UNKNOWN"),
        (None, "UNKNOWN"),
    ],
)
def test_a_phone_asks_the_nodes_of_its_network_page(network: dict[str, str] | None, expected: str) -> None:
    state = msgspec.structs.replace(on_nodes(vpn(), LOCKED), web=web(network=network))
    assert ask(site(phones=(state,))).verdict == expected
    assert ask(site(phones=(state,)), "apply").verdict == expected


# --- who takes part in an apply ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("registration", "known", "connected", "expected"),
    [
        (registered(), True, False, True),
        (registered(status="registered"), True, False, True),
        (registered(status="UnRegistered"), True, False, False),
        (None, True, False, False),
        (None, False, False, None),
        (None, False, True, True),
        (registered(status="Rejected"), True, True, True),
    ],
)
def test_reachable(registration: Any, known: bool, connected: bool, expected: bool | None) -> None:
    assert reachable(registration, known, connected) is expected


def test_a_phone_out_of_reach_keeps_what_it_holds() -> None:
    """It would be fine with the served file; it will not get it."""
    away = cucm(registrations=())
    found = ask(site(cluster=away), "apply")
    assert (found.verdict, told(found).step) == ("UNKNOWN", "file")
    session = Session(username=f"CP-7962G-{PHONE}", tunnel_group="VPNPhone")
    connected = unit(change(asa(), sessions=(session,)), probe())
    again = ask(site(connected, cluster=away), "apply")
    assert (again.verdict, again.connected) == ("CONNECTS", True)


def test_reach_that_is_not_known_needs_both_to_come_out_alike() -> None:
    assert ask(site(cluster=cucm(registrations=None)), "apply").verdict == "UNKNOWN"


# --- several URLs, several ASAs ------------------------------------------------------------------------------------

SECOND = "https://vpn2.example.com/VPNPhone"
NOWHERE = "https://nowhere.example.net/VPNPhone"


def tried(*urls: str, check: bool = False) -> Told:
    return told(ask(site(phones=(phone(served(vpn(urls=urls, host_id_check=check))),))))


@pytest.mark.parametrize(
    ("urls", "verdict"),
    [
        ((URL,), "CONNECTS"),
        ((URL, NOWHERE), "CONNECTS"),
        ((NOWHERE, URL), "CONNECTS"),
        ((URL.lower(), URL), "CONNECTS"),
        ((NOWHERE,), "UNKNOWN"),
        ((URL.lower(), NOWHERE), "UNKNOWN"),
        ((URL.lower(), URL.upper()), "LOCKED OUT"),
        ((URL.lower(), f"{URL}/"), "LOCKED OUT"),
    ],
)
def test_the_urls_are_tried_in_order(urls: tuple[str, ...], verdict: str) -> None:
    assert tried(*urls).verdict == verdict


def test_an_unknown_url_before_the_good_one_is_told() -> None:
    found = ask(site(phones=(phone(served(vpn(urls=(NOWHERE, URL)))),)))
    assert found.first.endswith("; a URL before it is UNKNOWN, which cannot keep the phone from going on to this one")
    assert [one.verdict for one in found.attempts] == ["UNKNOWN", "CONNECTS"]


def test_two_asas_behind_one_name_must_come_out_alike() -> None:
    other = bind(
        hold(asa(device="asa2"), ("VPN", "identity", NEW_LEAF), ("CAPF", "ca", cucm().trust[1].x509)),
        ("VPN", "outside"),
    )
    found = ask(site(unit(), unit(other)))
    assert found.verdict == "UNKNOWN"
    assert {(one.asa, one.verdict) for one in found.attempts} == {("asa1", "CONNECTS"), ("asa2", "LOCKED OUT")}
    assert ask(site(unit(), unit(asa(device="asa2")))).verdict == "CONNECTS"


# --- which phones, in which order ----------------------------------------------------------------------------------


def names(whole: SiteContext) -> list[str]:
    return [found.phone for found in predict(whole, ("now",))]


def test_a_desk_phone_is_none_of_the_audits() -> None:
    desk = listed("SEP000000000001", common_profile="Standard")
    cluster = cucm(
        phones=(desk, listed()),
        common_profiles=(
            CommonPhoneProfile(name="Remote", vpn_group="G1", vpn_profile="P1"),
            CommonPhoneProfile(name="Standard"),
        ),
    )
    assert names(site(cluster=cluster)) == [PHONE]
    # With a session, or a file with VPN settings, it is one all the same.
    session = Session(username="CP-7962G-SEP000000000001")
    assert names(site(unit(change(asa(), sessions=(session,)), probe()), cluster=cluster))[0] == "SEP000000000001"
    stale = phone(served(name="SEP000000000001.cnf.xml.sgn"), name="SEP000000000001")
    assert names(site(cluster=cluster, phones=(stale, phone()))) == ["SEP000000000001", PHONE]


def test_a_phone_whose_profile_is_not_known_is_not_left_out() -> None:
    cluster = cucm(common_profiles=None)
    assert names(site(cluster=cluster, phones=())) == [PHONE]
    bare = phone(msgspec.structs.replace(served(), vpn=None))
    assert names(site(cluster=cluster, phones=(bare,))) == []


def test_every_phone_at_every_moment_by_name() -> None:
    cluster = cucm(phones=(listed("SEP00000000000B"), listed("SEP00000000000A")))
    found = predict(site(cluster=cluster, phones=()))
    assert [(one.phone, one.moment) for one in found] == [
        (name, moment) for name in ("SEP00000000000A", "SEP00000000000B") for moment in ("now", "apply", "reload")
    ]
    assert {one.verdict for one in found} == {"UNKNOWN"}


def test_a_model_that_cucm_does_not_tell_is_taken_from_the_session() -> None:
    session = Session(username=f"CP-7962G-{PHONE}")
    whole = site(unit(change(asa(), sessions=(session,)), probe()), cluster=cucm(phones=(listed(model=""),)))
    found = ask(whole)
    assert (found.model, found.verdict) == ("7962G", "CONNECTS")


def test_no_asa_and_no_phone() -> None:
    assert predict(SiteContext(cucm(phones=()), (), (), site().site, NOW)) == ()
    alone = predict(SiteContext(cucm(), (phone(),), (), site().site, NOW), ("now",))
    assert [one.verdict for one in alone] == ["UNKNOWN"]


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_a_file_built_after_the_fetch_is_never_the_one_that_is_held(built: datetime) -> None:
    moment = built.replace(tzinfo=UTC)
    state = phone(served(built_at=moment))
    proven = fetched(state, registered()).proven
    assert not proven or moment <= NOW - 90 * MINUTE
