"""Every log excerpt of Cisco document 116162 leads to the document's own conclusion, and to no more than it proves."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.diagnose.judge import diagnose
from ansible.module_utils.vpnphone.diagnose.read import read_texts
from ansible.module_utils.vpnphone.diagnose.site import AsaNames, SiteNames
from ansible.module_utils.vpnphone.model.diagnosis import Diagnosis

from .kit import one

EXCERPTS = Path(__file__).parents[1] / "diagnose_read" / "excerpts"
PHONE = "SEP8CB64F576113"


def concluded(*names: str, site: SiteNames | None = None) -> Diagnosis:
    texts = {name: (EXCERPTS / name).read_text(encoding="utf-8") for name in names}
    return diagnose(read_texts(texts), site)


# files -> the only cause, its confidence, its phone
CONCLUSIONS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (("dtls_phone.log",), "dtls_cipher_mismatch", "certain", ""),
    # C14: the host of the redirection is there, the host that was dialled is not.
    (("redirect_phone.log",), "load_balancing", "indicated", ""),
    # C16: the line by itself says that the session was NOT terminated.
    (("csd_asa.log",), "csd", "indicated", ""),
    (("csd_debug.log",), "csd", "likely", ""),
    (("csd_asa.log", "csd_debug.log"), "csd", "certain", ""),
    (("dap_terminate_asa.log",), "dap_terminate", "certain", PHONE),
    (("ciphers_asa.log",), "no_shared_cipher", "certain", ""),
    (("host_id_phone.log",), "host_id", "certain", ""),
    (("hash_phone.log",), "hash_mismatch", "certain", ""),
    # The ASA alone: any client sends that alert.
    (("hash_asa.log",), "hash_mismatch", "indicated", ""),
    (("status_bad.txt",), "tftp", "certain", "SEP8CB64F578B2C"),
)


@pytest.mark.parametrize(("names", "cause", "confidence", "phone"), CONCLUSIONS, ids=lambda value: str(value))
def test_the_excerpt_leads_to_the_documents_conclusion(
    names: tuple[str, ...], cause: str, confidence: str, phone: str
) -> None:
    found = concluded(*names)
    assert found.verdict == "cause"
    assert [(each.id, each.confidence, each.phone) for each in found.causes] == [(cause, confidence, phone)]
    assert (found.causes[0].doubts == ()) == (confidence == "certain")


def test_the_good_excerpts_have_no_cause() -> None:
    good = concluded("dap_continue_asa.log")
    assert (good.verdict, good.causes) == ("healthy", ())
    assert [(story.phone, story.last) for story in good.phones] == [(PHONE, "connected")]
    fetched = concluded("status_good.txt")
    assert (fetched.verdict, fetched.causes) == ("open", ())


def test_hash_mismatch_is_told_by_both_sides_together() -> None:
    """F-062: the document's own correlation, by the alert; its clocks and the phone's name are not in the lines."""
    found = concluded("hash_asa.log", "hash_phone.log")
    cause = one(found, "hash_mismatch")
    assert cause.confidence == "certain"
    assert cause.facts["leaf certificate"] == "SHA-1 1289b8a7aa9ffd84865e38939f3466a61b5608fc"
    assert {found.events[index].side for index in cause.evidence} == {"asa", "phone"}
    pair = found.pairs[0]
    assert (pair.certain, pair.offset) == (False, None)
    assert pair.reasons == (
        "both sides tell of the same alert (unknown CA)",
        "there is no other attempt of that kind on either side",
    )


def test_dtls_is_a_mismatch_and_ecdsa_only_likely() -> None:
    """C15."""
    cause = one(concluded("dtls_phone.log"), "dtls_cipher_mismatch")
    assert "ECDSA" not in cause.title
    assert "only a probe of the ASA proves it" in cause.facts["the likely reason"]
    assert any("VPNP-351" in text for text in cause.confirm)


def test_dap_takes_the_policy_from_the_attribute_and_never_from_716038() -> None:
    """F-045: Group <DfltGrpPolicy> of 716038 says nothing of inheritance."""
    found = concluded("dap_terminate_asa.log")
    assert {cause.id for cause in found.causes} == {"dap_terminate"}
    assert not any("DfltGrpPolicy" in text for text in (*found.causes[0].next_steps, *found.causes[0].facts.values()))
    assert found.causes[0].facts["DAP records"] == "DfltAccessPolicy"


def test_the_phone_that_got_in_after_the_dap_rule_was_made() -> None:
    """Both DAP excerpts without time stamps: which was first is not proven, so nothing is certain."""
    cause = one(concluded("dap_terminate_asa.log", "dap_continue_asa.log"), "dap_terminate")
    assert cause.confidence == "likely"
    assert cause.doubts


def test_724002_is_not_matched_with_the_other_lines_by_its_address() -> None:
    """C9: its address is a slip. It is another user at another address, and stays so."""
    found = concluded("csd_asa.log", "dap_continue_asa.log")
    assert not any(pair for pair in found.pairs)
    assert "csd" not in {cause.id for cause in found.causes}


def test_the_leaf_is_named_by_what_the_site_knows() -> None:
    sha1 = "1289b8a7aa9ffd84865e38939f3466a61b5608fc"
    site = SiteNames(
        certificates={sha1: ("vpn.example.com: identity certificate of trustpoint NEW on asa-1 (bound for SSL)",)},
        asas=(AsaNames("asa-1", frozenset({"asa-1"}), ("VPNPhone",), {"VPNPhone": "GP"}, ("outside",), ("NEW",)),),
        trusted=frozenset(),
    )
    cause = one(concluded("hash_phone.log", site=site), "hash_mismatch")
    assert cause.facts["this certificate is"] == site.certificates[sha1][0]
    assert "does NOT have" in cause.facts["Phone-VPN-trust"]
    assert "show crypto ca certificates NEW" in cause.next_steps
