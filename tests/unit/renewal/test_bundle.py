"""The evidence: whole, true to its schema, without secrets, and safe to open."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model.renewal import STAGES, Approval, Event, GatewayNote, Journal
from ansible.module_utils.vpnphone.renewal.bundle import evidence
from ansible.module_utils.vpnphone.renewal.bundle_html import render_html
from ansible.module_utils.vpnphone.renewal.bundle_write import write_bundle
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal
from ansible.module_utils.vpnphone.renewal.pages import (
    GATE_SWITCH,
    PREFLIGHT,
    read_page,
    read_switch_gate,
    write_page,
)
from ansible.module_utils.vpnphone.renewal.stages import targets
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.renewal.switch_gate import SwitchGate
from ansible.module_utils.vpnphone.report import schema
from ansible.module_utils.vpnphone.report.json_report import json_bytes
from lxml import html as lxml_html

from tests.unit.predict.builders import LEAF, NEW_LEAF
from tests.unit.renewal import test_switch_gate
from tests.unit.renewal.builders import NOW, asa, journal, phone, plan, put
from tests.unit.renewal.site import page

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "schema"
HOSTILE = "\x1b[2J\u202e<script>alert(1)</script>'\"`x` {{ 7 * 7 }} &amp;"
CANARY = "Zq9Canary"


def done(text: str = "") -> Journal:
    """A renewal at its end; with `text` in every place where a device or a person may have put it."""
    found = journal(
        asas={
            name: asa(name, old=note_of(LEAF), new=note_of(NEW_LEAF), bound="new", saved=True) for name in ("asa-1",)
        },
        phones={name: phone(name, proof="proven", proven_at=NOW, reason=text) for name in ("SEP001122334401",)},
        approvals=(
            Approval(stage="switch", token=hashlib.sha256(b"plans").hexdigest()[:12], by=f"J. Doe{text}", at=NOW),
        ),
        events=(Event(at=NOW, by="bob", stage="switch", target="asa-1", what=f"done: bind{text}"),),
        closed=NOW + timedelta(days=8),
    )
    gateways = {"GW1": GatewayNote(name="GW1", url=f"https://vpn{text}", before=((f"CN=x{text}", "01"),))}
    clusters = {"cucm-1": msgspec.structs.replace(found.clusters["cucm-1"], gateways=gateways)}
    found = msgspec.structs.replace(found, clusters=clusters)
    for stage in STAGES:
        for name in targets(found, stage):
            made = plan(stage, name, f"act{text}", warnings=(text,) if text else ())
            error = {"code": "x", "what": text, "where": text, "todo": text} if text else {}
            found = put(found, stage, name, "done", plan=made, done=(f"act{text}",), error=error)
    return found


def gate() -> SwitchGate:
    return test_switch_gate.gate(test_switch_gate.journal(), test_switch_gate.seen())


def validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((FOLDER / schema.file_name(kind)).read_text(encoding="utf-8")))


# --- schema -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["renewal", "journal"])
def test_the_committed_schema_is_current(kind: str) -> None:
    assert (FOLDER / schema.file_name(kind)).read_text(encoding="utf-8") == schema.text(kind), "see report/schema.py"


@pytest.mark.parametrize("found", [journal(), done(), done(HOSTILE)], ids=["begun", "done", "hostile"])
def test_what_is_written_validates(found: Journal, tmp_path: Path) -> None:
    made = evidence(found, made=NOW, preflight=page(), gate=msgspec.structs.replace(gate(), renewal="spring"))
    validator("renewal").validate(json.loads(json_bytes(made)))
    validator("journal").validate(json.loads(create_journal(tmp_path / "x", found).read_bytes()))


def test_the_schema_refuses_what_is_not_of_it() -> None:
    good = json.loads(json_bytes(evidence(done(), made=NOW)))
    bad: list[dict[str, Any]] = [{**good, "more": 1}, {**good, "schema_version": "9"}, {**good, "made": "yesterday"}]
    for one in bad[:2]:
        with pytest.raises(jsonschema.ValidationError):
            validator("renewal").validate(one)


# --- content ----------------------------------------------------------------------------------------------------------


def test_a_renewal_at_its_end() -> None:
    found = evidence(done(), made=NOW)
    assert found.verdict == "renewed"
    assert found.counts == {"proven": 1}
    assert found.asas[0].before is not None and found.asas[0].before.sha256 == LEAF.sha256
    assert found.asas[0].after is not None and found.asas[0].after.pem == note_of(NEW_LEAF).pem
    switch = next(one for one in found.stages if one.stage == "switch")
    assert switch.steps[0].commands == ("do act",) and switch.steps[0].undo == ("no do act",) and switch.steps[0].done
    assert found.approvals[0].by == "J. Doe"
    assert found.story[0].text == "done: bind"


def test_the_words_of_a_renewal() -> None:
    def verdict(**changes: Any) -> str:
        return evidence(msgspec.structs.replace(journal(), **changes), made=NOW).verdict

    new, old = asa("asa-1", bound="new"), asa("asa-2")
    assert verdict() == "on the way"
    assert verdict(closed=NOW) == "taken back"
    assert verdict(asas={"asa-1": new, "asa-2": old}) == "in part"
    assert verdict(asas={"asa-1": new}) == "switched"


def test_what_was_never_planned_is_not_told() -> None:
    assert [one.stage for one in evidence(journal(), made=NOW).stages] == ["preflight"]


def test_a_gate_of_another_renewal_is_none_of_it() -> None:
    other = msgspec.structs.replace(gate(), renewal="autumn")
    assert evidence(done(), made=NOW, gate=other).gate is None


def test_the_same_journal_gives_the_same_bytes() -> None:
    one, other = evidence(done(), made=NOW), evidence(done(), made=NOW)
    assert json_bytes(one) == json_bytes(other)
    assert render_html(one) == render_html(other)


# --- secrets and hostile text -----------------------------------------------------------------------------------------


def test_no_secret_gets_out() -> None:
    """Nothing secret belongs into a journal; should it be there all the same, it does not leave it."""
    lines = (
        f"crypto ca import NEW pkcs12 {CANARY}",
        f"username admin password {CANARY} encrypted",
        f"snmp-server community {CANARY}",
        f"https://user:{CANARY}@vpn.example.com/",
    )
    found = done()
    action = msgspec.structs.replace(plan("switch", "asa-1", "a").actions[0], commands=lines, text=lines[0])
    made = msgspec.structs.replace(plan("switch", "asa-1", "a"), actions=(action,))
    found = put(found, "switch", "asa-1", "refused", plan=made, error={"what": lines[1], "todo": lines[2], "code": "x"})
    found = msgspec.structs.replace(
        found, events=tuple(Event(at=NOW, by="b", stage="switch", target="asa-1", what=line) for line in lines)
    )
    whole = evidence(found, made=NOW)
    assert CANARY not in json_bytes(whole).decode()
    assert CANARY not in render_html(whole)


def test_a_hostile_text_stays_text() -> None:
    text = render_html(evidence(done(HOSTILE), made=NOW, preflight=page()))
    assert "\x1b" not in text and "\u202e" not in text
    assert "49" not in re.sub(r"<style>.*?</style>", "", text, flags=re.S).partition("{{ 7 * 7 }}")[0][-40:]
    tree = lxml_html.fromstring(text)
    assert not tree.xpath("//script")
    assert not tree.xpath("//@*[starts-with(name(), 'on')]")
    assert not tree.xpath("//@src")


def test_the_page_loads_nothing_and_allows_its_own_style_alone() -> None:
    text = render_html(evidence(done(), made=NOW))
    policy = lxml_html.fromstring(text).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "default-src 'none'" in policy
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style is not None
    assert schema_hash(style[1]) in policy
    assert not re.search(r"https?://(?!vpn)", re.sub(r"<style>.*?</style>", "", text, flags=re.S))


def schema_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_every_phone_and_stage_is_on_the_page() -> None:
    error = {"what": "phones were lost.", "todo": "Look.", "code": "lost"}
    found = put(done(), "switch", "asa-1", "returned", error=error)
    text = render_html(evidence(found, made=NOW, preflight=page(), gate=None))
    for wanted in ("SEP001122334401", "RETURNED", "phones were lost.", LEAF.sha256, NEW_LEAF.sha1, "J. Doe", "PROVEN"):
        assert wanted in text


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    create_journal(tmp_path / "spring", done())
    write_page(tmp_path / "spring", PREFLIGHT, page())
    write_page(tmp_path / "spring", GATE_SWITCH, msgspec.structs.replace(gate(), renewal="spring"))
    (tmp_path / "spring" / "runs" / "switch-1").mkdir(parents=True)
    (tmp_path / "spring" / "runs" / "switch-1" / "run.json").write_text("{}")
    return tmp_path / "spring"


def test_the_manifest_is_checked_by_sha256sum(place: Path) -> None:
    paths = write_bundle(place, made=NOW)
    lines = paths["manifest"].read_text().splitlines()
    names = [line.split("  ", 1)[1] for line in lines]
    assert names == sorted(names)
    wanted = {"journal.json", "preflight.json", "gate-switch.json", "evidence/renewal.json", "runs/switch-1/run.json"}
    assert wanted <= set(names)
    assert not {"journal.lock", "operator.lock", "manifest.sha256"} & set(names)
    run = subprocess.run(["sha256sum", "--check", "--quiet", "manifest.sha256"], cwd=place, check=False)  # noqa: S607 - found on PATH
    assert run.returncode == 0
    (place / "runs" / "switch-1" / "run.json").write_text("{ }")
    run = subprocess.run(["sha256sum", "--check", "--status", "manifest.sha256"], cwd=place, check=False)  # noqa: S607 - found on PATH
    assert run.returncode == 1


def test_the_files_are_private(place: Path) -> None:
    for path in write_bundle(place, made=NOW).values():
        assert path.stat().st_mode & 0o077 == 0


def test_the_bundle_leaves_the_journal_as_it_is(place: Path) -> None:
    before = open_journal(place)
    write_bundle(place, made=NOW)
    assert open_journal(place) == before


@pytest.mark.parametrize("content", [b"", b"{", b'{"renewal": 1}', b"\xff"])
def test_a_damaged_page_is_one_clear_error(place: Path, content: bytes) -> None:
    (place / GATE_SWITCH).write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_switch_gate(place)
    assert caught.value.code == "page_damaged"


def test_pages_come_back_as_they_were(place: Path) -> None:
    assert read_switch_gate(place) == msgspec.structs.replace(gate(), renewal="spring")
    assert read_page(place, PREFLIGHT, type(page())) == page()
    assert read_page(place, "none.json", SwitchGate) is None
