"""Saved outputs: a folder or a file a device, read to the same answers that a live session gives; and written.

A folder holds one file a command, named by commands.file_name(), and may hold running-config.txt; a lone NAME.txt,
NAME.cfg or NAME.conf is the running configuration of device NAME, as is a file NAME that an archive such as Oxidized or
RANCID wrote. docs/saved-outputs.md tells it to users.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..commands import BY_SECTION, COMMANDS, Command, file_name
from ..errors import BadInput
from ..files import private_directory, write_private
from ..redact import redact
from ..refusal import refusal_of
from .answer import shown
from .blocks import MAX_TEXT, Unreadable
from .captures import SECTIONS, command_meant, commented, transcript, unframed
from .config import COMMAND, PAGER, RunningConfig, read_config
from .state import HOSTNAME, Answer

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
CONFIG_SUFFIXES = (".txt", ".cfg", ".conf")
_SUFFIXES = (*CONFIG_SUFFIXES, ".log", ".out")
# The names that commands.file_name() gives, and the one for a whole configuration.
_EXACT = {file_name(command): command for command in SECTIONS} | {"running-config.txt": COMMAND}
# How much of a file without such a suffix is looked at to tell whether it is an ASA's configuration.
_HEAD = 64 * 1024
_ASA_HEAD = re.compile(r"^\s{0,80}(?:(?:ASA|PIX) Version [0-9]|: Saved|!RANCID-CONTENT-TYPE: cisco)", re.MULTILINE)
# A file that is not named after a command may still be a terminal's log; no session of this kind is longer.
MAX_LOG = 8 * 1024 * 1024
# The pager's mark and how it wipes itself out: CR, blanks, CR.
_WIPED_PAGER = re.compile(r"<--- More --->\s?\r\0{0,4} {1,40}\r\0{0,4}")


class FileError(Exception):
    """A file that must not or cannot be read; the message says why."""


# --- finding --------------------------------------------------------------------------------------------------------


def discover(directory: Path) -> dict[str, Path]:
    """Device name -> its folder or file. BadInput where there is no directory, no device, or a bad or double name.

    Hidden entries and files that are no ASA configuration are passed over.
    """
    if not directory.is_dir():
        raise BadInput(
            "there is no such directory.",
            where=str(directory),
            todo="Name the directory that holds one folder or one configuration file a device.",
            code="saved_outputs_missing",
        )
    found: dict[str, Path] = {}
    try:
        entries = sorted(directory.iterdir())
    except OSError as error:
        raise BadInput(
            f"the directory cannot be read: {error.strerror}.", where=str(directory), code="saved_outputs_unreadable"
        ) from error
    for entry in entries:
        name = _device_name(entry)
        if name is None:
            continue
        if not NAME.fullmatch(name):
            raise BadInput(
                f"{shown(name)!r} cannot be the name of a device.",
                where=str(directory),
                todo="Use letters, digits, `.`, `_` and `-`, a letter or digit first, at most 63 characters.",
                code="bad_device_name",
            )
        if not _is_within(entry, directory):
            raise BadInput(
                f"{name} is a link that leads out of the directory.",
                where=str(directory),
                todo="Copy the outputs into the directory.",
                code="saved_outputs_escape",
            )
        if name in found:
            raise BadInput(
                f"device {name} is there twice: {found[name].name} and {entry.name}.",
                where=str(directory),
                todo="Remove one of them; a folder may hold running-config.txt beside its other files.",
                code="saved_outputs_twice",
            )
        found[name] = entry
    if not found:
        raise BadInput(
            "the directory holds no outputs of a device.",
            where=str(directory),
            todo="Put a folder with one file a command, or a file NAME.txt with a running configuration, into it.",
            code="saved_outputs_empty",
        )
    return found


def _device_name(entry: Path) -> str | None:
    """The device that an entry of the directory stands for, None where it is none."""
    if entry.name.startswith("."):
        return None
    if entry.is_dir():
        return entry.name
    if not entry.is_file():
        return None
    if entry.suffix.lower() in CONFIG_SUFFIXES:
        return entry.stem
    try:
        head = decode(read_bytes(entry, entry.parent, _HEAD))
    except FileError:
        return None
    return (entry.stem if entry.suffix.lower() in _SUFFIXES else entry.name) if _of_an_asa(head) else None


def _of_an_asa(head: str) -> bool:
    try:
        return _ASA_HEAD.search(head) is not None or bool(transcript(head.replace("\0", "").replace("\r", "")))
    except Unreadable:
        return True


# --- reading --------------------------------------------------------------------------------------------------------


class Saved(NamedTuple):
    """answers: section -> Answer, sections without one are missing. unread: files that say nothing here."""

    answers: dict[str, Answer]
    unread: tuple[str, ...] = ()


def read_saved(path: Path, name: str) -> Saved:
    """The answers of one device from its folder or its file. BadInput where the path holds nothing to read.

    A command's own file counts before a terminal's log, and that before the running configuration, from which come the
    sections that have neither.
    """
    if path.is_dir():
        saved = _read_folder(path)
    elif path.is_file():
        text = _read_text(path, path.parent)
        found = _of_log(text, path.name)
        if isinstance(found, Unreadable):
            raise BadInput(
                f"{found}.",
                where=f"{name}: {path}",
                todo="Save the answers of each device or context in a file of its own.",
                code="saved_outputs_unreadable",
            )
        saved = Saved(found or _of_config(text, path.name))
    else:
        raise BadInput(
            "there is no such folder or file.",
            where=f"{name}: {path}",
            todo="Name a folder with one file a command, or a file with a running configuration.",
            code="saved_outputs_missing",
        )
    if not saved.answers:
        there = f" (there are: {', '.join(saved.unread[:5])})" if saved.unread else ""
        raise BadInput(
            f"there is no output of a known command in the folder{there}.",
            where=f"{name}: {path}",
            todo=f"Name the files after their commands, such as {file_name('show version')}, or running-config.txt.",
            code="saved_outputs_empty",
        )
    return saved


def _read_folder(folder: Path) -> Saved:
    files: dict[str, list[Path]] = {}
    others: list[Path] = []
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise BadInput(
            f"the folder cannot be read: {error.strerror}.", where=str(folder), code="saved_outputs_unreadable"
        ) from error
    for entry in entries:
        if entry.name.startswith(".") or (entry.is_dir() and entry.name not in _EXACT):
            continue
        command = _EXACT.get(entry.name) or command_meant(_stem(entry))
        (files.setdefault(command, []) if command else others).append(entry)
    unread: list[Path] = []
    # Later ones win: the configuration first, then logs, then what has a file of its own.
    answers: dict[str, Answer] = {}
    for file, text in _only(files.pop(COMMAND, []), folder, unread):
        answers |= _of_config(text, file)
    for log in others:
        found = _of_log(_read_text(log, folder, MAX_LOG), log.name)
        if isinstance(found, Unreadable) or not found:
            unread.append(log)
        else:
            answers |= found
    for command in sorted(files, key=_rank):
        for file, text in _only(files[command], folder, unread):
            answers[SECTIONS[command]] = _of_file(text, command, file)
    return Saved(answers, tuple(entry.name for entry in sorted(unread)))


def _stem(entry: Path) -> str:
    return entry.stem if entry.suffix.lower() in _SUFFIXES else entry.name


def _rank(command: str) -> int:
    """Of two commands of one section the own one is read last and wins; then its older spelling."""
    own = BY_SECTION[SECTIONS[command]]
    return 2 if command == own.text else 1 if command in (own.older or ()) else 0


def _only(entries: list[Path], folder: Path, unread: list[Path]) -> list[tuple[str, str | FileError]]:
    """The file of a command and its text: the one with the exact name, and then the others are unread; else the only
    one. Which of several inexact ones is the answer must not be guessed."""
    exact = [entry for entry in entries if entry.name in _EXACT]
    unread += [entry for entry in entries if exact and entry is not exact[0]]
    chosen = exact[:1] or entries
    if len(chosen) > 1:
        return [(chosen[0].name, FileError(f"there are several files of it, also {chosen[1].name}"))]
    return [(entry.name, _read_text(entry, folder)) for entry in chosen]


# --- from text to answers -------------------------------------------------------------------------------------------


def _of_file(text: str | FileError, command: str, file: str) -> Answer:
    """One file as the answer of a command, without echo and prompt."""
    if isinstance(text, FileError):
        return Answer(command, "unreadable", "", f"{file}: {text}")
    if PAGER in text:
        return Answer(command, "incomplete", "", f"{file}: cut by the pager ({PAGER})")
    return _judged(BY_SECTION[SECTIONS[command]], unframed(text, command, file))


def _of_log(text: str | FileError, file: str) -> dict[str, Answer] | Unreadable:
    """The answers of a terminal's log; {} where the text is none, the reason where it cannot be told whose they are."""
    if isinstance(text, FileError):
        return {}
    try:
        found = transcript(text)
    except Unreadable as error:
        return error
    answers = _sections(Answer(COMMAND, "ok", found.pop(COMMAND))) if COMMAND in found else {}
    for command in sorted(found, key=_rank):
        answers[SECTIONS[command]] = _of_file(found[command], command, file)
    return answers


def _of_config(text: str | FileError, file: str) -> dict[str, Answer]:
    """The answers of a whole running configuration, and of what an archive keeps in its comments."""
    if isinstance(text, FileError):
        return _sections(Answer(COMMAND, "unreadable", "", f"{file}: {text}"))
    answers = _sections(unframed(text, COMMAND, file))
    return answers | {SECTIONS[command]: _of_file(body, command, file) for command, body in commented(text).items()}


def _judged(command: Command, answer: Answer) -> Answer:
    """A saved refusal is what it was on the device."""
    refusal = refusal_of(answer.text) if answer.status == "ok" else None
    if refusal is None:
        return answer
    absent = command.absent and re.search(command.absent, refusal)
    return Answer(answer.command, "absent" if absent else "refused", "", refusal)


def _sections(answer: Answer) -> dict[str, Answer]:
    """The sections that a running configuration answers; what a doubtful one lacks is incomplete, not absent."""
    sections = [command.section for command in COMMANDS if command.config]
    if answer.status != "ok":
        return dict.fromkeys(sections, answer)
    try:
        config = read_config(answer.text)
    except Unreadable as error:
        return {section: Answer(COMMAND, "unreadable", "", str(error)) for section in sections}
    answers = {section: _section_answer(config, section) for section in sections}
    if config.hostname:
        answers[HOSTNAME] = Answer(COMMAND, "ok", config.hostname)
    if config.version:
        # The release, and nothing of the licences.
        answers["version"] = Answer(COMMAND, "ok", f"{config.version}\n")
    return answers


def _section_answer(config: RunningConfig, section: str) -> Answer:
    if section in config.uncertain:
        return Answer(COMMAND, "incomplete", "", f"the running configuration may have lost lines: {config.doubt}")
    if section not in config.sections and not config.complete:
        wanted = BY_SECTION[section].config[0]
        detail = f"no line `{wanted}`, but the running configuration is not proven whole: {config.doubt}"
        return Answer(COMMAND, "incomplete", "", detail)
    if section == "certificate_chain" and section not in config.sections:
        # Many an archive leaves the certificates out; from here an ASA without any looks the same.
        detail = "the running configuration holds no certificates: there are none, or whoever saved it left them out"
        return Answer(COMMAND, "missing", "", detail)
    return Answer(COMMAND, "ok", config.sections.get(section, ""))


def _read_text(path: Path, folder: Path, limit: int | None = None) -> str | FileError:
    """What a terminal would show of the file, or why it cannot be read."""
    limit = limit or MAX_TEXT
    try:
        raw = decode(read_bytes(path, folder, limit + 1))
    except FileError as error:
        return error
    if len(raw) > limit:
        return FileError(f"longer than {limit} characters")
    return _WIPED_PAGER.sub("", raw).replace("\0", "").replace("\r", "")


def read_bytes(path: Path, folder: Path, limit: int) -> bytes:
    """At most `limit` bytes of a regular file within the folder."""
    if not _is_within(path, folder):
        raise FileError("a link that leads out of the folder")
    try:
        # Resolved above, so no link is followed; not blocking, so a named pipe does not hold the audit up.
        handle = os.open(path.resolve(), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise FileError("not a regular file")
            return stream.read(limit)
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}") from error


def _is_within(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links
        return False


def decode(data: bytes) -> str:
    """UTF-8 with or without a mark; UTF-16 by its mark, as Windows shells redirect."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


# --- writing --------------------------------------------------------------------------------------------------------


def write_saved(folder: Path, answers: Mapping[str, str]) -> list[Path]:
    """Write command -> answer, one file a command, secrets redacted; folder 0700, files 0600. The paths written."""
    private_directory(folder)
    return [
        write_private(folder / file_name(command), redact(text).encode("utf-8", "replace"))
        for command, text in answers.items()
    ]
