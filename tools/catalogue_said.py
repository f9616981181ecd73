"""The texts that controls and predictions build, taken from the code as templates with numbered holes."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "module_utils" / "vpnphone"
# What stands in an audit's report comes from these.
SOURCES = (
    "controls/*.py",
    "predict/*.py",
    "files.py",
    "history/trend.py",
    "report/moments.py",
    "report/phones.py",
    "report/trend.py",
    *(f"transport/{name}.py" for name in ("asa", "cluster", "http_errors", "https", "login", "way")),
    *("assess.py", "dap.py", "judge_run.py", "matrix.py", "policy.py", "profiles.py", "suites.py", "waivers.py"),
)
# Why something could not be read. These files are full of commands and patterns: of them the reasons alone are taken.
REASONS = (
    *("parse/*.py", "parse/cucm/*.py", "soap.py", "x509.py", "saved_files.py", "probe.py", "rundir.py"),
    *("gather.py", "gather_cucm.py", "gather_phones.py", "gather_web.py"),
    *(f"transport/{name}.py" for name in ("axl", "cucm_os", "node_files", "node_http", "options", "phone_web", "ris")),
    *(f"transport/{name}.py" for name in ("soap_client", "tftp", "tls_probe")),
    *("given.py", "history/database.py", "phone_places.py"),
    # What these modules keep in the run of a device, and of its phones.
    *(f"../../library/vpnphone_{name}.py" for name in ("asa_info", "cucm_info", "phone_info", "tls_probe")),
)
# Functions of theirs that return reasons, by their texts alone.
_RETURNED = {
    "gather.py": {"_answer"},
    "parse/config.py": {"_doubt"},
    "transport/tls_probe.py": {"why_impossible", "_handshake", "_failed", "_seen"},
}
# Of these files the functions that a report in another language takes its sentences from; the others are of a terminal.
FUNCTIONS = {
    "files.py": {"read_json"},
    "history/trend.py": {"_still"},
    "report/trend.py": {"headline", "about", "left_out", "age", "device_words", "due_words", "places"},
}
# The calls, and the names of keywords and variables, that hold a reason.
_TOLD = frozenset(
    {"Unreadable", "Unknown", "FileError", "NotSoap", "ValueError", "Answer", "CucmAnswer", "CnfFile", "Seen"}
    | {"BadInput", "Damaged", "DeviceRefused", "DeviceUnreachable", "Throttled", "SoapFault", "Fault", "FileAbsent"}
    | {"Failure", "_refused", "_unreachable", "_none", "late"}
)
_TOLD_AS = frozenset({"detail", "why", "what", "todo", "told", "there", "given_up", "advice"})
# Words of which English needs another form for one and for several: msgids hold both, as "{is|are}".
_FORMS = frozenset(
    {"", "s", "es", "y", "ies", "is", "are", "has", "have", "it", "they", "its", "their", "them", "this", "these"}
    | {"was", "were", "connect", "connects", "dial", "dials", "hold", "holds", "do", "does", "want", "wants"}
)
# Keywords of what no report shows, or shows as it was typed or answered.
_ELSEWHERE = frozenset(
    {"rationale", "remediation", "title", "section", "command", "lines", "features", "needs", "code", "step"}
)
_UNSHOWN = frozenset(
    {"compile", "ValueError", "TypeError", "KeyError", "replace", "startswith", "endswith", "split", "removeprefix"}
)


# Compared and named; and what COMPOSED has with its words.
_NO_TEXTS = frozenset(
    {"wrong version number", "packet length", "show version", "{0} was {1}", "{0} {1} is not a file."}
    | {"{0} is no hex dump", "{0} cannot be read: {1}", "this is no page {0}"}
    | {"did not end the transfer of {0} within {1} s", "refused {0} (TFTP error {1})"}
    | {"which phones the cluster has is not known{0}."}
    | {"does not keep to the protocol ({0})", "fell silent in the middle of {0}"}
)


# As model.Source has them.
SOURCE_WORDS = ("missing", "refused", "incomplete", "unreadable")

# A literal as it is, HOLE or NUMBER, the forms of a word.
Part = str | tuple[str, ...]
HOLE: Part = ()
NUMBER: Part = (":n",)
# What is put together of variables, so that the code has no template of it.
COMPOSED: dict[str, tuple[str, ...]] = {
    # With the words of the status, so that what stands behind them is taken as one text.
    "controls/base.py": tuple(f"`{{0}}` is {word}: {{1}}" for word in SOURCE_WORDS),
    "gather_cucm.py": ("{0} was refused: {1}.",),
    "parse/config.py": (
        "its beginning is missing (no `hostname` and no `ASA Version` line) and its end is missing (no `: end`,"
        " no `Cryptochecksum:`, no `prompt` line)",
    ),
    "parse/certificate_chain.py": (
        "the certificate of {0} in line {1} is no hex dump",
        "the certificate of {0} in line {1} cannot be read: {2}",
    ),
    "parse/phone_web.py": (
        *("this is no page of status messages", "this is no page of network settings"),
        "this is no page of console logs",
    ),
    "rundir.py": (
        "which phones the cluster has is not known.",
        "which phones the cluster has is not known ({0}).",
    ),
    "transport/options.py": ("{0} is not a file.",),
    "transport/soap_client.py": ("refused: {0}.",),
    "transport/silence.py": (
        "no data for {0} s while waiting for {1}.",
        "Look at the load of the device; raise vpnphone_command_timeout if it is only slow.",
        "Look at the load of the node; raise vpnphone_command_timeout if it is only slow.",
        "the device closed the session while waiting for {0}.",
        "the node closed the platform session while waiting for {0}.",
        "Look for an idle time-out, a reload, or the limit of five SSH sessions (`show ssh sessions`).",
        "Look for an idle time-out, a restart, or too many sessions (`show session maxlimit`).",
        "the login did not end within {0} s.",
        "the platform login did not end within {0} s.",
        "Look at the load of the device and its AAA servers; vpnphone_connect_timeout raises the limit.",
        "Look at the load of the node; vpnphone_connect_timeout raises the limit.",
    ),
    "transport/tftp.py": (
        "{0} did not end the transfer of {1} within {2} s.",
        "{0} refused {1} (TFTP error {2}).",
        "{0} does not keep to the protocol ({1}).",
        "{0} fell silent in the middle of {1}.",
    ),
    "controls/site_facts.py": ("{0:n} phone{|s}", "{0:n} certificate{|s}", "{0:n} gateway{|s}"),
    "controls/certificates.py": ("wildcard certificate issued by {0}",),
    "controls/site_cluster.py": ("{0:n} of {1:n} certificates", "{0:n} of {1:n} gateways"),
    "predict/negotiate.py": ("the probe got no answer from the ASA: {0}",),
    "report/trend.py": ("about {0}",),
    "controls/site_connection.py": (
        "{0:n} phone{|s} {is|are} locked out",
        "{0:n} phone{|s} {is|are} not known to connect",
        "{0:n} phone{|s} {is|are} locked out {1}",
        "{0:n} phone{|s} {is|are} not known to connect {1}",
    ),
}


@functools.cache
def templates() -> dict[str, list[str]]:
    """Template to the places (file:line) that build it, in the order of the code."""
    found = places_of(COMPOSED)
    for text, place in (*said_in(SOURCES, FUNCTIONS), *reasons_in(REASONS)):
        if text not in _NO_TEXTS:
            found.setdefault(text, []).append(place)
    return found


def places_of(composed: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The same of texts that are listed by their files."""
    found: dict[str, list[str]] = {}
    for file, texts in composed.items():
        for text in texts:
            found.setdefault(text, []).append(f"module_utils/vpnphone/{file}:0")
    return found


def said_in(sources: Iterable[str], functions: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Each text of these files (patterns) with its place; of a file in `functions` the texts of those alone."""
    for pattern in sources:
        for path in sorted(CODE.glob(pattern)):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for line, text in Said(tree, functions.get(path.relative_to(CODE).as_posix())).texts():
                yield text, f"{path.relative_to(ROOT).as_posix()}:{line}"


def reasons_in(sources: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The same of the reasons alone that these files tell."""
    for pattern in sources:
        for path in sorted(CODE.glob(pattern)):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for line, text in reasons_of(tree, _RETURNED.get(path.relative_to(CODE).as_posix(), set())):
                yield text, f"{path.resolve().relative_to(ROOT).as_posix()}:{line}"


def reasons_of(tree: ast.Module, functions: Set[str] = frozenset()) -> Iterator[tuple[int, str]]:
    """What a module tells of what it could not read, and all texts of these functions."""
    told = [stmt for node in ast.walk(tree) if (stmt := _reason(node, functions)) is not None]
    return Said(tree, told=told).texts()


def _reason(node: ast.AST, functions: Set[str]) -> ast.stmt | None:
    """What holds a reason, as a statement that does."""
    if isinstance(node, ast.Call) and _name(node.func) in _TOLD:
        return ast.Return(ast.Tuple(node.args))
    if isinstance(node, ast.keyword) and node.arg in _TOLD_AS:
        return ast.Return(node.value)
    if isinstance(node, ast.Assign):
        names = {_name(one) for target in node.targets for one in (getattr(target, "elts", None) or [target])}
        return node if names & _TOLD_AS else None
    return node if isinstance(node, ast.FunctionDef) and node.name in functions else None


class Said:
    """The texts of one module, of some of its functions, or of what of it is told."""

    def __init__(self, tree: ast.Module, only: set[str] | None = None, told: list[ast.stmt] | None = None) -> None:
        kept = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in (only or ())]
        self.body: list[ast.stmt] = told if told is not None else tree.body if only is None else list(kept)
        # A function that only chooses between two forms of a word is written out where it is called.
        self.choosers = {
            node.name: node.body[-1].value
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and len(node.body) == 1 and isinstance(node.body[-1], ast.Return)
        }

    def texts(self) -> Iterator[tuple[int, str]]:
        for node in self._walk(ast.Module(self.body, [])):
            text = _numbered(self._parts(node))
            if _is_text(text):
                yield getattr(node, "lineno", 0), text

    def _walk(self, node: ast.AST) -> Iterator[ast.expr]:
        """Every outermost expression that makes a text, and what stands in its holes."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue  # a docstring
            if isinstance(child, ast.keyword) and child.arg in _ELSEWHERE:
                continue
            if isinstance(child, ast.Call) and _name(child.func) in _UNSHOWN:
                continue
            if isinstance(child, ast.JoinedStr) or (isinstance(child, ast.BinOp) and isinstance(child.op, ast.Add)):
                yield child
                yield from self._holes(child)
            elif isinstance(child, ast.Constant):
                yield child
            else:
                yield from self._walk(child)

    def _holes(self, node: ast.AST) -> Iterator[ast.expr]:
        """What a text takes in and is a text itself."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FormattedValue):
                if not isinstance(child.value, ast.JoinedStr) and not self._forms(child.value):
                    yield from self._walk(ast.Expr(child.value) if not isinstance(child.value, ast.Constant) else child)
            elif isinstance(child, ast.JoinedStr | ast.BinOp):
                yield from self._holes(child)
            elif not isinstance(child, ast.Constant):
                yield from self._walk(ast.Expr(child)) if isinstance(child, ast.expr) else ()

    def _parts(self, node: ast.expr) -> list[Part]:
        """Literals as they are, () for a hole, the forms of a word as a tuple."""
        if isinstance(node, ast.Constant):
            return _formatted(node.value) if isinstance(node.value, str) else [()]
        if isinstance(node, ast.JoinedStr):
            return [part for value in node.values for part in self._parts(value)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [*self._parts(node.left), *self._parts(node.right)]
        if isinstance(node, ast.FormattedValue):
            return [NUMBER] if _is_number(node.format_spec) else self._parts(node.value)
        if isinstance(node, ast.Call) and _name(node.func) == "len":
            return [NUMBER]
        return [self._forms(node)]

    def _forms(self, node: ast.expr) -> tuple[str, ...]:
        if isinstance(node, ast.Call) and _name(node.func) in self.choosers:
            chosen = self.choosers[_name(node.func)]
            return self._forms(chosen) if chosen is not None else ()
        if not isinstance(node, ast.IfExp):
            return ()
        sides = (node.body, node.orelse)
        words = tuple(one.value for one in sides if isinstance(one, ast.Constant) and isinstance(one.value, str))
        return words if len(words) == 2 and all(word.strip() in _FORMS for word in words) else ()


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_number(spec: ast.expr | None) -> bool:
    """As in f"{number:,}"; a date has a form of its own."""
    return spec is not None and "%" not in ast.unparse(spec) and re.search("[,d]'?$", ast.unparse(spec)) is not None


def _formatted(text: str) -> list[Part]:
    """A text for str.format: each "{}" is a hole."""
    first, *others = text.split("{}")
    return [first, *(part for other in others for part in (HOLE, other))]


def _numbered(parts: list[Part]) -> str:
    """The template; holes beside one another are one."""
    text = ""
    number = 0
    before: Part = ""
    for part in parts:
        if part in ("", HOLE) and before in (HOLE, NUMBER):
            text = text.replace(f"{{{number - 1}:n}}", f"{{{number - 1}}}") if part == HOLE else text
            continue
        if isinstance(part, str):
            text += part
        elif part in (HOLE, NUMBER):
            text += f"{{{number}{':n' if part == NUMBER else ''}}}"
            number += 1
        else:
            text += "{" + "|".join(part) + "}"
        before = part
    return text


def _is_text(text: str) -> bool:
    """A phrase: two words at least, one of them of letters alone."""
    if re.search(r"\{[a-z]{2,}\|", text):
        return True
    bare = re.sub(r"\{[^{}]*\}", " 0 ", text)
    return "{" not in bare and len(bare.split()) > 1 and re.search(r"(?<![\w-])[A-Za-z]{2,}(?![\w-])", bare) is not None
