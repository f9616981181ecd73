"""What a CUCM cluster is asked, in order, and the name of each answer's file in a folder of saved answers.

Everything here only reads. The statements name tables and columns of public sources (facts: AXL, certificate
management); what is unproven is marked [K] or [?], and its refusal costs its own section alone.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

# Rows that one request asks for, devices that one RIS request names: RisPort70 takes 1000 in every release.
PAGE = 1000
STORES = ("Phone-VPN-trust", "CAPF", "CAPF-trust", "CallManager-trust")
_IN_STORES = f"t.name in ({', '.join(repr(store) for store in STORES)})"  # names of our own, no input
_CERTIFICATES = (
    "from certificate as c "
    "inner join certificateservicecertificatemap as m on m.fkcertificate = c.pkid "
    "inner join typecertificateservice as t on t.enum = m.tkcertificateservice"
)
# Columns that may tell of a phone's LSC: their names are not in any source, so the database is asked for them [?].
LSC_COLUMN = re.compile("[a-z0-9_]{0,60}lsc[a-z0-9_]{0,60}")


class Question(NamedTuple):
    """One question, or one a name or page.

    key      word for it, and the stem of its file: `<key>.xml`, or `<key>.<anything>.xml` where there are many
    how      axl, sql (an AXL executeSQLQuery), ris, cli (platform, by SSH), rest (platform, 14 and later)
    text     operation, statement, command or path
    tags     axl: the fields that are asked for
    many     one answer a name (get...) or a page
    order    sql: the column to sort by, where AXL gives the rows in pages only
    """

    key: str
    how: Literal["axl", "sql", "ris", "cli", "rest"]
    text: str
    tags: tuple[str, ...] = ()
    many: bool = False
    order: str = ""

    @property
    def suffix(self) -> str:
        return {"cli": ".txt", "rest": ".json"}.get(self.how, ".xml")


QUESTIONS: tuple[Question, ...] = (
    Question("getCCMVersion", "axl", "getCCMVersion"),
    Question("listVpnGateway", "axl", "listVpnGateway", ("name",)),
    Question("getVpnGateway", "axl", "getVpnGateway", many=True),
    Question("listVpnGroup", "axl", "listVpnGroup", ("name",)),
    Question("getVpnGroup", "axl", "getVpnGroup", many=True),
    Question("listVpnProfile", "axl", "listVpnProfile", ("name",)),
    Question("getVpnProfile", "axl", "getVpnProfile", many=True),
    Question("listCommonPhoneConfig", "axl", "listCommonPhoneConfig", ("name",)),
    Question(
        "getCommonPhoneConfig", "axl", "getCommonPhoneConfig", ("name", "vpnGroupName", "vpnProfileName"), many=True
    ),
    Question("listPhone", "axl", "listPhone", ("name", "description", "model", "commonPhoneConfigName"), many=True),
    # typecertificatestatus: the text behind the number [K].
    Question(
        "executeSQLQuery.phones",
        "sql",
        "select d.name, s.name as certificatestatus from device as d "
        "inner join typecertificatestatus as s on s.enum = d.tkcertificatestatus where d.name like 'SEP%'",
        many=True,
        order="d.name",
    ),
    Question(
        "executeSQLQuery.columns",
        "sql",
        "select c.colname from syscolumns as c inner join systables as t on t.tabid = c.tabid "
        "where t.tabname = 'device' and c.colname like '%lsc%'",
        many=True,
        order="c.colname",
    ),
    # {columns}: what the question before told.
    Question(
        "executeSQLQuery.lsc",
        "sql",
        "select d.name{columns} from device as d where d.name like 'SEP%'",
        many=True,
        order="d.name",
    ),
    Question(
        "executeSQLQuery.trust",
        "sql",
        f"select c.pkid, t.name as store, c.subjectname, c.issuername, c.serialnumber, h.hash {_CERTIFICATES} "
        f"left outer join certificatehashmap as h on h.fkcertificate = c.pkid where {_IN_STORES}",
        many=True,
        order="c.pkid",
    ),
    # Large text columns must be selected alone, says the schema: the rows are matched by their content.
    Question(
        "executeSQLQuery.pem",
        "sql",
        f"select c.certificate {_CERTIFICATES} where {_IN_STORES}",
        many=True,
        order="c.pkid",
    ),
    Question(
        "executeSQLQuery.tftp",
        "sql",
        "select n.name from processnodeservice as s inner join processnode as n on n.pkid = s.fkprocessnode "
        "inner join typeservice as t on t.enum = s.tkservice where lower(t.name) = 'cisco tftp' and s.isactive = 't'",
        many=True,
        order="n.name",
    ),
    Question("selectCmDeviceExt", "ris", "selectCmDeviceExt", many=True),
    Question("show_version_active", "cli", "show version active"),
    Question("show_cert_list_trust", "cli", "show cert list trust"),
    Question("snapshot_server", "rest", "/platformcom/api/v1/certmgr/config/snapshot/server"),
)

BY_KEY: dict[str, Question] = {question.key: question for question in QUESTIONS}
