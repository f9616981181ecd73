"""Go or no-go, of what the new certificate is to be: its names, its key, its place in the store."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import VpnGateway
from ansible.module_utils.vpnphone.renewal import wishes
from ansible.module_utils.vpnphone.renewal.checks import PreflightPage
from ansible.module_utils.vpnphone.renewal.gathered import Seen, foretold
from ansible.module_utils.vpnphone.renewal.wishes import Wish, check_wish

from tests.unit.controls.builders import phone_model
from tests.unit.predict.builders import ISSUING, SITE, URL, cucm, filed, member, probe, site, trusted, unit
from tests.unit.renewal.site import WISH, check, good, look, page, ready, stopped, warned


def test_the_same_common_name_is_a_no_go_with_two_ways_out() -> None:
    one = stopped(page(None, WISH._replace(cn="vpn.example.com")), "same-cn", "same common name")
    assert "another common name" in one.todo[0] and "pin the CA" in one.todo[1]


@pytest.mark.parametrize("cn", ["VPN.example.com", " vpn.example.com "])
def test_the_file_of_the_store_does_not_mind_case_and_blanks(cn: str) -> None:
    stopped(page(None, WISH._replace(cn=cn)), "same-cn")


def test_two_asas_must_not_have_one_new_name() -> None:
    second = msgspec.structs.replace(ready(), device="asa2")
    first, other = unit(ready(), probe()), unit(second)
    seen = foretold(Seen((first, other), (site(first, other),)))
    both = page(seen, WISH, WISH._replace(asa="asa2"))
    one = stopped(both, "same-cn", "asa1 and asa2 would have the same common name")
    assert one.todo
    good(page(seen, WISH, WISH._replace(asa="asa2", cn="vpn-b.example.com")))


def test_a_pinned_ca_is_a_way_out_of_the_same_name() -> None:
    good(page(None, WISH._replace(cn="vpn.example.com", pin="ca", ca_cn="Example Issuing CA")))


def test_a_ca_whose_name_is_in_the_store_may_be_the_very_one() -> None:
    cluster = cucm(trust=(*(cucm().trust or ()), trusted(ISSUING)))
    found = page(look(cluster=cluster), WISH._replace(pin="ca", ca_cn="Example Issuing CA"))
    warned(found, "same-cn", "the very CA that signs")


def test_where_phones_pin_a_ca_that_stays_the_same_name_is_a_warning() -> None:
    cluster = cucm(
        trust=(*(cucm().trust or ()), trusted(ISSUING)),
        gateways=(VpnGateway(name="GW1", url=URL, certificates=(member(ISSUING),)),),
    )
    found = page(look(None, filed(cert_hashes=(ISSUING.pin,)), cluster=cluster), WISH._replace(cn="vpn.example.com"))
    warned(found, "same-cn", "while the phones pin a CA that stays")
    assert "phone steps fall away" in check(found, "pins").what


@pytest.mark.parametrize(
    ("wish", "verdict"),
    [(WISH._replace(cn=""), "unknown"), (WISH._replace(pin="ca"), "unknown")],
)
def test_a_name_that_is_not_told_stops(wish: Wish, verdict: str) -> None:
    stopped(page(None, wish), "same-cn", "is not told", verdict)


def test_a_store_that_was_not_read_stops() -> None:
    stopped(page(look(cluster=cucm(trust=None))), "same-cn", "was not learned", "unknown")


@pytest.mark.parametrize("names", [("*.example.com",), ("other.example.com",), ()])
def test_a_host_id_mismatch_is_seen_before_anybody_signs(names: tuple[str, ...]) -> None:
    stopped(page(None, WISH._replace(names=names)), "VPNP-335")


def test_without_the_host_id_check_the_names_do_not_matter() -> None:
    profiles = tuple(msgspec.structs.replace(one, host_id_check=False) for one in cucm().profiles or ())
    seen = look(None, filed(host_id_check=False), cluster=cucm(profiles=profiles))
    good(page(seen, WISH._replace(names=("other.example.com",))))


def test_names_that_are_not_told_leave_the_host_id_open() -> None:
    stopped(page(None, WISH._replace(cn="", names=())), "VPNP-335", "not told", "unknown")


def test_an_ec_key_is_not_for_old_phones() -> None:
    found = page(None, WISH._replace(key="EC", bits=256))
    stopped(found, "VPNP-117", "cannot use an EC key")
    stopped(found, "key-kind", "bound beside the RSA certificate")


def test_before_two_kinds_of_key_another_kind_takes_the_place() -> None:
    state = ready()
    assert state.version is not None
    old = msgspec.structs.replace(state.version, release=(9, 3, 3, 0))
    warned(page(look(ready(version=old)), WISH._replace(key="EC", bits=256)), "key-kind", "RSA now, EC then")


def test_a_key_too_big_and_a_hash_too_new_for_the_oldest_model() -> None:
    row = phone_model(max_rsa_bits=2048, signature_hashes=("SHA1", "SHA256"))
    parameters = msgspec.structs.replace(SITE, phone_models=(row,))

    def judged(wish: Wish) -> PreflightPage:
        found = unit(ready(), probe(), parameters=parameters)
        return page(foretold(Seen((found,), (site(found, site=parameters),))), wish, parameters=parameters)

    good(judged(WISH))
    stopped(judged(WISH._replace(bits=4096)), "VPNP-117", "4096 bits are more than its 2048")
    stopped(judged(WISH._replace(signature="SHA512")), "VPNP-117", "does not know SHA512")


def test_what_the_table_does_not_tell_of_the_old_key_either_is_a_warning() -> None:
    row = phone_model(max_rsa_bits=0, signature_hashes=("SHA256",))
    parameters = msgspec.structs.replace(SITE, phone_models=(row,))
    found = unit(ready(), probe(), parameters=parameters)
    told = page(foretold(Seen((found,), (site(found, site=parameters),))), parameters=parameters)
    warned(told, "VPNP-117", "as with the certificate that is bound now")


@pytest.mark.parametrize(
    "change",
    [
        {"bits": 512},
        {"bits": 2047},
        {"key": "EC", "bits": 2048},
        {"signature": "MD5"},
        {"cn": "x" * 65},
        {"cn": "ümlaut"},
        {"names": ("a\nb",)},
        {"trustpoint": ""},
    ],
)
def test_a_wish_that_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        check_wish(WISH._replace(**change))
    assert caught.value.code == "bad_wish"


def test_a_wish_that_can_be() -> None:
    check_wish(WISH)
    check_wish(WISH._replace(key="EC", bits=384, signature="SHA384"))


def test_the_trial_has_what_was_wished_for() -> None:
    found = wishes.trial(WISH, unit())
    assert (found.subject_cn, found.san_dns, found.key_type, found.key_bits) == (WISH.cn, WISH.names, "RSA", 2048)
