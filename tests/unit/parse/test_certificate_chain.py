"""Certificates of a configuration, and the bindings that a reload brings back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.commands import BY_SECTION
from ansible.module_utils.vpnphone.gather import ask_all
from ansible.module_utils.vpnphone.model import AsaState, SslTrustPoint
from ansible.module_utils.vpnphone.parse.certificate_chain import parse_certificate_chain
from ansible.module_utils.vpnphone.parse.config import sections_of
from ansible.module_utils.vpnphone.parse.result import Unreadable
from ansible.module_utils.vpnphone.parse.saved import read_saved
from ansible.module_utils.vpnphone.parse.ssl import parse_startup_trust_points
from ansible.module_utils.vpnphone.parse.state import Answer, build_state
from ansible.module_utils.vpnphone.redact import redact
from ansible.module_utils.vpnphone.x509 import issued_by

from tests.unit.texts import CONFIG, FIXTURES

LISTED = (FIXTURES / "show" / "certificates-identity-ca.txt").read_text(encoding="utf-8")
CHAIN = CONFIG[CONFIG.index("crypto ca certificate chain") : CONFIG.index("crypto ikev2 enable")]
LEAF = CHAIN[CHAIN.index(" certificate 0a01") : CHAIN.index(" certificate ca")]
AUTHORITY = CHAIN[CHAIN.index(" certificate ca") :]
HEADER = "crypto ca certificate chain VPN-2024\n"
SHA1 = ("73ac2bf2f25312142464762a87cd88e4f82f6ce2", "6f0693eff1a42488a48cad425a10d872a64c9dd0")


def hashes(text: str) -> list[tuple[str, str, str]]:
    return [(found.trustpoint, found.kind, found.x509.sha1) for found in parse_certificate_chain(text).value]


BOTH = [("VPN-2024", "identity", SHA1[0]), ("VPN-2024", "ca", SHA1[1])]


def test_a_chain() -> None:
    parsed = parse_certificate_chain(CHAIN)
    assert parsed.unparsed == ()
    leaf, authority = (found.x509 for found in parsed.value)
    assert hashes(CHAIN) == BOTH
    assert (leaf.subject_cn, leaf.serial, leaf.san_dns) == ("vpn.example.com", "0a01", ("vpn.example.com",))
    assert (authority.is_ca, authority.serial) == (True, "0b02")
    assert issued_by(leaf, authority)


@pytest.mark.parametrize(
    "text",
    [
        sections_of(CONFIG)["certificate_chain"],
        CHAIN.replace("\n", "\r\n"),
        CHAIN.upper()
        .replace("CRYPTO CA CERTIFICATE CHAIN", "crypto ca certificate chain")
        .replace("CERTIFICATE CA 0B02", "certificate ca 0b02")
        .replace("CERTIFICATE 0A01", "certificate 0a01")
        .replace("QUIT", "quit"),
        CHAIN.replace(" \n", "\n").replace("    ", ""),
        "".join(f"  {line}\n" for line in CHAIN.splitlines()),
        CHAIN.replace(" 30820155 ", "\n    30820155 "),
        CHAIN.replace("certificate 0a01", "certificate self-signed 0a01"),
        # As `show running-config crypto ca` answers.
        "crypto ca trustpoint VPN-2024\n enrollment terminal\n crl configure\ncrypto ca trustpool policy\n" + CHAIN,
        redact(CHAIN),
    ],
    ids=["config", "crlf", "upper", "flat", "indented", "wrapped", "self-signed", "crypto ca", "redacted"],
)
def test_the_same_chain_in_other_forms(text: str) -> None:
    assert hashes(text) == BOTH
    assert parse_certificate_chain(text).unparsed == ()


def test_several_trustpoints_keep_their_order() -> None:
    text = f'crypto ca certificate chain "ROOT A"\n{AUTHORITY}{CHAIN}crypto ca certificate chain NEW\n{LEAF}'
    assert hashes(text) == [("ROOT A", "ca", SHA1[1]), *BOTH, ("NEW", "identity", SHA1[0])]


def test_helpers_of_a_ca_are_no_part_of_the_chain() -> None:
    text = CHAIN + AUTHORITY.replace("certificate ca ", "certificate ra-sign ")
    assert hashes(text) == BOTH
    assert parse_certificate_chain(text).unparsed == ()


def test_what_is_not_understood_is_reported() -> None:
    text = HEADER + " fancy new line\n" + LEAF + AUTHORITY.replace("certificate ca", "certificate fancy")
    parsed = parse_certificate_chain(text)
    assert [line.text for line in parsed.unparsed] == [" fancy new line", " certificate fancy 0b02"]
    assert len(parsed.value) == 1


def test_no_certificate_is_a_fact() -> None:
    assert parse_certificate_chain("").value == ()
    assert parse_certificate_chain(HEADER).value == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CHAIN[: CHAIN.rindex("  quit")], "cut off: no `quit`"),
        (CHAIN.replace("  quit\n", "", 1), "no hex dump"),
        (CHAIN.replace(" 30820155", "", 1), "cannot be read"),
        (CHAIN.replace("308201ae", "308201aX", 1), "no hex dump"),
        (CHAIN.replace("308201ae", "308201a", 1), "no hex dump"),
        (HEADER + " certificate 0a01\n  <removed>\n  quit\n", "no hex dump"),
        (HEADER + " certificate 0a01\n  quit\n", "no hex dump"),
        (HEADER + " certificate 0a01\n" + "    00000000\n" * 20_000 + "  quit\n", "more than 64 KiB"),
        ("crypto ca certificate chain A B\n" + LEAF, "names no trustpoint"),
        ("webvpn\n enable outside\n", "this is no answer"),
        ("ERROR: % Invalid input detected at '^' marker.\n", "was refused"),
        (HEADER + LEAF * 1_001, "more than 1000"),
    ],
)
def test_a_damaged_chain_says_nothing(text: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        parse_certificate_chain(text)


# --- where it comes from --------------------------------------------------------------------------------------------


def test_a_configuration_without_certificates_is_no_proof_that_there_are_none(tmp_path: Path) -> None:
    stripped = CONFIG.replace(CHAIN, "")
    (tmp_path / "fw.cfg").write_text(stripped, encoding="utf-8")
    state = build_state("fw", "saved", read_saved(tmp_path / "fw.cfg", "fw").answers, None)
    assert state.certificate_chain is None
    assert (state.sources["certificate_chain"].status, state.sources["trustpoints"].status) == ("missing", "ok")
    assert "left them out" in state.sources["certificate_chain"].detail


def test_a_command_that_prints_nothing_is_no_proof_either() -> None:
    empty = {"certificate_chain": Answer(BY_SECTION["certificate_chain"].text, "ok")}
    listed = {"certificates": Answer("show crypto ca certificates", "ok", LISTED)}
    assert build_state("fw", "live", empty, None).certificate_chain == ()
    state = build_state("fw", "live", empty | listed, None)
    assert state.certificate_chain is None
    assert state.sources["certificate_chain"].status == "incomplete"
    assert "lists 2" in state.sources["certificate_chain"].detail
    whole = {"certificate_chain": Answer(BY_SECTION["certificate_chain"].text, "ok", CHAIN)}
    assert len(build_state("fw", "live", whole | listed, None).certificate_chain or ()) == 2


def test_a_chain_travels() -> None:
    state = build_state("fw", "live", {"certificate_chain": Answer("show x", "ok", CHAIN)}, None)
    assert msgspec.json.decode(msgspec.json.encode(state), type=AsaState) == state


class _Session:
    """Answers of a device: by command, else nothing."""

    def __init__(self, privilege: int | None, answers: dict[str, str]) -> None:
        self.privilege = privilege
        self.answers = answers

    def run(self, command: str) -> str:
        return self.answers.get(command, "")


REFUSAL = "                                ^\nERROR: % Invalid input detected at '^' marker.\n"


@pytest.mark.parametrize("section", ["certificate_chain", "startup_trust_points"])
def test_an_asa_that_refuses_leaves_it_unknown(section: str) -> None:
    answers = ask_all(_Session(15, {BY_SECTION[section].text: REFUSAL}), "fw")
    state = build_state("fw", "live", answers, None)
    assert getattr(state, section) is None
    assert state.sources[section].status == "refused"


@pytest.mark.parametrize("section", ["certificate_chain", "startup_trust_points"])
@pytest.mark.parametrize(("privilege", "known"), [(15, True), (None, False), (14, False), (1, False)])
def test_an_account_that_may_not_see_every_line_proves_nothing(
    section: str, privilege: int | None, known: bool
) -> None:
    answers = ask_all(_Session(privilege, {}), "fw")
    state = build_state("fw", "live", answers, None)
    assert (getattr(state, section) == ()) is known
    assert state.sources[section].status == ("ok" if known else "incomplete")


# --- startup --------------------------------------------------------------------------------------------------------


def test_bindings_of_the_startup_configuration() -> None:
    text = (
        "ssl trust-point VPN-2024 outside\nssl trust-point VPN-2024 outside vpnlb-ip\n"
        'ssl trust-point "VPN EC" domain vpn.example.com\nssl trust-point ANY\n'
    )
    parsed = parse_startup_trust_points(text)
    assert parsed.unparsed == ()
    assert parsed.value == (
        SslTrustPoint(trustpoint="VPN-2024", interface="outside"),
        SslTrustPoint(trustpoint="VPN-2024", interface="outside", vpnlb_ip=True),
        SslTrustPoint(trustpoint="VPN EC", domain="vpn.example.com"),
        SslTrustPoint(trustpoint="ANY"),
    )


def test_nothing_bound_at_startup_is_a_fact() -> None:
    assert parse_startup_trust_points("").value == ()


def test_a_binding_of_another_form_is_reported() -> None:
    parsed = parse_startup_trust_points("ssl trust-point A outside\nssl trust-point A outside fancy new\n")
    assert [line.text for line in parsed.unparsed] == ["ssl trust-point A outside fancy new"]


@pytest.mark.parametrize(
    "text", ["ssl trust-point\n", "No startup configuration\n", "webvpn\n", "ERROR: % Incomplete\n"]
)
def test_what_is_no_list_of_bindings(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_startup_trust_points(text)


def test_the_package_of_parsers_can_be_imported_alone() -> None:
    """The chain needs certificates, and those the model: no circle."""
    code = "import vpnphone.parse.certificate_chain, vpnphone.model"
    root = Path(__file__).resolve().parents[3] / "module_utils"
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
