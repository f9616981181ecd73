"""The pages of docs/ that are made from the code: up to date, whole, and made anew where somebody changed them."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

from tools import docs_errors, docs_variables, generate_docs

ROOT = Path(__file__).resolve().parents[2]


def test_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code = generate_docs.main(["--check"])
    assert (code, capsys.readouterr().out) == (0, ""), "run tools/generate_docs.py"


def test_check_lists_stale_files_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--folder", str(tmp_path)]
    assert generate_docs.main(words) == 0
    assert generate_docs.main([*words, "--check"]) == 0
    capsys.readouterr()
    controls, errors = tmp_path / "controls", tmp_path / "errors"
    (controls / "VPNP-221.md").write_text("old", encoding="utf-8")
    (controls / "VPNP-222.md").unlink()
    (errors / "no_such_code.md").write_text("gone", encoding="utf-8")
    (tmp_path / "variables.md").write_text("old", encoding="utf-8")
    (tmp_path / "notes.md").write_text("not ours", encoding="utf-8")
    assert generate_docs.main([*words, "--check"]) == 1
    listed = capsys.readouterr().out.splitlines()
    names = [Path(line.removeprefix("stale: ")).relative_to(tmp_path).as_posix() for line in listed]
    assert names == ["controls/VPNP-221.md", "controls/VPNP-222.md", "errors/no_such_code.md", "variables.md"]
    assert (controls / "VPNP-221.md").read_text(encoding="utf-8") == "old"
    assert generate_docs.main(words) == 0
    assert generate_docs.main([*words, "--check"]) == 0
    assert not (errors / "no_such_code.md").exists()
    assert (tmp_path / "notes.md").exists()


# --- errors -----------------------------------------------------------------------------------------------------------


def test_every_code_has_a_page_that_says_what_to_do() -> None:
    rows = docs_errors.entries(docs_errors.TABLE.read_text(encoding="utf-8"))
    pages = docs_errors.render()
    assert set(pages) == {"README.md", *(f"{code}.md" for code in rows)}
    for code, row in rows.items():
        assert row.means in pages[f"{code}.md"]
        assert f"## What to do\n\n{row.todo}" in pages[f"{code}.md"]


def test_a_page_has_the_words_of_the_code() -> None:
    page = docs_errors.render()["login_refused.md"]
    assert "> … refused the login of …." in page
    assert "`module_utils/vpnphone/transport/login.py`" in page


def test_a_row_that_is_no_row_is_an_error() -> None:
    good = "## Here\n\n| `one`, `two` | Means a thing. | Do `x`. |\n"
    entry = docs_errors.Entry("Here", "Means a thing.", "Do `x`.")
    assert docs_errors.entries(good) == {"one": entry, "two": entry}
    with pytest.raises(ValueError, match="three"):
        docs_errors.entries(good + "| `three` | Means a thing. |\n")


# --- variables --------------------------------------------------------------------------------------------------------


@functools.cache
def rows() -> dict[str, list[str]]:
    lines = [line for line in docs_variables.render().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {found[0].strip("`"): found[1:] for found in cells}


def test_a_variable_has_its_type_its_default_and_its_readers() -> None:
    found = rows()
    assert found["vpnphone_connect_timeout"][:2] == ["int", "`20`"]
    assert found["ansible_port"][:2] == ["int", "`22`"]
    assert found["vpnphone_profile"][1:] == [
        "must be given", "What the phones' profile must say.", "vpnphone_asa_profile `profile`",
    ]  # fmt: skip


def test_every_variable_of_it_is_in_the_guide_too() -> None:
    guide = (ROOT / "docs" / "inventory.md").read_text(encoding="utf-8")
    own = [name for name in rows() if name.startswith("vpnphone_")]
    assert len(own) > 80
    # Set by the playbooks themselves.
    internal = {"vpnphone_run_dir", "vpnphone_saved_output", "vpnphone_run_started"}
    assert [name for name in own if f"`{name}`" not in guide and name not in internal] == []


def test_no_cell_is_empty_that_a_reader_needs() -> None:
    for name, (kind, _default, meaning, readers) in rows().items():
        assert kind and meaning.endswith((".", ":", ")")) and readers, name
