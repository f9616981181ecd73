"""remediation.md and the table in the terminal: readable, complete, and harmless whatever a device said."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest
from ansible.module_utils.vpnphone.evidence.markdown import render_markdown
from ansible.module_utils.vpnphone.evidence.read import Found
from ansible.module_utils.vpnphone.evidence.terminal import render_terminal
from ansible.module_utils.vpnphone.evidence.words import OUTCOME_ORDER, OUTCOME_WORDS, headline, movement
from ansible.module_utils.vpnphone.model import DeviceOutcome, Step, Withheld
from ansible.module_utils.vpnphone.plan.lines import typed
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.evidence.builders import GROUP, POLICY, STEPS, change, full, judged, plan, run, told
from tests.unit.report.builders import HOSTILE


def test_every_outcome_has_its_words_and_its_place() -> None:
    outcomes = set(get_args(DeviceOutcome))
    assert set(OUTCOME_WORDS) == outcomes == set(OUTCOME_ORDER)
    assert {device.outcome for device in full().devices} == outcomes


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ([((), "write memory")], [["write memory"]]),
        ([(GROUP, "a"), (GROUP, "b")], [[GROUP[0], " a"], [" b"]]),
        ([(GROUP, "a"), (POLICY, "b")], [[GROUP[0], " a"], [POLICY[0], " b"]]),
        ([(GROUP, "a"), ((), "b"), (GROUP, "c")], [[GROUP[0], " a"], ["b"], [GROUP[0], " c"]]),
        ([(POLICY, "a"), ((*POLICY, "webvpn"), "b")], [[POLICY[0], " a"], [" webvpn", "  b"]]),
        ([((*POLICY, "webvpn"), "b"), (POLICY, "a")], [[POLICY[0], " webvpn", "  b"], [POLICY[0], " a"]]),
        # The first one opens the block of the second.
        ([((), "dynamic-access-policy-record X"), (("dynamic-access-policy-record X",), "priority 5")],
         [["dynamic-access-policy-record X"], [" priority 5"]]),
    ],
)  # fmt: skip
def test_commands_as_a_person_types_them(steps: list[tuple[tuple[str, ...], str]], lines: list[list[str]]) -> None:
    assert typed(steps) == lines


def test_the_headline_has_the_worst_first() -> None:
    assert headline(full()).startswith(
        "Change of 10 ASAs: 1 FAILED, WHAT STANDS IS NOT KNOWN; 1 FAILED, A PART STANDS;"
    )
    assert headline(run(Found(told(), change("planned")), check=True)) == "Plan of 1 ASA: 1 planned, nothing sent."
    assert headline(run()) == "No ASA was concerned."


def test_a_device_that_lacks_an_approval_is_not_called_as_desired() -> None:
    held = Withheld(area="ssl", commands=("ssl cipher tlsv1 low",), hits="", variable="vpnphone_approve_ssl")
    nothing = change("nothing_to_do")
    lacks = msgspec.structs.replace(nothing, plan=msgspec.structs.replace(nothing.plan, withheld=(held,)))
    found = run(Found(told(), nothing), Found(told("asa2"), lacks))
    words = "nothing sent, some left to approve or to do by hand"
    assert headline(found) == f"Change of 2 ASAs: 1 as desired already, nothing sent; 1 {words}."
    assert f"\nasa2: {words}\n" in render_terminal(found)
    assert f"## asa2: {words}" in render_markdown(found)


def test_a_device_with_nothing_to_do_still_tells_what_is_unsaved() -> None:
    unsaved = msgspec.structs.replace(change("nothing_to_do"), saved=None, save_note="the running one is not saved")
    assert "asa1: as desired already, nothing sent, the running one is not saved" in render_terminal(
        run(Found(told(), unsaved))
    )


def test_findings_before_and_after() -> None:
    before, after = judged({"VPNP-211": "fail", "VPNP-221": "error"}), judged({"VPNP-211": "pass", "VPNP-221": "error"})
    assert movement(run(Found(told(), change(), before, after)).devices[0]) == "FAIL 1 -> 0, UNKNOWN 1 -> 1"
    assert movement(run(Found(told(), change("planned"), before)).devices[0]) == "FAIL 1, UNKNOWN 1"
    assert movement(run(Found(told(), change())).devices[0]) == ""


def test_the_document_tells_a_failure_whole() -> None:
    text = render_markdown(full())
    part = text[text.index("## asa1: FAILED, A PART STANDS") :]
    for wanted in (
        "| `without-csd` | `tunnel-group VPNPhone webvpn-attributes` | NOT KNOWN: look at the device |",
        "| `x` | global | stands |",
        "| `y` | global | does not stand |",
        "- Startup configuration: NOT saved: the text",
        "- Backups on the device's flash: `disk0:/b.cfg`",
        "### Rolled back with",
        "    ! ^ REFUSED",
        "    ! ^ DOUBTFUL",
        "### Now right",
        "| VPNP-221 Title of VPNP-221 | critical | UNKNOWN | pass |",
        "### Worse than before",
        "#### 1. APPROVE",
        "#### 2. BY HAND",
        "ssl cipher tlsv1 low",
        "fix VPNP-124",
    ):
        assert wanted in part, wanted


def test_a_plan_has_its_way_back_in_the_document() -> None:
    text = render_markdown(full())
    part = text[text.index("## asa4: planned") :]
    way = "tunnel-group VPNPhone webvpn-attributes\n no without-csd\ngroup-policy GP attributes\n no vpn-filter\n"
    assert f"The way back:\n\n```text\n{way}```" in part


def test_urls_and_paths_can_be_copied() -> None:
    text = render_markdown(full("dial https://vpn.example.com/a_b, then look at disk0:/dap.xml."))
    assert "dial `https://vpn.example.com/a_b`, then look at `disk0:/dap.xml`." in text


def test_the_table_has_every_device_and_what_stands() -> None:
    text = render_terminal(full(), run_dir="reports/r")
    for device in full().devices:
        assert f"\n{device.name}: {OUTCOME_WORDS[device.outcome]}" in text
    assert "\n    STANDS          x\n" in text
    assert "\n    NOT KNOWN       tunnel-group VPNPhone webvpn-attributes / without-csd\n" in text
    assert "\n    now right  critical VPNP-221  Title of VPNP-221\n" in text
    assert "\n    NOW WRONG  critical VPNP-231  Title of VPNP-231\n" in text
    assert text.endswith("(cd reports/r && sha256sum -c manifest.sha256)")


def test_a_plan_says_how_to_send_exactly_it() -> None:
    text = render_terminal(run(Found(told(), change("planned")), check=True), run_dir="reports/r")
    assert text.endswith(" -e @reports/r/plan_hashes.json")


def test_it_names_the_approvals_that_all_of_the_plans_need() -> None:
    ssl = Step(area="ssl", command="ssl cipher tlsv1 low")
    held = Withheld(area="ssl", commands=(ssl.command,), hits="all", variable="vpnphone_approve_ssl")
    approved = Found(told(), change("planned", plan=plan(steps=(*STEPS, ssl))))
    withheld = Found(told("asa2"), change("planned", "asa2", plan=plan("asa2", withheld=(held,))))
    text = render_terminal(run(approved, check=True), run_dir="r")
    assert text.endswith(" -e @r/plan_hashes.json -e vpnphone_approve_ssl=true")
    # Given to both, it would be another plan of asa2.
    assert render_terminal(run(approved, withheld, check=True), run_dir="r").endswith(" -e @r/plan_hashes.json")


@pytest.mark.parametrize("text", [*HOSTILE, "```\n# heading", "# heading", "a|b|c", "</details>", "@all #1"])
def test_hostile_text_stays_text(text: str) -> None:
    harmless(render_markdown(full(text)), render_terminal(full(text), run_dir="r"))


# Lone surrogates too: they come out of undecodable bytes.
@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_stays_text(text: str) -> None:
    harmless(render_markdown(full(text)), render_terminal(full(text), run_dir="r"))


def harmless(document: str, table: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", document)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", table)
    assert max(len(line) for line in table.splitlines()[1:]) <= 110
    outside, fence = [], ""
    for line in document.splitlines():
        opened = re.match("`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif opened:
            fence = opened[0]
        else:
            outside.append(line)
    # Every block is closed, and outside of them no mark-up and no heading of a device's own.
    assert fence == ""
    assert not [line for line in outside if re.search("<(?!/?(?:details|summary|code))", re.sub("`[^`]*`", "", line))]
    assert {line.split(" ")[0] for line in outside if line.startswith("#")} <= {"#", "##", "###", "####"}
    assert sum(line.startswith("## ") for line in outside) == 9
