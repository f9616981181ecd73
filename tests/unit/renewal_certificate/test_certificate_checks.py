"""A new certificate against key, dates, names, phones, chain and Phone-VPN-trust: pass, fail, unknown, boundary."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model import X509, TrustedCertificate
from ansible.module_utils.vpnphone.model.renewal import ClusterRenewal, GatewayNote, Journal
from ansible.module_utils.vpnphone.renewal.certificate_checks import (
    SKEW,
    Given,
    Scene,
    chain_of,
    check_certificate,
    check_use,
    hosts_of,
)
from msgspec.structs import replace

from tests.unit.renewal_certificate.made import (
    HOST,
    ISSUING,
    NEW,
    NOW,
    OLD,
    ROOT,
    ROW,
    SITE,
    cert,
    renewal,
    scene,
    spki,
)

CHAIN = (ISSUING, ROOT)
CN = "vpn-2027.example.com"


def checked(found: X509 = NEW, at: Scene | None = None, chain: tuple[X509, ...] = CHAIN, **how: Any) -> tuple[str, ...]:
    more = how.pop("more", ())
    key = how.pop("key", None)
    return check_certificate(at or scene(), Given(found, more), chain, spki=key, old=how.pop("old", OLD))


def code(found: X509 = NEW, at: Scene | None = None, chain: tuple[X509, ...] = CHAIN, **how: Any) -> str:
    with pytest.raises(ChangeRefused) as caught:
        checked(found, at, chain, **how)
    assert "Nothing was imported." in caught.value.todo
    return caught.value.code


def row(found: X509, store: str = "Phone-VPN-trust", *, read: bool = True) -> TrustedCertificate:
    return TrustedCertificate(
        store=store, subject_name=found.subject, issuer_name=found.issuer, serial_number=found.serial,
        stored_hash=found.pin, x509=found if read else None,
    )  # fmt: skip


def test_a_good_one_is_good_without_a_word() -> None:
    assert checked(key=spki(CN)) == ()


def test_key_and_identity() -> None:
    assert code(key=spki("somebody")) == "key_mismatch"
    assert code(OLD) == "certificate_is_old"
    # The key of the old one in a new certificate: a warning, which the approver sees.
    again = cert(CN, "Issuing", (HOST,), own=HOST)
    assert any("key of the certificate that is bound" in line for line in checked(again))


@pytest.mark.parametrize(
    ("days", "moved", "good"),
    [
        ((-10, 400), timedelta(0), True),
        ((0, 400), timedelta(0), True),
        ((0, 400), -SKEW, True),
        ((0, 400), -SKEW - timedelta(seconds=1), False),
        ((-10, 400), timedelta(days=400), True),
        ((-10, 400), timedelta(days=400, seconds=1), False),
    ],
    ids=["now", "first second", "clocks differ a little", "not yet", "last second", "over"],
)
def test_dates_by_the_devices_clock(days: tuple[int, int], moved: timedelta, good: bool) -> None:
    found = cert(CN, "Issuing", (HOST,), days=days)
    at = scene(clock=(NOW + moved, NOW + moved))
    if good:
        checked(found, at)
    else:
        assert code(found, at) == "certificate_not_valid"


def test_dates_of_the_chain_and_of_our_own_clock() -> None:
    ended = cert("Issuing", "Root", ca=True, days=(-900, -1))
    assert code(chain=(ended, ROOT)) == "certificate_not_valid"
    assert code(at=scene(controller=NOW + timedelta(days=500), clock=None)) == "certificate_not_valid"


def test_a_clock_that_is_not_known_or_not_sure() -> None:
    assert any("clock is not known" in line for line in checked(at=scene(clock=None)))
    fresh = cert(CN, "Issuing", (HOST,), days=(0, 400))
    wide = (NOW - timedelta(hours=12), NOW + timedelta(hours=14))
    assert any("zone that is not known" in line for line in checked(fresh, scene(clock=wide)))
    late = (NOW - timedelta(days=2), NOW - timedelta(days=1))
    assert code(fresh, scene(clock=late)) == "certificate_not_valid"


def test_little_time_is_told() -> None:
    assert any("already" in line for line in checked(cert(CN, "Issuing", (HOST,), days=(-1, 29))))
    assert any("no later than the one" in line for line in checked(cert(CN, "Issuing", (HOST,), days=(-1, 40))))


@pytest.mark.parametrize(
    ("cn", "names", "good"),
    [
        (CN, (HOST,), True),
        (CN, ("other.example.com", HOST), True),
        (HOST, (), True),
        (CN, (), False),
        (CN, ("*.example.com",), False),
        ("*.example.com", (), False),
        # The common name has the host, the alternative names do not: no source says that this is enough.
        (HOST, ("other.example.com",), False),
        (CN, (HOST.upper(),), False),
        ("", ("other.example.com",), False),
    ],
)
def test_names(cn: str, names: tuple[str, ...], good: bool) -> None:
    found = cert(cn, "Issuing", names)
    if good:
        checked(found)
        return
    assert code(found) == "host_id"
    assert any("Host ID Check" in line for line in checked(found, scene(host_id_check=False)))


def test_every_host_counts_and_an_address_never_fits() -> None:
    assert code(at=scene(hosts=(HOST, "vpn2.example.com"))) == "host_id"
    assert code(at=scene(hosts=("198.51.100.10",))) == "host_id"
    assert any("no gateway URL" in line for line in checked(at=scene(hosts=())))


def test_hosts_come_from_the_gateways_of_the_asa() -> None:
    notes = {
        "A": GatewayNote(name="A", url="https://a.example.com/x", asas=("asa1",)),
        "B": GatewayNote(name="B", url="https://b.example.com:443/x", asas=("asa2",)),
        "C": GatewayNote(name="C", url="https://c.example.com/x"),
        "D": GatewayNote(name="D", url="no url"),
    }
    found = Journal(renewal="r", created=NOW, clusters={"c": ClusterRenewal(name="c", gateways=notes)})
    assert hosts_of(found, "asa1") == ("a.example.com", "c.example.com")


# --- phones -----------------------------------------------------------------------------------------------------------


def test_phones_in_use() -> None:
    assert code(cert(CN, "Issuing", (HOST,), bits=256)) == "certificate_unfit"
    assert code(cert(CN, "Issuing", (HOST,), bits=3072)) == "certificate_unfit"
    assert code(cert(CN, "Issuing", (HOST,), digest="sha512")) == "certificate_unfit"
    checked(cert(CN, "Issuing", (HOST,), bits=1024))


def test_a_phone_table_that_does_not_tell_is_a_warning() -> None:
    silent = replace(ROW, max_rsa_bits=0, signature_hashes=())
    found = checked(at=scene(site=replace(SITE, phone_models=(silent,))))
    assert any("UNKNOWN" in line for line in found)
    unnamed = replace(SITE, models_in_use=("Nobody 1",))
    assert any("UNKNOWN" in line for line in checked(at=scene(site=unnamed)))
    # What is certainly wrong for one model outweighs what is not known of another.
    both = replace(SITE, phone_models=(ROW, replace(silent, model="8811")), models_in_use=("7962G", "8811"))
    assert code(cert(CN, "Issuing", (HOST,), bits=3072), scene(site=both)) == "certificate_unfit"


# --- Phone-VPN-trust --------------------------------------------------------------------------------------------------

SAME = cert(HOST, "Issuing", (HOST,), own="same name, another key")


@pytest.mark.parametrize("read", [True, False])
def test_a_common_name_that_is_taken(read: bool) -> None:
    at = scene(stores={"c": (row(OLD, read=read),)})
    assert code(SAME, at) == "same_cn_overwrites"
    checked(NEW, at)
    # It is there itself already, as after a run that was repeated.
    checked(SAME, scene(stores={"c": (row(SAME, read=read),)}))


def test_one_store_of_several_is_enough() -> None:
    assert code(SAME, scene(stores={"a": (), "b": (row(OLD),)})) == "same_cn_overwrites"
    assert checked(SAME, scene(stores={"a": (), "b": ()})) == ()


def test_a_store_that_was_not_gathered() -> None:
    at = scene(stores={"c": None})
    assert any("was not gathered" in line for line in checked(NEW, at))
    # The bound one's name is taken as far as is known.
    assert code(SAME, at) == "same_cn_overwrites"


def test_phones_that_pin_the_ca_leave_the_name_free() -> None:
    at = scene(stores={"c": (row(OLD),)})
    checked(SAME, at._replace(proven=True))
    checked(SAME, at._replace(pin="ca"))
    assert code(SAME, scene(pin="ca", stores={"c": (row(cert("Issuing", ca=True)),)})) == "same_cn_overwrites"
    checked(SAME, scene(pin="ca", stores={"c": (row(ISSUING),)}))
    own = cert(HOST, names=(HOST,))
    assert code(own, scene(pin="ca"), ()) == "pin_ca"


def test_a_wish_is_judged_without_dates() -> None:
    assert check_use(scene(), cert(CN, names=(HOST,), days=(10, 20)), ()) == ()


# --- chain ------------------------------------------------------------------------------------------------------------


def test_a_chain_in_any_order_from_file_and_device() -> None:
    assert chain_of(Given(NEW, (ROOT, ISSUING)), (), "asa1") == CHAIN
    assert chain_of(Given(NEW), (ROOT, ISSUING), "asa1") == CHAIN
    assert chain_of(Given(NEW, (ISSUING,)), (ROOT,), "asa1") == CHAIN
    assert chain_of(Given(cert("self", names=(HOST,))), (), "asa1") == ()


def test_of_twins_the_one_that_came_along_then_the_longest() -> None:
    renewed = cert("Issuing", "Root", ca=True, days=(-10, 2500))
    assert chain_of(Given(NEW, (ROOT,)), (ISSUING, renewed), "asa1")[0] == renewed
    assert chain_of(Given(NEW, (ROOT, ISSUING)), (renewed,), "asa1")[0] == ISSUING


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((), "no CA certificate that signed it"),
        ((ISSUING,), "no CA certificate that signed it"),
        ((ROOT,), "no CA certificate that signed it"),
        ((ROOT, cert("Issuing", "Root", ca=True, own="impostor")), "another CA"),
        ((ROOT, cert("Issuing", "Root", ca=False)), "no CA"),
        ((ISSUING, cert("Root", ca=True, own="impostor")), "another CA"),
        ((ISSUING, cert("Root", "impostor", ca=True, issuer_cn="Root")), "is not right"),
    ],
    ids=["nothing", "no root", "a gap", "impostor", "no CA", "another root", "a root that did not sign itself"],
)
def test_a_chain_that_is_not_whole(more: tuple[X509, ...], words: str) -> None:
    with pytest.raises(ChangeRefused) as caught:
        chain_of(Given(NEW, more), (), "asa1")
    assert caught.value.code == "chain_incomplete"
    assert words in caught.value.what


def test_a_circle_of_names_ends() -> None:
    one, other = cert("One", "Other", ca=True), cert("Other", "One", ca=True)
    leaf = cert("leaf", "One", (HOST,))
    with pytest.raises(ChangeRefused) as caught:
        chain_of(Given(leaf, (one, other)), (), "asa1")
    assert caught.value.code == "chain_incomplete"


def test_what_is_no_part_of_the_chain_is_told() -> None:
    stray = cert("Stray", ca=True)
    assert any("Stray" in line and "no part" in line for line in checked(more=(ISSUING, stray)))


def test_nobody_knows_the_old_certificate() -> None:
    at = scene(asa=renewal(old=None), stores={"c": None})
    assert any("was not gathered" in line for line in checked(SAME, at, old=None))
