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

from ..commands import BY_SECTION, COMMANDS, Command, file_name
from ..errors import BadInput
from ..files import private_directory, write_private
from ..redact import redact
from ..refusal import refusal_of
from .answer import shown
from .blocks import MAX_TEXT, Unreadable
from .config import COMMAND, PAGER, RunningConfig, read_config
from .state import HOSTNAME, Answer

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
CONFIG_FILES = ("running-config.txt", file_name(COMMAND))
CONFIG_SUFFIXES = (".txt", ".cfg", ".conf")
# How much of a file without such a suffix is looked at to tell whether it is an ASA's configuration.
_HEAD = 64 * 1024
_ASA_HEAD = re.compile(r"^\s{0,80}(?:(?:ASA|PIX) Version [0-9]|: Saved|!RANCID-CONTENT-TYPE: cisco)", re.MULTILINE)
# The pager's mark and how it wipes itself out: CR, blanks, CR.
_WIPED_PAGER = re.compile(r"<--- More --->\s?\r\0{0,4} {1,40}\r\0{0,4}")
_PROMPT_LINE = re.compile(r"(?P<prompt>[A-Za-z0-9][\w.%/@:+-]{0,200}(?:\(config[\w-]{0,60}\))?[>#]) *(?P<command>.*)")
# A terminal's log has a banner before the echo; further down no echo is looked for.
_ECHO_LINES = 100
# Other commands that print the running configuration.
_SAME = {COMMAND: (COMMAND, "write terminal", "more system:running-config")}


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
    if entry.suffix in CONFIG_SUFFIXES:
        return entry.stem
    try:
        return entry.name if _ASA_HEAD.search(decode(read_bytes(entry, entry.parent, _HEAD))) else None
    except FileError:
        return None


# --- reading --------------------------------------------------------------------------------------------------------


def read_saved(path: Path, name: str) -> dict[str, Answer]:
    """The answers of one device (section -> Answer) from its folder or its configuration file.

    A command's own file counts before the running configuration, from which come the sections that have no file.
    Sections without either are not in the result (then: missing). BadInput where the path holds nothing to read.
    """
    if path.is_dir():
        answers = _read_folder(path)
    elif path.is_file():
        answers = _from_config(_read_text(path, path.parent, COMMAND))
    else:
        raise BadInput(
            "there is no such folder or file.",
            where=f"{name}: {path}",
            todo="Name a folder with one file a command, or a file with a running configuration.",
            code="saved_outputs_missing",
        )
    if not answers:
        raise BadInput(
            "there is no output of a known command in the folder.",
            where=f"{name}: {path}",
            todo=f"Name the files after their commands, such as {file_name('show version')}, or running-config.txt.",
            code="saved_outputs_empty",
        )
    return answers


def _read_folder(folder: Path) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for config_file in CONFIG_FILES:
        if os.path.lexists(folder / config_file):
            answers = _from_config(_read_text(folder / config_file, folder, COMMAND))
            break
    for command in COMMANDS:
        for text in (command.text, *(command.older[1:] if command.older else ())):
            if os.path.lexists(folder / file_name(text)):
                answers[command.section] = _judged(command, _read_text(folder / file_name(text), folder, text))
                break
    return answers


def _judged(command: Command, answer: Answer) -> Answer:
    """A saved refusal is what it was on the device."""
    refusal = refusal_of(answer.text) if answer.status == "ok" else None
    if refusal is None:
        return answer
    absent = command.absent and re.search(command.absent, refusal)
    return Answer(answer.command, "absent" if absent else "refused", "", refusal)


def _from_config(answer: Answer) -> dict[str, Answer]:
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


def _read_text(path: Path, folder: Path, command: str) -> Answer:
    """One file as the answer of a command, without echo and prompt."""
    try:
        raw = decode(read_bytes(path, folder, MAX_TEXT + 1))
    except FileError as error:
        return Answer(command, "unreadable", "", f"{path.name}: {error}")
    if len(raw) > MAX_TEXT:
        return Answer(command, "unreadable", "", f"{path.name}: longer than {MAX_TEXT} characters")
    text = _WIPED_PAGER.sub("", raw).replace("\0", "").replace("\r", "")
    if command != COMMAND and PAGER in text:
        return Answer(command, "incomplete", "", f"{path.name}: cut by the pager ({PAGER})")
    return _unframed(text, command, path.name)


def _unframed(text: str, command: str, file: str) -> Answer:
    """The text from behind the echo of the command up to the next prompt, where a capture holds them."""
    lines = text.split("\n")
    prompt = other = ""
    for index, line in enumerate(lines[:_ECHO_LINES]):
        echo = _PROMPT_LINE.fullmatch(line.strip())
        typed = echo["command"] if echo else ""
        if line.strip() == command or any(_abbreviates(typed, same) for same in _SAME.get(command, (command,))):
            prompt = echo["prompt"] if echo else ""
            lines = lines[index + 1 :]
            break
        other = other or typed
    else:
        if other:
            told = f"{file}: holds the answer of another command: {shown(other)}"
            return Answer(command, "unreadable", "", told)
    lines = lines[: _end(lines, prompt)]
    body = "\n".join(lines).rstrip()
    return Answer(command, "ok", f"{body}\n" if body else "")


def _end(lines: list[str], prompt: str) -> int:
    """Where the answer ends: at the next line with the echo's prompt, or at a bare prompt on the last line."""
    if prompt:
        return next((index for index, line in enumerate(lines) if line.startswith(prompt)), len(lines))
    last = next((index for index in range(len(lines) - 1, -1, -1) if lines[index].strip()), 0)
    bare = _PROMPT_LINE.fullmatch(lines[last].strip()) if lines else None
    return last if bare and not bare["command"] else len(lines)


def _abbreviates(typed: str, command: str) -> bool:
    """`sh run ssl` is short for `show running-config ssl`."""
    words, full = typed.split(), command.split()
    return len(words) == len(full) and all(
        whole.lower().startswith(word.lower()) for word, whole in zip(words, full, strict=True)
    )


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
