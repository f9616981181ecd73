"""What changed, as it is told: at a terminal, in report.md, drawn in report.html; and by the module."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.history import store
from ansible.module_utils.vpnphone.history.trend import trend
from ansible.module_utils.vpnphone.model import Failure, Run
from ansible.module_utils.vpnphone.model.history import Point, Snapshot, Trend
from ansible.module_utils.vpnphone.report import html, markdown
from ansible.module_utils.vpnphone.report.text import width as columns_of
from ansible.module_utils.vpnphone.report.trend import BOX, columns, render_trend
from ansible.module_utils.vpnphone.report.view import view
from ansible.module_utils.vpnphone.report.write import read_trend, write_reports
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins import load_module
from tests.unit.history.builders import Said, ending, night, result, run_of, seen, snapshot, unread
from tests.unit.report.test_report_korean import HANGUL, left_in_english

DAYS = [90, 30, 7]
FAIL: Said = ("C1", "outside", "fail")
WORSE: Said = ("C2", "VPNPhone", "fail")
DRIFT: Said = ("VPNP-119", "outside", "fail")
CONTROLS = ("C1", "C2", "VPNP-119")


def told(folder: Path, *runs: Snapshot, now: int | None = None) -> Trend:
    for run in runs:
        store.record(folder / "h.sqlite3", run)
    return trend(store.content(folder / "h.sqlite3"), DAYS, night(len(runs) - 1 if now is None else now))


@pytest.fixture
def three(tmp_path: Path) -> Trend:
    """Three nights: one finding fixed, one new, one that stays, one waived, a device lost and one that is gone."""
    inventory = ("asa1", "asa2", "asa3")
    expiry = (ending(7), ending(300, serial="2", name="later"), ending(1, serial="3", kind="CAPF", name="CAPF-1"))
    return told(
        tmp_path,
        snapshot(0, seen("asa1", FAIL, DRIFT, controls=CONTROLS), seen("asa2", FAIL), seen("asa4", FAIL)),
        snapshot(1, seen("asa1", FAIL, DRIFT, controls=CONTROLS), seen("asa2", FAIL), inventory=(*inventory, "asa4")),
        snapshot(
            2,
            seen("asa1", WORSE, DRIFT, ("C2", "dmz", "waived"), controls=CONTROLS),
            unread("asa2"),
            inventory=inventory,
            expiry=expiry,
        ),
    )


def test_a_terminal_in_korean(three: Trend) -> None:
    """Messages of these findings are self-made, so they stay; all else is said."""
    korean = render_trend(three, language="ko").split("\n")
    assert max(map(columns_of, korean)) <= 100
    made = ("fail ", "waived ")
    assert not [line for line in korean if line and not HANGUL.search(line) and not any(one in line for one in made)]
    assert not [line for line in korean if left_in_english(line)]
    assert korean[0] == "Lab: 2026-11-02 02:00 UTC 이후: 신규 1개, 해결 1개, 계속 미해결 2개."


def test_a_terminal(three: Trend) -> None:
    assert render_trend(three).split("\n") == [
        "Lab: Since 2026-11-02 02:00 UTC: 1 new, 1 fixed, 2 still open.",
        "Run night-2 of 2026-11-03 02:00 UTC. 3 runs since 2026-11-01.",
        "1 device of the inventory was not in this run (--limit): nothing there counts as fixed.",
        "",
        "NEW (1)",
        "    high     C2  asa1 VPNPhone: fail VPNPhone",
        "",
        "ACCEPTED BY A WAIVER (1)",
        "    high     C2  asa1 dmz: waived dmz",
        "",
        "FIXED (1)",
        "    high     C1  asa1 outside: fail outside  since 2026-11-01 (2 days)",
        "",
        "STILL OPEN (2)",
        "    high     VPNP-119  asa1 outside: fail outside  since 2026-11-01 (2 days)",
        "    high     C1  asa2 outside: fail outside",
        "        since 2026-11-01 (2 days) [the device could not be read]",
        "",
        "ACCEPTED RISKS (1)",
        "    high     C2  asa1 dmz: waived dmz",
        "",
        "DEVICES (2)",
        "    asa4 is not in the inventory any more, with 1 finding: these are not fixed",
        "    asa2 could not be read, with 1 finding: nothing is known of them now",
        "",
        "COULD NOT BE READ (1)",
        "    asa2 [timeout_connect] since 2026-11-03",
        "",
        "BINDING DIFFERS BETWEEN RUNNING AND STARTUP (1)",
        "    high     VPNP-119  asa1 outside: fail outside  since 2026-11-01 (2 days)",
        "",
        "ENDS WITHIN 90 DAYS (2)",
        "    2026-11-02, ended           CAPF              CAPF-1 (asa1)",
        "    2026-11-08, in 5 days       ASA certificate   vpn.example.com (asa1)",
    ]


def test_the_first_run(tmp_path: Path) -> None:
    text = render_trend(told(tmp_path, snapshot(0, seen("asa1", FAIL), expiry=(ending(300),))))
    assert text.startswith("Lab: This is the first recorded run of Lab: 1 finding")
    assert "NOTHING ENDS WITHIN 90 DAYS; NEXT\n    2027-08-28, in 300 days" in text
    assert "BINDING  what runs is what is saved" in text


def test_nothing_at_all(tmp_path: Path) -> None:
    text = render_trend(told(tmp_path, snapshot(0), snapshot(1)))
    assert text.split("\n")[0] == "Lab: Since 2026-11-01 02:00 UTC: 0 new, 0 fixed, 0 still open."
    assert "EXPIRY CALENDAR  no certificate has an end" in text


def test_what_is_alike_is_one_line(tmp_path: Path) -> None:
    many = tuple(("C1", f"{model} TLS", "fail") for model in range(30))
    last = told(tmp_path, snapshot(0, seen("asa1", *many, FAIL)), snapshot(1, seen("asa1", *many, WORSE)))
    lines = render_trend(last, width=120).split("\n")
    assert "STILL OPEN (30)" in lines
    assert [line for line in lines if "29 like it" in line] == [
        "    high     C1  asa1 0 TLS: fail 0 TLS  and 29 like it  since 2026-11-01 (1 day)"
    ]


def test_why_this_run_says_nothing_of_a_finding(tmp_path: Path) -> None:
    first = [seen(name, FAIL, controls=("C1",)) for name in ("a", "b", "c", "d", "e")]
    second = [seen("a", FAIL), seen("b", ("C1", "", "error")), seen("c", controls=("C2",)), unread("d")]
    last = told(tmp_path, snapshot(0, *first), snapshot(1, *second))
    assert {one.finding.device: one.why for one in last.still} == {
        "a": "",
        "b": "UNKNOWN in this run",
        "c": "this run did not judge by this control",
        "d": "the device could not be read",
        "e": "the device was not in this run",
    }


def test_every_line_fits(three: Trend) -> None:
    for width in (10, 80, 100, 300):
        assert max(map(len, render_trend(three, width=width).split("\n"))) <= max(80, min(width, 160))


# --- reports ----------------------------------------------------------------------------------------------------------


def run(*said: Said) -> Run:
    return run_of(2, result("asa1", *(said or (WORSE,))))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def page(shown: Trend) -> tuple[str, Tags]:
    text = html.render(view(run(), shown))
    tags = Tags()
    tags.feed(text)
    return text, tags


def test_the_page_draws_every_run_and_has_the_numbers_beside_it(three: Trend) -> None:
    text, tags = page(three)
    rects = [
        attributes for tag, attributes in tags.seen if tag == "rect" and (attributes["class"] or "").startswith("part-")
    ]
    # Three nights of open findings, and a waived one in the last.
    assert [one["class"] for one in rects] == ["part-fail"] * 3 + ["part-waived"]
    assert "Findings that stood after each of the last 3 runs" in text
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>((?:<td>\d+</td>)+)', text)
    numbers = [(when, re.findall(r"\d+", cells)) for when, cells in rows]
    assert numbers[0] == ("2026-11-03 02:00 UTC", ["2", "3", "0", "1", "1", "1"])
    assert [when for when, _ in numbers][1:] == ["2026-11-02 02:00 UTC", "2026-11-01 02:00 UTC"]
    assert "Since 2026-11-02 02:00 UTC: 1 new, 1 fixed, 2 still open." in text
    assert "2026-11-08, in 5 days" in text
    assert "asa4 is not in the inventory any more" in text
    assert text.count("<script>") == 1


def test_a_page_without_a_history_says_nothing_of_one(three: Trend) -> None:
    text = html.render(view(run()))
    assert "Since the run before" not in text
    assert ".course" not in text
    assert "Since the run before" not in markdown.render(view(run()))


def test_a_run_that_was_not_recorded_says_why() -> None:
    failure = Failure(code="history_full", what="the disk is full.", todo="Make room.")
    shown = Trend(site="Lab", run_id="night-2", started=night(2), failure=failure)
    assert "the disk is full." in page(shown)[0]
    for text in (render_trend(shown), markdown.render(view(run(), shown))):
        assert "This run is not in the history" in text
        assert "the disk is full. To do: Make room." in " ".join(text.split())


def test_markdown(three: Trend) -> None:
    text = markdown.render(view(run(), three)).partition("## Since the run before")[2].replace("\u200b", "")
    assert "1 new, 1 fixed, 2 still open" in text
    assert "**New (1)**\n\n- high · C2 · `asa1 VPNPhone`: fail VPNPhone · since 2026-11-03" in text
    assert "**Fixed (1)**\n\n- high · C1 · `asa1 outside`: fail outside · since 2026-11-01 (2 days)" in text
    assert "**Binding differs between running and startup (1)**" in text
    assert "- 2026-11-08, in 5 days · ASA certificate · `vpn.example.com` (asa1)" in text


HOSTILE = "</td><script>alert(1)</script>|`x`\n# [a](b) @all"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    said: Said = ("C1", HOSTILE, "fail")
    device = seen(HOSTILE, said)
    expiry = (ending(1, name=HOSTILE, device=HOSTILE),)
    shown = told(tmp_path, snapshot(0, seen(HOSTILE)), snapshot(1, device, expiry=expiry), snapshot(2, unread(HOSTILE)))
    text, tags = page(shown)
    assert [tag for tag, _ in tags.seen].count("script") == 1
    assert "alert(1)</script>" not in text
    made = markdown.render(view(run(), shown))
    assert "\n# [a]" not in made
    assert "\n# " not in render_trend(shown)


def point(**numbers: int) -> Point:
    counts = dict.fromkeys(("devices", "open", "undecided", "waived", "new", "fixed"), 0) | numbers
    return Point(run_id="r", started=night(0), exit_code=0, **counts)


@given(st.lists(st.tuples(*[st.integers(0, 5000)] * 3), max_size=70))
def test_no_column_leaves_the_box(counts: list[tuple[int, int, int]]) -> None:
    drawn = columns([point(open=first, undecided=second, waived=third) for first, second, third in counts])
    assert len(drawn) == len(counts)
    for column, numbers in zip(drawn, counts, strict=True):
        assert 0 <= column.x < column.x + column.width <= BOX[0]
        assert len(column.parts) == sum(number > 0 for number in numbers)
        for _, y, height in column.parts:
            assert 0 <= y <= y + height <= BOX[1] + 1
    if any(map(any, counts)):
        # The highest one fills the box.
        assert min(y for column in drawn for _, y, _ in column.parts) <= 1


# --- beside the run ---------------------------------------------------------------------------------------------------


def test_a_trend_is_read_where_it_is_this_run_s(tmp_path: Path, three: Trend) -> None:
    path = tmp_path / "trend.json"
    assert read_trend(tmp_path, run()) is None
    path.write_bytes(msgspec.json.encode(three))
    assert read_trend(tmp_path, run()) == three
    assert read_trend(tmp_path, run_of(2, started=night(9))) is None
    assert read_trend(tmp_path, run_of(3, run_id="night-2")) is None
    for data in (b"{", b"[]", b'{"schema_version": "9.0"}', b""):
        path.write_bytes(data)
        assert read_trend(tmp_path, run()) is None


# --- the module -------------------------------------------------------------------------------------------------------


MODULE = load_module("vpnphone_history")


def execute(folder: Path, action: str, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    params = {name: option.get("default") for name, option in MODULE.ARGUMENT_SPEC.items()}
    params |= {"action": action, "file": str(folder / "history.sqlite3"), "run_dir": str(folder / "run")}
    found: dict[str, Any] = MODULE.execute(params | given, check_mode=check_mode)
    return found


# The module knows which controls there are.
REAL: Said = ("VPNP-101", "", "fail")


def keep(folder: Path, number: int, *said: Said) -> Run:
    kept = run_of(number, result("asa1", *said))
    write_reports(kept, folder / "run", ("json",))
    return kept


def test_record_then_trend_then_prune(tmp_path: Path) -> None:
    keep(tmp_path, 0, REAL)
    first = execute(tmp_path, "record", keep_days=0, check_mode=True)
    assert (first["recorded"], first["changed"], first["warnings"]) == (True, False, [])
    assert execute(tmp_path, "record", keep_days=0)["recorded"] is False
    kept = keep(tmp_path, 1, ("VPNP-102", "", "fail"), ("VPNP-101", "", "pass"))
    assert execute(tmp_path, "record", keep_days=0)["recorded"] is True
    shown = read_trend(tmp_path / "run", kept)
    assert shown is not None
    assert shown.changed == {"fixed": 1, "new": 1}
    result_of_trend = execute(tmp_path, "trend")
    assert result_of_trend["sites"] == ["Lab"]
    assert result_of_trend["trend"]["changed"] == {"fixed": 1, "new": 1}
    assert "1 new, 1 fixed" in result_of_trend["text"]
    json.dumps(result_of_trend)
    # The runs are of a far night: by today's clock both may be older than a day.
    pretended = execute(tmp_path, "prune", check_mode=True, keep_days=1)
    assert execute(tmp_path, "prune", keep_days=1)["pruned"] == pretended["pruned"]
    assert execute(tmp_path, "prune", keep_days=0)["changed"] is False


def test_a_run_that_cannot_be_recorded_says_so_in_its_reports(tmp_path: Path) -> None:
    kept = keep(tmp_path, 0, FAIL)
    (tmp_path / "history.sqlite3").write_text("notes", encoding="utf-8")
    with pytest.raises(BadInput, match="no history of audits"):
        execute(tmp_path, "record")
    shown = read_trend(tmp_path / "run", kept)
    assert shown is not None and shown.failure is not None
    assert shown.failure.code == "history_foreign"


def test_a_late_run_is_told(tmp_path: Path) -> None:
    for number in (1, 0):
        keep(tmp_path, number, FAIL)
        done = execute(tmp_path, "record", keep_days=0)
    assert done["warnings"] == [
        "A newer run had told of 1 device already (asa1): what this run says of them changes nothing."
    ]


def test_metrics_that_cannot_be_written_do_not_lose_the_run(tmp_path: Path) -> None:
    keep(tmp_path, 0, FAIL)
    good = str(tmp_path / "vpnphone.prom")
    assert execute(tmp_path, "record", metrics_file=good)["metrics_file"] == good
    for bad, words in (("vpnphone.txt", "bad_input"), ("nowhere/vpnphone.prom", "file_unwritable")):
        done = execute(tmp_path, "trend", metrics_file=str(tmp_path / bad))
        assert "metrics_file" not in done
        assert "No metrics were written" in done["warnings"][0]
        assert words in done["warnings"][0]


@pytest.mark.parametrize("days", [-1, 10**9])
def test_days_that_make_no_sense(tmp_path: Path, days: int) -> None:
    with pytest.raises(BadInput, match="cannot be kept"):
        execute(tmp_path, "prune", keep_days=days)
