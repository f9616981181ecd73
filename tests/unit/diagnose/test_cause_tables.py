"""Every cause: when it is certain, likely, indicated, past, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest
from ansible.module_utils.vpnphone.diagnose.causes import BY_ID
from ansible.module_utils.vpnphone.diagnose.site import PhoneNames, SiteNames
from ansible.module_utils.vpnphone.model.diagnosis import Diagnosis

from .kit import HERE, MODERN, OTHER_LEAF, Asa, Phone, address, begun, judge, mac, user

ME, AT = user(1), address(1)
DEBUG = {
    "asa-1-debug.log": "Tunnel Group: VPNPhone, Client Cert Auth Success.\n"
    "WebVPN: CSD data not sent from client\nhttp_remove_auth_handle(): handle 24 not found!\n"
}


class Expected(NamedTuple):
    """told: (cause, confidence, phone, past) of every cause, in their order."""

    name: str
    logs: Callable[[], tuple[Asa | Phone, ...]]
    told: tuple[tuple[str, str, str, bool], ...]
    verdict: str = "cause"
    more: Mapping[str, str] = {}
    site: SiteNames = SiteNames()


def me(cause: str, confidence: str, *, past: bool = False) -> tuple[tuple[str, str, str, bool], ...]:
    return ((cause, confidence, mac(1), past),)


def nobody(cause: str, confidence: str) -> tuple[tuple[str, str, str, bool], ...]:
    return ((cause, confidence, "", False),)


def again(log: Asa) -> Asa:
    """A minute later the phone gets in."""
    return log.wait(60).connects(ME, AT)


TABLE: tuple[Expected, ...] = (
    # --- hash_mismatch ---
    Expected("the phone says so", lambda: (Phone().refuses(),), me("hash_mismatch", "certain")),
    Expected("both sides say so", lambda: (Phone().refuses(), Asa().unknown_ca(AT)), me("hash_mismatch", "certain")),
    Expected(
        "only the alert is there",
        lambda: (Phone().begins().alert(48, "unknown CA").fails(),),
        me("hash_mismatch", "likely"),
    ),
    Expected(
        "only the notice to the user is there",
        lambda: (Phone().begins().fails("37 [SslAlertSrvrCert]", "[alert: Unknown CA (server cert)]"),),
        me("hash_mismatch", "indicated"),
    ),
    Expected(
        "the form from memory, without its alert",
        lambda: (
            Phone().begins().line("VPN cert chain verification failed, issuer certificate not trusted and leaf not"
                                  " trusted"),
        ),
        me("hash_mismatch", "likely"),
    ),
    Expected(
        "the ASA alone, from an address that the phone holds",
        lambda: (Asa().connects(ME, AT).wait(60).unknown_ca(AT),),
        me("hash_mismatch", "likely"),
    ),
    Expected(
        "the ASA alone, from an address that a PC holds too",
        lambda: (Asa().connects(ME, AT).connects("jdoe", AT, group="PC").wait(60).unknown_ca(AT),),
        (),
        "healthy",
    ),
    Expected("the ASA alone, of somebody", lambda: (Asa().unknown_ca(AT),), nobody("hash_mismatch", "indicated")),
    Expected(
        "the ASA alone, from the address that the site's state has of the phone",
        lambda: (Asa().unknown_ca(AT),),
        me("hash_mismatch", "likely"),
        site=SiteNames(phones={mac(1): PhoneNames(addresses=frozenset({AT}))}),
    ),
    Expected(
        "it got in later",
        lambda: (Phone().refuses().wait(60).connects(),),
        me("hash_mismatch", "likely", past=True),
        "healthy",
    ),
    Expected(
        "it had got in before", lambda: (Phone().connects().wait(60).refuses(),), me("hash_mismatch", "certain")
    ),
    Expected(
        "it had got in before, in a log without numbers and times",
        lambda: (Phone(stamped=False).connects().refuses(),),
        me("hash_mismatch", "likely"),
    ),
    Expected(
        "the ASA has a session of it, and no clocks to compare",
        lambda: (Phone(stamped=False).refuses(), Asa(stamped=False).connects(ME, AT)),
        me("hash_mismatch", "likely"),
    ),
    Expected(
        "the ASA has a later session of it, by the offset of the clocks",
        lambda: (
            Phone(offset=500).connects().wait(60).refuses(),
            Asa().connects(ME, AT).wait(60).unknown_ca(AT).wait(60).connects(ME, AT),
        ),
        me("hash_mismatch", "likely", past=True),
        "healthy",
    ),
    # --- host_id ---
    Expected("host ID", lambda: (Phone().host_id(),), me("host_id", "certain")),
    Expected("host ID, alert on the ASA", lambda: (Phone().host_id(), Asa().unknown_ca(AT)), me("host_id", "certain")),
    Expected(
        "host ID, past", lambda: (Phone().host_id().wait(9).connects(),), me("host_id", "likely", past=True), "healthy"
    ),
    # --- no_shared_cipher ---
    Expected("a 7962G's offer", lambda: (Asa().no_cipher(AT),), nobody("no_shared_cipher", "certain")),
    Expected(
        "another offer: nothing says that it is a phone",
        lambda: (Asa().no_cipher(AT, offered=MODERN[:1]),),
        nobody("no_shared_cipher", "likely"),
    ),
    Expected(
        "both sides, once: the phone by its own alert",
        lambda: (Asa().no_cipher(AT), Phone().no_cipher()),
        me("no_shared_cipher", "likely"),
    ),
    Expected(
        "both sides, from the phone's address, with the same gaps",
        lambda: (
            Asa().connects(ME, AT).wait(60).no_cipher(AT).wait(45).no_cipher(AT),
            Phone().connects().wait(60).no_cipher().wait(45).no_cipher(),
        ),
        me("no_shared_cipher", "certain"),
    ),
    Expected(
        "the lists share a suite after all",
        lambda: (Asa().no_cipher(AT, supported=MODERN),),
        nobody("no_shared_cipher", "indicated"),
    ),
    Expected(
        "the lists are not there",
        lambda: (Asa().error("SSL3_GET_CLIENT_HELLO", "no shared cipher").failed(f"outside:{AT}/50001"),),
        nobody("no_shared_cipher", "indicated"),
    ),
    Expected(
        "one stray client, and phones get in",
        lambda: (Asa().connects(ME, AT).no_cipher("198.51.100.9", offered=MODERN[:1]),),
        (),
        "healthy",
    ),
    # --- tls_failed ---
    Expected(
        "another alert",
        lambda: (Phone().begins().alert(46, "certificate unknown", "read").fails(),),
        me("tls_failed", "likely"),
    ),
    Expected(
        "an alert that ends nothing",
        lambda: (Phone().begins().alert(0, "close notify", "read").connects(),),
        (),
        "healthy",
    ),
    Expected(
        "the phone heard a handshake failure, the ASA's log is not there",
        lambda: (Phone().no_cipher(),),
        me("tls_failed", "likely"),
    ),
    Expected(
        "an error on the ASA, of nobody",
        lambda: (Asa().error("SSL23_GET_CLIENT_HELLO", "unsupported protocol").failed(f"outside:{AT}/50001"),),
        nobody("tls_failed", "indicated"),
    ),
    # --- client_certificate ---
    Expected(
        "the phone's certificate is refused",
        lambda: (Asa().certificate_refused(f"CN={ME},OU=Phones,O=Example Corp"), Phone().denied()),
        me("client_certificate", "likely"),
    ),
    Expected("a PC's certificate is refused", lambda: (Asa().certificate_refused("CN=jdoe,O=X"),), (), "open"),
    Expected(
        "a subject that hides a phone's name beside another",
        lambda: (Asa().certificate_refused(f"CN=jdoe,O=X CN={ME} CN={user(2)}"),),
        (),
        "open",
    ),
    # --- login_rejected ---
    Expected("login rejected", lambda: (Asa().login(ME, AT, good=False),), me("login_rejected", "likely")),
    Expected("a PC's login rejected", lambda: (Asa().login("jdoe", AT, good=False),), (), "open"),
    Expected(
        "rejected for the password", lambda: (Asa().refuses(ME, "Invalid password"),), me("login_rejected", "likely")
    ),
    # --- csd ---
    Expected("724002", lambda: (begun().no_csd(ME, AT),), me("csd", "indicated")),
    Expected(
        "724002, then tried again without a session",
        lambda: (begun(begun().no_csd(ME, AT).wait(20)).no_csd(ME, AT),),
        me("csd", "likely"),
    ),
    Expected(
        "724002 and the debug, the phone refused",
        lambda: (begun().no_csd(ME, AT), Phone().denied()),
        me("csd", "certain"),
        more=DEBUG,
    ),
    Expected(
        "724002 and the debug: certain of the tunnel-group, of the phone not yet",
        lambda: (begun().no_csd(ME, AT),),
        nobody("csd", "certain"),
        more=DEBUG,
    ),
    Expected("the debug alone", lambda: (), nobody("csd", "likely"), more=DEBUG),
    Expected(
        "the debug is of another tunnel-group",
        lambda: (begun().no_csd(ME, AT, "Other").wait(99).login("jdoe", "198.51.100.7"),),
        (("csd", "likely", "", False), ("csd", "likely", mac(1), False)),
        more=DEBUG,
    ),
    Expected(
        "a session follows at once: CSD did not stop it",
        lambda: (begun().no_csd(ME, AT).assigned(ME, AT),),
        (),
        "healthy",
    ),
    Expected(
        "a session follows much later",
        lambda: (again(begun().no_csd(ME, AT).wait(600)),),
        me("csd", "indicated", past=True),
        "healthy",
    ),
    # --- session_limit ---
    Expected("no session left, for a phone", lambda: (Asa().limit(ME),), me("session_limit", "likely")),
    Expected("no session left, for a PC", lambda: (Asa().limit("jdoe"),), nobody("session_limit", "indicated")),
    # --- dap_terminate ---
    Expected("DAP", lambda: (Asa().dap_ends(ME, AT),), me("dap_terminate", "certain")),
    Expected("DAP, and the phone's own log", lambda: (Asa().dap_ends(ME, AT), Phone().denied()),
             me("dap_terminate", "certain")),
    Expected("DAP of a PC", lambda: (Asa().dap_ends("jdoe", AT),), (), "open"),
    Expected(
        "DAP, then a session", lambda: (again(Asa().dap_ends(ME, AT)),), me("dap_terminate", "likely", past=True),
        "healthy",
    ),
    Expected(
        "a session, then DAP", lambda: (Asa().connects(ME, AT).wait(60).dap_ends(ME, AT),),
        me("dap_terminate", "certain"),
    ),
    Expected(
        "a session and DAP, and no time in the lines",
        lambda: (Asa(stamped=False).connects(ME, AT).dap_ends(ME, AT),),
        me("dap_terminate", "likely"),
    ),
    Expected(
        "DAP on one ASA, a session on another: that says nothing of the first",
        lambda: (Asa().dap_ends(ME, AT), Asa("asa-2").wait(60).connects(ME, AT)),
        me("dap_terminate", "certain"),
    ),
    # --- the group-policy ---
    Expected(
        "simultaneous logins",
        lambda: (begun().refuses(ME, "Simultaneous logins exceeded for user"), Phone().denied()),
        me("simultaneous_logins", "likely"),
    ),
    Expected(
        "tunnel protocol", lambda: (begun().refuses(ME, "SVC not enabled for the user"),),
        me("tunnel_protocol", "likely"),
    ),
    Expected(
        "a reason that nobody knows", lambda: (begun().refuses(ME, "Something else"),),
        me("refused_by_policy", "likely"),
    ),
    Expected("of a PC", lambda: (Asa().refuses("jdoe", "Simultaneous logins exceeded for user"),), (), "open"),
    Expected("no address", lambda: (begun().no_address(ME, AT),), me("no_address", "likely")),
    Expected(
        "no address, past", lambda: (again(begun().no_address(ME, AT)),), me("no_address", "likely", past=True),
        "healthy",
    ),
    # --- group_lock ---
    Expected(
        "the tunnel-group is one that DAP saw the phone in",
        lambda: (begun().dap(ME, AT, "VPNPhone").locked(),),
        nobody("group_lock", "certain"),
    ),
    Expected("the phone was just logging in", lambda: (begun().locked(),), nobody("group_lock", "likely")),
    Expected("the line alone", lambda: (Asa().locked(),), nobody("group_lock", "likely")),
    Expected(
        "the site's state has it as the phones' tunnel-group", lambda: (Asa().locked(),),
        nobody("group_lock", "certain"), site=SiteNames(asas=(HERE,)),
    ),
    Expected(
        "the site's state has other tunnel-groups", lambda: (begun().locked("PC"),), (), "open",
        site=SiteNames(asas=(HERE,)),
    ),
    Expected("a PC was just logging in", lambda: (Asa().login("jdoe", "198.51.100.7").locked("PC"),), (), "open"),
    Expected(
        "the phone got in later",
        lambda: (again(begun().dap(ME, AT, "VPNPhone").locked()),),
        (("group_lock", "likely", "", True),),
        "healthy",
    ),
    # --- load_balancing ---
    Expected(
        "sent to another host than dialled", lambda: (Phone().redirected("vpn2.example.com"),),
        me("load_balancing", "certain"),
    ),
    Expected("sent on to the host that it dialled", lambda: (Phone().redirected("vpn.example.com"),), (), "open"),
    Expected(
        "sent to another host, and no marks to prove the order",
        lambda: (Phone(stamped=False).redirected("vpn2.example.com"),),
        me("load_balancing", "likely"),
    ),
    Expected(
        "what was dialled is not there, the host alternates",
        lambda: (
            Phone().line("set_redirect_url: new URL <https://a.example.com/+webvpn+/index.html>").wait(400)
            .line("set_redirect_url: new URL <https://b.example.com/+webvpn+/index.html>"),
        ),
        me("load_balancing", "likely"),
    ),
    Expected(
        "what was dialled is not there, but the site's URLs are",
        lambda: (Phone().line("set_redirect_url: new URL <https://member.example.com/+webvpn+/index.html>"),),
        me("load_balancing", "certain"),
        site=SiteNames(hosts=frozenset({"vpn.example.com"})),
    ),
    Expected(
        "the other host's certificate is refused: a consequence",
        lambda: (Phone().redirected("vpn2.example.com").shown(OTHER_LEAF)
                 .line("VPN cert chain verification failed, issuer certificate not found and leaf not trusted")
                 .alert(48, "unknown CA").fails(),),
        (("load_balancing", "certain", mac(1), False), ("hash_mismatch", "likely", mac(1), False)),
    ),
    # --- refused_by_policy ---
    Expected("refused, and no ASA's log", lambda: (Phone().denied(),), me("refused_by_policy", "indicated")),
    Expected(
        "refused, and the ASA is silent", lambda: (Phone().denied(), begun()), me("refused_by_policy", "indicated")
    ),
    # --- no_answer ---
    Expected(
        "nobody answers", lambda: (Phone().unanswered(), Asa().connects(user(2), address(2))),
        me("no_answer", "likely"),
    ),
    Expected("it dials and fails, no more", lambda: (Phone().begins().fails(),), me("no_answer", "indicated")),
    # --- dtls_cipher_mismatch ---
    Expected("DTLS", lambda: (Phone().dtls_fails(),), me("dtls_cipher_mismatch", "certain")),
    Expected(
        "DTLS, with the session that the ASA gave", lambda: (Phone().dtls_fails(), Asa().connects(ME, AT)),
        me("dtls_cipher_mismatch", "certain"),
    ),
    Expected(
        "DTLS without the error's words",
        lambda: (Phone().logs_in().alert(47, "illegal parameter", protocol="DTLS")
                 .line("protocol_handler: connect : err: SSL success DTLS fail"),),
        me("dtls_cipher_mismatch", "likely"),
    ),
    Expected(
        "DTLS failed, no more", lambda: (Phone().logs_in().line("protocol_handler: connect : err: SSL success DTLS"
                                                                " fail"),),
        me("dtls_cipher_mismatch", "indicated"),
    ),
    Expected(
        "DTLS, past", lambda: (Phone().dtls_fails().wait(60).connects(),),
        me("dtls_cipher_mismatch", "likely", past=True), "healthy",
    ),
    # --- status ---
    Expected(
        "TFTP fails twice", lambda: (), me("tftp", "certain"),
        more={f"{mac(1)}-status.txt": f"11:51:10 TFTP Error : {mac(1)}.cnf.xml.sgn\n"
                                      f"11:54:10 TFTP Timeout : {mac(1)}.cnf.xml.sgn\n"},
    ),
    Expected(
        "TFTP fails once", lambda: (), me("tftp", "likely"),
        more={f"{mac(1)}-status.txt": f"11:51:10 TFTP Error : {mac(1)}.cnf.xml.sgn\n"},
    ),
    Expected(
        "TFTP failed, then the file came", lambda: (), me("tftp", "likely", past=True), "open",
        more={f"{mac(1)}-status.txt": f"11:51:10 TFTP Error : {mac(1)}.cnf.xml.sgn\n11:54:10 TFTP Timeout :"
                                      f" {mac(1)}.cnf.xml.sgn\n11:55:00 {mac(1)}.cnf.xml.sgn\n"},
    ),
    Expected(
        "the trust list fails", lambda: (), me("trust_list", "certain"),
        more={f"{mac(1)}-status.txt": "11:51:10 Trust List Update Failed\n11:54:10 Trust List Update Failed\n"},
    ),
    # --- none ---
    Expected("healthy", lambda: (Phone().connects(), Asa().connects(ME, AT)), (), "healthy"),
    Expected("a session that ended", lambda: (Asa().connects(ME, AT).wait(60).ends(ME, AT),), (), "open"),
)  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_cause_is_as_sure_as_its_lines(row: Expected) -> None:
    found = judge(*row.logs(), more=row.more, site=row.site)
    assert [(each.id, each.confidence, each.phone, each.past) for each in found.causes] == list(row.told)
    assert found.verdict == row.verdict
    owed(found)


def owed(found: Diagnosis) -> None:
    """What every cause owes its reader."""
    for cause in found.causes:
        assert cause.evidence and all(0 <= index < len(found.events) for index in (*cause.evidence, *cause.against))
        assert (cause.doubts == ()) <= (cause.confidence == "certain" or cause.past)
        assert cause.past == bool(cause.against)
        assert not (cause.past and cause.confidence == "certain")
        assert cause.next_steps and cause.confirm and cause.count > 0
        assert cause.title == BY_ID[cause.id].title


def test_the_table_has_every_cause() -> None:
    assert {cause for row in TABLE for cause, *_ in row.told} == set(BY_ID)
