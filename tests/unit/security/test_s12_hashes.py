"""S12: SHA-1 is the phones' pin format and no security of ours; what we rely on is SHA-256."""

from __future__ import annotations

import ast
import re

from tests.unit.security.product import EVERY_SOURCE, SOURCES, calls, short, texts


def test_s12_weak_hashes_say_that_they_are_no_security() -> None:
    """Else a FIPS build of Python refuses them."""
    for path in EVERY_SOURCE:
        for name, call in calls(path):
            if name in ("hashlib.sha1", "hashlib.md5", "hashlib.new"):
                said = {one.arg: one.value for one in call.keywords}.get("usedforsecurity")
                assert isinstance(said, ast.Constant), f"{short(path)}:{call.lineno}"
                assert said.value is False, f"{short(path)}:{call.lineno}"


def test_s12_the_product_makes_sha_1_at_one_place() -> None:
    made = {short(path) for path in SOURCES for name, _ in calls(path) if re.search(r"\b(?:sha1|md5|SHA1|MD5)$", name)}
    assert made == {"module_utils/vpnphone/x509.py"}


def test_s12_what_we_seal_and_compare_is_sha_256() -> None:
    """Plans, approvals, the journal's seal, the manifests: each of these files hashes, and with SHA-256 alone."""
    for place in ("plan/make.py", "renewal/gates.py", "renewal/journal.py", "evidence/write.py"):
        path = next(one for one in SOURCES if short(one) == f"module_utils/vpnphone/{place}")
        assert "sha256" in path.read_text(encoding="utf-8"), place
    hashes = {name for path in SOURCES for name, _ in calls(path) if name.startswith("hashlib.")}
    assert hashes <= {"hashlib.sha256", "hashlib.sha1", "hashlib.file_digest", "hashlib.new"}
    # new: the fingerprint that an ASA shows of what was pasted, in the kind that it chose.
    chosen = {short(path) for path in SOURCES for name, _ in calls(path) if name == "hashlib.new"}
    assert chosen <= {"module_utils/vpnphone/transport/asa_dialogue.py"}
    digests = {
        ast.unparse(call.args[1]) for path in SOURCES for name, call in calls(path) if name == "hashlib.file_digest"
    }
    assert digests <= {"'sha256'"}


def test_s12_a_fips_asa_is_not_asked_for_what_it_lacks() -> None:
    """FIPS is looked at, not assumed: its command or level is known to the controls."""
    assert any("fips" in text.lower() for path in SOURCES for _, text in texts(path))
