"""Commands that ask back: keys, enrolment, import, export and removal of certificates (asa.md, chapter 6).

A question is answered only where its words are known, and each once; at any other one the session is given up, without
an answer. What these commands make is proven by the caller, who reads the device; here only a refusal is seen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ..errors import BadInput, DeviceRefused, VpnPhoneError
from ..redact import HIDDEN, redact
from ..refusal import refusal_of
from .asa import MAX_DIALOGUE
from .asa_config import ConfigSession, question_of
from .framing import PAGER, Framed, Prompt, ends_with_prompt

# A dialogue of these commands has at most six questions.
MAX_QUESTIONS = 8
# A base64 text that is pasted: lines, and characters of one. Eight certificates of the largest kind fit.
MAX_PASTE_LINES = 600
_WIDEST_PASTE = 76
_PASTE_LINE = re.compile(
    rf"(?!(?i:quit)\Z)[A-Za-z0-9+/=]{{1,{_WIDEST_PASTE}}}|-----(?:BEGIN|END) [A-Z0-9 ]{{1,40}}-----"
)
# Making a big key takes an old device minutes, without a byte [K].
KEY_SECONDS = 600
# "End with a blank line or the word" is how IOS and old releases say it.
_INVITED = re.compile(r"End with (?:a blank line or )?the word \"quit\" on a line by itself\W{0,3}\Z")
_FINGERPRINT = re.compile(r"^\s*(?:MD5 |SHA1 |SHA-1 |SHA256 )?Fingerprint\b[^:\n]{0,40}:(?P<text>[^\n]{1,200})$", re.M)
_REQUEST = re.compile(
    r"-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]{1,16000}-----END (?:NEW )?CERTIFICATE REQUEST-----"
)
_REQUEST_BODY = re.compile(r"^(?:[A-Za-z0-9+/]{4}){12,19}(?:[A-Za-z0-9+/=]{4})?$(?:\n^[A-Za-z0-9+/]+={0,2}$)*", re.M)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,90000}-----END CERTIFICATE-----")


class Answer(NamedTuple):
    """A question known by its words, and what is typed at it: a word, or found out from all that was said so far."""

    asks: re.Pattern[str]
    reply: str | Callable[[str], str]


class Said(NamedTuple):
    """body: what the device said, with what was pasted and answered; asked: the questions that were answered."""

    body: str
    asked: tuple[str, ...] = ()

    def was_asked(self, words: re.Pattern[str]) -> bool:
        return any(words.search(question) for question in self.asked)


class DialogueRefused(VpnPhoneError):
    """The device said no, in a session that is whole: nothing else of it is in doubt."""

    code = "command_refused"


def _words(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


REPLACE_KEY = _words(r"really want to replace (?:them|the)")
ACCEPT_CA = _words(r"do you accept this certificate")
# Where the trustpoint has a certificate already: to go on would replace it.
ENROLL_AGAIN = _words(r"continue with re-?enrollment|already (?:has|enrolled)|replace the existing")
# The name in the certificate differs from the device's own: that is what is wanted.
OTHER_NAME = _words(r"would you like to continue with this (?:enrollment|import)")
SERIAL_NUMBER = _words(r"include the (?:device|router) serial number")
IP_ADDRESS = _words(r"include an ip address")
DISPLAY = _words(r"^\W*display certificate request to terminal")
REDISPLAY = _words(r"redisplay enrollment request")
SELF_SIGNED = _words(r"generate self[- ]signed certificate")
REMOVE_KEY = _words(r"really want to remove (?:these keys|this key|the key)")
REMOVE_TRUSTPOINT = _words(r"are you sure you want to do this")


class DialogueSession(ConfigSession):
    """A ConfigSession that also has these dialogues. After an error but DialogueRefused nothing more can be sent."""

    def converse(
        self,
        command: str,
        answers: Sequence[Answer] = (),
        *,
        paste: Sequence[str] = (),
        secret: str = "",
        seconds: int = 0,
    ) -> Said:
        """Type a command of the global mode, answer what it asks, paste where it invites to; what it said, whole.

        secret   a word of the command that no message may hold; then nothing of what the device said is quoted either
        seconds  without a byte after which it is given up, where the session's own time-out is shorter
        DialogueRefused, or DeviceRefused question_unknown; DeviceUnreachable as AsaSession.run.
        """
        shown = command.replace(secret, HIDDEN) if secret else command
        self._enter(())
        own = self.options
        self.options = own._replace(command_timeout=max(own.command_timeout, seconds))
        try:
            said = self._converse(command, shown, answers, tuple(paste), bool(secret))
        finally:
            self.options = own
        refusal = next(_refusals(said.body), None)
        if refusal is not None:
            raise DialogueRefused(
                f"the device refused `{shown}`: {self._quoted(refusal, secret)}.",
                where=self.name,
                todo="Type it by hand to see what the device wants; nothing else was sent.",
            )
        return said

    def _converse(
        self, command: str, shown: str, answers: Sequence[Answer], paste: tuple[str, ...], silent: bool
    ) -> Said:
        known = self._at
        # As in _typed: whatever goes wrong from here on, the device may be waiting in a question.
        self.prompt = None
        self._write(command)
        asked: list[str] = []
        used: set[int] = set()
        pasted = False
        while True:
            text = self._heard(known, shown)
            if ends_with_prompt(text, known) is not None or PAGER in text[-200:]:
                break
            if _invited(text) and paste and not pasted:
                text = self._paste(text, paste, known, shown)
                pasted = True
                if ends_with_prompt(text, known) is not None:
                    break
                self._pending = text
                self._write("quit")
                continue
            question = question_of(text)
            found = next(
                (number for number, one in enumerate(answers) if number not in used and one.asks.search(question)), None
            )
            if not question or found is None or len(asked) >= MAX_QUESTIONS:
                raise self._abandoned(shown, "" if silent else question or "it waits for a text to be pasted")
            used.add(found)
            asked.append(question)
            reply = answers[found].reply
            self._pending = text
            self._write(reply if isinstance(reply, str) else reply(text))
        framed = self._whole(text, command, shown, known, silent=silent)
        before, self.prompt = known.mode, framed.prompt
        if framed.prompt.mode != before:
            # The command led to another mode: whatever comes next enters its own anew.
            self._path = ("?",) if framed.prompt.mode else None
        return Said(framed.body, tuple(asked))

    def _heard(self, known: Prompt, shown: str) -> str:
        return self._read_until(
            lambda seen: bool(
                PAGER in seen[-200:] or ends_with_prompt(seen, known) or question_of(seen) or _invited(seen)
            ),
            f"the answer of `{shown}`",
            limit=MAX_DIALOGUE,
            could_end=lambda _tail: True,
        )

    def _paste(self, text: str, lines: Iterable[str], known: Prompt, shown: str) -> str:
        """One line after the other, each once the one before it was echoed; a prompt or a question ends it early."""
        for line in lines:
            mark = len(text)
            self._pending = text
            self._write(line)
            text = self._read_until(
                partial(_line_done, known, mark, line),
                f"the echo of what was pasted to `{shown}`",
                limit=MAX_DIALOGUE,
                could_end=lambda _tail: True,
            )
            if ends_with_prompt(text, known) is not None:
                return text
            if question_of(text[mark:]):
                raise self._abandoned(shown, "it asked something in the middle of what was pasted")
        return text

    def _whole(self, text: str, command: str, shown: str, known: Prompt, *, silent: bool) -> Framed:
        try:
            return self._framed(text, command, known)
        except DeviceRefused as error:
            if not silent:
                raise
            raise DeviceRefused(
                f"the answer of `{shown}` cannot be trusted; it is not shown, since the command holds a secret.",
                where=self.name,
                todo=error.todo,
                code=error.code,
            ) from None

    def _abandoned(self, shown: str, question: str) -> DeviceRefused:
        told = f" ({self._told(question)})" if question else ""
        return DeviceRefused(
            f"`{shown}` was answered with a question that nobody expected{told}; it was not answered, and the session"
            " was given up.",
            where=self.name,
            todo="Type the command by hand to see what the device wants, then run again: what stands is read first.",
            code="question_unknown",
        )

    def _quoted(self, line: str, secret: str) -> str:
        if secret and any(secret[at : at + 4] in line for at in range(max(1, len(secret) - 3))):
            return "its words hold a part of the secret"
        return self._told(redact(line))

    # --- the commands -------------------------------------------------------------------------------------------------

    def make_key(self, command: str) -> Said:
        """`crypto key generate ...`; where a key of that label is there, it stays: was_asked(REPLACE_KEY)."""
        return self.converse(command, [Answer(REPLACE_KEY, "no")], seconds=KEY_SECONDS)

    def authenticate(self, command: str, pem: str, der: bytes) -> Said:
        """`crypto ca authenticate TP`: accepted only where the fingerprint that the device tells is that of `der`.

        DialogueRefused fingerprint_differs, after a `no`.
        """
        good = True

        def accept(text: str) -> str:
            nonlocal good
            good = _fingerprint_fits(text, der)
            return "yes" if good else "no"

        said = self.converse(command, [Answer(ACCEPT_CA, accept)], paste=paste_lines(pem, self.name))
        if not good:
            raise DialogueRefused(
                f"`{command}` told another fingerprint than that of the certificate that was pasted; it was not"
                " accepted.",
                where=self.name,
                todo="Run again; if it stays so, compare `Fingerprint` by hand.",
                code="fingerprint_differs",
            )
        return said

    def request(self, command: str) -> str:
        """`crypto ca enroll TP` with `enrollment terminal`: the request, PEM. DialogueRefused where there is none."""
        said = self.converse(
            command,
            [
                Answer(ENROLL_AGAIN, "no"),
                Answer(REDISPLAY, "no"),
                Answer(SERIAL_NUMBER, "no"),
                Answer(IP_ADDRESS, "no"),
                Answer(DISPLAY, "yes"),
                Answer(OTHER_NAME, "yes"),
            ],
        )
        self._not_again(command, said)
        return request_in(said.body, command, self.name)

    def sign_itself(self, command: str) -> Said:
        """`crypto ca enroll TP` with `enrollment self`."""
        said = self.converse(
            command,
            [
                Answer(ENROLL_AGAIN, "no"),
                Answer(SERIAL_NUMBER, "no"),
                Answer(IP_ADDRESS, "no"),
                Answer(SELF_SIGNED, "yes"),
                Answer(OTHER_NAME, "yes"),
            ],
        )
        self._not_again(command, said)
        return said

    def _not_again(self, command: str, said: Said) -> None:
        if said.was_asked(ENROLL_AGAIN):
            raise DialogueRefused(
                f"`{command}` would have replaced a certificate that is there; it was answered `no`.",
                where=self.name,
                todo="Look at `show crypto ca certificates`; choose another name for the new trustpoint.",
                code="trustpoint_taken",
            )

    def import_certificate(self, command: str, pem: str) -> Said:
        """`crypto ca import TP certificate`."""
        return self.converse(command, [Answer(OTHER_NAME, "yes")], paste=paste_lines(pem, self.name))

    def import_pkcs12(self, command: str, passphrase: str, text: str) -> Said:
        """`command` ends where the passphrase comes: it is typed behind it, and appears in no message."""
        return self.converse(
            f"{command} {passphrase}",
            [Answer(REPLACE_KEY, "no")],
            paste=paste_lines(text, self.name),
            secret=passphrase,
        )

    def export(self, command: str) -> str:
        """`crypto ca export TP identity-certificate`: the certificate, PEM. DialogueRefused where there is none."""
        found = _CERTIFICATE.findall(self.converse(command).body)
        if len(found) != 1:
            raise DialogueRefused(
                f"`{command}` printed {len(found) or 'no'} certificates, not one.",
                where=self.name,
                todo="Type it by hand.",
                code="export_unreadable",
            )
        return str(found[0])

    def remove_key(self, command: str) -> Said:
        """`crypto key zeroize ... label L`."""
        return self.converse(command, [Answer(REMOVE_KEY, "yes")])

    def remove_trustpoint(self, command: str) -> Said:
        """`no crypto ca trustpoint TP`; its certificates go with it."""
        return self.converse(command, [Answer(REMOVE_TRUSTPOINT, "yes")])


# --- texts ------------------------------------------------------------------------------------------------------------


def paste_lines(text: str, where: str = "") -> tuple[str, ...]:
    """Lines as they are pasted. BadInput certificate_file for what is no base64 text: it would be typed as commands."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and lines[-1].lower() == "quit" and len(lines[-2]) <= _WIDEST_PASTE - 4:
        # Base64 may end so, too; as a line of its own it would end the paste.
        lines[-2:] = ["".join(lines[-2:])]
    if not lines or len(lines) > MAX_PASTE_LINES or not all(_PASTE_LINE.fullmatch(line) for line in lines):
        raise BadInput(
            f"this is no base64 text of at most {MAX_PASTE_LINES} lines, so it is not pasted into a device.",
            where=where,
            todo="Give another certificate or PKCS12 file.",
            code="certificate_file",
        )
    return tuple(lines)


def request_in(body: str, command: str, where: str) -> str:
    """The certificate signing request in an answer, PEM with its frame; old releases print it without one [K]."""
    framed = _REQUEST.findall(body)
    if len(framed) == 1:
        lines = [line.strip() for line in framed[0].split("\n")[1:-1]]
    else:
        bare = [] if framed else [found[0] for found in _REQUEST_BODY.finditer(_stripped(body))]
        if len(bare) != 1:
            raise DialogueRefused(
                f"`{command}` printed {len(framed) or len(bare) or 'no'} certificate requests, not one.",
                where=where,
                todo="Type it by hand to see what it prints.",
                code="request_unreadable",
            )
        lines = bare[0].split("\n")
    frame = ("-----BEGIN CERTIFICATE REQUEST-----", "-----END CERTIFICATE REQUEST-----")
    return "\n".join((frame[0], *(line for line in lines if line), frame[1], ""))


def _stripped(body: str) -> str:
    return "\n".join(line.strip() for line in body.split("\n"))


def _invited(text: str) -> bool:
    return _INVITED.search(text[-400:].rstrip()) is not None


def _line_done(known: Prompt, mark: int, line: str, seen: str) -> bool:
    """The line that was pasted behind `mark` is echoed, or the device does not listen any more."""
    new = seen[mark:]
    echoed = any(part.rstrip().endswith(line) for part in new.split("\n")[:-1])
    return bool(echoed or ends_with_prompt(seen, known) or question_of(new))


def _refusals(body: str) -> Iterator[str]:
    """Every line is looked at for itself: a pasted certificate is longer than any refusal."""
    for line in body.split("\n"):
        refusal = refusal_of(line.strip()[:400])
        if refusal is not None:
            yield refusal


def _fingerprint_fits(text: str, der: bytes) -> bool:
    """What the device tells of the pasted certificate; MD5 on most releases, other hashes count too [K]."""
    found = _FINGERPRINT.findall(text)
    if not found:
        return False
    digits = re.sub(r"\((?:MD5|SHA-?1|SHA-?256)\)|[:\s]", "", found[-1], flags=re.IGNORECASE).lower()
    kinds = ("md5", "sha1", "sha256")
    return digits in {hashlib.new(kind, der, usedforsecurity=False).hexdigest() for kind in kinds}
