"""Write locale/ anew: the texts of the reports, and what there is of them in other languages.

python -m tools.catalogue           take the texts from the code, bring each language up to date, compile it
python -m tools.catalogue --check   change nothing; list what is stale or untranslated, then end with 1
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from ansible.module_utils.vpnphone.controls.catalogue import REGISTRY
from ansible.module_utils.vpnphone.evidence.markdown import PURPOSES
from ansible.module_utils.vpnphone.evidence.words import OUTCOME_WORDS
from ansible.module_utils.vpnphone.model import CONNECTION_ORDER, SEVERITY_ORDER, Connection
from ansible.module_utils.vpnphone.model.renewal import PhoneProof, StageStatus
from ansible.module_utils.vpnphone.renewal.bundle import VERDICTS
from ansible.module_utils.vpnphone.renewal.checks import Word
from ansible.module_utils.vpnphone.renewal.preflight_text import LABELS
from ansible.module_utils.vpnphone.renewal.said import STORY_HEADS, STORY_LINES
from ansible.module_utils.vpnphone.renewal.stages import TITLES
from ansible.module_utils.vpnphone.renewal.switch_gate import Word as GateWord
from ansible.module_utils.vpnphone.report import html, moments, topics, trend, view
from ansible.module_utils.vpnphone.report.said import bare_of_prefix
from ansible.module_utils.vpnphone.report.said_template import holes
from ansible.module_utils.vpnphone.report.words import CHANGES, DOMAIN, LANGUAGES, LOGS, SAID, WORD
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tools import catalogue_logs
from tools.catalogue_changes import change_templates
from tools.catalogue_said import SOURCE_WORDS, templates

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
REPORT = ROOT / "module_utils" / "vpnphone" / "report"
# Texts of the code that are typed or answered as they stand: commands, lines of a configuration.
VERBATIM = LOCALE / "verbatim.txt"
_KEYWORDS = {"_": None, "words": None, "many": (1, 2), "counted": (1, 2), "meant": ((1, "c"), 2)}
# Pages that are made elsewhere.
_PAGES = ("evidence/*.py", *(f"renewal/{name}.py" for name in ("bundle_html", "preflight_text", "recovery_card")))
# A date in a file would make it stale every day.
_NO_DATE = datetime(2024, 1, 1, tzinfo=UTC)


def listed() -> dict[str, tuple[str, ...]]:
    """Words that the reports keep in lists, by the module of the list."""
    phrases = [phrase for pair in view.PHRASES.values() for phrase in pair]
    return {
        "view.py": (
            *view.STATUS_WORDS.values(), *view.STANDING_WORDS.values(), *phrases, *view.NONE_PHRASES.values(),
            *view.ASA_NOUNS, *view.CLUSTER_NOUNS, view.TOOL_FAILED, *SEVERITY_ORDER, *CONNECTION_ORDER,
        ),
        "trend.py": (*trend.CHANGE_WORDS.values(), *trend.KIND_WORDS.values()),
        "moments.py": tuple(moments.MOMENTS.values()),
        "topics.py": topics.TOPIC_ORDER,
        "html.py": (*html.EXIT_WORDS.values(), *html.SCRIPT_TEXTS, *CONFIDENCES, *SOURCE_WORDS),
        "markdown.py": ("Phones", "Against now", "Device", "Standing"),
        "../renewal/bundle_html.py": renewal_words(),
        "../evidence/markdown.py": (*OUTCOME_WORDS.values(), *PURPOSES.values()),
    }  # fmt: skip


def renewal_words() -> tuple[str, ...]:
    """Of the pages of a renewal: verdicts and titles, and the words of closed lists as the page writes them."""
    kinds = (StageStatus, PhoneProof, Word, GateWord, Connection)
    marks = [str(word).replace("_", " ").upper() for kind in kinds for word in get_args(kind)]
    listed = ("DONE", "NOT DONE", *marks, *VERDICTS, *get_args(PhoneProof), *TITLES.values(), *LABELS.values())
    return tuple(dict.fromkeys((*listed, *STORY_HEADS, *STORY_LINES)))


# As model.Profile has them.
CONFIDENCES = ("given", "sessions", "likely", "guess")
# As model.Handshake has them.
PROBE_WORDS = ("closed", "timeout", "unreachable", "impossible")
# Single words of ours that stand in holes.
HOLE_WORDS = (
    "below",
    "meets",
    "explicit",
    "encrypted",
    "self-signed",
    "certificates",
    "gateways",
    *SOURCE_WORDS,
    *PROBE_WORDS,
)


def extracted() -> Catalog:
    """All msgids, without a translation."""
    catalogue = Catalog(
        project="vpnphone", version="1", creation_date=_NO_DATE, revision_date=_NO_DATE, last_translator="",
        language_team="", msgid_bugs_address="", copyright_holder="", charset="utf-8",
        header_comment="# Texts of the reports. Made by tools/catalogue.py; do not edit.",
    )  # fmt: skip
    for place, msgid, context in _found():
        catalogue.add(msgid, locations=[(place, 0)], context=context)
    for name, words in [*listed().items(), *catalogue_logs.listed().items()]:
        for word in words:
            place = (REPORT / name).resolve().relative_to(ROOT).as_posix()
            catalogue.add(word, locations=[(place, 0)])
    for context, names in catalogue_logs.called().items():
        for name in names:
            catalogue.add(name, locations=[("module_utils/vpnphone/diagnose", 0)], context=context)
    # By their numbers: the order of the registry is that of imports.
    rules = [REGISTRY[name] for name in sorted(REGISTRY)]
    said = dict.fromkeys([*(rule.title for rule in rules), *(rule.section for rule in rules)])
    for word in HOLE_WORDS:
        catalogue.add(word, locations=[("module_utils/vpnphone/controls", 0)], context=WORD)
    for text in said:
        catalogue.add(text, locations=[("module_utils/vpnphone/controls", 0)], context=SAID)
    verbatim = set(verbatim_texts())
    for text, places in templates().items():
        bare = bare_of_prefix(text)[1]
        if bare not in verbatim:
            _add(catalogue, bare, places, SAID)
    logs = {text: places for text, places in catalogue_logs.log_templates().items() if text not in verbatim}
    for context, found in ((LOGS, logs), (CHANGES, change_templates(verbatim))):
        for text, places in found.items():
            # What an audit says, too, is said as there.
            if catalogue.get(text, context=SAID) is None:
                _add(catalogue, text, places, context)
    return catalogue


def _add(catalogue: Catalog, template: str, places: Iterable[str], context: str) -> None:
    """By its files alone: a line would be stale with the next change above it."""
    files = dict.fromkeys(place.rpartition(":")[0] for place in places)
    catalogue.add(template, locations=[(file, 0) for file in files], context=context)


def verbatim_texts() -> list[str]:
    return VERBATIM.read_text(encoding="utf-8").splitlines() if VERBATIM.exists() else []


def _found() -> Iterator[tuple[str, str | tuple[str, str], str | None]]:
    pages = [path for pattern in _PAGES for path in sorted(REPORT.parent.glob(pattern))]
    for path in [*sorted(REPORT.glob("*.py")), *sorted((REPORT / "templates").glob("*.j2")), *pages]:
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        place = path.relative_to(ROOT).as_posix()
        with path.open("rb") as file:
            for _, msgid, _, context in extract(method, file, _KEYWORDS, (), {"encoding": "utf-8"}):
                text = msgid if isinstance(msgid, str) else (msgid[0], msgid[1])
                if text:
                    yield place, text, context


def po(catalogue: Catalog) -> bytes:
    """As a file: no line numbers, which would make it stale with every change of the code."""
    file = io.BytesIO()
    write_po(file, catalogue, width=120, include_lineno=False, sort_output=False, ignore_obsolete=True)
    return file.getvalue()


def mo(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def path_of(language: str, suffix: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def read(language: str) -> Catalog:
    """What is translated; nothing where there is no such file yet."""
    path = path_of(language, "po")
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str, template: Catalog) -> Catalog:
    """The language with exactly the msgids of today, in their order; no translation is guessed."""
    known = read(language)
    catalogue = Catalog(
        locale=language, project="vpnphone", version="1", creation_date=_NO_DATE, revision_date=_NO_DATE,
        last_translator="", language_team="", msgid_bugs_address="", charset="utf-8", fuzzy=False,
        header_comment="# Edit the msgstr, then `make catalogue`.",
    )  # fmt: skip
    for message in template:
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[0]
            old = known.get(one, context=message.context)
            catalogue.add(
                message.id, string=old.string if old else None, locations=message.locations, context=message.context
            )
    return catalogue


def wrong(catalogue: Catalog) -> list[str]:
    """What keeps the language from being used: no translation, other holes, another end."""
    found = []
    for message in catalogue:
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
        for text in strings or [""]:
            if not text:
                found.append(f"not translated: {ids[0]!r}")
            elif sorted(holes(text)) != sorted(holes(ids[-1])):
                found.append(f"other holes than {ids[-1]!r}: {text!r}")
            elif ids[0].rstrip().endswith(":") != text.rstrip().endswith(":"):
                found.append(f"only one ends with a colon: {ids[0]!r}, {text!r}")
    return found


def render() -> tuple[dict[Path, bytes], list[str]]:
    """Path to content of every file, and what is wrong in them."""
    template = extracted()
    files = {LOCALE / f"{DOMAIN}.pot": po(template)}
    faults = []
    for language in LANGUAGES:
        if language != "en":
            catalogue = updated(language, template)
            files |= {path_of(language, "po"): po(catalogue), path_of(language, "mo"): mo(catalogue)}
            faults += [f"{language}: {fault}" for fault in wrong(catalogue)]
    known = {bare_of_prefix(text)[1] for text in templates()} | catalogue_logs.log_templates().keys()
    unused = sorted(set(verbatim_texts()) - known)
    return files, [*faults, *(f"{VERBATIM.name}: no text of the code is {text!r}" for text in unused)]


def stale(files: dict[Path, bytes]) -> Iterable[Path]:
    return [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the catalogue of the reports' texts anew.")
    parser.add_argument("--check", action="store_true", help="change nothing; list what is stale and end with 1")
    options = parser.parse_args(arguments)
    files, faults = render()
    changed = stale(files)
    if not options.check:
        for path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path])
    for path in changed:
        print(f"{'stale, make catalogue writes it' if options.check else 'written'}: {path.relative_to(ROOT)}")
    for fault in faults:
        print(fault)
    return 1 if faults or (options.check and changed) else 0


if __name__ == "__main__":
    sys.exit(main())
