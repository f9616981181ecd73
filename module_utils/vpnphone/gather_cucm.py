"""One cluster's answers: asked in order, each refusal costing its own section, then parsed into one state."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from .errors import VpnPhoneError
from .model import CucmState
from .parse.cucm.answer import CucmAnswer, Status, Unknown, listed, of_envelope, rows_of
from .parse.cucm.state import build_cluster
from .questions import BY_KEY, LSC_COLUMN, PAGE, Question
from .soap import children, first, shown, text
from .transport.cluster import ClusterSession
from .transport.soap_client import SoapFault, Told

# What costs the question alone. Every other error of AXL ends the gathering: nothing more would be answered.
_OF_THE_QUESTION: dict[str, Status] = {
    "soap_fault": "refused",
    "http_forbidden": "refused",
    "throttled": "refused",
    "http_failed": "refused",
    "answer_too_long": "incomplete",
    "answer_truncated": "incomplete",
    "answer_unreadable": "unreadable",
}
# Of the other services, which are not needed for the rest, everything does.
_OF_A_SERVICE: dict[str, Status] = {"timeout_command": "incomplete", "session_closed": "incomplete", **_OF_THE_QUESTION}
# More rows than AXL gives at once: "Query request too large. Total rows matched: 1500 rows. Suggestive Row Fetch: less
# than 500 rows" [K].
_TOO_LARGE = re.compile(r"query request too large.{0,200}?less than\s{1,9}(\d{1,6})", re.IGNORECASE | re.DOTALL)
MAX_PAGES = 500
# Names that one list... may give: a cluster has tens of gateways, groups and profiles.
MAX_OBJECTS = 2000
# The release from which on nodes have the certificate API.
FIRST_WITH_SNAPSHOT = 14
_OBJECTS = (
    ("listVpnGateway", "getVpnGateway", "vpnGateway"),
    ("listVpnGroup", "getVpnGroup", "vpnGroup"),
    ("listVpnProfile", "getVpnProfile", "vpnProfile"),
    ("listCommonPhoneConfig", "getCommonPhoneConfig", "commonPhoneConfig"),
)


def live_cluster(
    session: ClusterSession, device: str, export_mode: str = ""
) -> tuple[CucmState, dict[str, list[CucmAnswer]]]:
    """Gather and parse; also the answers, for a folder of saved ones. VpnPhoneError where AXL cannot be asked."""
    answers = ask_cluster(session)
    return build_cluster(device, "live", answers, datetime.now(UTC), export_mode=export_mode), answers


def live_vpn(session: ClusterSession, device: str, *, platform: bool) -> tuple[CucmState, dict[str, list[CucmAnswer]]]:
    """As live_cluster, but of gateways, groups and stores alone: what a change is planned from and proven by.

    platform: the command line and the snapshot too. All other sections are null.
    """
    asking = _Asking(session)
    asking.version()
    for list_key, get_key, tag in _OBJECTS[:2]:
        asking.objects(list_key, get_key, tag)
    for key in ("executeSQLQuery.trust", "executeSQLQuery.pem"):
        asking.sql(key)
    if platform:
        asking.platform()
    return build_cluster(device, "live", asking.answers, datetime.now(UTC)), asking.answers


def ask_cluster(session: ClusterSession) -> dict[str, list[CucmAnswer]]:
    """Question -> its answers, refusals among them."""
    asking = _Asking(session)
    asking.version()
    for list_key, get_key, tag in _OBJECTS:
        asking.objects(list_key, get_key, tag)
    asking.phones()
    for key in ("executeSQLQuery.phones", "executeSQLQuery.columns"):
        asking.sql(key)
    asking.lsc()
    for key in ("executeSQLQuery.trust", "executeSQLQuery.pem", "executeSQLQuery.tftp"):
        asking.sql(key)
    asking.registrations()
    asking.platform()
    return asking.answers


class _Asking:
    """The answers so far, and one method for each kind of question."""

    def __init__(self, session: ClusterSession) -> None:
        self._session = session
        self.answers: dict[str, list[CucmAnswer]] = {}

    def _keep(self, answer: CucmAnswer) -> CucmAnswer:
        self.answers.setdefault(answer.question, []).append(answer)
        return answer

    def _ask(self, key: str, ask: Callable[[Question], Told], item: str = "") -> CucmAnswer:
        """One answer of AXL, kept."""
        question = BY_KEY[key]
        try:
            told = ask(question)
        except SoapFault as fault:
            return self._keep(CucmAnswer(key, "refused", detail=f"{key} was {fault.what}", item=item, raw=fault.raw))
        except VpnPhoneError as error:
            if error.code not in _OF_THE_QUESTION:
                raise
            status = _OF_THE_QUESTION[error.code]
            return self._keep(CucmAnswer(key, status, detail=f"{key}: {error.what}", item=item))
        return self._keep(of_envelope(question, told.envelope, told.raw, item))

    def version(self) -> None:
        told = self._session.axl.negotiate()
        self._keep(of_envelope(BY_KEY["getCCMVersion"], told.envelope, told.raw))

    def objects(self, list_key: str, get_key: str, tag: str) -> None:
        """The list of names, then each object."""
        if self._ask(list_key, self._session.axl.list_names).status != "ok":
            return
        names = [text(item, "name") for item in listed(self.answers, list_key, tag)]
        if len(names) > MAX_OBJECTS:
            why = f"{list_key} lists {len(names)} names, more than {MAX_OBJECTS}"
            self._keep(CucmAnswer(get_key, "incomplete", detail=why))
            return
        for name in names:
            if self._ask(get_key, partial(self._get, name), name).status != "ok":
                return  # the section is unknown now, whatever the others say

    def _get(self, name: str, question: Question) -> Told:
        return self._session.axl.get(question, name)

    def phones(self) -> None:
        self._pages("listPhone", self._session.axl.page, "phone")

    def sql(self, key: str, columns: str = "") -> None:
        """One statement; page by page only where AXL asks for that."""
        statement = BY_KEY[key].text.replace("{columns}", columns)
        answer = self._ask(key, lambda _question: self._session.axl.sql(statement))
        found = _TOO_LARGE.search(answer.detail) if answer.status == "refused" else None
        if found is None:
            return
        self.answers.pop(key)
        rest = statement.removeprefix("select ")

        def page(skip: int, rows: int, question: Question) -> Told:
            return self._session.axl.sql(f"select skip {skip} first {rows} {rest} order by {question.order}")

        self._pages(key, page, "row", fewer_than(found[1]))

    def _pages(self, key: str, ask: Callable[[int, int, Question], Told], tag: str, rows: int = PAGE) -> None:
        """Pages until one is not full; smaller ones where AXL says that so many are too many."""
        skip = 0
        for number in range(1, MAX_PAGES + 1):
            answer = self._ask(key, partial(ask, skip, rows), str(number))
            found = _TOO_LARGE.search(answer.detail) if answer.status == "refused" else None
            if found is not None and fewer_than(found[1]) < rows:
                self.answers[key].pop()
                rows = fewer_than(found[1])
                continue
            got = len(children(first(answer.value, "return"), tag))
            if answer.status != "ok" or got < rows:
                return
            skip += got
        self._keep(CucmAnswer(key, "incomplete", detail=f"{key} has more than {MAX_PAGES} pages"))

    def lsc(self) -> None:
        """The columns that the database has for LSCs; none, no question."""
        try:
            names = [text(row, "colname") for row in rows_of(self.answers, "executeSQLQuery.columns")]
        except Unknown:
            return
        columns = sorted({name for name in names if LSC_COLUMN.fullmatch(name)})[:20]
        if columns:
            self.sql("executeSQLQuery.lsc", "".join(f", d.{column}" for column in columns))

    def registrations(self) -> None:
        key = "selectCmDeviceExt"
        try:
            names = list(dict.fromkeys(text(phone, "name") for phone in listed(self.answers, "listPhone", "phone")))
        except Unknown:
            self._keep(CucmAnswer(key, "missing", detail="not asked: which phones there are is not known"))
            return
        try:
            for number, told in enumerate(self._session.ris.pages([name for name in names if name]), 1):
                self._keep(of_envelope(BY_KEY[key], told.envelope, told.raw, str(number)))
        except VpnPhoneError as error:
            self._keep(_refused(key, error))

    def platform(self) -> None:
        """CLI and, from release 14 on, the certificate snapshot: another account, and never needed for the rest."""
        if not self._session.has_platform_login:
            for key in ("show_version_active", "show_cert_list_trust", "snapshot_server"):
                why = "no platform login is given (vpnphone_os_user, vpnphone_os_password)"
                self._keep(CucmAnswer(key, "missing", detail=why))
            return
        commands = [BY_KEY[key] for key in ("show_version_active", "show_cert_list_trust")]
        try:
            with self._session.cli() as cli:
                for question in commands:
                    told = cli.run(question.text)
                    self._keep(CucmAnswer(question.key, "ok", told, raw=told.encode("utf-8", "replace")))
        except VpnPhoneError as error:
            for question in commands:
                if question.key not in self.answers:
                    self._keep(_refused(question.key, error))
        if self._release() >= FIRST_WITH_SNAPSHOT:
            try:
                raw = self._session.snapshot()
                self._keep(CucmAnswer("snapshot_server", "ok", raw.decode("utf-8", "replace"), raw=raw))
            except VpnPhoneError as error:
                self._keep(_refused("snapshot_server", error))

    def _release(self) -> int:
        """The major number of the cluster's version, 0 where it is not known."""
        told = first(self.answers["getCCMVersion"][0].value, "return")
        found = re.match(r"([0-9]{1,3})\.", text(told, "componentVersion", "version"))
        return int(found[1]) if found else 0


def fewer_than(digits: str) -> int:
    """Rows to ask for where AXL says "less than N rows"."""
    return min(PAGE, max(1, int(digits) - 1))


def _refused(key: str, error: VpnPhoneError) -> CucmAnswer:
    return CucmAnswer(key, _OF_A_SERVICE.get(error.code, "refused"), detail=f"{shown(error.what)} [{error.code}]")
