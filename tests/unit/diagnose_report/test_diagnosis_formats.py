"""Markdown, terminal and files of a diagnosis."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model.diagnosis import Cause, Diagnosis
from ansible.module_utils.vpnphone.report import diagnosis_markdown as markdown
from ansible.module_utils.vpnphone.report import diagnosis_write as write
from ansible.module_utils.vpnphone.report import schema
from ansible.module_utils.vpnphone.report.diagnosis_terminal import MAX_SCREEN, terminal_text
from ansible.module_utils.vpnphone.report.diagnosis_view import safe_diagnosis, view
from ansible.module_utils.vpnphone.report.diagnosis_write import write_diagnosis
from ansible.module_utils.vpnphone.report.text import width
from lxml import html
from markdown_it import MarkdownIt

from tests.unit.diagnose_report.builders import PHONE, SHA1, fleet, one_cause, open_verdict, past
from tests.unit.diagnose_report.test_diagnosis_html import SAMPLES

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "schema"


def many_causes(number: int) -> Diagnosis:
    long = "a sentence that goes on and on, " * 30
    return one_cause(
        causes=tuple(
            Cause(
                id=f"c{index}", title=f"cause {index} " + "with a long title " * 8, confidence="likely", phone=PHONE,
                evidence=(0, 1, 9, 10, 11, 12, 13, 14), against=(2, 3, 4), doubts=(long,) * 5, confirm=(long,) * 5,
                next_steps=("show run ssl",) * 30,
            )
            for index in range(number)
        ),
        notes=(long,) * 9,
    )  # fmt: skip


# --- terminal ---------------------------------------------------------------------------------------------------------


def test_the_screen_of_one_cause() -> None:
    assert terminal_text(one_cause(), page="reports/x/diagnosis.html").split("\n") == [
        "The phone does not know the certificate that the ASA presents.",
        "Certain: the lines prove it.",
        "",
        f"1. CERTAIN: The phone does not know the certificate that the ASA presents ({PHONE} on asa-1)",
        f"   shown by   {PHONE}/console.log:12: Leaf cert hash =",
        f"              {SHA1}",
        f"              {PHONE}/console.log:15: VPN cert chain verification failed, issuer certificate",
        "              not found and leaf not trusted",
        "              asa-1.log:33: %ASA-7-725014: SSL lib error. Function: SSL3_READ_BYTES Reason: tlsv1",
        "              alert unknown ca",
        f"   confirm by No certHash of {PHONE}.cnf.xml is the base64 of",
        f"              {SHA1}.",
        "   next       show run ssl",
        "              show crypto ca certificates VPN-2024",
        "              - where the old certificate is still on the ASA: `ssl trust-point VPN-2023 outside`",
        "              lets the phones in again at once; then renew in order (docs/runbook.md).",
        "",
        "Timeline and every line: reports/x/diagnosis.html",
    ]


def test_the_screen_tells_what_speaks_against_a_cause() -> None:
    text = terminal_text(past())
    assert "1. PAST, LIKELY: The phone does not know" in text
    assert "   against it asa-1.log:3: %ASA-7-746012:" in text
    assert "   doubt      It was so until 11:30:00." in text


def test_the_screen_without_a_cause_tells_what_was_read() -> None:
    lines = terminal_text(open_verdict()).split("\n")
    assert lines[0] == "These logs decide nothing."
    assert "asa-1.log  6 lines: 2 known, 3 other, 1 foreign" in lines


@pytest.mark.parametrize("columns", [1, 80, 100, 1000])
@pytest.mark.parametrize("diagnosis", [*SAMPLES.values(), many_causes(1), many_causes(2), many_causes(200)])
def test_it_is_one_screen_and_no_line_is_too_long(diagnosis: Diagnosis, columns: int) -> None:
    text = terminal_text(diagnosis, columns=columns, page="reports/x/diagnosis.html")
    lines = text.split("\n")
    assert len(lines) <= MAX_SCREEN
    assert max(width(line) for line in lines) <= max(80, min(columns, 160))
    assert not any(ord(character) < 32 for character in text.replace("\n", ""))
    assert lines[-1] == "Timeline and every line: reports/x/diagnosis.html"


def test_causes_that_do_not_fit_are_counted() -> None:
    text = terminal_text(many_causes(200))
    told = text.count(". LIKELY: cause")
    assert f"and {200 - told} more causes" in text


@pytest.mark.parametrize("columns", [80, 100])
def test_a_cause_in_one_line_says_whose_it_is(columns: int) -> None:
    text = terminal_text(many_causes(8), columns=columns)
    brief = [line for line in text.split("\n") if ". LIKELY: " in line and "…" in line]
    assert len(brief) >= 3
    assert all(PHONE in line and width(line) <= columns for line in brief)
    assert "more characters" not in text


def test_a_command_is_never_cut() -> None:
    long = "show run all " + "group-policy-with-a-name " * 8
    cause = Cause(id="x", title="x", confidence="likely", next_steps=(long.strip(), "show ssl"))
    text = terminal_text(one_cause(causes=(cause,)))
    assert "group-policy-with-a-name" not in text
    assert "(a command too long for this line: see diagnosis.html)" in text
    assert "show ssl" in text


def test_a_sentence_that_goes_on_says_so() -> None:
    text = terminal_text(many_causes(1))
    (first,) = (line for line in text.split("\n") if line.startswith("   doubt"))
    following = text.split("\n")[text.split("\n").index(first) + 1]
    assert following.endswith("…")


def test_the_place_of_the_page_is_never_cut() -> None:
    place = "/very/long/path" * 20 + "/diagnosis.html"
    assert terminal_text(one_cause(), page=Path(place)).split("\n")[-1].endswith(place)


# --- markdown ---------------------------------------------------------------------------------------------------------


def test_markdown_tells_all_of_a_cause() -> None:
    text = markdown.render(view(one_cause()))
    for expected in (
        "**The phone does not know the certificate that the ASA presents.** Certain: the lines prove it.",
        "## 1. The phone does not know the certificate that the ASA presents",
        f"- **1.2** `{PHONE}/console.log:15` `VPN cert chain verification failed, issuer certificate",
        "```text\nshow run ssl\nshow crypto ca certificates VPN-2024\n```",
        f"- leaf certificate: `{SHA1}`",
        "docs/controls/VPNP-311.md",
        "| 10:16:16 | `asa-1` `asa-1.log:33` | `725014 unknown ca: tlsv1 alert unknown ca` | 1.3 |",
        f"| `{PHONE}` | failed | 1 | 1 |",
        "| `asa-1.log` | ASA log `asa-1` |",
    ):
        assert expected in text


@pytest.mark.parametrize("diagnosis", [*SAMPLES.values(), many_causes(200)])
def test_markdown_fits_into_a_comment_and_holds_no_markup_of_a_log(diagnosis: Diagnosis) -> None:
    text = markdown.render(view(diagnosis))
    assert len(text) <= markdown.MAX_SIZE
    seen = html.document_fromstring(MarkdownIt("commonmark").enable("table").render(text))
    assert {str(one.tag) for one in seen.iter()} <= {
        *("html", "body", "h1", "h2", "p", "strong", "code", "pre", "ul", "li", "blockquote"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert not any(ord(character) < 32 for character in text.replace("\n", ""))


def test_markdown_of_many_causes_says_what_is_left_out() -> None:
    assert "180 more causes are in diagnosis.json." in markdown.render(view(many_causes(200)))
    assert "more parts are in diagnosis.html." in markdown.render(view(many_causes(200)))


def test_a_past_cause_is_said_to_be_one() -> None:
    assert "A later line says that it stands no more." in markdown.render(view(past()))


# --- files ------------------------------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_files_are_private_and_whole(tmp_path: Path) -> None:
    paths = write_diagnosis(tmp_path / "run", one_cause())
    assert {name: path.name for name, path in paths.items()} == {
        "json": "diagnosis.json", "markdown": "diagnosis.md", "html": "diagnosis.html",
    }  # fmt: skip
    assert {path.name for path in (tmp_path / "run").iterdir()} == {path.name for path in paths.values()}
    assert mode(tmp_path / "run") == 0o700
    assert {mode(path) for path in paths.values()} == {0o600}


@pytest.mark.parametrize("diagnosis", SAMPLES.values(), ids=SAMPLES)
def test_back_again_and_twice_the_same_bytes(tmp_path: Path, diagnosis: Diagnosis) -> None:
    first = write_diagnosis(tmp_path / "a", diagnosis)
    read = msgspec.json.decode(first["json"].read_bytes(), type=Diagnosis)
    assert read == safe_diagnosis(diagnosis)
    again = write_diagnosis(tmp_path / "b", read)
    assert {name: path.read_bytes() for name, path in first.items()} == {
        name: path.read_bytes() for name, path in again.items()
    }


def test_only_what_is_asked_for_and_nothing_of_an_older_one(tmp_path: Path) -> None:
    write_diagnosis(tmp_path / "run", fleet(3))
    assert set(write_diagnosis(tmp_path / "run", one_cause(), ["markdown"])) == {"json", "markdown"}
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"diagnosis.json", "diagnosis.md"}


def test_an_unknown_format_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"unknown report format 'pdf'.*Choose of json, markdown, html"):
        write_diagnosis(tmp_path / "run", one_cause(), ["pdf"])
    assert not (tmp_path / "run").exists()


def test_nothing_is_written_where_a_report_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> str:
        raise RuntimeError("broken")

    monkeypatch.setitem(write._RENDERERS, "html", broken)
    with pytest.raises(RuntimeError):
        write_diagnosis(tmp_path / "run", one_cause())
    assert not (tmp_path / "run").exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "run" / "diagnosis.html").symlink_to(victim)
    write_diagnosis(tmp_path / "run", one_cause())
    assert victim.read_text() == "precious"
    (tmp_path / "link").symlink_to(tmp_path / "run")
    with pytest.raises(BadInput, match="symbolic link"):
        write_diagnosis(tmp_path / "link", one_cause())


def test_a_diagnosis_alone_makes_a_directory_one_of_ours(tmp_path: Path) -> None:
    write_diagnosis(tmp_path / "run", one_cause())
    (tmp_path / "run").chmod(0o755)
    write_diagnosis(tmp_path / "run", one_cause())
    assert mode(tmp_path / "run") == 0o700


# --- schema -----------------------------------------------------------------------------------------------------------


def committed() -> Any:
    return json.loads((FOLDER / schema.file_name("diagnosis")).read_text(encoding="utf-8"))


def test_the_committed_schema_is_current() -> None:
    text = (FOLDER / schema.file_name("diagnosis")).read_text(encoding="utf-8")
    assert text == schema.text("diagnosis"), "see the head of report/schema.py"
    jsonschema.Draft202012Validator.check_schema(committed())
    assert committed()["$id"] == "urn:vpnphone:schema:diagnosis:1.0"


@pytest.mark.parametrize("diagnosis", SAMPLES.values(), ids=SAMPLES)
def test_what_is_written_validates(tmp_path: Path, diagnosis: Diagnosis) -> None:
    data = json.loads(write_diagnosis(tmp_path / "run", diagnosis)["json"].read_bytes())
    checker = jsonschema.Draft202012Validator(committed(), format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(data)] == []


def test_a_time_of_a_device_has_no_zone_and_ours_has_one() -> None:
    definitions = committed()["$defs"]
    assert any("pattern" in part for part in definitions["LogEvent"]["properties"]["at"]["anyOf"])
    assert any(part.get("format") == "date-time" for part in definitions["Diagnosis"]["properties"]["created"]["anyOf"])
    assert definitions["Diagnosis"]["properties"]["schema"] == {"const": "1.0"}
