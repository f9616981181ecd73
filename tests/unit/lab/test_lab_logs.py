"""What stands in the logs of both sides beside the document's own examples: ports, clocks, a cluster, a busy ASA."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from lab.scenario import ScenarioError, from_data
from lab.testing import RunningLab, running_lab
from tests.unit.lab.phone_site import Case, phone_of, scenario

BOUND = "ssl trust-point VPN outside"
BALANCED = "vpn load-balancing\n cluster ip address 198.51.100.240\n participate\n"
MEMBERS = ["good.example.com", "cluster.example.com"]
RC4 = "ssl encryption rc4-sha1"
CASES = {
    "good": Case(phone={"clock_offset": "+1h"}),
    "old": Case(ssl=("ssl encryption aes128-sha1", BOUND), device={"version": "9.1(1)"}),
    "dtls": Case(ssl=(BOUND, 'ssl cipher dtlsv1 custom "DHE-RSA-AES128-SHA"')),
    "nobody": Case(url="https://nobody.example.net:8443/Phones"),
    "cluster": Case(
        url="https://198.51.100.240/Phones", extra=BALANCED, device={"balancing_members": MEMBERS}
    ),
    "busy": Case(ssl=(RC4, BOUND), device={"version": "9.1(1)", "log_interleaves": True}),
    "beside": Case(url="https://busy.example.com/Phones"),
    "unanswered-redirect": Case(
        url="https://198.51.100.241/Phones", extra=BALANCED.replace("240", "241"),
        device={"balancing_members": ["gone.example.net"]},
    ),
    "anew": Case(),
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(scenario(CASES), tmp_path_factory.mktemp("logs") / "lab") as found:
        yield found


def asa_lines(site: RunningLab, name: str) -> list[str]:
    site.logged()
    return [line for line in site.type(name, "show logging").splitlines() if line.startswith("%ASA-")]


def phone_log(site: RunningLab, name: str) -> str:
    return site.phone(phone_of(CASES, name)).log.text()


def test_a_newer_release_names_its_own_end_and_the_trustpoint(site: RunningLab) -> None:
    text = "\n".join(asa_lines(site, "good"))
    ends = r"client outside:203\.0\.113\.1/\d+ to 198\.51\.100\.1/443"
    for line in (
        rf"725001: Starting SSL handshake with {ends} for TLS session\.",
        rf"725008: SSL {ends} proposes the following 2 cipher\(s\)\.",
        rf"725016: Device selects trust-point VPN for {ends}",
        rf"725012: Device chooses cipher : AES256-SHA for the SSL session with {ends}",
        rf"725002: Device completed SSL handshake with {ends} for TLSv1 session",
    ):
        assert re.search(line + "$", text, re.M), line
    old = "\n".join(asa_lines(site, "old"))
    assert " to 198.51.100" not in old
    assert "725016" not in old
    assert re.search(r"725002: Device completed SSL handshake with client outside:203\.0\.113\.2/\d+$", old, re.M)


def test_dtls_has_a_port_of_its_own_on_the_asa(site: RunningLab) -> None:
    good, bad = ("\n".join(asa_lines(site, name)) for name in ("good", "dtls"))
    assert re.search(r"725001: .*outside:203\.0\.113\.1/51000 to .* for DTLSv1 session\.$", good, re.M)
    assert re.search(r"725002: .*outside:203\.0\.113\.1/51000 to .* for DTLSv1 session$", good, re.M)
    assert not re.search(r"725007: .*outside:203\.0\.113\.1/", good), "the tunnel's connection stays"
    tail = [line.partition(": ")[2] for line in bad.splitlines()][-3:]
    assert tail[0] == "SSL lib error. Function: DTLS1_READ_BYTES Reason: sslv3 alert illegal parameter"
    assert tail[1].startswith("Device failed SSL handshake with client outside:203.0.113.3/51000 to ")
    assert "Session disconnected." in tail[2]


def test_an_attempt_has_a_beginning_and_an_end(site: RunningLab) -> None:
    good, bad = phone_log(site, "good"), phone_log(site, "dtls")
    for text in (good, bad):
        assert text.index("vpn_start: activating vpn, url <https://") < text.index("LOGIN: 0 (IDLE) --> 1 (TRYING)")
    assert "VPNC: protocol_handler: connect : SSL success DTLS success\n" in good
    assert bad.index("SSL success DTLS fail") < bad.index("LOGIN: 2 (SUCCESS) --> 0 (IDLE)")
    assert "login failed" not in bad, "the login was good"


def test_nobody_answers(site: RunningLab) -> None:
    text = phone_log(site, "nobody")
    lines = ("tcp_connect: connecting to nobody.example.net:8443", "create_ssl_connection: tcp_connect failed",
             "do_login: create_ssl_connection failed", "vpnc_send_notify: notify type: 1 [LoginFailed]",
             "protocol_handler: login failed")  # fmt: skip
    places = [text.index(line) for line in lines]
    assert places == sorted(places)
    assert "ssl_state_cb" not in text
    assert asa_lines(site, "nobody") == []


def test_a_phones_clock_may_be_wrong(site: RunningLab) -> None:
    phone = site.phone(phone_of(CASES, "good"))
    true = datetime.now(UTC).replace(tzinfo=None)
    for text in (phone.log.text().split(" ")[2][:8], phone.status.lines()[0][:8]):
        stamp = datetime.combine(true.date(), datetime.strptime(text, "%H:%M:%S").time())
        ahead = (stamp - true) % timedelta(days=1)
        assert timedelta(minutes=59) < ahead <= timedelta(hours=1)


def test_a_cluster_sends_a_phone_from_one_to_the_other(site: RunningLab) -> None:
    phone = phone_of(CASES, "cluster")
    for _ in range(2):
        site.connect_phones([phone])
    hosts = re.findall(r"set_redirect_url: new URL <https://([^:]+):443/", phone_log(site, "cluster"))
    assert hosts == [MEMBERS[0], MEMBERS[1], MEMBERS[0]]


def test_a_redirect_into_nowhere(site: RunningLab) -> None:
    text = phone_log(site, "unanswered-redirect")
    assert text.index("set_redirect_url") < text.index("tcp_connect: connecting to gone.example.net:443")


def test_handshakes_mix_on_a_busy_asa(site: RunningLab) -> None:
    before = len(asa_lines(site, "busy"))
    site.connect_phones([phone_of(CASES, name) for name in ("busy", "beside")])
    lines = asa_lines(site, "busy")[before:]
    assert sum("no shared cipher" in line for line in lines) == 2
    begun = [index for index, line in enumerate(lines) if "725001" in line]
    ended = [index for index, line in enumerate(lines) if "725006" in line]
    assert begun[1] < ended[0], "one after the other"


def test_a_phone_that_dials_anew_ends_its_session_first(site: RunningLab) -> None:
    phone = phone_of(CASES, "anew")
    site.connect_phones([phone])
    text = "\n".join(asa_lines(site, "anew"))
    assert text.index("assigned to session") < text.index("Session disconnected.") < text.rindex("assigned to session")


def test_what_is_no_offset_is_refused() -> None:
    with pytest.raises(ScenarioError, match="clock_offset: a span of time"):
        from_data(scenario({"good": Case(phone={"clock_offset": "soon"})}))
