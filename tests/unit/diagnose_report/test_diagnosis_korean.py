"""A diagnosis in Korean: whole, of the same data, lines, names and commands as they are; English is what it was."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.diagnose.causes import CAUSES
from ansible.module_utils.vpnphone.diagnose.judge import diagnose
from ansible.module_utils.vpnphone.diagnose.read import read_texts
from ansible.module_utils.vpnphone.diagnose.signatures import SIGNATURES
from ansible.module_utils.vpnphone.diagnose.site import site_names
from ansible.module_utils.vpnphone.diagnose.steps import fill
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model.diagnosis import Cause, Diagnosis
from ansible.module_utils.vpnphone.report import diagnosis_html, diagnosis_markdown
from ansible.module_utils.vpnphone.report.diagnosis_terminal import MAX_SCREEN, terminal_text
from ansible.module_utils.vpnphone.report.diagnosis_told import facts_told, not_asked, phone_lines
from ansible.module_utils.vpnphone.report.diagnosis_translate import FACTS, told, translated
from ansible.module_utils.vpnphone.report.diagnosis_view import name_of, safe_diagnosis, says, view
from ansible.module_utils.vpnphone.report.diagnosis_write import write_diagnosis
from ansible.module_utils.vpnphone.report.text import steps, width
from ansible.module_utils.vpnphone.report.words import ENGLISH, words
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as parser

from tests.unit.diagnose.kit import Asa, Phone, address, begun, judge, user
from tests.unit.diagnose_report.builders import fleet, healthy, nothing, one_cause, open_verdict, past
from tests.unit.diagnose_report.test_diagnosis_any_text import TEXT, is_harmless, markup, plain_in
from tests.unit.predict import builders as b
from tests.unit.report.test_report_korean import HANGUL, left_in_english
from tools.catalogue_logs import log_templates

KOREAN = words("ko")
EXCERPTS = Path(__file__).parent.parent / "diagnose_read" / "excerpts"
# The excerpts of the document, as an engineer would lay them into one folder.
OF_THE_DOCUMENT = diagnose(
    read_texts({path.name.replace("_phone", f"/{b.PHONE}"): path.read_text() for path in EXCERPTS.glob("*.log")}), None
)


def every() -> Diagnosis:
    """Every cause in turn, each with all that causes are doubted for."""
    doubts = tuple(re.sub(r"\{[0-9](:n)?\}", "7", text) for text in log_templates() if text[:1].islower())
    found = one_cause()
    size = len(doubts) // len(CAUSES) + 1
    causes = tuple(
        Cause(
            id=rule.id,
            title=rule.title,
            meaning=rule.meaning,
            confidence="likely",
            evidence=(number % 9,),
            doubts=(rule.doubt, *doubts[number * size : (number + 1) * size]),
            confirm=tuple(fill(text, {"phone": b.PHONE}) for text in rule.confirm),
            next_steps=tuple(fill(text, {"trustpoint": "VPN"}) for text in rule.steps),
            facts=dict.fromkeys(FACTS, "VPN"),
        )
        for number, rule in enumerate(CAUSES)
    )
    attempts = tuple(msgspec.structs.replace(one, by="pair") for one in found.attempts)
    return msgspec.structs.replace(found, causes=causes, attempts=attempts)


def mixed() -> Diagnosis:
    """Both sides, with what an audit knows of the site, and a log that says little."""
    log = begun(Asa()).unknown_ca(address(1)).login(user(2), address(2), good=False)
    names = site_names([b.site(b.unit(b.asa(hostname="asa-1"), b.probe()))])
    return judge(log, Phone().refuses(), site=names, more={"x/readme.txt": "nothing at all\n"})


SAMPLES = {
    "document": OF_THE_DOCUMENT,
    "every": every(),
    "fleet": msgspec.structs.replace(fleet(120), causes=()),
    "healthy": healthy(),
    "mixed": mixed(),
    "nothing": msgspec.structs.replace(nothing(), notes=(), sources=nothing().sources[:1]),
    "open": open_verdict(),
}
each = pytest.mark.parametrize("found", SAMPLES.values(), ids=SAMPLES.keys())


def shown_texts(page: str) -> list[str]:
    """What a person reads, without code and the lines of the logs."""
    tree = parser.document_fromstring(page)
    of_logs = "//script | //style | //pre | //code | //div[contains(@class, 'line')] | //span[@class='at']"
    marks = "//*[contains(@class, 't-mark')] | //table[contains(@class, 'rows-of')]//b | //div[@class='at']"
    for element in tree.xpath(f"{of_logs} | {marks}"):
        element.getparent().remove(element) if not element.tail else element.clear(keep_tail=True)
    found = tree.xpath("//head/title/text() | //body//text() | //@title | //@aria-label")
    return [" ".join(text.split()) for text in found if text.strip()]


@each
def test_no_sentence_of_the_page_is_english(found: Diagnosis) -> None:
    page = diagnosis_html.render(view(found, KOREAN))
    assert '<html lang="ko">' in page
    texts = shown_texts(page)
    assert len(texts) > 20
    assert not [text for text in texts if left_in_english(text)]
    # A heading or a word of a table's head has no verb to be known by.
    heads = parser.document_fromstring(page).xpath(
        "//h1 | //h2 | //dt | //thead//th | //p[@class='label'] | //summary/b"
    )
    names = {"", "ASA", "Phone-VPN-trust"}
    assert not [text for text in (one.text_content().strip() for one in heads) if not HANGUL.search(text)
                and text not in names]  # fmt: skip


@each
def test_no_sentence_of_the_document_or_the_screen_is_english(found: Diagnosis) -> None:
    written = diagnosis_markdown.render(view(found, KOREAN))
    lines = [line for line in re.sub(r"```.*?```", "", written, flags=re.DOTALL).split("\n") if line]
    assert not [line for line in lines if left_in_english(line.replace("\\", ""))]
    screen = terminal_text(found, page="x/diagnosis.html", language="ko")
    assert len(screen.split("\n")) <= MAX_SCREEN
    assert max(width(line) for line in screen.split("\n")) <= 100
    assert HANGUL.search(screen)


@each
def test_pages_in_korean_have_the_same_build(found: Diagnosis) -> None:
    pages = [diagnosis_html.render(view(found, one)) for one in (ENGLISH, KOREAN)]
    tags = [[element.tag for element in parser.document_fromstring(page).iter()] for page in pages]
    assert tags[0] == tags[1]
    assert not HANGUL.search(pages[0])
    assert markup(diagnosis_markdown.render(view(found))) == markup(diagnosis_markdown.render(view(found, KOREAN)))


@each
def test_what_programs_read_is_english_and_lines_stay(found: Diagnosis, tmp_path: Path) -> None:
    english, korean = (write_diagnosis(tmp_path / one, found, language=one) for one in ("en", "ko"))
    for name, path in english.items():
        assert (path.read_bytes() == korean[name].read_bytes()) == (name == "json"), name
    safe = safe_diagnosis(found)
    said = translated(safe, KOREAN)
    assert translated(safe, ENGLISH) is safe
    for part in ("events", "attempts", "pairs", "offsets", "phones"):
        assert getattr(said, part) == getattr(safe, part)
    for before, after in zip(safe.causes, said.causes, strict=True):
        typed = [[line for line in one.next_steps if not steps((line,))[0].by_hand] for one in (before, after)]
        assert typed[0] == typed[1]
        assert (before.id, before.phone, before.asa, before.user) == (after.id, after.phone, after.asa, after.user)


def test_every_text_of_the_log_doctor_is_said() -> None:
    for template in log_templates():
        text = re.sub(r"\{[0-9]:n\}", "7", re.sub(r"\{[0-9]\}", "VPN1", template))
        said = KOREAN.diagnosed(text)
        assert HANGUL.search(said) or said == "ASA", text
        assert not left_in_english(said)
        assert said.count("7") >= template.count(":n}")
        assert said.count("VPN1") == text.count("VPN1")


def test_every_signature_and_fact_has_a_name() -> None:
    for one in SIGNATURES:
        assert HANGUL.search(KOREAN.called("line", name_of(one.id))), one.id
    assert [name for name in FACTS if not HANGUL.search(KOREAN.called("fact", name))] == ["Phone-VPN-trust"]
    # They are keys.
    assert len({KOREAN.called("fact", name) for name in FACTS}) == len(FACTS)
    facts = {name for found in SAMPLES.values() for cause in found.causes for name in cause.facts}
    assert facts <= FACTS.keys()


def test_what_a_line_says_stays_though_it_reads_as_a_text_of_ours() -> None:
    """The reason of 725014, a user, a file: of the log, whatever it says."""
    facts = {
        "reason": "it failed once",
        "error": "it failed once",
        "files": "it failed once",
        "alert": "unknown CA (48)",
    }
    cause = msgspec.structs.replace(one_cause().causes[0], facts={**facts, "client": "a client that no line names"})
    said = translated(one_cause(causes=(cause,)), KOREAN).causes[0].facts
    assert list(said.values()) == [*facts.values(), "줄에 나오지 않는 클라이언트"]
    cause = msgspec.structs.replace(cause, facts={"alert": "handshake failure (40), sent by the phone", "odd {x}": "y"})
    said = translated(one_cause(causes=(cause,)), KOREAN).causes[0].facts
    assert said == {"경고(alert)": "handshake failure (40), 전화가 보냄", "odd {x}": "y"}


def test_notes_are_said_with_their_names() -> None:
    facts = not_asked([f"SEP00112233440{number}" for number in range(3)], set())
    (note,) = facts_told(facts)
    assert told(note, ENGLISH) == note
    said = told(note, KOREAN)
    assert said.startswith("SEP001122334400, SEP001122334401, SEP001122334402: 이 전화의 로그를")
    assert "할 일: " in said
    assert not left_in_english(said)
    turned = told("x/a.log: a log has its newest line first: it was turned round", KOREAN)
    assert turned == "x/a.log: 로그가 최신 줄부터 시작하여 순서를 뒤집었습니다"
    assert told("what nobody knows: it is so", KOREAN) == "what nobody knows: it is so"


def test_a_line_for_each_named_phone() -> None:
    phone = one_cause().causes[0].phone
    (line, other) = phone_lines(one_cause(), [phone, "SEP000000000000"], KOREAN)
    assert line.startswith(f"{phone} 접속 실패: ASA가 제시하는 인증서를")
    assert line.endswith("(확실)")
    assert other == "SEP000000000000 접속 확인 안 됨: 이 로그에는 이 전화의 시도가 없습니다"


def test_a_cause_that_is_past() -> None:
    page = " ".join(shown_texts(diagnosis_html.render(view(past(), KOREAN))))
    for text in ("과거", "이후의 줄에 따르면", "지금은 해소된 원인", "이상이 없습니다"):
        assert text in page


def test_lines_from_memory_say_so() -> None:
    event = begun().dap_ends(user(1), address(1))
    found = judge(event)
    known = [one for one in found.events if one.signature == "asa.tls_done"]
    assert says(known[0], KOREAN).startswith("징후: ")
    assert says(known[0], KOREAN).endswith("경험에 따른 것입니다.")


def test_a_language_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        write_diagnosis(tmp_path / "run", one_cause(), language="kr")
    assert refused.value.code == "language_unknown"
    assert not (tmp_path / "run").exists()


PLAIN = plain_in(KOREAN)


@settings(deadline=None, max_examples=40)
@given(TEXT.filter(lambda text: text.split() != []) | st.sampled_from(sorted(log_templates())))
@example("</title></svg><script>alert(1)</script>")
@example('" onload="alert(1)')
@example("{0} {x} %s {")
@example("read up to line 7: <b>x</b>")
def test_any_text_is_escaped_in_korean_too(text: str) -> None:
    is_harmless(text, PLAIN)
