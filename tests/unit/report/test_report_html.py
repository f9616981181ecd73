"""The HTML page, read back with a parser: safe, whole without JavaScript, stable, and fit for many devices."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.commands import COMMANDS
from ansible.module_utils.vpnphone.model import (
    DeviceResult,
    Evidence,
    Outcome,
    Run,
    UnparsedLine,
    Waiver,
)
from ansible.module_utils.vpnphone.report import html as page
from ansible.module_utils.vpnphone.report.text import MAX_NAME, clean, one_line
from ansible.module_utils.vpnphone.report.view import view
from lxml import html

from tests.unit.report.builders import HOSTILE, device, finding, run_of, sample_run, text_run

SAMPLE = sample_run()
RUNS = [pytest.param(SAMPLE, id="sample"), pytest.param(run_of(exit_code=3), id="empty")]
RUNS += [pytest.param(text_run(text), id=f"hostile{number}") for number, text in enumerate(HOSTILE)]
# Elements that load, run, embed or send something; style and script are looked at apart.
ACTIVE = {"img", "iframe", "object", "embed", "link", "base", "audio", "video", "source", "input", "image", "use"}
CSS = (Path(page.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")


def tree(run: Run) -> Any:
    return html.document_fromstring(page.render(view(run)))


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


def by_class(root: Any, name: str) -> list[Any]:
    return list(root.find_class(name))


# --- safe -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", RUNS)
def test_nothing_active_but_the_one_style_and_script(run: Run) -> None:
    root = tree(run)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    tags = [element.tag for element in elements]
    assert tags.count("style") == tags.count("script") == 1
    assert {tag for tag in tags if tag in ACTIVE} == {"input"}
    attributes = {name for element in elements for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")}
    ids = {element.get("id") for element in elements}
    for element in elements:
        href = element.get("href")
        assert href is None or (href.startswith("#") and href[1:] in ids)


@pytest.mark.parametrize("run", RUNS)
def test_the_policy_allows_these_blocks_by_hash_and_nothing_else(run: Run) -> None:
    root = tree(run)
    (meta,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']")
    expected = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    for tag in ("style", "script"):
        (block,) = root.iter(tag)
        digest = base64.b64encode(hashlib.sha256(block.text.encode()).digest()).decode()
        expected[f"{tag}-src"] = f"'sha256-{digest}'"
    assert dict(part.strip().split(" ", 1) for part in meta.get("content").split(";")) == expected
    # A policy counts from where it stands: before everything that it governs.
    assert [child.tag for child in root.find("head")][:2] == ["meta", "meta"]


def test_style_and_script_hold_no_data_and_no_address() -> None:
    first, second = tree(SAMPLE), tree(text_run(HOSTILE[0]))
    for tag in ("style", "script"):
        (one,), (two,) = first.iter(tag), second.iter(tag)
        assert one.text == two.text
        assert not re.search(r"https?:|//[a-z]|@import|url\(|innerHTML|eval|fetch|XMLHttp", one.text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    root = tree(text_run(text))
    names = [text_of(heading) for heading in root.iter("h3")]
    expected = [one_line(text, MAX_NAME), one_line(f"2{text}", MAX_NAME)]
    assert sorted(names) == sorted(expected)
    (wanted,) = root.xpath("//details[@class='finding'][@data-s='fail']//pre[@class='said']")
    if len(text) < 300:
        assert wanted.text_content().split("\n", 1)[1].rstrip("\n") == f"{clean(text)}\n{clean(text)}".rstrip("\n")
    assert len(root.xpath("//details[@class='device']")) == 2


@pytest.mark.parametrize("run", RUNS)
def test_the_same_run_gives_the_same_bytes_in_any_order(run: Run) -> None:
    turned = msgspec.structs.replace(run, devices=run.devices[::-1])
    assert page.render(view(run)) == page.render(view(turned))


# --- what it says ---------------------------------------------------------------------------------------------------


def test_the_overview() -> None:
    root = tree(SAMPLE)
    assert text_of(root.find(".//h1")) == "1 of 4 ASAs would lock phones out."
    (rest,) = by_class(root, "rest")
    assert text_of(rest) == "1 has findings to fix, 1 could not be read and 1 is ready for phones."
    (figures,) = by_class(root, "figures")
    assert [(text_of(one.find("dt")), text_of(one.find("dd"))) for one in figures] == [
        ("Locks phones out", "1"),
        ("Has findings", "1"),
        ("Could not be read", "1"),
        ("Ready", "1"),
    ]
    bars = [(int(bar.get("x")), int(bar.get("width"))) for bar in root.iter("rect")]
    assert bars == [(0, 250), (250, 250), (500, 250), (750, 250)]
    (facts,) = by_class(root, "facts")
    assert "3 (could not decide or reach)" in [text_of(value) for value in facts.iter("dd")]
    (notes,) = by_class(root, "notes")
    assert text_of(notes).startswith("The waiver of VPNP-116")
    assert text_of(root.find(".//title")) == "1 of 4 ASAs would lock phones out. Example HQ, 2024-05-06"


def test_the_matrix() -> None:
    (table,) = by_class(tree(SAMPLE), "matrix")
    head = [text_of(cell) for cell in table.find("thead/tr")]
    rows = {text_of(row[0]): [text_of(cell) for cell in row[1:]] for row in table.find("tbody")}
    assert list(rows) == ["asa-branch", "asa-classic", "asa-dr", "asa-hq"]
    branch = dict(zip(head[1:], rows["asa-branch"], strict=True))
    assert (branch["Ciphers"], branch["DAP"], branch["High availability"]) == ("✕ 2? 1", "? 2", "~")
    assert rows["asa-dr"] == ["? no answer while connecting to 192.0.2.17 port 22."]
    assert set(rows["asa-hq"]) == {"✓", "–"}  # noqa: RUF001 - the mark of skipped
    assert head[1] == "Licence"


def test_what_to_do_first_names_every_control_and_every_unread_device() -> None:
    root = tree(SAMPLE)
    now, more = (one.findall("li") for one in by_class(root, "first"))
    assert (len(now), len(more)) == (page.MAX_ACTIONS + 1, 15)
    assert text_of(now[0]).startswith("✕ FAIL critical Phones are shown a lasting certificate VPNP-111")
    assert "timeout_connect" in text_of(now[-1])
    assert [link.get("href") for link in now[-1].iter("a")] == ["#d3"]


def test_a_finding_tells_all_without_javascript() -> None:
    root = tree(SAMPLE)
    (one,) = root.xpath("//details[@id='d1']//details[@class='finding'][.//span[@class='id']='VPNP-221']")
    assert (one.get("data-s"), one.get("data-v")) == ("fail", "critical")
    assert [text_of(part) for part in one.iter("dd")] == ["without-csd in the tunnel-group", "csd enable"]
    evidence, fix = one.iter("pre")
    assert evidence.text_content() == (
        "# show running-config webvpn\nwebvpn\n enable outside\n csd image disk0:/csd_3.6.6249-k9.pkg\n csd enable\n"
    )
    assert fix.text_content() == "tunnel-group VPNPhone webvpn-attributes\n without-csd"
    (reference,) = by_class(one, "ref")
    assert text_of(reference) == "docs/controls/VPNP-221.md · Cisco document 116162, “CSD and IP Phones” · F-035"
    assert not list(root.iter("button"))[2:], "buttons that need JavaScript are made by it"
    (tools,) = by_class(root, "tools")
    assert "hidden" in tools.attrib


def test_a_rule_that_the_document_does_not_have_is_not_said_to_be_of_it() -> None:
    (one,) = tree(SAMPLE).xpath("//details[@id='d1']//details[@class='finding'][.//span[@class='id']='VPNP-118']")
    (reference,) = by_class(one, "ref")
    assert text_of(reference) == "docs/controls/VPNP-118.md · Not in the document · F-096"


def test_what_outcomes_share_is_shown_once() -> None:
    outcomes = [
        Outcome(status="fail", subject=f"model {number}", message=f"offers {number}", expected="e", actual="a",
                evidence=(Evidence(command="show ssl", lines=("line",)),), fix=("ssl cipher tlsv1.2 high",))
        for number in range(3)
    ]  # fmt: skip
    other = msgspec.structs.replace(outcomes[0], actual="other")
    one = finding("a", "VPNP-121", outcomes[0], other, *outcomes[1:])
    (shown,) = by_class(tree(run_of(device("a", (one,)))), "finding")
    first, second = by_class(shown, "outcome")
    assert [text_of(line) for line in first.findall("p")][:3] == [
        f"model {number} offers {number}" for number in range(3)
    ]
    assert [text_of(part) for part in first.iter("pre")] == ["# show ssl line", "ssl cipher tlsv1.2 high"]
    assert [text_of(part) for part in second.iter("dd")] == ["e", "other"]


def test_a_name_is_told_once() -> None:
    one = device("asa1", (), hostname="asa1", origin="live")
    other = device("asa2", (), hostname="asa1", origin="live")
    first, second = by_class(tree(run_of(one, other)), "device")
    assert "Calls itself" not in text_of(first)
    assert "Calls itself asa1. Read live." in text_of(second)


def test_a_device_tells_how_it_was_learned() -> None:
    root = tree(SAMPLE)
    branch = root.get_element_by_id("d1")
    text = text_of(branch)
    assert "Calls itself BR-VPN-7. Read live at 2024-05-06 07:29:00 UTC." in text
    assert "Phones use the tunnel-group VPNPhone (likely): its name and its sign-in" in text
    assert "2 lines not understood" in text
    assert "webvpn:14   hostscan image-secondary disk0:/hs.pkg" in branch.text_content()
    assert "refused more disk0:/dap.xml (dap_xml): Command authorization failed" in text
    assert f"How each section was learned {len(COMMANDS) - 2} known, 2 not" in text
    assert "more disk0:/dap.xml (not there)" in text_of(root.get_element_by_id("d4"))
    assert "Look at the route" in text_of(root.get_element_by_id("d3"))


def test_waivers_say_who_and_until_when() -> None:
    expired = Waiver(control="VPNP-221", reason="soon replaced", approved_by="K. Lind", expires="2024-01-31")
    run = msgspec.structs.replace(
        SAMPLE,
        devices=(*SAMPLE.devices, device("asa-old", (
            finding("asa-old", "VPNP-221", Outcome(status="fail", message="expired"), waiver=expired),))),
    )  # fmt: skip
    (table,) = by_class(tree(run), "plain")
    assert [[text_of(cell) for cell in row] for row in table.find("tbody")] == [
        [
            "2024-01-31 expired",
            "asa-old",
            "CSD or HostScan does not stop the phones VPNP-221",
            "K. Lind",
            "soon replaced",
        ],
        [
            "2024-06-15",
            "asa-branch",
            "The standby unit has the certificate VPNP-261",
            "J. Ortiz, CAB-1182",
            "The standby unit is replaced on 1 June; failover is switched off until then.",
        ],
    ]


def test_every_result_is_on_the_page_once_and_can_be_filtered() -> None:
    root = tree(SAMPLE)
    for number, one in enumerate(view(SAMPLE).devices, 1):
        marked = root.xpath(f"//details[@id='d{number}']//*[@data-s]")
        assert len(marked) == len(one.findings) + (one.result.failure is not None)
    assert [option.get("value") for option in root.xpath("//select[@name='device']/option")] == [
        "",
        "d1",
        "d2",
        "d3",
        "d4",
    ]


def test_a_certain_fail_is_not_hidden_by_an_unknown_beside_it() -> None:
    both = finding("a", "VPNP-221", Outcome(status="error", message="x"), Outcome(status="fail", message="y"))
    (one,) = by_class(tree(run_of(device("a", (both,)))), "finding")
    assert one.get("data-s") == "fail error"
    assert text_of(one.find("summary")).startswith("✕ FAIL")


# --- size and reading -----------------------------------------------------------------------------------------------


def test_a_thousand_devices_stay_below_15_kb_each() -> None:
    devices = [msgspec.structs.replace(SAMPLE.devices[number % 4], name=f"asa-{number}") for number in range(1000)]
    text = page.render(view(msgspec.structs.replace(SAMPLE, devices=tuple(devices))))
    assert len(text.encode()) < 1000 * 15_000
    assert text.count('<details class="device"') == 1000
    assert '" open>' not in text, "many devices are closed at first"


def test_endless_lists_are_cut_and_counted() -> None:
    lines = tuple(f"line {number} " + "x" * 1000 for number in range(200))
    outcomes = tuple(
        Outcome(status="fail", message=str(number), evidence=(Evidence(command="show", lines=lines),))
        for number in range(100)
    )
    unparsed = tuple(UnparsedLine(section="webvpn", line=number, text=line) for number, line in enumerate(lines))
    one = DeviceResult(name="a", status="fail", findings=(finding("a", "VPNP-221", *outcomes),), unparsed=unparsed)
    text = page.render(view(run_of(one)))
    assert len(text) < 500_000
    for expected in ("(170 more lines in run.json)", "70 more outcomes are in run.json.", "(160 more in run.json)"):
        assert expected in text


def test_two_devices_of_one_name_keep_their_own_places() -> None:
    ids = [one.get("id") for one in by_class(tree(run_of(SAMPLE.devices[0], SAMPLE.devices[0])), "device")]
    assert ids == ["d1", "d2"]


def channel(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def contrast(one: str, two: str) -> float:
    """Ratio of WCAG 2 between two colours #rrggbb."""
    light = sorted(
        sum(weight * channel(int(colour[at : at + 2], 16)) for weight, at in ((0.2126, 1), (0.7152, 3), (0.0722, 5)))
        for colour in (one, two)
    )
    return (light[1] + 0.05) / (light[0] + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_has_the_contrast_to_be_read(scheme: str) -> None:
    blocks = re.findall(r":root \{([^}]*)\}", CSS)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[0 if scheme == "light" else 1]))
    assert len(colours) == 18
    pairs = [(name, ground) for name in ("ink", "soft") for ground in ("paper", "card", "faint")]
    pairs += [(name, f"{name}-bg") for name in ("fail", "error", "waived", "pass", "skipped")]
    pairs += [(name, ground) for name in ("fail", "error", "waived", "pass", "skipped", "findings", "unread")
              for ground in ("paper", "card")]  # fmt: skip
    pairs += [("error", "fail-bg"), ("ink", "error-bg"), ("soft", "error-bg")]
    low = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in low.items() if ratio < 4.5} == {}


def test_print_opens_everything_and_motion_can_be_off() -> None:
    printed = CSS.split("@media print")[1]
    assert "details::details-content" in printed
    assert "content-visibility: visible !important" in printed
    assert "prefers-reduced-motion" in CSS
