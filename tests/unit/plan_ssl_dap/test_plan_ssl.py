"""Cipher lists of the profile: what is sent on each release, what is refused, and what goes back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput, DeviceRefused, VpnPhoneError
from ansible.module_utils.vpnphone.model import AsaState, Desired, SslCipherRule, SslStatus, SslSuites
from ansible.module_utils.vpnphone.plan import management
from ansible.module_utils.vpnphone.plan.area import AreaPlan
from ansible.module_utils.vpnphone.plan.ssl import ssl_plan

from tests.unit.controls.builders import PHONE_SUITES, change, edit, on, phone_model, without
from tests.unit.plan_ssl_dap.kit import DOCUMENT, NEW, OLD, RELEASES, TABLE, accepts, box, desired, device, plan

DOCUMENT_LINE = 'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"'
DTLS_LINE = 'ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"'


def refused(state: AsaState, wanted: Desired, **more: Any) -> VpnPhoneError:
    with pytest.raises(VpnPhoneError) as caught:
        plan(state, wanted, **more)
    return caught.value


def after(state: AsaState, wanted: Desired) -> AsaState:
    """The device with the lists of the profile in force, as `show running-config all ssl` then prints them."""
    assert state.ssl and wanted.ssl
    found = plan(state, wanted)
    if state.ssl.encryption:
        tokens = found.steps[0].command.split()[2:]
        return edit(state, "ssl", encryption=tuple(tokens))
    lists = wanted.ssl.ciphers
    rules = {rule.protocol: rule for rule in state.ssl.ciphers}
    rules |= {word: SslCipherRule(protocol=word, level="custom", suites=names) for word, names in lists.items()}
    return edit(state, "ssl", ciphers=tuple(rules.values()))


# --- what is sent ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_is_said_without_lists(release: str) -> None:
    assert plan(device(release), Desired(tunnel_group_name="VPNPhone")) == AreaPlan()
    assert plan(device(release), desired()) == AreaPlan()


@pytest.mark.parametrize("release", OLD)
def test_old_releases_get_one_line_and_keep_their_tokens(release: str) -> None:
    found = plan(device(release), desired(dtlsv1=PHONE_SUITES))
    assert [step.command for step in found.steps] == ["ssl encryption aes256-sha1 aes128-sha1 rc4-sha1 3des-sha1"]
    assert found.steps[0].inverse == ("ssl encryption rc4-sha1 aes128-sha1 aes256-sha1 3des-sha1",)
    assert found.steps[0].mode == () and found.steps[0].area == "ssl" and found.steps[0].controls == ("VPNP-123",)
    assert "every TLS client" in found.steps[0].hits and "ASDM" in found.steps[0].hits
    assert found.manual == () and found.dap_file is None


def test_old_lists_are_joined_in_the_users_order_and_tokens_are_names_too() -> None:
    wanted = desired(tlsv1=("aes128-sha1",), dtlsv1=("AES256-SHA", "aes128-sha1", "rc4-sha1"))
    [step] = plan(device("9.1(1)"), wanted).steps
    assert step.command == "ssl encryption aes128-sha1 aes256-sha1 rc4-sha1 3des-sha1"


@pytest.mark.parametrize("release", NEW)
def test_new_releases_get_a_line_a_protocol_dtls_first(release: str) -> None:
    found = plan(device(release), desired(tlsv1_2=DOCUMENT, dtlsv1=PHONE_SUITES))
    assert [step.command for step in found.steps] == [DTLS_LINE, DOCUMENT_LINE]
    assert [step.inverse for step in found.steps] == [("ssl cipher dtlsv1 medium",), ("ssl cipher tlsv1.2 medium",)]
    dtls, tls = found.steps
    assert "DTLS client" in dtls.hits and "every TLS client" in tls.hits
    assert "it replaces `ssl cipher tlsv1.2 medium`" in tls.hits
    assert tls.controls == (("VPNP-123",) if release == "9.3(2)" else ("VPNP-121", "VPNP-122", "VPNP-123"))
    assert dtls.controls == ("VPNP-123",)


def test_what_clients_lose_is_told() -> None:
    [step] = plan(device("9.16(4)"), desired(tlsv1_2=DOCUMENT)).steps
    assert "no longer accepted: AES128-GCM-SHA256, AES128-SHA256," in step.hits
    assert "ECDHE-RSA-AES256-GCM-SHA384" in step.hits and "AES256-SHA," not in step.hits
    [same] = plan(device("9.16(4)"), desired(tlsv1=(*DOCUMENT, "DES-CBC3-SHA"))).steps
    assert "nothing is taken away" in same.hits
    blind = without(device("9.16(4)"), "ssl_suites")
    [unknown] = plan(blind, desired(dtlsv1=PHONE_SUITES)).steps
    assert "what was accepted until now is not known" in unknown.hits


def test_the_order_of_the_user_is_kept() -> None:
    wanted = ("AES128-SHA", "DHE-RSA-AES128-SHA", "AES256-SHA")
    [step] = plan(device("9.16(4)"), desired(tlsv1_2=wanted)).steps
    assert step.command == 'ssl cipher tlsv1.2 custom "AES128-SHA:DHE-RSA-AES128-SHA:AES256-SHA"'
    standing = after(device("9.16(4)"), desired(tlsv1_2=wanted))
    assert plan(standing, desired(tlsv1_2=wanted)).steps == ()
    [other] = plan(standing, desired(tlsv1_2=tuple(reversed(wanted)))).steps
    assert other.inverse == ('ssl cipher tlsv1.2 custom "AES128-SHA:DHE-RSA-AES128-SHA:AES256-SHA"',)


def test_the_default_word_is_sent_last_and_concerns_the_asa_itself() -> None:
    found = plan(device("9.16(4)"), desired(default=PHONE_SUITES, tlsv1=PHONE_SUITES))
    assert [step.command.split()[2] for step in found.steps] == ["tlsv1", "default"]
    assert "this ASA itself opens" in found.steps[1].hits and found.steps[1].controls == ("VPNP-123",)


def test_a_level_that_holds_the_same_is_made_explicit() -> None:
    [step] = plan(device("9.3(2)"), desired(tlsv1=("DHE-RSA-AES256-SHA", *DOCUMENT))).steps
    assert step.command.startswith("ssl cipher tlsv1 custom ")
    assert step.command.count("DHE-RSA-AES256-SHA") == 1  # named twice, sent once


@pytest.mark.parametrize("rules", [(), (SslCipherRule(protocol="tlsv1.2", level="medium"),)])
def test_a_line_that_is_not_printed_is_taken_back_with_no(rules: tuple[SslCipherRule, ...]) -> None:
    state = edit(device("9.16(4)"), "ssl", ciphers=rules, defaults_shown=bool(rules))
    [step] = plan(state, desired(dtlsv1=PHONE_SUITES)).steps
    assert step.inverse == ("no ssl cipher dtlsv1",)


def test_the_old_level_comes_back_even_fips() -> None:
    fips = tuple(SslCipherRule(protocol=word, level="fips") for word in ("tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1"))
    state = edit(without(device("9.4(1)"), "ssl_suites"), "ssl", ciphers=fips)
    [step] = plan(state, desired(tlsv1=PHONE_SUITES)).steps
    assert step.inverse == ("ssl cipher tlsv1 fips",) and "replaces `ssl cipher tlsv1 fips`" in step.hits


def test_old_default_tokens_are_read_from_show_ssl() -> None:
    state = edit(device("9.1(1)"), "ssl", encryption=())
    [step] = plan(state, desired(tlsv1=PHONE_SUITES)).steps
    assert step.command == "ssl encryption aes256-sha1 aes128-sha1 rc4-sha1 3des-sha1"
    assert step.inverse == ("no ssl encryption",)
    blind = without(state, "ssl_status")
    assert refused(blind, desired(tlsv1=PHONE_SUITES)).code == "state_unknown"


LISTS = [
    desired(dtlsv1=PHONE_SUITES),
    desired(tlsv1=PHONE_SUITES, dtlsv1=PHONE_SUITES),
    desired(tlsv1=("aes256-sha1",), dtlsv1=("3des-sha1", "aes256-sha1"), default=("AES128-SHA",)),
]


@pytest.mark.parametrize("wanted", LISTS)
@pytest.mark.parametrize("release", RELEASES)
def test_inverse_in_reverse_gives_the_old_configuration(release: str, wanted: Desired) -> None:
    state = device(release)
    found = plan(state, wanted)
    assert found.steps
    configuration, old = box(state), dict(box(state).lines)
    configuration.apply(found.steps)
    assert configuration.lines != old
    configuration.undo(found.steps)
    assert configuration.lines == old
    # Every prefix of it too: that is what a refusal in the middle leaves.
    for applied in range(len(found.steps)):
        configuration.apply(found.steps[:applied])
        configuration.undo(found.steps[:applied])
        assert configuration.lines == old


@pytest.mark.parametrize("wanted", LISTS)
@pytest.mark.parametrize("release", RELEASES)
def test_the_simulator_knows_every_line(release: str, wanted: Desired) -> None:
    for step in plan(device(release), wanted).steps:
        accepts(release, step)


@pytest.mark.parametrize("release", RELEASES)
def test_a_second_run_has_nothing_to_do(release: str) -> None:
    wanted = desired(tlsv1=DOCUMENT[:2], dtlsv1=PHONE_SUITES)
    state = after(device(release), wanted)
    assert plan(state, wanted) == AreaPlan()


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "wanted", "code"),
    [
        ("9.16(4)", desired(tlsv1_2=("AES512-SHA",)), "cipher_unknown"),
        ("9.16(4)", desired(tlsv1_2=("AES256-SHA:AES128-SHA",)), "cipher_unknown"),
        ("9.16(4)", desired(tlsv1_2=('AES256-SHA"\nno webvpn',)), "cipher_unknown"),
        ("9.16(4)", desired(tlsv1_2=("AES256-SHA?",)), "cipher_unknown"),
        ("9.16(4)", desired(tlsv1_2=("!NULL",)), "cipher_unknown"),
        ("9.3(2)", desired(tlsv1_2=("ECDHE-RSA-AES256-GCM-SHA384", "AES256-SHA")), "cipher_unknown"),
        ("9.16(4)", desired(tlsv1=("AES256-SHA", "NULL-SHA")), "cipher_unknown"),
        ("9.1(1)", desired(tlsv1=("AES256-GCM-SHA384",)), "cipher_unknown"),
        ("9.1(1)", desired(tlsv1=("AES256-SHA", "dhe-aes256-sha1")), "cipher_unknown"),
        ("9.3(2)", desired(dtlsv1_2=PHONE_SUITES), "cipher_protocol_unknown"),
        ("9.16(4)", desired(tlsv1_3=("TLS_AES_256_GCM_SHA384",)), "cipher_protocol_unknown"),
        ("9.1(1)", desired(tlsv9=PHONE_SUITES), "cipher_protocol_unknown"),
        ("9.16(4)", desired(sslv3=PHONE_SUITES), "cipher_protocol_unknown"),
        ("9.16(4)", desired(tlsv1=()), "cipher_list"),
        ("9.16(4)", desired(default=()), "cipher_list"),
        ("9.16(4)", desired(tlsv1=PHONE_SUITES, TLSv1=PHONE_SUITES), "cipher_list"),
        ("9.16(4)", desired(dtlsv1=("AES256-GCM-SHA384",)), "cipher_list"),
        ("9.16(4)", desired(tlsv1=("RC4-SHA",)), "cipher_locks_phones_out"),
        ("9.16(4)", desired(dtlsv1=("DHE-RSA-AES256-SHA",)), "cipher_locks_phones_out"),
        ("9.16(4)", desired(tlsv1_2=("RC4-SHA",)), "cipher_locks_management_out"),
    ],
)
def test_refused(release: str, wanted: Desired, code: str) -> None:
    error = refused(device(release), wanted)
    assert isinstance(error, BadInput)
    assert error.code == code and error.what and error.where.startswith("profile.ssl.ciphers") and error.todo
    assert "\n" not in str(error)


def test_too_long_a_list_is_refused() -> None:
    names = tuple(f"MADE-UP-SUITE-NUMBER-{number:02}" for number in range(20))
    state = change(device("9.16(4)"), ssl_suites=(SslSuites(protocol="tlsv1.2", level="medium", suites=names),))
    fits = ("AES256-SHA", "AES128-SHA", *names[:19])
    assert len(":".join(fits)) == 477
    assert plan(state, desired(tlsv1_2=fits)).steps
    assert len(":".join((*fits, "RC4-SHA", "RC4-MD5"))) == 493
    assert plan(state, desired(tlsv1_2=(*fits, "RC4-SHA", "RC4-MD5"))).steps
    assert refused(state, desired(tlsv1_2=(*fits, "RC4-SHA", "DES-CBC-SHA"))).code == "cipher_list"


def test_who_is_locked_out_is_named_and_how_to_keep_him() -> None:
    error = refused(device("9.16(4)"), desired(tlsv1=("DHE-RSA-AES256-SHA",)), models=("7962G",))
    assert "7962G TLS: no shared cipher on tlsv1: the phone offers AES256-SHA AES128-SHA" in error.what
    assert error.todo == 'This keeps them in: `ssl cipher tlsv1 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA"`.'


def test_only_models_in_use_count() -> None:
    newer = phone_model(model="8861", tls_versions=("TLSv1.2",), tls_suites=("AES256-SHA",), dtls_versions=("DTLSv1",))
    table = (*TABLE, newer)
    lists = desired(tlsv1=("DHE-RSA-AES256-SHA",))
    assert refused(device("9.16(4)"), lists, table=table).code == "cipher_locks_phones_out"
    assert plan(device("9.16(4)"), lists, table, ("8861",)).steps


def test_phones_that_stay_out_without_a_list_of_their_own_are_named() -> None:
    """The profile has a list for TLS 1.2 alone, and DTLS has nothing for phones: the end would still be wrong."""
    state = device("9.16(4)")
    assert state.ssl
    rules = tuple(
        SslCipherRule(protocol="dtlsv1", level="custom", suites=("DHE-RSA-AES256-SHA",))
        if r.protocol == "dtlsv1"
        else r
        for r in state.ssl.ciphers
    )
    error = refused(edit(state, "ssl", ciphers=rules), desired(tlsv1_2=DOCUMENT))
    assert "7962G DTLS" in error.what and "ssl cipher dtlsv1 custom" in error.todo


def test_lists_that_stand_are_refused_too_where_they_lock_out() -> None:
    state = edit(
        device("9.16(4)"), "ssl", ciphers=(SslCipherRule(protocol="tlsv1", level="custom", suites=("RC4-SHA",)),)
    )
    assert refused(state, desired(tlsv1=("RC4-SHA",))).code == "cipher_locks_phones_out"


def test_an_old_device_without_suites_of_phones_takes_them() -> None:
    status = SslStatus(enabled_ciphers=("rc4-sha1",), disabled_ciphers=("aes128-sha1", "aes256-sha1", "3des-sha1"))
    state = change(edit(device("9.1(1)"), "ssl", encryption=("rc4-sha1",)), ssl_status=status)
    [step] = plan(state, desired(tlsv1=PHONE_SUITES)).steps
    assert step.command == "ssl encryption aes256-sha1 aes128-sha1 rc4-sha1"
    assert refused(state, desired(tlsv1=("3des-sha1",))).code == "cipher_locks_phones_out"


def test_a_self_signed_certificate_in_place_of_the_configured_one_locks_out() -> None:
    ec = phone_model(
        model="8861",
        tls_versions=("TLSv1.2",),
        tls_suites=("ECDHE-ECDSA-AES256-GCM-SHA384", "AES256-SHA"),
        dtls_suites=("AES256-SHA",),
        dtls_versions=("DTLSv1",),
        ecdsa=True,
    )
    narrow = after(device("9.4(1)"), desired(tlsv1_2=DOCUMENT))
    wide = desired(tlsv1_2=("ECDHE-ECDSA-AES256-GCM-SHA384", *DOCUMENT))
    error = refused(narrow, wide, table=(*TABLE, ec))
    assert error.code == "cipher_locks_phones_out" and "8861" in error.what and "self-signed" in error.what
    # On a build of which the fix is not known it is a person's question.
    later = on("9.16(4)", (9, 16, 4, 0), narrow)
    found = plan(later, wide, (*TABLE, ec))
    assert found.steps and any("configured certificate" in step.what for step in found.manual)


@pytest.mark.parametrize("section", ["ssl", "version"])
def test_what_was_not_learned_is_not_guessed(section: str) -> None:
    error = refused(without(device("9.16(4)"), section), desired(tlsv1=PHONE_SUITES))
    assert isinstance(error, DeviceRefused) and error.code == "state_unknown" and "show " in error.what


@pytest.mark.parametrize("text", ["201.3(11)24", "unknown"])
def test_an_engineering_build_is_not_guessed(text: str) -> None:
    release = (201, 3, 11, 24) if text != "unknown" else None
    assert refused(on(text, release, device("9.16(4)")), desired(tlsv1=PHONE_SUITES)).code == "state_unknown"


def test_an_empty_phone_table_decides_nothing() -> None:
    assert refused(device("9.16(4)"), desired(tlsv1=PHONE_SUITES), table=()).code == "phone_models"


@pytest.mark.parametrize(
    "rule",
    [
        SslCipherRule(protocol="tlsv1", level="medium?"),
        SslCipherRule(protocol="tlsv1", level='high"'),
        SslCipherRule(protocol="tlsv1", level="custom", suites=("AES256-SHA", "A;B")),
        SslCipherRule(protocol="tlsv1", level="custom", suites=("AES256-SHA", "A\nreload")),
    ],
)
def test_hostile_words_of_the_device_are_not_sent_back(rule: SslCipherRule) -> None:
    state = edit(device("9.16(4)"), "ssl", ciphers=(rule,))
    error = refused(state, desired(tlsv1=PHONE_SUITES))
    assert error.code == "name_refused" and "\n" not in str(error)


def test_hostile_tokens_of_an_old_device_are_not_sent_back() -> None:
    state = edit(device("9.1(1)"), "ssl", encryption=("aes128-sha1", "x;y"))
    assert refused(state, desired(tlsv1=PHONE_SUITES)).code == "name_refused"


def test_a_list_with_openssl_words_comes_back_as_it_was() -> None:
    rule = SslCipherRule(protocol="tlsv1", level="custom", suites=("HIGH", "!NULL", "AES256-SHA", "@STRENGTH"))
    state = edit(device("9.16(4)"), "ssl", ciphers=(rule,))
    [step] = plan(state, desired(tlsv1=PHONE_SUITES)).steps
    assert step.inverse == ('ssl cipher tlsv1 custom "HIGH:!NULL:AES256-SHA:@STRENGTH"',)


# --- what is left to a person ---------------------------------------------------------------------------------------


def test_a_suite_that_only_the_device_names_is_known() -> None:
    shown = SslSuites(protocol="tlsv1.2", level="medium", suites=(*DOCUMENT, "ECDHE-RSA-CHACHA20-POLY1305"))
    state = change(device("9.16(4)"), ssl_suites=(shown,))
    [step] = plan(state, desired(tlsv1_2=(*DOCUMENT, "ECDHE-RSA-CHACHA20-POLY1305"))).steps
    assert step.command.endswith(':ECDHE-RSA-CHACHA20-POLY1305"')


def test_a_model_that_the_table_does_not_tell_is_left_to_a_person() -> None:
    found = plan(device("9.16(4)"), desired(tlsv1_2=DOCUMENT), TABLE, ("7962G", "8861"))
    assert found.steps
    [step] = found.manual
    assert "8861 TLS" in step.what and "8861 DTLS" in step.what and "7962G" not in step.what
    assert "UNKNOWN" in step.why and "fill the row of 8861" in step.steps[0]


def test_dtls_without_a_suite_that_tls_may_choose_is_left_to_a_person() -> None:
    newer = phone_model(
        model="8861", tls_versions=("TLSv1.2",), tls_suites=DOCUMENT, dtls_suites=DOCUMENT, dtls_versions=("DTLSv1",)
    )
    found = plan(device("9.16(4)"), desired(tlsv1_2=DOCUMENT, dtlsv1=PHONE_SUITES), (newer,))
    [step] = found.manual
    assert "8861 DTLS" in step.what and "TLS may settle on DHE-RSA-AES128-SHA DHE-RSA-AES256-SHA" in step.why
    assert plan(device("9.16(4)"), desired(tlsv1_2=DOCUMENT, dtlsv1=DOCUMENT), (newer,)).manual == ()


def test_weak_suites_are_told() -> None:
    [step] = plan(device("9.16(4)"), desired(tlsv1=(*PHONE_SUITES, "RC4-SHA", "DES-CBC3-SHA"))).manual
    assert step.controls == ("VPNP-124",) and step.steps == (
        "profile.ssl.ciphers.tlsv1: take out RC4-SHA, DES-CBC3-SHA",
    )


# --- management -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", RELEASES)
def test_a_new_box_can_be_managed(release: str) -> None:
    assert management.reachable(device(release)) is True


def test_management_is_not_known_where_the_ciphers_are_not() -> None:
    blind = edit(without(device("9.19(1)"), "ssl_suites"), "ssl", ciphers=(), server_version=())
    assert management.reachable(blind) is None
    assert management.reachable(without(device("9.16(4)"), "version")) is None


def test_a_browser_on_tls_1_3_is_not_told_from_the_lists_of_tls_1_2() -> None:
    state = device("9.19(1)")
    found = plan(state, desired(tlsv1_2=("RC4-SHA",)))
    assert [step.what for step in found.manual if "ASDM" in step.what]


def test_lists_of_an_old_box_that_only_its_own_days_can_use() -> None:
    state = edit(device("9.1(1)"), "ssl", encryption=("rc4-md5",))
    assert management.reachable(state) is True
    assert management.reachable(edit(state, "ssl", encryption=("null-sha1",))) is False


def test_what_stays_out_already_does_not_stop_a_change() -> None:
    state = edit(device("9.16(4)"), "ssl", server_version=("tlsv1.2", "dtlsv1"))
    only = SslCipherRule(protocol="tlsv1.2", level="custom", suites=("RC4-SHA",))
    assert state.ssl
    others = tuple(rule for rule in state.ssl.ciphers if rule.protocol != "tlsv1.2")
    locked = edit(state, "ssl", ciphers=(*others, only))
    assert management.reachable(locked) is False
    assert plan(locked, desired(dtlsv1=PHONE_SUITES)).steps


def test_the_state_itself_is_left_alone() -> None:
    state = device("9.16(4)")
    copy = msgspec.json.encode(state)
    ssl_plan(state, desired(tlsv1_2=DOCUMENT), TABLE, ())
    assert msgspec.json.encode(state) == copy
