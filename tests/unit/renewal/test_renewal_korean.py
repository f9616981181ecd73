"""The pages of a renewal in Korean: whole, names, commands, tokens and hashes as they are; the record is English."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model.renewal import Event, Journal
from ansible.module_utils.vpnphone.renewal.bundle import evidence
from ansible.module_utils.vpnphone.renewal.bundle_html import render_html
from ansible.module_utils.vpnphone.renewal.bundle_write import write_bundle
from ansible.module_utils.vpnphone.renewal.gates import hashed, stage_token
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal
from ansible.module_utils.vpnphone.renewal.pages import PREFLIGHT, write_page
from ansible.module_utils.vpnphone.renewal.preflight_text import render_markdown
from ansible.module_utils.vpnphone.renewal.recovery_card import Card, recovery_card
from ansible.module_utils.vpnphone.renewal.said import said_evidence, said_page, story
from ansible.module_utils.vpnphone.report.text import steps
from ansible.module_utils.vpnphone.report.words import ENGLISH, words
from lxml import html as parser

from tests.unit.renewal import builders
from tests.unit.renewal.builders import NOW, asa, plan, put
from tests.unit.renewal.site import page
from tests.unit.renewal.test_bundle import HOSTILE, done, gate
from tests.unit.report.test_report_korean import HANGUL, left_in_english

KOREAN = words("ko")
CODE = Path(__file__).resolve().parents[3] / "module_utils" / "vpnphone"
# Texts of the journals and pages that the tests of all stages wrote, by their place; self-made by such a run.
SAID: dict[str, list[str]] = json.loads(Path(__file__).with_name("pages_said.json").read_text(encoding="utf-8"))
# What a person wrote stays as it is.
EVENTS = [line for line in SAID["event"] if not line.startswith("waived: ")]


@pytest.mark.parametrize("place", sorted(set(SAID) - {"event"}))
def test_all_that_stages_write_is_translated(place: str) -> None:
    lines = [line for line in SAID[place] if place != "checktodo" or steps((line,))[0].by_hand]
    said = {line: KOREAN.changed(line.removeprefix("PERSON: ")) for line in lines}
    assert not {line: text for line, text in said.items() if left_in_english(text) or not HANGUL.search(text)}


def test_the_story_is_translated_up_to_ids_and_names() -> None:
    said = {line: story(line, KOREAN) for line in EVENTS}
    assert not {line: text for line, text in said.items() if left_in_english(text) or not HANGUL.search(text)}
    assert story("done: wave:1:canary:5f0c6f1a9b2e", KOREAN).endswith(": wave:1:canary:5f0c6f1a9b2e")
    assert story("waived: SEP001122334455: the user is away", KOREAN).endswith(": SEP001122334455: the user is away")
    assert story("refused: nothing I know [x_y]", KOREAN).endswith("[x_y]")


def test_what_a_person_wrote_stays() -> None:
    # By itself the sentence is one of ours.
    assert KOREAN.changed("no answer") != "no answer"
    assert story("waived: SEP001122334455: no answer", KOREAN).endswith(": SEP001122334455: no answer")
    assert story("agreed: no answer [x]", KOREAN).endswith(": no answer [x]")
    name = "SEP001122334401"
    kept = builders.phone(name, proof="waived", reason="no answer", waived_by="J. Doe")
    made = evidence(builders.journal(phones={name: kept}), made=NOW)
    assert said_evidence(made, KOREAN).phones[0].reason == "no answer"
    assert "no answer" in recovery_card(Card(kept, kept.reason, ()), builders.journal(), NOW, KOREAN)


@pytest.mark.parametrize("line", ["no ssl trust-point SSL_2026", "no anyconnect-essentials", "username u attributes"])
def test_a_command_of_a_check_stays(line: str) -> None:
    made = page()
    checks = tuple(msgspec.structs.replace(one, todo=(line, "PERSON: no answer")) for one in made.checks)
    for check in said_page(msgspec.structs.replace(made, checks=checks), KOREAN).checks:
        assert check.todo == (line, f"PERSON: {KOREAN.changed('no answer')}")


def whole() -> Journal:
    """A renewal at its end that says what the stages' tests said."""
    found = done()
    texts = iter(SAID["step"] * 2)
    for stage, target in (("trust", "cucm-1"), ("gateway", "cucm-1"), ("switch", "asa-1")):
        made = plan(stage, target, "one", "two", warnings=tuple(SAID["warning"]))
        actions = tuple(msgspec.structs.replace(one, text=next(texts)) for one in made.actions)
        made = hashed(msgspec.structs.replace(made, actions=actions))
        error = {"code": "x", "what": SAID["what"][0], "todo": SAID["todo"][0], "where": target}
        found = put(found, stage, target, "returned", plan=made, done=("one",), error=error)
    events = tuple(Event(at=NOW, by="bob", stage="switch", target="asa-1", what=line) for line in EVENTS)
    phones = {name: msgspec.structs.replace(one, reason=SAID["reason"][0]) for name, one in found.phones.items()}
    return msgspec.structs.replace(found, events=events, phones=phones)


def texts_of(text: str) -> list[str]:
    tree = parser.document_fromstring(text)
    for element in tree.xpath("//style | //pre | //code"):
        element.getparent().remove(element) if not element.tail else element.clear(keep_tail=True)
    return [" ".join(one.split()) for one in tree.xpath("//body//text() | //title/text()")]


def test_no_sentence_of_the_page_is_english() -> None:
    made = evidence(whole(), made=NOW, preflight=page(), gate=msgspec.structs.replace(gate(), renewal="spring"))
    text = render_html(made, KOREAN)
    assert parser.document_fromstring(text).get("lang") == "ko"
    found = texts_of(text)
    assert len(found) > 200
    assert not [one for one in found if left_in_english(one)]
    # What an auditor compares.
    for wanted in (made.approvals[0].token, made.stages[-1].plan, "J. Doe", "do one", "no do one", "SEP001122334401"):
        assert wanted in text
    assert "완료 DONE" in text
    assert "복귀 RETURNED" in text


@pytest.mark.parametrize("found", [builders.journal(), done(), done(HOSTILE)], ids=["begun", "done", "hostile"])
def test_the_page_has_the_same_build_in_both_languages(found: Journal) -> None:
    made = evidence(found, made=NOW, preflight=page(), gate=msgspec.structs.replace(gate(), renewal="spring"))
    english, korean = (render_html(made, one) for one in (ENGLISH, KOREAN))
    tags = [[one.tag for one in parser.document_fromstring(text).iter()] for text in (english, korean)]
    assert tags[0] == tags[1]
    assert english == render_html(made)
    assert not HANGUL.search(english)
    assert "<script" not in korean
    assert "\x1b" not in korean and "\u202e" not in korean
    assert said_evidence(made, ENGLISH) is made


def test_preflight_md_is_korean_as_well() -> None:
    shown = page()
    text = render_markdown(shown, next_line="ansible-playbook playbooks/renewal/certificate.yml", words=KOREAN)
    outside = [line for line in text.splitlines() if line]
    assert not [line for line in outside if left_in_english(line)]
    assert "`ansible-playbook playbooks/renewal/certificate.yml`" in text
    assert text.startswith(f"# {shown.verdict}: ")
    assert render_markdown(shown) == render_markdown(shown, words=ENGLISH)
    assert said_page(shown, ENGLISH) is shown


@pytest.mark.parametrize("bound", ["old", "new"])
def test_a_recovery_card_in_korean_keeps_menus_and_commands(bound: str) -> None:
    phone = builders.phone("SEP001122334401", certificate_login=False)
    book = builders.journal(phones={phone.name: phone}, options=("-i", "inventories/mine"))
    card = Card(phone, "it is not registered", (asa("asa-1", bound=bound),), ("cucm-pub",), "Kim <b>3</b>")
    english, korean = (recovery_card(card, book, NOW, one) for one in (ENGLISH, KOREAN))
    assert english == recovery_card(card, book, NOW)
    assert not [line for line in korean.splitlines() if left_in_english(line)]
    assert re.findall("`[^`]+`", english) == re.findall("`[^`]+`", korean)
    assert [line.split()[0] for line in korean.splitlines() if line.startswith("#")] == [
        line.split()[0] for line in english.splitlines() if line.startswith("#")
    ]
    for menu in ("Settings > VPN Configuration", "Alternate TFTP", "TFTP Server 1"):
        assert menu in korean
    assert "<b>" not in korean


# --- what is compared or hashed ---------------------------------------------------------------------------------------


def test_the_record_and_its_tokens_are_the_same_in_both_languages(tmp_path: Path) -> None:
    found = whole()
    written = {}
    for language in ("en", "ko"):
        create_journal(tmp_path / language / "spring", found)
        write_page(tmp_path / language / "spring", PREFLIGHT, page())
        before = open_journal(tmp_path / language / "spring")
        paths = write_bundle(tmp_path / language / "spring", made=NOW, language=language)
        after = open_journal(tmp_path / language / "spring")
        assert after == before
        tokens = [stage_token(after, stage) for stage in ("trust", "gateway", "switch")]
        written[language] = (paths["json"].read_bytes(), paths["journal"].read_bytes(), tokens)
        assert bool(HANGUL.search(paths["html"].read_text(encoding="utf-8"))) is (language == "ko")
    assert written["en"] == written["ko"]
    assert not HANGUL.search(written["ko"][0].decode())


@pytest.mark.parametrize("stage", ["trust", "gateway", "switch"])
def test_a_plan_that_was_shown_in_korean_keeps_its_token(stage: str) -> None:
    found = whole()
    english = stage_token(found, stage)
    shown = said_evidence(evidence(found, made=NOW), KOREAN)
    assert stage_token(found, stage) == english
    told = {one.plan for one in shown.stages if one.stage == stage}
    assert told == {one.plan for one in evidence(found, made=NOW).stages if one.stage == stage}
    # The hash covers the English text: were its translation put into the journal, this would be another plan.
    before = next(one for one in evidence(found, made=NOW).stages if one.stage == stage)
    after = next(one for one in shown.stages if one.stage == stage)
    assert [one.text for one in after.steps] != [one.text for one in before.steps]
    assert [(one.id, one.commands, one.undo) for one in after.steps] == [
        (one.id, one.commands, one.undo) for one in before.steps
    ]


# Pages alone: nothing that plans, hashes, compares or writes the journal knows of a language.
PAGES = {"bundle_html", "bundle_write", "opening", "preflight_text", "recovery_card", "said"}


@pytest.mark.parametrize("folder", ["renewal", "switch", "plan", "apply"])
def test_what_plans_and_hashes_knows_no_language(folder: str) -> None:
    for path in (CODE / folder).glob("*.py"):
        names = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        knows = {name for name in names if re.search(r"report\.(words|said|translate)\b", name)}
        assert not knows or path.stem in PAGES, (path.name, knows)


def test_a_language_that_is_not_there_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    create_journal(tmp_path / "spring", done())
    with pytest.raises(BadInput) as refused:
        write_bundle(tmp_path / "spring", made=NOW, language="kr")
    assert refused.value.code == "language_unknown"
    assert not (tmp_path / "spring" / "evidence").exists()
