"""Go or no-go: a good site, what is in scope, accepted risks, and the page that tells it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from ansible.module_utils.vpnphone.model import Certificate, ExportMode, SslTrustPoint, Waiver
from ansible.module_utils.vpnphone.renewal import wishes
from ansible.module_utils.vpnphone.renewal.checks import Check, worst
from ansible.module_utils.vpnphone.renewal.gathered import Seen, foretold
from ansible.module_utils.vpnphone.renewal.preflight_text import SCREEN_LINES, render_markdown, render_terminal

from tests.unit.predict.builders import (
    CLUSTER,
    HOLDS,
    ISSUING,
    LEAF,
    NOW,
    PHONE,
    SITE,
    URL,
    block,
    cucm,
    filed,
    hold,
    leaf,
    listed,
    phone,
    probe,
    site,
    unit,
)
from tests.unit.renewal.site import WISH, good, look, opened, page, ready, stopped, warned

DAY = timedelta(days=1)


def test_a_good_site_is_a_go() -> None:
    found = page()
    good(found)
    assert {one.verdict for one in found.checks} == {"go"}
    assert found.counts["phones"] == found.counts["seen"] == found.counts["connect now"] == 1
    assert found.ends == {"asa1": LEAF.not_after}


# --- scope ------------------------------------------------------------------------------------------------------------


def test_the_scope() -> None:
    found = opened(look(), {"asa1": WISH})
    one = found.asas["asa1"]
    assert (one.interface, one.old_trustpoint, one.new_trustpoint) == ("outside", "VPN", "NEW")
    assert one.old is not None and one.old.sha256 == LEAF.sha256
    gateway = found.clusters[CLUSTER].gateways["GW1"]
    assert (gateway.url, gateway.asas) == (URL, ("asa1",))
    assert gateway.before == ((LEAF.issuer, LEAF.serial),)
    assert found.phones[PHONE].asas == ("asa1",)
    assert found.phones[PHONE].certificate_login


def test_a_phone_without_a_file_is_in_by_its_group() -> None:
    bare = msgspec.structs.replace(phone(), files=())
    assert opened(look(None, bare), {"asa1": WISH}).phones[PHONE].asas == ("asa1",)


def test_of_a_pair_of_certificates_the_one_of_that_kind_is_renewed() -> None:
    ec = leaf("ec.example.com", kind="ec", serial=0x0AEC)
    state = hold(ready(), *HOLDS, ("EC", "identity", ec), ("EC", "ca", ISSUING))
    assert state.ssl is not None
    points = (*state.ssl.trust_points, SslTrustPoint(trustpoint="EC", interface="outside"))
    state = msgspec.structs.replace(state, ssl=msgspec.structs.replace(state.ssl, trust_points=points))
    seen = look(state)
    assert opened(seen, {"asa1": WISH}).asas["asa1"].old_trustpoint == "VPN"
    assert opened(seen, {"asa1": WISH._replace(key="EC", bits=256)}).asas["asa1"].old_trustpoint == "EC"
    assert opened(seen, {"asa1": WISH}, {"asa1": "ec"}).asas["asa1"].old_trustpoint == "EC"


def test_an_asa_without_a_wish_is_not_in_scope() -> None:
    second = msgspec.structs.replace(ready(), device="asa2")
    first, other = unit(ready(), probe()), unit(second)
    found = opened(foretold(Seen((first, other), (site(first, other),))), {"asa1": WISH})
    assert tuple(found.asas) == ("asa1",)
    assert found.phones[PHONE].asas == ("asa1",)


# --- waivers and the page ---------------------------------------------------------------------------------------------


def test_an_accepted_risk_is_a_warning_with_its_name() -> None:
    waiver = Waiver(control="VPNP-302", reason="lab", approved_by="J. Doe", expires="2099-01-01")
    parameters = msgspec.structs.replace(SITE, waivers=(waiver,))
    found = page(look(cluster=cucm(export_mode=ExportMode(mode="unrestricted"))), parameters=parameters)
    warned(found, "VPNP-302", "accepted by J. Doe until 2099-01-01")
    good(found)


def test_what_the_audit_leaves_out_is_judged_here() -> None:
    parameters = msgspec.structs.replace(SITE, exclude=("VPNP-302",), include=("VPNP-101",))
    stopped(page(look(cluster=cucm(export_mode=ExportMode(mode="unrestricted"))), parameters=parameters), "VPNP-302")


def test_what_stops_comes_first() -> None:
    found = page(look(None, filed(auth_method=0)), WISH._replace(cn="vpn.example.com"))
    verdicts = [one.stops for one in worst(found.checks)]
    assert verdicts == sorted(verdicts, reverse=True)
    lines = render_terminal(found).splitlines()
    assert lines[0].startswith("NO-GO: ")
    assert next(line for line in lines if line.startswith(("NO-GO   ", "WARN"))).startswith("NO-GO   ")


def test_the_page_is_one_screen_with_the_next_command_whole() -> None:
    line = "ansible-playbook playbooks/renewal/certificate.yml -i inventories/mine -e vpnphone_renewal=spring " * 3
    names = [f"SEP{number:012X}" for number in range(1, 400)]
    cluster = cucm(phones=tuple(listed(name) for name in names), registrations=())
    found = page(look(None, *(phone(name=name) for name in names), cluster=cluster))
    text = render_terminal(found, next_line=line)
    assert len(text.splitlines()) <= SCREEN_LINES
    assert text.splitlines()[-1] == f"Next: {line}".rstrip()
    assert all(len(row) <= 100 for row in text.splitlines()[:-1])
    assert "399 phones" in text
    assert names[-1] in render_markdown(found)


def test_a_hundred_stops_are_all_told() -> None:
    stops = tuple(
        Check(id=f"x-{number}", title="t", verdict="no-go", subject=f"asa{number}", what="wrong", todo=("Do it.",))
        for number in range(100)
    )
    found = msgspec.structs.replace(page(), checks=stops, verdict="NO-GO")
    assert all(f"asa{number}: wrong [x-{number}]" in render_terminal(found) for number in range(100))


def test_what_is_the_same_on_several_devices_is_told_once() -> None:
    alike = tuple(
        Check(id="x", title="t", verdict="no-go", subject=f"asa{number}", what="wrong", todo=("Do it.", "PERSON: Now."))
        for number in range(3)
    )
    text = render_terminal(msgspec.structs.replace(page(), checks=alike, verdict="NO-GO"))
    assert text.count("wrong") == 1
    assert "asa0, asa1, asa2: wrong [x]" in text
    assert "To do: Do it; Now" in text
    assert "3 things stop" in text


def test_text_of_a_device_paints_nothing() -> None:
    bad = "evil\x1b[2J\u202e <script>alert(1)</script> | `x` [click](http://x) @all"
    one = Check(id="x", title=bad, verdict="warn", subject=bad, what=bad, todo=(bad,), names=(bad,))
    found = msgspec.structs.replace(page(), checks=(one,))
    for text in (render_terminal(found), render_markdown(found)):
        assert "\x1b" not in text and "\u202e" not in text
    assert "<script>" not in render_markdown(found).replace("`", "").partition("SEP")[0].split("\n1: ")[0]


def test_the_block_of_the_trial_reads_as_the_device_prints_it() -> None:
    found = wishes.printed(WISH, wishes.trial(WISH, unit()))
    assert isinstance(found, Certificate)
    assert found.signature_algorithm == "SHA256 with RSA Encryption" == block(LEAF).signature_algorithm
    assert found.trustpoints == ("NEW",)
    assert NOW.tzinfo is not None
