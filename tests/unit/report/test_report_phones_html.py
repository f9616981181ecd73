"""The phones' part of the HTML page, read back with a parser: safe, whole without JavaScript, and small."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import Attempt, Run
from ansible.module_utils.vpnphone.report import html as page
from ansible.module_utils.vpnphone.report.moments import MOMENTS
from ansible.module_utils.vpnphone.report.text import one_line
from ansible.module_utils.vpnphone.report.view import view

from tests.unit.report.builders import HOSTILE
from tests.unit.report.phone_builders import (
    STALE,
    many_reasons,
    name,
    phones_of,
    predictions,
    site_run,
    text_site,
    thousand,
    with_phones,
)
from tests.unit.report.test_report_html import ACTIVE, by_class, text_of, tree

SITE = site_run(40)
THOUSAND = thousand()
RUNS = [pytest.param(SITE, id="site"), pytest.param(site_run(1), id="one"), pytest.param(THOUSAND, id="thousand")]
RUNS += [pytest.param(text_site(text), id=f"hostile{number}") for number, text in enumerate(HOSTILE)]


@pytest.mark.parametrize("run", RUNS)
def test_the_page_loads_nothing_and_leads_nowhere(run: Run) -> None:
    root = tree(run)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    tags = [element.tag for element in elements]
    assert tags.count("style") == tags.count("script") == 1
    assert {tag for tag in tags if tag in ACTIVE} == {"input"}
    attributes = {attribute for element in elements for attribute in element.attrib}
    assert not {one for one in attributes if one.startswith("on") or one in ("style", "src", "srcset", "action")}
    ids = [element.get("id") for element in elements if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in elements:
        href = element.get("href")
        assert href is None or href[1:] in ids


def test_style_and_script_hold_no_data_and_no_address() -> None:
    first, second = tree(SITE), tree(text_site(HOSTILE[0]))
    for tag in ("style", "script"):
        (one,), (two,) = first.iter(tag), second.iter(tag)
        assert one.text == two.text
        assert not re.search(r"https?:|//[a-z]|@import|url\(|innerHTML|eval|fetch|XMLHttp", one.text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text_and_filters_hold_none_of_it(text: str) -> None:
    root = tree(text_site(text))
    names = {text_of(item) for item in root.xpath("//ul[@class='names']/li")}
    assert names == {one_line(f"{number}{text}", 200) for number in range(3)}
    moment = "|".join(MOMENTS)
    for key, pattern in {
        "m": "m[0-9]+", "a": "a[0-9]+", "t": f"(?:{moment})(?: (?:{moment}))*", "c": "fail|error|pass",
    }.items():  # fmt: skip
        values = root.xpath(f"//*[@data-{key}]/@data-{key}")
        assert values
        assert [value for value in values if not re.fullmatch(pattern, value)] == []


def test_the_first_screen_says_how_many_why_and_what_to_do() -> None:
    root = tree(THOUSAND)
    (head,) = by_class(root, "head")
    assert text_of(head.find("h1")) == "400 of 1,000 phones are locked out."
    (lead,) = by_class(head, "lead")
    assert [text_of(item[0]) for item in lead] == [
        "300 LOCKED OUT", "100 LOCKED OUT", "100 LOCKED OUT after a reload",
    ]  # fmt: skip
    assert "in CUCM, add the certificate to the VPN gateway GW1" in text_of(lead[0])
    assert "43 of them had a session during the audit and will not get another." in text_of(lead[0])
    # A sentence that ends with a colon brings what it announces.
    assert lead[1].findtext(".//pre").startswith("ssl cipher tlsv1.2 custom")
    assert [link.get("href") for link in lead.iter("a")] == ["#c1", "#c2", "#c3"]
    assert "The change asked about: reload asa-branch" in text_of(head)


def test_the_table_of_moments_counts_and_leads_to_the_phones() -> None:
    root = tree(SITE)
    (table,) = root.xpath("//div[contains(@class, 'moments')]/table")
    cells = [[text_of(cell) for cell in row] for row in table.find("tbody")]
    assert [[row[0], *row[2:]] for row in cells] == [
        ["Now", "16", "4", "20", ""],
        ["After Apply Config", "4", "4", "32", "12 more would connect"],
        ["After a failover", "16", "4", "20", ""],
        ["After a reload", "20", "4", "16", "4 that connect now would be locked out"],
    ]
    for row in table.find("tbody"):
        assert sum(int(bar.get("width")) for bar in row.iter("rect")) == 1000
        for link in row.iter("a"):
            cause = root.get_element_by_id(link.get("href")[1:])
            moments = " ".join(case.get("data-t") for case in by_class(cause, "case"))
            assert (cause.get("data-c"), link.get("data-t") in moments) == (link.get("data-c"), True)


def test_every_phone_is_listed_under_its_cause_without_javascript() -> None:
    root = tree(SITE)
    listed = Counter(
        (cause.get("data-c"), moment, text_of(item))
        for cause in by_class(root, "cause")
        for case in by_class(cause, "case")
        for moment in case.get("data-t").split()
        for item in case.iterfind(".//li")
        if item.getparent().get("class") == "names"
    )
    words = {"LOCKED OUT": "fail", "UNKNOWN": "error", "CONNECTS": "pass"}
    assert listed == Counter((words[one.verdict], one.moment, one.phone) for one in SITE.predictions)
    (form,) = by_class(root, "sift")
    assert "hidden" in form.attrib
    assert not [cause for cause in by_class(root, "cause") if "open" in cause.attrib]


def test_a_cause_tells_every_attempt_with_all_reasons_and_what_to_do() -> None:
    cause = tree(SITE).get_element_by_id("c1")
    assert text_of(cause.find("summary")).startswith("✕ LOCKED OUT 12 no hash of its file")
    where = "https://vpn1.example.com/VPNPhone at asa-hq"
    assert f"12 now, after a failover, after a reload · {where}" in text_of(cause.find("summary"))
    (case,) = by_class(cause, "case")
    assert text_of(case.find("h4")) == "12 phones now, after a failover, after a reload"
    first, second = by_class(case, "attempts")[0]
    assert text_of(first).startswith("https://vpn1.example.com/VPNPhone at asa-hq ✕ LOCKED OUT no hash of its file")
    assert [text_of(one).split(" · ")[0] for one in by_class(second, "id")] == ["cipher", "pin"]
    assert "ssl cipher dtlsv1 custom" in second.findtext(".//pre")
    assert [text_of(row.find("h5")) for row in by_class(case, "who-row")] == [
        "8845, with a session during the audit: 2",
        "8845: 10",
    ]


def test_filters_offer_what_there_is() -> None:
    (form,) = by_class(tree(SITE), "sift")
    offered = {select.get("name"): [text_of(one) for one in select][1:] for select in form.iter("select")}
    assert offered == {
        "c": ["LOCKED OUT", "UNKNOWN", "CONNECTS"],
        "t": ["Now", "After Apply Config", "After a failover", "After a reload"],
        "m": ["7962G", "7965G", "8845", "8861"],
        "a": ["asa-branch", "asa-classic", "asa-hq"],
    }
    assert all(control.get("aria-label") for control in form.xpath(".//input|.//select"))


def test_the_words_say_cucm_where_a_cluster_is() -> None:
    root = tree(SITE)
    headings = [text_of(heading) for heading in root.iter("h2")]
    assert headings[:5] == [
        "Phones, by the reason that decides",
        "1 of 4 ASAs would lock phones out.",
        "ASAs and CUCM by topic",
        "What to do first",
        "Accepted risks",
    ]
    assert headings[-1] == "Every ASA and CUCM cluster"
    assert "CUCM 14.0.1.13900-155" in text_of(root)
    assert by_class(root, "tools")[0].get("data-noun") == "devices"
    assert "ASA 14.0" not in text_of(root)


def test_phones_that_all_connect_need_no_list_of_what_to_do() -> None:
    good = with_phones(*(one for one in phones_of(40) if one.verdict == "CONNECTS" and one.moment == "now"))
    root = tree(good)
    assert text_of(root.find(".//h1")) == "All 20 phones connect."
    assert not by_class(root, "lead")
    assert len(by_class(root, "cause")) == 1


# --- size -----------------------------------------------------------------------------------------------------------


def test_a_thousand_phones_at_five_moments_stay_a_small_page() -> None:
    alone = page.render(view(msgspec.structs.replace(THOUSAND, predictions=())))
    text = page.render(view(THOUSAND))
    assert len(text.encode()) - len(alone.encode()) < 120_000
    (section,) = by_class(tree(THOUSAND), "all-phones")
    assert len(list(section.iter())) < 2_500


def test_a_reason_for_each_phone_is_cut_and_counted() -> None:
    run = with_phones(*many_reasons(1000))
    text = page.render(view(run))
    assert len(text.encode()) < 700_000
    (more,) = by_class(tree(run), "more-causes")
    assert text_of(more.find("summary")).startswith(f"{1000 - page.MAX_CAUSES} more causes")
    names = set(re.findall("SEP[0-9A-F]{12}", text))
    assert len(names) == 1000, "every phone is named, whatever it costs"


def test_attempts_that_all_differ_are_cut_and_their_phones_still_named() -> None:
    made = tuple(
        msgspec.structs.replace(
            one,
            first="the same",
            attempts=(*one.attempts, Attempt(url=f"https://{one.phone}/", asa="", verdict="UNKNOWN")),
        )
        for one in many_reasons(200)
    )
    (cause,) = by_class(tree(with_phones(*made)), "cause")
    assert len(by_class(cause, "attempts")) == page.MAX_CASES
    assert len(cause.xpath(".//ul[@class='names']/li")) == 200
    assert "The attempts of these are in run.json:" in text_of(cause)


def test_endless_names_of_one_group_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_PHONES", 100)
    (row,) = by_class(tree(with_phones(*(one for number in range(150) for one in predictions(
        name(number), "8845", now=STALE)))), "who-row")  # fmt: skip
    assert len(row.findall("ul/li")) == 100
    assert text_of(row).endswith("and 50 more in phones.csv")
