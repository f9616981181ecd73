"""Each way in which a phone of the lab does not connect: the doctor finds it in the logs that it leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from ansible.module_utils.vpnphone.diagnose.causes import CAUSES
from ansible.module_utils.vpnphone.diagnose.judge import diagnose
from ansible.module_utils.vpnphone.model.diagnosis import CONFIDENCE_ORDER, Diagnosis

from lab.testing import RunningLab, running_lab
from tests.unit.diagnose_lab.lab_logs import names_of, reading, told
from tests.unit.lab.phone_site import Case, phone_of, scenario, url_of

BOUND = "ssl trust-point VPN outside"
NEWER = {"model": "8841"}
DAP = "dynamic-access-policy-record DfltAccessPolicy\n action terminate\n"
LOCKED = "group-policy DfltGrpPolicy attributes\n group-lock value Staff\n"
NO_LOGINS = "group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins 0\n"
BALANCED = "vpn load-balancing\n cluster ip address 198.51.100.240\n participate\n"
HOST_ID = {"host_id_check": True}
ONE_PEER = {
    "licences": {"premium_peers": 1}, "sessions": [{"user": "jdoe", "kind": "pc", "assigned_ip": "10.9.9.9"}],
}  # fmt: skip
FULL = {"sessions": [{"user": "a", "assigned_ip": "10.10.10.10"}, {"user": "b", "assigned_ip": "10.10.10.11"}]}
BY_PASSWORD = {"device": {"users": [{"name": "bob", "password": "typed"}]}, "group": ("authentication aaa",),
               "profile": {"client_authentication": "User and Password"}}  # fmt: skip
# The phone's clock is an hour fast.
RENEWED = Case(ssl=("ssl trust-point RENEWED outside",), extra="logging timestamp\n", phone={"clock_offset": "+1h"})


class Fault(NamedTuple):
    """What is wrong, and what the doctor must make of it.

    cause: its id, "" where nothing stands. asa, phone, both: the most that the log of the ASA alone, of the phone
    alone and of both together may say, "" where it may say nothing at all of it. line: stands in the evidence.
    """

    case: Case
    cause: str
    asa: str
    phone: str
    both: str
    line: str = ""


FAULTS: dict[str, Fault] = {
    # The document's own case (F-062).
    "other-pin": Fault(RENEWED, "hash_mismatch", "indicated", "certain", "certain", "leaf not trusted"),
    "unbound": Fault(Case(ssl=()), "hash_mismatch", "indicated", "certain", "certain", "leaf not trusted"),
    "unfixed": Fault(Case(phone=NEWER, device={"version": "9.4(1)", "ecdsa_fixed": False}), "hash_mismatch",
                     "indicated", "certain", "certain", "leaf not trusted"),
    # Host ID: to the ASA it looks like a wrong hash.
    "host-name": Fault(Case(profile=HOST_ID), "host_id", "", "certain", "certain", "hostIDCheck failed!!"),
    "host-wildcard": Fault(Case(ssl=("ssl trust-point WILD outside",), pins=("wildcard",), profile=HOST_ID), "host_id",
                           "", "certain", "certain", "hostIDCheck failed!!"),
    "host-address": Fault(Case(profile=HOST_ID, group_url="group-url https://@/A enable", url="https://@/A"),
                          "host_id", "", "certain", "certain", "hostIDCheck failed!!"),
    "no-cipher": Fault(Case(ssl=("ssl encryption rc4-sha1", BOUND), device={"version": "9.1(1)"}), "no_shared_cipher",
                       # Which phone it was, only the comparison of both logs tells.
                       "certain", "", "likely", "no shared cipher"),
    "no-version": Fault(Case(ssl=("ssl server-version tlsv1.2", BOUND)), "tls_failed", "indicated", "likely", "likely"),
    "dtls-ec": Fault(Case(ssl=("ssl trust-point EC outside",), pins=("elliptic",), phone=NEWER),
                     "dtls_cipher_mismatch", "likely", "certain", "certain", "old session cipher not returned"),
    "dtls-suite": Fault(Case(ssl=(BOUND, 'ssl cipher dtlsv1 custom "DHE-RSA-AES128-SHA"')),
                        "dtls_cipher_mismatch", "likely", "certain", "certain", "old session cipher not returned"),
    # C16: by itself the line is a sign.
    "csd": Fault(Case(webvpn=("enable outside", "anyconnect enable", "hostscan enable")), "csd", "indicated", "",
                 "likely", "Cisco Secure Desktop was not running"),
    "dap-default": Fault(Case(extra=DAP), "dap_terminate", "certain", "", "certain", "DfltAccessPolicy"),
    "lock": Fault(Case(extra=LOCKED), "group_lock", "certain", "", "certain", "group locked to Staff"),
    "logins": Fault(Case(extra=NO_LOGINS), "simultaneous_logins", "likely", "", "likely", "Simultaneous logins"),
    "protocol": Fault(Case(policy=("vpn-tunnel-protocol ikev2 ssl-clientless",)), "tunnel_protocol", "likely", "",
                      "likely", "SVC not enabled"),
    "pool-empty": Fault(Case(device=FULL), "no_address", "likely", "", "likely", "No address available"),
    "client-stranger": Fault(Case(phone={"issuer": "stranger"}), "client_certificate", "likely", "", "likely",
                             "No suitable trustpoints"),
    "client-expired": Fault(Case(phone={"certificate_valid_to": "-1d"}), "client_certificate", "likely", "", "likely",
                            "expired"),
    "wrong-password": Fault(Case(phone={"user": "bob", "password": "other"}, **BY_PASSWORD), "login_rejected", "",
                            "", "likely", "rejected"),
    "no-password": Fault(Case(**BY_PASSWORD), "login_rejected", "", "", "likely", "rejected"),
    "no-peer": Fault(Case(device=ONE_PEER), "session_limit", "likely", "", "likely", "session limit"),
    "balanced": Fault(Case(url="https://198.51.100.240/Phones", extra=BALANCED), "load_balancing", "", "certain",
                      "certain", "set_redirect_url"),
    "nobody": Fault(Case(url="https://nobody.example.net/Phones"), "no_answer", "", "likely", "likely"),
    "no-file": Fault(Case(fault={"kind": "absent"}), "tftp", "", "certain", "certain", "TFTP Error"),
    # What no log tells: the ASA is silent, the phone only knows that it was refused.
    "no-licence": Fault(Case(device={"licences": {"phone": "Disabled"}}), "refused_by_policy", "", "indicated",
                        "indicated", "login code: 403"),
    "url-missing": Fault(Case(group_url="group-url https://url-missing.example.com/Other enable"), "refused_by_policy",
                         "", "indicated", "indicated", "login code: 403"),
    "anyconnect-off": Fault(Case(webvpn=("enable outside",)), "refused_by_policy", "", "indicated", "indicated",
                            "login code: 403"),
    "client-none": Fault(Case(phone={"certificate": "none"}), "refused_by_policy", "", "indicated", "indicated",
                         "login code: 403"),
}  # fmt: skip
GOOD: dict[str, Case] = {
    "good": Case(),
    "good-old": Case(ssl=("ssl encryption aes128-sha1", BOUND), device={"version": "9.1(1)"}),
    "good-newer": Case(phone=NEWER, ssl=(BOUND, 'ssl cipher tlsv1.2 custom "AES256-SHA"')),
    "good-issuer": Case(pins=("root",)),
    "good-device-pages": Case(phone={"model": "8945"}),
    "good-password": Case(phone={"user": "bob", "password": "typed"}, **BY_PASSWORD),
    # Without DTLS it is connected all the same.
    "tls-only": Case(webvpn=("enable outside tls-only", "anyconnect enable")),
}  # fmt: skip
# Its file has no VPN group: it never dials, and nothing in a log is wrong.
SILENT = {"no-group": Case(grouped=False)}
CASES = {name: fault.case for name, fault in FAULTS.items()} | GOOD | SILENT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(scenario(CASES), tmp_path_factory.mktemp("causes") / "lab") as found:
        yield found


def of(site: RunningLab, name: str, *, asa: bool = True, phone: bool = True) -> Diagnosis:
    return diagnose(reading(site, [name] * asa, [phone_of(CASES, name)] * phone))


def at_most(confidence: str, limit: str) -> bool:
    order = list(CONFIDENCE_ORDER)
    return order.index(confidence) >= order.index(limit)


@pytest.mark.parametrize("name", FAULTS)
def test_both_logs_show_it(site: RunningLab, name: str) -> None:
    fault, phone = FAULTS[name], phone_of(CASES, name)
    found = of(site, name)
    assert found.verdict == "cause"
    first = found.causes[0]
    assert (first.id, first.confidence) == (fault.cause, fault.both), [(c.id, c.confidence) for c in found.causes]
    assert first.phone in (phone, ""), "another phone is blamed"
    assert fault.line in told(found, first)
    assert first.next_steps
    # What else is said is another sign of the same, never more sure than the cause.
    assert {cause.id for cause in found.causes[1:]} <= ({"refused_by_policy"} if name == "balanced" else set())
    assert "connected" not in [story.last for story in found.phones]


@pytest.mark.parametrize("name", FAULTS)
def test_one_side_alone_says_no_more_than_it_knows(site: RunningLab, name: str) -> None:
    fault, phone = FAULTS[name], phone_of(CASES, name)
    for limit, found in ((fault.asa, of(site, name, phone=False)), (fault.phone, of(site, name, asa=False))):
        said = {cause.id: cause for cause in found.causes}
        assert fault.cause in said or not limit, (limit, list(said))
        for cause in found.causes:
            assert cause.phone in (phone, "")
            if cause.id == fault.cause:
                assert at_most(cause.confidence, limit or "certain")
            else:
                assert cause.confidence != "certain", f"{cause.id} is not what is wrong"


@pytest.mark.parametrize("name", GOOD)
def test_a_phone_that_connects_is_healthy(site: RunningLab, name: str) -> None:
    phone = phone_of(CASES, name)
    found = of(site, name)
    assert (found.verdict, found.causes) == ("healthy", ())
    assert [(story.phone, story.last) for story in found.phones] == [(phone, "connected")]
    assert of(site, name, asa=False).verdict == "healthy"
    alone = of(site, name, phone=False)
    # "bob" is no phone by name, so that the ASA's log alone tells of none.
    assert (alone.verdict, alone.causes) == ("open" if name == "good-password" else "healthy", ())


def test_a_phone_that_does_not_dial_is_no_cause(site: RunningLab) -> None:
    found = of(site, "no-group")
    assert found.causes == ()
    assert found.verdict in ("open", "nothing")


def test_every_cause_has_a_fault_of_the_lab() -> None:
    """Trust lists there are none in the lab, so nothing can be wrong with them by itself."""
    assert {rule.id for rule in CAUSES} - {"trust_list"} == {fault.cause for fault in FAULTS.values()}


def test_the_documents_own_case_with_a_clock_that_is_an_hour_fast(site: RunningLab) -> None:
    """F-062: an address alone on the ASA, a name and no address on the phone; both tell of one attempt."""
    found = of(site, "other-pin")
    cause, phone = found.causes[0], phone_of(CASES, "other-pin")
    assert {found.events[index].side for index in cause.evidence} == {"asa", "phone"}
    assert [(offset.phone, offset.asa) for offset in found.offsets] == [(phone, "other-pin")]
    assert found.offsets[0].seconds == pytest.approx(3600, abs=2)
    sha1 = site.state("other-pin")["trustpoints"]["RENEWED"]["identity"]["sha1"]
    assert cause.facts["leaf certificate"] == f"SHA-1 {sha1}"


# --- what the site's state adds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "control"), [("no-licence", "VPNP-102"), ("url-missing", "VPNP-212"), ("anyconnect-off", "VPNP-216")]
)
def test_the_sites_state_tells_what_no_log_does(site: RunningLab, name: str, control: str) -> None:
    logs = reading(site, [name], [phone_of(CASES, name)])
    alone, known = diagnose(logs).causes[0], diagnose(logs, names_of(site, name, "Phones", url_of(name))).causes[0]
    assert (known.id, known.confidence) == (alone.id, alone.confidence), "an open finding proves nothing"
    assert "open findings" not in alone.facts
    assert control in known.controls
    assert f"{control} ({name})" in known.facts["open findings"]
    assert set(known.controls) < set(alone.controls) | {"VPNP-248", "VPNP-203", "VPNP-254"}


def test_the_sites_state_names_the_certificate(site: RunningLab) -> None:
    logs = reading(site, ["other-pin"], [phone_of(CASES, "other-pin")])
    cause = diagnose(logs, names_of(site, "other-pin", "Phones", url_of("other-pin"))).causes[0]
    sha1 = site.state("other-pin")["trustpoints"]["RENEWED"]["identity"]["sha1"]
    assert cause.facts["leaf certificate"] == f"SHA-1 {sha1}"
    assert (
        "identity certificate of trustpoint RENEWED on other-pin (bound for SSL)" in cause.facts["this certificate is"]
    )
