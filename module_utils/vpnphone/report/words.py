"""The language of a report: English as it stands in the code, another one from the catalogue (locale/, gettext).

A text of the reports is looked up as it is, its holes filled afterwards. A text that a control or the prediction has
built is known by its template (report/said.py).
"""

from __future__ import annotations

import functools
import gettext
import re
from pathlib import Path
from typing import Any, Final, Literal, get_args

from markupsafe import Markup

from ..errors import BadInput
from .said import Sayings
from .said_template import is_english

Language = Literal["en", "ko"]
LANGUAGES: Final[tuple[str, ...]] = get_args(Language)
# The option of every module that writes for people.
LANGUAGE_SPEC: Final[dict[str, Any]] = {"type": "str", "choices": list(LANGUAGES), "default": "en"}
DOMAIN = "vpnphone"
# The context of msgids that are templates of the code.
SAID = "said"
# Of single words that may stand in their holes.
WORD = "word"
# Of templates that a diagnosis of logs alone is built of: weak ones among them must not guess at an audit's texts.
LOGS = "logs"
# Of templates that a renewal or a remediation alone is built of.
CHANGES = "changes"
# More in one text is a device's answer.
_MAX_SENTENCES = 12
# What stands between two of them.
_SENTENCE_ENDS = re.compile(r"((?<=\.) (?:\[[a-z_]{1,40}\] )?|; )")
_LOCALE = Path(__file__).resolve().parents[3] / "locale"
# How gettext writes a context before its msgid.
_CONTEXT_END = "\x04"


class Words:
    """The words of one language; without a catalogue they are English."""

    def __init__(self, language: str = "en", catalogue: gettext.NullTranslations | None = None) -> None:
        self.language = language
        self.catalogue = catalogue or gettext.NullTranslations()
        self.sayings = Sayings(self._of(SAID), self._of(WORD))

    @functools.cached_property
    def sayings_of_logs(self) -> Sayings:
        return Sayings(self._of(SAID) | self._of(LOGS), self._of(WORD))

    @functools.cached_property
    def sayings_of_changes(self) -> Sayings:
        return Sayings(self._of(SAID) | self._of(CHANGES), self._of(WORD))

    def _of(self, context: str) -> dict[str, str]:
        """Msgid to translation of one context."""
        start = context + _CONTEXT_END
        # gettext has no public list of what it holds.
        known: dict[object, object] = vars(self.catalogue).get("_catalog", {})
        msgids = (key.removeprefix(start) for key in map(str, known) if key.startswith(start))
        return {msgid: self.catalogue.pgettext(context, msgid) for msgid in msgids}

    @property
    def english(self) -> bool:
        return self.language == "en"

    def __call__(self, msgid: str, *holes: object) -> str:
        """A text of the reports with its numbered holes filled."""
        text = self.catalogue.gettext(msgid) if msgid else ""
        return text.format(*holes) if holes else text

    def many(self, one: str, several: str, number: int, *holes: object) -> str:
        """The form for that number, which fills hole 0 unless other fillings are given."""
        return self.catalogue.ngettext(one, several, number).format(*(holes or (number,)))

    def marked(self, msgid: str, *holes: object) -> Markup:
        """The same for a page: what fills the holes is escaped, unless it is mark-up of ours."""
        text = Markup(self(msgid))  # noqa: S704 - of this project's catalogue
        return text.format(*holes) if holes else text

    def many_marked(self, one: str, several: str, number: int, *holes: object) -> Markup:
        text = Markup(self.catalogue.ngettext(one, several, number))  # noqa: S704 - of this project's catalogue
        return text.format(*(holes or (number,)))

    def counted(self, one: str, several: str, number: int) -> str:
        """The form for that number, which stands in hole 0 as 2,000."""
        return self.many(one, several, number, f"{number:,}")

    def meant(self, context: str, msgid: str, *holes: object) -> str:
        """A text that is said otherwise in another place."""
        return self.catalogue.pgettext(context, msgid).format(*holes)

    def say(self, text: str) -> str:
        """A text that a control or the prediction has built; as it stands where the catalogue does not know it."""
        return text if self.english or not text else self.sayings.say(text)

    def diagnosed(self, text: str) -> str:
        """The same of a text that the log doctor has built."""
        return text if self.english or not text else self.sayings_of_logs.say(text)

    def changed(self, text: str) -> str:
        """The same of a text that a renewal or a remediation has built; it may be of several sentences."""
        return text if self.english or not text else self._sentences(text)

    def _sentences(self, text: str) -> str:
        """Each run of sentences that is known; the text as a whole where one of them is not."""
        parts = _SENTENCE_ENDS.split(text.rstrip())
        say = self.sayings_of_changes.say
        if not 1 < len(parts) <= 2 * _MAX_SENTENCES:
            return say(text)
        said, start = "", 0
        while start < len(parts):
            for end in range(start + 1, len(parts) + 1, 2):
                run = "".join(parts[start:end])
                found = say(run)
                if found != run and not is_english(found):
                    said += found + "".join(parts[end : end + 1])
                    start = end + 1
                    break
            else:
                return say(text)
        return said

    def called(self, context: str, name: str) -> str:
        """A name of a closed list of the code (tools/catalogue_logs.py); any other one as it stands."""
        return self.catalogue.pgettext(context, name) if name else name


ENGLISH = Words()


@functools.cache
def words(language: str) -> Words:
    """The words of a language. BadInput where there is no such one, or Ansible shipped the code without locale/."""
    if language not in LANGUAGES:
        raise BadInput(
            f"unknown report language {language!r}.", todo=f"Choose of {', '.join(LANGUAGES)}.", code="language_unknown"
        )
    if language == "en":
        return ENGLISH
    try:
        return Words(language, gettext.translation(DOMAIN, _LOCALE, [language]))
    except (OSError, ValueError, UnicodeError) as error:
        raise BadInput(
            "reports in another language need its catalogue, which is not there or cannot be read.",
            where=str(_LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo"),
            todo="Run the module in Ansible's worker process from a whole checkout, or set vpnphone_language to en.",
            code="catalogue_missing",
        ) from error
