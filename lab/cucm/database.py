"""The tables that executeSQLQuery reads, filled from the cluster into an SQLite database in memory.

Of Informix's dialect there are SKIP and FIRST, NVL, and double-quoted texts; booleans are 't' and 'f'. Names and
numbers of services and roles: Cisco's data dictionary as far as it was found published; the lsc columns of `device`
and the status of processnodeservice are assumed [?].
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from .objects import pkid

if TYPE_CHECKING:
    from .cluster import Cluster

# typecertificateservice; a store without a number is in no row.
SERVICES = {
    "Phone-VPN-trust": 2, "CallManager": 3, "CallManager-trust": 4, "tomcat": 5, "tomcat-trust": 6, "ipsec": 7,
    "ipsec-trust": 8, "CAPF": 9, "CAPF-trust": 10, "TVS": 11, "TVS-trust": 12, "directory-trust": 13,
    "Phone-SAST-trust": 14, "Phone-CTL-trust": 15,
}  # fmt: skip
ROLES = {"TRUST_ROLE_VPN": 26}
_ROLE_OF_STORE = {"Phone-VPN-trust": "TRUST_ROLE_VPN"}
NODE_SERVICES = {"Cisco CallManager": 0, "Cisco Tftp": 1}
CERTIFICATE_STATUS = {"None": 1, "Operation Pending": 2, "Upgrade Success": 3, "Upgrade Failed": 4}
_TABLES = """
create table certificate (pkid text, servername text, subjectname text, issuername text, serialnumber text,
    certificate text, ipv4address text, ipv6address text, timetolive integer);
create table certificatehashmap (pkid text, fkcertificate text, hash text);
create table certificateservicecertificatemap (pkid text, fkcertificate text, tkcertificateservice integer);
create table certificatetrustrolemap (pkid text, fkcertificate text, tktrustrole integer);
create table certificateprocessnodemap (pkid text, fkcertificate text, fkprocessnode text);
create table typecertificateservice (enum integer, name text, moniker text);
create table typetrustrole (enum integer, name text, moniker text);
create table processnode (pkid text, name text, description text, nodeid integer, tknodeusage integer, systemnode text);
create table processnodeservice (pkid text, fkprocessnode text, tkservice integer, enable text, isactive text);
create table typeservice (enum integer, name text, moniker text);
create table typenodeusage (enum integer, name text, moniker text);
create table device (pkid text, name text, description text, tkmodel integer, tkclass integer,
    fkcommonphoneconfig text, tkcertificatestatus integer, lscissuername text, lscvaliduntil integer,
    lscissuervaliduntil integer);
create table typemodel (enum integer, name text, moniker text);
create table typeclass (enum integer, name text, moniker text);
create table typecertificatestatus (enum integer, name text, moniker text);
create table commonphoneconfig (pkid text, name text, description text, fkvpngroup text, fkvpnprofile text);
"""
# The catalogue, by which a client may ask what columns there are.
_CATALOGUE = """
create table systables (tabname text, tabid integer);
create table syscolumns (colname text, tabid integer, colno integer);
"""
_LSC_COLUMNS = ("lscissuername", "lscvaliduntil", "lscissuervaliduntil")
_LSC_SINCE = (11, 5)
_HEAD = re.compile(r"\s*select\s+(?:skip\s+(\d{1,9})\s+)?(?:(?:first|limit)\s+(\d{1,9})\s+)?", re.I)
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)
_SECONDS = 10.0
_MOST_ROWS = 100_000
_LONGEST = 1 << 20
_TEXT = ("certificate", "certificate")


class Refused(Exception):
    """A statement that the database does not run; the text is its answer."""


class Database:
    """Filled anew whenever the cluster has changed."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._revision = -1
        self._connection: sqlite3.Connection | None = None
        self._read: set[tuple[str, str]] = set()
        self._deadline = 0.0

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def query(self, sql: str) -> tuple[list[str], list[tuple[str | None, ...]]]:
        """(columns, rows) of a SELECT. Raises Refused.

        The PEM column is a large text, which Informix gives only alone.
        """
        self._fill()
        if self._connection is None:
            raise Refused("The database is not there.")
        statement = _translate(sql)
        self._read.clear()
        self._deadline = time.monotonic() + _SECONDS
        try:
            cursor = self._connection.execute(statement)
            columns = [str(entry[0]) for entry in cursor.description or ()]
            if not columns:
                raise Refused("The statement is not a query.")
            if _TEXT in self._read and len(columns) > 1:
                raise Refused("Blobs are not allowed in this expression; select the column certificate alone.")
            found = cursor.fetchmany(_MOST_ROWS + 1)
            if len(found) > _MOST_ROWS:
                raise Refused("The result is too large.")
            rows = [tuple(None if value is None else str(value) for value in row) for row in found]
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise Refused(_informix(str(error))) from None
        return columns, rows

    def _fill(self) -> None:
        if self._connection is not None and self._revision == self._cluster.revision:
            return
        self.close()
        connection = self._connection = sqlite3.connect(":memory:")
        self._revision = self._cluster.revision
        connection.executescript(_TABLES)
        for table, rows in _rows(self._cluster).items():
            if rows:
                marks = ",".join("?" * len(rows[0]))
                connection.executemany(f"insert into {table} values ({marks})", rows)  # noqa: S608 - our own names
        if self._cluster.spec.release < _LSC_SINCE:
            for column in _LSC_COLUMNS:
                connection.execute(f"alter table device drop column {column}")
        _describe(connection)
        connection.commit()
        connection.create_function("nvl", 2, lambda value, other: other if value is None else value, deterministic=True)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.set_authorizer(self._allow)
        connection.set_progress_handler(lambda: int(time.monotonic() > self._deadline), 10_000)

    def _allow(self, action: int, table: str | None, column: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ:
            self._read.add((str(table), str(column)))
        return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _describe(connection: sqlite3.Connection) -> None:
    """Fill the catalogue from the tables that are there."""
    names = [str(row[0]) for row in connection.execute("select name from sqlite_master where type = 'table'")]
    connection.executescript(_CATALOGUE)
    for number, name in enumerate(names, 100):
        connection.execute("insert into systables values (?, ?)", (name, number))
        columns = [str(row[1]) for row in connection.execute(f"pragma table_info({name})")]
        rows = [(column, number, place) for place, column in enumerate(columns, 1)]
        connection.executemany("insert into syscolumns values (?, ?, ?)", rows)


def _translate(sql: str) -> str:
    """Informix puts the numbers first: `select skip 10 first 5 name from device`."""
    found = _HEAD.match(sql)
    if found is None or not (found[1] or found[2]):
        return sql.strip().rstrip(";")
    rest = sql[found.end() :].strip().rstrip(";")
    return f"select {rest} limit {found[2] or -1} offset {found[1] or 0}"


def _informix(message: str) -> str:
    """SQLite's complaint in the words that AXL passes on from Informix, as far as they are known."""
    if message.startswith("no such table"):
        return f"The specified table ({message.partition(': ')[2]}) is not in the database."
    if message.startswith("no such column"):
        return f"Column ({message.partition(': ')[2]}) not found in any table in the query (or SLV is undefined)."
    if "not authorized" in message or "prohibited" in message:
        return "The statement is not a query."
    return "A syntax error has occurred."


Row = tuple[str | int | None, ...]


def _rows(cluster: Cluster) -> dict[str, list[Row]]:
    nodes = {name: pkid(cluster.name, "node", name) for name in cluster.nodes}
    publisher = next(iter(nodes))
    tables: dict[str, list[Row]] = {
        name: []
        for name in (
            "certificate", "certificatehashmap", "certificateservicecertificatemap", "certificatetrustrolemap",
            "certificateprocessnodemap",
        )
    }  # fmt: skip
    seen: set[str] = set()
    for store in cluster.stores.values():
        for held in store.files.values():
            link = pkid(cluster.name, store.name, held.pkid)
            if held.pkid not in seen:
                seen.add(held.pkid)
                tables["certificate"].append(
                    (held.pkid, publisher, held.subject, held.issuer, held.cert.serial, held.cert.pem, None, None, None)
                )
                tables["certificatehashmap"].append((link, held.pkid, held.pin))
                tables["certificateprocessnodemap"].append((link, held.pkid, nodes[publisher]))
            tables["certificateservicecertificatemap"].append((link, held.pkid, SERVICES[store.name]))
            if store.name in _ROLE_OF_STORE:
                tables["certificatetrustrolemap"].append((link, held.pkid, ROLES[_ROLE_OF_STORE[store.name]]))
    tables["processnode"] = [("00000000-1111-0000-0000-000000000000", "EnterpriseWideData", "", 1, 1, "t")]
    tables["processnode"] += [
        (key, name, "", place, 1 if place > 2 else 0, "f") for place, (name, key) in enumerate(nodes.items(), 2)
    ]
    tables["processnodeservice"] = list(_services(cluster, nodes))
    tables["device"] = [
        (
            phone.pkid, phone.name, phone.description, phone.model_number, 1,
            cluster.common_profiles[phone.common_profile].pkid, CERTIFICATE_STATUS[phone.lsc_status],
            phone.lsc_issuer or None, _epoch(phone.lsc_valid_to), _epoch(phone.lsc_issuer_valid_to),
        )
        for phone in cluster.phones.values()
    ]  # fmt: skip
    tables["commonphoneconfig"] = [
        (
            common.pkid, common.name, common.description,
            cluster.groups[common.vpn_group].pkid if common.vpn_group else None,
            cluster.profiles[common.vpn_profile].pkid if common.vpn_profile else None,
        )
        for common in cluster.common_profiles.values()
    ]  # fmt: skip
    models = {phone.model_number: phone.product for phone in cluster.phones.values()}
    tables["typemodel"] = [(number, name, name.upper()) for number, name in models.items()]
    tables["typeclass"] = [(1, "Phone", "CLASS_PHONE")]
    tables["typenodeusage"] = [(0, "Publisher", "USAGE_PUBLISHER"), (1, "Subscriber", "USAGE_SUBSCRIBER")]
    tables["typecertificateservice"] = list(_types(SERVICES))
    tables["typetrustrole"] = list(_types(ROLES))
    tables["typeservice"] = list(_types(NODE_SERVICES))
    tables["typecertificatestatus"] = list(_types(CERTIFICATE_STATUS))
    return tables


def _services(cluster: Cluster, nodes: dict[str, str]) -> Iterator[Row]:
    for name, key in nodes.items():
        for service, number in NODE_SERVICES.items():
            on = "t" if service != "Cisco Tftp" or cluster.nodes[name].tftp else "f"
            yield pkid(cluster.name, service, name), key, number, on, on


def _types(numbers: dict[str, int]) -> Iterable[Row]:
    return ((number, name, name.upper().replace(" ", "_").replace("-", "_")) for name, number in numbers.items())


def _epoch(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
