"""locale/: as the code is today, every text translated with the same holes; and what the extractor takes from code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.report.said_template import holes
from babel.messages.catalog import Catalog

from tools import catalogue
from tools.catalogue_said import COMPOSED, Said, reasons_of, templates


def test_the_catalogue_is_up_to_date_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    code = catalogue.main(["--check"])
    assert (code, capsys.readouterr().out) == (0, ""), "run `make catalogue`, then translate what it lists"


def test_every_text_has_a_translation_with_the_same_holes() -> None:
    found = [message for message in catalogue.read("ko") if message.id]
    assert len(found) > 1000
    for message in found:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in strings:
            assert text
            assert sorted(holes(text)) == sorted(holes(ids[-1])), ids


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('say(f"trustpoint {name} is missing")', ["trustpoint {0} is missing"]),
        ('say(f"{count:,} of {len(all)} phones, built {at:%Y-%m-%d}")', ["{0:n} of {1:n} phones, built {2}"]),
        ("say(f\"{n} phone{'' if n == 1 else 's'} lost\")", ["{0} phone{|s} lost"]),
        ('say(f"it {a}{b} here")', ["it {0} here"]),
        ('say("{} by {} alone".format(a, b))', ["{0} by {1} alone"]),
        ('say(f"no phone {x}" + " is here")', ["no phone {0} is here"]),
        ("say(f\"lost{' by a fault' if x else ''} now\")", ["lost{0} now", " by a fault"]),
        ("def be(n):\n    return 'is' if n == 1 else 'are'\nsay(f'{n} {be(n)} lost')", ["{0} {is|are} lost"]),
        # No texts of a report: documentation, names, what is typed or answered, what another field has.
        ('"""A docstring of a module."""', []),
        ('say("name")', []),
        ("x = Control(rationale='why it is so', title='The title of it')", []),
        ("Evidence(command='show the version', lines=('a line of it',))", []),
        ("re.compile('the pattern of it')", []),
    ],
)
def test_what_is_taken_from_code(code: str, expected: list[str]) -> None:
    assert [text for _, text in Said(ast.parse(code)).texts()] == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('raise Unreadable(f"`{x}` has no lines")', ["`{0}` has no lines"]),
        ('Answer(COMMAND, "incomplete", "", f"{file}: cut by it")', ["{0}: cut by it"]),
        ('DeviceRefused(f"it said {x}.", where="a place", todo="Look at it.")', ["it said {0}.", "Look at it."]),
        ('status, detail = "closed", "nobody is there"', ["nobody is there"]),
        ('def why():\n    return "it was cut"\ndef other():\n    return "not this one"', ["it was cut"]),
        # What is typed, answered or compared.
        ('TEMPLATE = "show version {{ x }}"\nif "not this" in text:\n    ask("show ssl ciphers")', []),
    ],
)
def test_of_a_parser_the_reasons_alone_are_taken(code: str, expected: list[str]) -> None:
    assert sorted(text for _, text in reasons_of(ast.parse(code), {"why"})) == sorted(expected)


def test_what_variables_put_together_is_of_files_that_are_there() -> None:
    assert not [file for file in COMPOSED if not (Path(catalogue.ROOT) / "module_utils" / "vpnphone" / file).is_file()]
    assert {text for texts in COMPOSED.values() for text in texts} <= templates().keys()


def test_what_is_wrong_is_told() -> None:
    made = Catalog(locale="ko")
    made.add("{0} is {1}", "{0}")
    made.add("not there")
    made.add("type this:", "이것을 입력")
    made.add("fine {0}", "{0} 좋음")
    assert [fault.partition(":")[0] for fault in catalogue.wrong(made)] == [
        "other holes than '{0} is {1}'",
        "not translated",
        "only one ends with a colon",
    ]


def test_check_changes_nothing_and_lists_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    monkeypatch.setattr(catalogue, "extracted", lambda: made)
    monkeypatch.setattr(catalogue, "verbatim_texts", lambda: ["a command that is no more"])
    made = Catalog()
    made.add("a text of a report")
    assert catalogue.main(["--check"]) == 1
    assert not (tmp_path / "locale").exists()
    capsys.readouterr()
    assert catalogue.main([]) == 1
    listed = capsys.readouterr().out
    assert "ko: not translated: 'a text of a report'" in listed
    assert "verbatim.txt: no text of the code is 'a command that is no more'" in listed
    po = catalogue.path_of("ko", "po")
    untranslated = 'msgid "a text of a report"\nmsgstr "'
    po.write_text(po.read_text(encoding="utf-8").replace(untranslated, untranslated + "보고서"), encoding="utf-8")
    monkeypatch.setattr(catalogue, "verbatim_texts", list)
    assert catalogue.main([]) == 0
    assert catalogue.main(["--check"]) == 0
