"""Certificates that the cluster holds: of its database (SQL), of the snapshot API (14 and later), names by the CLI."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ...model import X509, TrustedCertificate, TrustFile
from ...questions import STORES
from ...soap import Value, shown, text
from ...x509 import read_pem
from .answer import Answers, Unknown, answers_of, rows_of

MAX_JSON = 16 * 1024 * 1024
# base64 of a SHA-1.
_SHA1_LENGTH = 28
_CLI_LINE = re.compile(r"(?P<store>[A-Za-z][A-Za-z0-9-]{0,60})/(?P<name>[^/:\n]{1,200}\.pem)\s*:")


def parse_trust(answers: Answers) -> tuple[tuple[TrustedCertificate, ...], str]:
    """The certificates of STORES, and which source told them. From the snapshot where the database does not tell."""
    try:
        return _of_database(answers), "executeSQLQuery (certificate)"
    except Unknown as unknown:
        try:
            return tuple(_of_snapshot(answers)), "certificate snapshot"
        except Unknown:
            raise unknown from None


def _of_database(answers: Answers) -> tuple[TrustedCertificate, ...]:
    rows: dict[tuple[str, str], Value] = {}
    for row in rows_of(answers, "executeSQLQuery.trust"):
        key = (text(row, "pkid"), text(row, "store"))
        if not key[1]:
            raise Unknown("unreadable", "a row of the certificate table names no store")
        # Newer releases may keep further hashes of a certificate [?]: the phones' one is the SHA-1.
        if key not in rows or len(text(row, "hash")) == _SHA1_LENGTH:
            rows[key] = row
    known = [*_pems(answers), *(item.x509 for item in _snapshot_or_nothing(answers) if item.x509)]
    by_pin = {certificate.pin: certificate for certificate in known}
    return tuple(_entry(row, by_pin, known) for row in rows.values())


def _entry(row: Value, by_pin: dict[str, X509], known: list[X509]) -> TrustedCertificate:
    stored, serial = text(row, "hash"), text(row, "serialnumber")
    return TrustedCertificate(
        store=text(row, "store"),
        subject_name=text(row, "subjectname"),
        issuer_name=text(row, "issuername"),
        serial_number=serial,
        stored_hash=stored,
        x509=by_pin.get(stored) or _by_serial(serial, text(row, "subjectname"), known),
    )


def _by_serial(serial: str, subject: str, known: list[X509]) -> X509 | None:
    """The one certificate of that serial number and common name; None where none or several fit."""
    bare = _bare(serial)
    fit = {item.sha256: item for item in known if _bare(item.serial) == bare and _has_name(subject, item.subject_cn)}
    return next(iter(fit.values())) if bare and len(fit) == 1 else None


def _has_name(subject: str, name: str) -> bool:
    """`CN=name` is a part of the subject, whichever way its parts are ordered and parted."""
    return re.search(rf"(?:^|[,/+]\s?)CN={re.escape(name)}(?:$|[,/+])", subject) is not None


def _bare(serial: str) -> str:
    return serial.replace(":", "").lower().lstrip("0")


def _pems(answers: Answers) -> Iterator[X509]:
    """What the PEM column holds; what is no certificate is left out, so its row stays without one."""
    try:
        rows = rows_of(answers, "executeSQLQuery.pem")
    except Unknown:
        return
    for row in rows:
        found = _certificate(text(row, "certificate"))
        if found is not None:
            yield found


def _certificate(pem: str) -> X509 | None:
    try:
        return read_pem(pem)
    except ValueError:
        return None


# --- snapshot -------------------------------------------------------------------------------------------------------


def _snapshot_or_nothing(answers: Answers) -> Iterable[TrustedCertificate]:
    try:
        return list(_of_snapshot(answers))
    except Unknown:
        return []


def _of_snapshot(answers: Answers) -> Iterator[TrustedCertificate]:
    """{"identities": [{service, certificate}], "trusts": [{service, certificate_data: [{filename, certificate}]}]}.

    The shape is that of one public parser; an empty store is left out there. Names of stores differ in case [?].
    """
    told = answers_of(answers, "snapshot_server")[0].value
    if not isinstance(told, str) or len(told) > MAX_JSON:
        raise Unknown("unreadable", "the certificate snapshot is too long")
    try:
        data = json.loads(told)
    except (ValueError, RecursionError) as error:
        raise Unknown("unreadable", "the certificate snapshot is no JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("trusts"), list):
        raise Unknown("unreadable", "the certificate snapshot has no list `trusts`")
    for identity in _dicts(data.get("identities")):
        store = _store(identity.get("service"))
        if store:
            yield _snapshot_entry(store, "", identity.get("certificate"))
    for trust in _dicts(data["trusts"]):
        store = _store(trust.get("service"))
        if store:
            for item in _dicts(trust.get("certificate_data")):
                yield _snapshot_entry(store, item.get("filename"), item.get("certificate"))


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _store(service: Any) -> str:
    """Our name of that store, "" for others."""
    return next((store for store in STORES if isinstance(service, str) and store.lower() == service.lower()), "")


def _snapshot_entry(store: str, name: Any, pem: Any) -> TrustedCertificate:
    found = _certificate(pem) if isinstance(pem, str) else None
    return TrustedCertificate(
        store=store,
        subject_name=found.subject if found else shown(name if isinstance(name, str) else ""),
        issuer_name=found.issuer if found else "",
        serial_number=found.serial if found else "",
        x509=found,
    )


# --- platform CLI ---------------------------------------------------------------------------------------------------


def parse_trust_files(answers: Answers) -> tuple[TrustFile, ...]:
    """`show cert list trust`: "STORE/NAME.pem: description" a line. The services read these files, not the database."""
    told = answers_of(answers, "show_cert_list_trust")[0].value
    lines = told.splitlines() if isinstance(told, str) else []
    found = [match for line in lines if (match := _CLI_LINE.match(line.strip()))]
    if any(line.strip() for line in lines) and not found:
        raise Unknown("unreadable", "`show cert list trust` lists nothing in the form STORE/NAME.pem")
    return tuple(TrustFile(store=match["store"], name=match["name"]) for match in found)
