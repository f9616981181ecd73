"""Every question of the certificate commands, and every one that nobody expected."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, DeviceRefused, DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.transport.asa_dialogue import (
    REPLACE_KEY,
    DialogueRefused,
    paste_lines,
    request_in,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.renewal_certificate.fake_asa import INVITED, talk

KEY = "crypto key generate rsa label NEW modulus 2048"
AUTHENTICATE = "crypto ca authenticate NEW"
ENROLL = "crypto ca enroll NEW"
IMPORT = "crypto ca import NEW certificate"
PKCS12 = "crypto ca import NEW pkcs12"
EXPORT = "crypto ca export NEW identity-certificate"
CANARY = "Canary9Passphrase"

DER = b"a certificate, as far as its fingerprint goes"
BODY = ["MIIB" + "A" * 60, "B" * 64, "QUJDRA=="]
PEM = "\n".join(["-----BEGIN CERTIFICATE-----", *BODY, "-----END CERTIFICATE-----", ""])
REQUEST = "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *BODY, "-----END CERTIFICATE REQUEST-----", ""])
FQDN = (
    "\n%WARNING: The certificate enrollment is configured with an fqdn\nthat differs from the system fqdn. If this"
    " certificate will be\nused for VPN authentication this may cause connection problems.\n\nWould you like to"
    " continue with this enrollment? [yes/no]: "
)
SERIAL = "% Include the device serial number in the subject name? [yes/no]: "
DISPLAY = "Display Certificate Request to terminal? [yes/no]: "
AGAIN = (
    "\nWARNING: Trustpoint NEW has already enrolled and has\na device cert issued to it.\nIf you successfully re-enroll"
    " this trustpoint,\nthe current certificate will be replaced.\n\nDo you want to continue with re-enrollment?"
    " [yes/no]: "
)


def md5(der: bytes = DER) -> str:
    digest = hashlib.md5(der, usedforsecurity=False).hexdigest()
    return " ".join(digest[at : at + 8] for at in range(0, 32, 8))


def attributes(fingerprint: str) -> str:
    return (
        f"\nINFO: Certificate has the following attributes:\nFingerprint:     {fingerprint} \n"
        "Do you accept this certificate? [yes/no]: "
    )


ASK_CA = (f"Enter the base 64 encoded CA certificate.\n{INVITED}", True)
ACCEPTED = ("\nTrustpoint CA certificate accepted.\n\n% Certificate successfully imported\n", False)


# --- what is expected -------------------------------------------------------------------------------------------------


def test_a_key_is_made_and_one_that_is_there_stays() -> None:
    begun = "INFO: The name for the keys will be: NEW\nKeypair generation process begin. Please wait...\n"
    asa, _, typed = talk(KEY, (begun, False))
    assert "Keypair generation" in asa.make_key(KEY).body
    assert typed() == ["configure terminal", KEY]
    there = "% You already have RSA or ECDSA keys named NEW.\n\n% Do you really want to replace them? [yes/no]: "
    asa, script, _ = talk(KEY, (there, True), ("", False))
    assert asa.make_key(KEY).was_asked(REPLACE_KEY)
    assert script.answers == ["no"]


@pytest.mark.parametrize(
    "told",
    [md5(), md5().upper(), hashlib.sha1(DER, usedforsecurity=False).hexdigest(), hashlib.sha256(DER).hexdigest()],
    ids=["MD5", "upper", "SHA-1", "SHA-256"],
)
def test_a_ca_is_accepted_by_its_fingerprint(told: str) -> None:
    asa, script, typed = talk(AUTHENTICATE, ASK_CA, (attributes(told), True), ACCEPTED)
    asa.authenticate(AUTHENTICATE, PEM, DER)
    assert script.pasted == PEM.split("\n")[:-1]
    assert script.answers == ["yes"]
    assert typed()[-2:] == ["quit", "yes"]


@pytest.mark.parametrize("told", [md5(b"another"), "", "(MD5)", "0" * 32])
def test_a_ca_of_another_fingerprint_is_not_accepted(told: str) -> None:
    refused = ("Trustpoint CA certificate not accepted.\n", False)
    asa, script, _ = talk(AUTHENTICATE, ASK_CA, (attributes(told), True), refused)
    with pytest.raises(DialogueRefused) as caught:
        asa.authenticate(AUTHENTICATE, PEM, DER)
    assert caught.value.code == "fingerprint_differs"
    assert script.answers == ["no"]


PRINTED = f"Certificate Request follows:\n{REQUEST}\n---End - This line not part of the certificate request---\n\n"
REDISPLAY = (f"{PRINTED}Redisplay enrollment request? [yes/no]: ", True)


@pytest.mark.parametrize(
    ("turns", "answers"),
    [
        ([(SERIAL, True), (DISPLAY, True), REDISPLAY, ("", False)], ["no", "yes", "no"]),
        ([(FQDN, True), (SERIAL, True), (DISPLAY, True), REDISPLAY, ("", False)], ["yes", "no", "yes", "no"]),
        ([(SERIAL, True), (DISPLAY, True), (PRINTED, False)], ["no", "yes"]),
        ([(PRINTED, False)], []),
        ([(DISPLAY, True), (SERIAL, True), REDISPLAY, ("", False)], ["yes", "no", "no"]),
    ],
    ids=["lab", "another name", "no redisplay", "no question", "another order"],
)
def test_a_request_is_read(turns: list[tuple[str, bool]], answers: list[str]) -> None:
    asa, script, _ = talk(ENROLL, *turns)
    assert asa.request(ENROLL) == REQUEST
    assert script.answers == answers


def test_a_request_without_its_frame_is_read_too() -> None:
    bare = "Certificate Request follows:\n" + "\n".join(BODY) + "\n---End - This line not part of the request---\n"
    asa, _, _ = talk(ENROLL, (SERIAL, True), (DISPLAY, True), (bare, False))
    assert asa.request(ENROLL) == REQUEST


@pytest.mark.parametrize("body", ["", "% Certificate request sent\n", f"{REQUEST}{REQUEST}"])
def test_no_request_or_two(body: str) -> None:
    asa, _, _ = talk(ENROLL, (body, False))
    with pytest.raises(DialogueRefused) as caught:
        asa.request(ENROLL)
    assert caught.value.code == "request_unreadable"


@pytest.mark.parametrize("self_signed", [False, True])
def test_what_is_enrolled_is_not_enrolled_again(self_signed: bool) -> None:
    asa, script, _ = talk(ENROLL, (AGAIN, True), ("", False))
    with pytest.raises(DialogueRefused) as caught:
        asa.sign_itself(ENROLL) if self_signed else asa.request(ENROLL)
    assert caught.value.code == "trustpoint_taken"
    assert script.answers == ["no"]


def test_a_self_signed_certificate() -> None:
    asa, script, _ = talk(ENROLL, (SERIAL, True), ("\nGenerate Self-Signed Certificate? [yes/no]: ", True), ("", False))
    asa.sign_itself(ENROLL)
    assert script.answers == ["no", "yes"]


@pytest.mark.parametrize("asked", [False, True])
def test_an_import_is_pasted_line_by_line(asked: bool) -> None:
    invited = (f"Enter the base 64 encoded certificate.\n{INVITED}", True)
    turns = [(FQDN, True), invited] if asked else [invited]
    asa, script, _ = talk(IMPORT, *turns, ("\nINFO: Certificate successfully imported\n", False))
    assert "successfully imported" in asa.import_certificate(IMPORT, PEM).body
    assert script.pasted == PEM.split("\n")[:-1]


def test_an_export_is_read() -> None:
    asa, _, _ = talk(EXPORT, (f"\nThe PEM encoded identity certificate follows:\n\n{PEM}", False))
    assert asa.export(EXPORT) == PEM.rstrip("\n")


@pytest.mark.parametrize("body", ["", f"{PEM}\n{PEM}", "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n"])
def test_an_export_that_is_none(body: str) -> None:
    asa, _, _ = talk(EXPORT, (body, False))
    with pytest.raises(DialogueRefused) as caught:
        asa.export(EXPORT)
    assert caught.value.code == "export_unreadable"


def test_removals_are_confirmed() -> None:
    gone = "WARNING: Removing an enrolled trustpoint will destroy all\ncertificates received from the related"
    gone += " Certificate Authority.\n\nAre you sure you want to do this? [yes/no]: "
    asa, script, _ = talk("no crypto ca trustpoint NEW", (gone, True), ("", False))
    asa.remove_trustpoint("no crypto ca trustpoint NEW")
    assert script.answers == ["yes"]
    keys = "WARNING: All RSA keys will be removed.\nDo you really want to remove these keys? [yes/no]: "
    asa, script, _ = talk("crypto key zeroize rsa label NEW", (keys, True), ("", False))
    asa.remove_key("crypto key zeroize rsa label NEW")
    assert script.answers == ["yes"]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refusal",
    [
        "ERROR: Failed to parse or verify imported certificate",
        "ERROR: Trustpoint NEW does not exist.",
        "% Error in receiving Certificate Authority certificate: status = FAIL, cert length = 0",
        "Command authorization failed",
    ],
)
def test_a_refusal_behind_a_long_paste_is_seen(refusal: str) -> None:
    invited = (f"Enter the base 64 encoded certificate.\n{INVITED}", True)
    asa, _, _ = talk(IMPORT, invited, (f"{refusal}\n", False))
    with pytest.raises(DialogueRefused) as caught:
        asa.import_certificate(IMPORT, PEM + "\n".join(BODY * 9))
    assert caught.value.code == "command_refused"
    assert not caught.value.unreachable
    assert refusal[:30] in caught.value.what


def test_the_session_goes_on_after_a_refusal() -> None:
    asa, _, typed = talk(EXPORT, ("ERROR: Trustpoint NEW has no identity certificate.\n", False))
    with pytest.raises(DialogueRefused):
        asa.export(EXPORT)
    asa.end_configuration()
    assert typed()[-1] == "end"


QUESTIONS = [
    "Password: ",
    "Re-enter password: ",
    "Request certificate from CA? [yes/no]: ",
    "Enrollment request already pending. Cancel it? [yes/no]: ",
    "Proceed? [confirm]",
    "% Do you really want to erase the configuration? [yes/no]: ",
    "Would you like to continue? [yes/no]: ",
]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("name", ["make_key", "request", "sign_itself", "export", "remove_key", "remove_trustpoint"])
def test_a_question_that_nobody_expected(question: str, name: str) -> None:
    asa, script, typed = talk("do it", (f"Something.\n{question}", True), ("", False))
    with pytest.raises(DeviceRefused) as caught:
        getattr(asa, name)("do it")
    assert caught.value.code == "question_unknown"
    assert question.strip()[:20] in caught.value.what
    assert script.answers == []
    with pytest.raises(DeviceUnreachable):
        asa.end_configuration()
    asa.cleanup()
    # Not even the `exit` of a log-off, which would be an answer.
    assert typed() == ["configure terminal", "do it"]


def test_a_known_question_that_comes_again_is_not_answered_again() -> None:
    asa, script, _ = talk(ENROLL, (SERIAL, True), (SERIAL, True), ("", False))
    with pytest.raises(DeviceRefused) as caught:
        asa.request(ENROLL)
    assert caught.value.code == "question_unknown"
    assert script.answers == ["no"]


def test_an_invitation_to_paste_that_nobody_expected() -> None:
    asa, script, _ = talk(ENROLL, (f"Enter something.\n{INVITED}", True))
    with pytest.raises(DeviceRefused) as caught:
        asa.request(ENROLL)
    assert caught.value.code == "question_unknown"
    assert script.pasted == []


def test_a_device_that_falls_silent_in_the_paste() -> None:
    asa, _, _ = talk(IMPORT, ("Enter the base 64 encoded certificate.\n", True))
    with pytest.raises(DeviceUnreachable) as caught:
        asa.import_certificate(IMPORT, PEM)
    assert caught.value.code == "timeout_command"
    assert "AAAA" not in str(caught.value)


def test_a_prompt_in_the_middle_of_the_paste_ends_it() -> None:
    """A device that gives up at the first line must not be typed base64 at its prompt."""
    asa, script, typed = talk(IMPORT, (f"Enter the base 64 encoded certificate.\n{INVITED}", True))
    reply = script.__call__

    def early(line: str) -> tuple[str, str]:
        if script.pasting:
            script.pasting = script.open = False
            return "ERROR: receiving base 64 encoded certificate\n", "fw(config)#"
        return reply(line)

    asa.remote_conn.reply = early
    with pytest.raises(DialogueRefused):
        asa.import_certificate(IMPORT, PEM)
    assert typed()[-1] == "-----BEGIN CERTIFICATE-----"


# --- secrets ----------------------------------------------------------------------------------------------------------

IMPORTED = ("\nINFO: Import PKCS12 operation completed successfully.\n", False)
ASK_PKCS12 = ('\nEnter the base 64 encoded pkcs12.\nEnd with the word "quit" on a line by itself:\n', True)


def test_a_pkcs12_is_imported() -> None:
    asa, script, typed = talk(f"{PKCS12} {CANARY}", (ASK_PKCS12[0] + "\n", True), IMPORTED)
    script.turns[0] = (f"\nEnter the base 64 encoded pkcs12.\n{INVITED}", True)
    asa.import_pkcs12(PKCS12, CANARY, "\n".join(BODY))
    assert script.pasted == BODY
    assert typed()[1] == f"{PKCS12} {CANARY}"


@pytest.mark.parametrize(
    "turns",
    [
        [("ERROR: Import PKCS12 operation failed\n", False)],
        [(f"ERROR: Import with {CANARY} failed\n", False)],
        [(f"ERROR: % Invalid input {CANARY[3:9]} ...\n", False)],
        [(f"What is {CANARY}? [yes/no]: ", True)],
        [("Password: ", True)],
        [("nothing that ends", True)],
    ],
    ids=["refused", "quoted", "quoted in part", "question", "password", "silence"],
)
def test_the_passphrase_is_in_no_message(turns: list[tuple[str, bool]]) -> None:
    asa, _, _ = talk(f"{PKCS12} {CANARY}", *turns)
    with pytest.raises(VpnPhoneError) as caught:
        asa.import_pkcs12(PKCS12, CANARY, "\n".join(BODY))
    text = f"{caught.value} {caught.value.as_dict()} {caught.value!r}"
    assert not any(CANARY[at : at + 4] in text for at in range(len(CANARY) - 3))
    assert "AAAA" not in text


def test_a_foreign_line_before_the_echo_hides_everything() -> None:
    asa, _, _ = talk(f"{PKCS12} {CANARY}", IMPORTED)
    asa.remote_conn._out = f"{PKCS12} {CANARY[:9]}$ something\r\n".encode()
    asa._path = ()
    with pytest.raises(DeviceRefused) as caught:
        asa.import_pkcs12(PKCS12, CANARY, "\n".join(BODY))
    assert caught.value.code == "answer_not_framed"
    assert CANARY[:4] not in str(caught.value)


# --- any text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "\n", "quit", "no ssl trust-point VPN_TP outside", "AAAA\nconfigure terminal", "A" * 77]
)
def test_what_cannot_be_pasted(text: str) -> None:
    with pytest.raises(BadInput, match="base64"):
        paste_lines(text)


def test_base64_that_ends_like_the_paste_does() -> None:
    assert paste_lines("A" * 64 + "\nQuit\n") == ("A" * 64 + "Quit",)


@given(st.text(max_size=400))
def test_only_base64_is_ever_pasted(text: str) -> None:
    try:
        lines = paste_lines(text)
    except BadInput:
        return
    assert all(line.isascii() and " " not in line and line.lower() != "quit" for line in lines)


@given(st.one_of(st.text(max_size=600), st.text(alphabet="AB+/=-\n ", max_size=600)))
def test_a_request_in_any_text(text: str) -> None:
    try:
        found: Any = request_in(text, ENROLL, "fw")
    except DialogueRefused:
        return
    assert found.startswith("-----BEGIN CERTIFICATE REQUEST-----\n")


@given(st.text(alphabet="ab [yes/no]:?#\n\r\0%-", max_size=300))
def test_any_answer_ends_in_an_error_or_a_request(text: str) -> None:
    asa, script, _ = talk(ENROLL, (text, True), ("", False))
    with pytest.raises(VpnPhoneError):
        asa.request(ENROLL)
    assert script.answers == []
