"""remediation.md and the table in Korean: whole, commands and names as they are; JSON and plan hashes are English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.evidence.markdown import render_markdown
from ansible.module_utils.vpnphone.evidence.read import Found
from ansible.module_utils.vpnphone.evidence.terminal import render_terminal
from ansible.module_utils.vpnphone.evidence.write import REMEDIATION_FILES, write_evidence
from ansible.module_utils.vpnphone.model import Change, Failure, ManualStep, Remediation, Withheld
from ansible.module_utils.vpnphone.report.text import width
from ansible.module_utils.vpnphone.report.words import ENGLISH, words
from msgspec.structs import replace

from tests.unit.evidence.builders import change, full, judged, plan, run, told
from tests.unit.evidence.test_evidence_texts import harmless
from tests.unit.report.builders import HOSTILE
from tests.unit.report.test_report_korean import HANGUL, left_in_english

KOREAN = words("ko")


def real() -> Remediation:
    """What a plan, an approval, a failure and a finding say of themselves, in their own words."""
    manual = ManualStep(
        what="CUCM's VPN gateway has exactly this group-url",
        why="a phone dials the URL that CUCM gives it, and it must equal https://vpn.example.com/p letter by letter",
        steps=(
            "CUCM: Advanced Features > VPN > VPN Gateway: look at VPN Gateway URL.",
            "ASA: dir disk0:/dap.xml   (what was copied is there, and has the size of the original)",
            "ASA: configure terminal",
        ),
    )
    withheld = Withheld(
        area="ssl", commands=("ssl cipher tlsv1 low",), variable="vpnphone_approve_ssl",
        hits="every DTLS client of this ASA, on all interfaces: other VPN users",
    )  # fmt: skip
    failure = Failure(
        code="rolled_back",
        what="the device took every command, and read again it still wants `without-csd`. Everything was undone: read"
        " again, the device is as before.",
        todo="Type these by hand and look at what the device makes of them.",
    )
    whole: Change = change(
        "rolled_back",
        plan=plan(manual=(manual,), withheld=(withheld,)),
        saved=False,
        save_note="it is not saved",
        warnings=("the running configuration is not saved (x): `write memory` keeps it",),
        error={"code": failure.code, "what": failure.what},
    )
    before, after = judged({"VPNP-211": "fail"}), judged({"VPNP-211": "pass"})
    return run(Found(told("asa1", failure), whole, before, after), Found(told("asa2"), change("planned", "asa2")))


def titled(made: Remediation) -> Remediation:
    """With the titles that controls have; the builders' own are no text of the product."""
    devices = tuple(
        replace(
            device,
            fixed=tuple(replace(one, title="The ASA's clock is right") for one in device.fixed),
            worse=tuple(replace(one, title="The ASA's clock is right") for one in device.worse),
            left=tuple(one for one in device.left if one.source != "finding"),
        )
        for device in made.devices
    )
    return replace(made, devices=devices)


def outside_of_blocks(document: str) -> list[str]:
    text = re.sub(r"^(`{3,}).*?^\1$", "", document, flags=re.S | re.M)
    return [line for line in text.splitlines() if line]


def test_no_sentence_of_the_document_is_english() -> None:
    document = render_markdown(titled(real()), KOREAN)
    lines = outside_of_blocks(document)
    assert len(lines) > 20
    assert not [line for line in lines if left_in_english(line) and "clock" not in line]
    assert "(복사한 파일이 있고" in document
    assert "ASA: configure terminal" in document
    # To be copied, without the particle behind it.
    assert "`https://vpn.example.com/p`" in document


def test_commands_names_and_hashes_stay() -> None:
    english, korean = (render_markdown(full(), one) for one in (ENGLISH, KOREAN))
    blocks = [re.findall(r"^```text\n(.*?)^```$", text, flags=re.S | re.M) for text in (english, korean)]
    assert blocks[0] == blocks[1]
    assert re.findall(r"^#+ ", english, flags=re.M) == re.findall(r"^#+ ", korean, flags=re.M)
    assert "a" * 64 in korean
    assert english == render_markdown(full())
    assert not HANGUL.search(english)


STEPS = (
    "configure terminal",
    "username SEP001122334455 attributes",
    " no vpn-simultaneous-logins 0",
    "no dynamic-access-policy-record BLOCK",
    "no group-url https://a/b enable",
    'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA"',
    "end",
)


def test_a_command_of_a_manual_step_stays_among_sentences() -> None:
    told = "Do both before the change; phones that are away keep their old setting until they come back."
    left = tuple(
        replace(one, steps=(*STEPS, told)) for device in full().devices for one in device.left if one.source == "manual"
    )
    assert left
    made = replace(full(), devices=tuple(replace(device, left=left) for device in full().devices))
    document = render_markdown(made, KOREAN)
    assert "\n".join((*STEPS, KOREAN.changed(told))) in document
    assert told not in document


def test_the_record_is_the_same_in_both_languages(tmp_path: Path) -> None:
    english = write_evidence(real(), tmp_path / "en")
    korean = write_evidence(real(), tmp_path / "ko", "ko")
    for name in REMEDIATION_FILES:
        same = english[name].read_bytes() == korean[name].read_bytes()
        assert same is (name in ("json", "plan_hashes")), name
    assert HANGUL.search(korean["markdown"].read_text(encoding="utf-8"))
    assert not HANGUL.search(korean["json"].read_text(encoding="utf-8"))


def test_the_table_is_korean_and_keeps_its_columns_and_commands() -> None:
    english, korean = (render_terminal(full(), run_dir="r", words=one) for one in (ENGLISH, KOREAN))
    assert english == render_terminal(full(), run_dir="r")
    assert len(english.splitlines()) == len(korean.splitlines())
    assert max(width(line) for line in korean.splitlines()[1:]) <= 100
    assert korean.endswith("(cd r && sha256sum -c manifest.sha256)")
    starts = {
        width(line.partition("VPNP-")[0]) for line in korean.splitlines() if re.match(r"    \S+ +\w+ +VPNP", line)
    }
    assert len(starts) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_korean(text: str) -> None:
    harmless(render_markdown(full(text), KOREAN), render_terminal(full(text), run_dir="r", words=KOREAN))


def test_a_language_that_is_not_there_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        write_evidence(real(), tmp_path / "run", "kr")
    assert refused.value.code == "language_unknown"
    assert not (tmp_path / "run").exists()
