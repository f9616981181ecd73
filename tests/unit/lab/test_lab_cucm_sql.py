"""executeSQLQuery: the tables of certificates, nodes and phones, and what the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.cucm.database import Database, Refused
from lab.testing import RunningLab, running_lab
from tests.unit.lab.cucm_kit import OTHER, PHONE, PLAIN, Client, made, site

CERTIFICATES = (
    "from certificate as c inner join certificateservicecertificatemap as m on m.fkcertificate = c.pkid "
    "inner join typecertificateservice as t on t.enum = m.tkcertificateservice"
)
CLUSTER, CERTS = made(
    nodes=[{"name": "cucm-pub"}, {"name": "cucm-sub", "tftp": False}, {"name": "cucm-tftp2"}],
    trust={"Phone-VPN-trust": ["vpn", "root"], "CAPF": ["capf"], "CAPF-trust": ["root"]},
)


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database(CLUSTER)
    yield made
    made.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(site(), tmp_path_factory.mktemp("sql") / "lab") as lab:
        yield lab


def test_stores_hashes_and_names(database: Database) -> None:
    columns, rows = database.query(
        f"select t.name as store, t.enum, c.subjectname, c.issuername, c.serialnumber, h.hash {CERTIFICATES} "
        "left outer join certificatehashmap as h on h.fkcertificate = c.pkid "
        "where t.name in ('Phone-VPN-trust', 'CAPF', 'CAPF-trust') order by t.enum, c.serialnumber"
    )
    assert columns == ["store", "enum", "subjectname", "issuername", "serialnumber", "hash"]
    held = {store.name: list(store.files.values()) for store in CLUSTER.stores.values()}
    expected = [
        (store, str(number), item.subject, item.issuer, item.cert.serial, item.pin)
        for store, number in (("Phone-VPN-trust", 2), ("CAPF", 9), ("CAPF-trust", 10))
        for item in sorted(held[store], key=lambda item: item.cert.serial)
    ]
    assert rows == expected
    assert ("CN=vpn.example.com,O=Lab,C=US", "CN=Root CA,O=Lab", "0a1b2c") in [row[2:5] for row in rows]


def test_a_certificate_in_two_stores_is_one_row(database: Database) -> None:
    count = "select count(*) from certificate where subjectname = 'CN=Root CA,O=Lab'"
    assert database.query(count)[1] == [("1",)]
    _, rows = database.query(f"select t.name {CERTIFICATES} where c.subjectname like 'CN=Root%' order by t.name")
    assert rows == [("CAPF-trust",), ("Phone-VPN-trust",)]


def test_the_pem_column_is_given_alone_only(database: Database) -> None:
    _, rows = database.query(f"select c.certificate {CERTIFICATES} where t.name = 'Phone-VPN-trust'")
    assert sorted(str(row[0]) for row in rows) == sorted([CERTS["vpn"].pem, CERTS["root"].pem])
    for both in ("select * from certificate", "select certificate as a, pkid from certificate",
                 "select pkid, substr(certificate, 1, 5) from certificate"):  # fmt: skip
        with pytest.raises(Refused, match="alone"):
            database.query(both)


def test_roles_and_nodes_of_certificates(database: Database) -> None:
    _, rows = database.query(
        "select c.subjectname from certificate c inner join certificatetrustrolemap r on r.fkcertificate = c.pkid "
        "inner join typetrustrole t on t.enum = r.tktrustrole where t.moniker = 'TRUST_ROLE_VPN' order by 1"
    )
    assert [row[0] for row in rows] == ["CN=Root CA,O=Lab", "CN=vpn.example.com,O=Lab,C=US"]
    _, rows = database.query(
        "select distinct n.name from certificateprocessnodemap m inner join processnode n on n.pkid = m.fkprocessnode"
    )
    assert rows == [("cucm-pub",)]


def test_nodes_that_serve_files(database: Database) -> None:
    _, rows = database.query(
        "select n.name from processnodeservice as s inner join processnode as n on n.pkid = s.fkprocessnode "
        "inner join typeservice as t on t.enum = s.tkservice where lower(t.name) = 'cisco tftp' and s.isactive = 't'"
    )
    assert rows == [("cucm-pub",), ("cucm-tftp2",)]
    _, rows = database.query(
        "select n.name, u.name from processnode n inner join typenodeusage u on u.enum = n.tknodeusage "
        "where n.systemnode = 'f'"
    )
    assert rows == [("cucm-pub", "Publisher"), ("cucm-sub", "Subscriber"), ("cucm-tftp2", "Subscriber")]


def test_phones_and_their_lsc(database: Database) -> None:
    _, rows = database.query(
        "select d.name, m.name, p.name, s.name, nvl(d.lscissuername, '-') from device d "
        "inner join typemodel m on m.enum = d.tkmodel inner join commonphoneconfig p on p.pkid = d.fkcommonphoneconfig "
        "inner join typecertificatestatus s on s.enum = d.tkcertificatestatus order by d.name"
    )
    assert rows == [
        (PHONE, "Cisco 7962", "Remote phones", "Upgrade Success", "CAPF-1"),
        (OTHER, "Cisco 8861", "Remote phones", "None", "-"),
        (PLAIN, "Cisco 7962", "Desk phones", "None", "-"),
    ]
    _, rows = database.query("select first 1 lscvaliduntil from device order by name")
    until = datetime.fromtimestamp(int(rows[0][0] or 0), UTC)
    assert timedelta(days=699) < until - datetime.now(UTC) <= timedelta(days=700)


@pytest.mark.parametrize(("version", "there"), [("11.0.1.10000-10", False), ("11.5.1.10000-6", True)])
def test_the_catalogue_tells_the_columns(version: str, there: bool) -> None:
    database = Database(made(version=version)[0])
    _, rows = database.query(
        "select c.colname from syscolumns as c inner join systables as t on t.tabid = c.tabid "
        "where t.tabname = 'device' and c.colname like '%lsc%' order by c.colno"
    )
    assert [row[0] for row in rows] == (["lscissuername", "lscvaliduntil", "lscissuervaliduntil"] if there else [])
    database.close()


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select first 1 name from device order by name", [PHONE]),
        ("SELECT SKIP 1 FIRST 1 name FROM device ORDER BY name;", [OTHER]),
        ("select skip 2 name from device order by name", [PLAIN]),
        ('select name from device where name like "%115"', [PLAIN]),
    ],
)
def test_of_informix(database: Database, sql: str, names: list[str]) -> None:
    assert [row[0] for row in database.query(sql)[1]] == names


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("delete from certificate", "not a query"), ("insert into device (name) values ('x')", "not a query"),
        ("drop table device", "not a query"), ("pragma table_info(device)", "not a query"),
        ("attach database '/tmp/x' as x", "not a query"), ("", "not a query"), ("-- nothing", "not a query"),
        ("select * from nowhere", "table (nowhere) is not in"), ("select colour from device", "Column (colour)"),
        ("selct 1", "syntax error"), ("select 1; select 2", "syntax error"), ("select zeroblob(2000000000)", "error"),
        ("select load_extension('x')", "not a query"),
    ],
)  # fmt: skip
def test_refusals(database: Database, sql: str, says: str) -> None:
    with pytest.raises(Refused, match=says.replace("(", r"\(").replace(")", r"\)")):
        database.query(sql)
    assert len(database.query("select pkid from device")[1]) == 3


def test_a_query_without_end_is_ended(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.cucm.database._SECONDS", 0.05)
    with pytest.raises(Refused):
        # 14 rows to the power of ten.
        database.query(
            "with t as (select enum from typecertificateservice) "
            "select count(*) from t a, t b, t c, t d, t e, t f, t g, t h, t i, t j"
        )


def test_too_many_rows_are_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.cucm.database._MOST_ROWS", 2)
    with pytest.raises(Refused, match="too large"):
        database.query("select name from device")


@settings(deadline=None)
@given(
    st.text(max_size=80) | st.from_regex(r"select [a-z*, ()']{1,30} from (device|certificate)( where [a-z= ']{1,20})?")
)
def test_any_text_is_answered_or_refused(sql: str) -> None:
    database = Database(CLUSTER)
    try:
        columns, rows = database.query(sql)
        assert all(len(row) == len(columns) for row in rows)
    except Refused as refusal:
        assert str(refusal)
    finally:
        database.close()


def test_rows_over_the_wire(running: RunningLab) -> None:
    client = Client(running)
    assert client.rows("select d.name, d.lscissuername from device d where d.name like 'SEP%113'") == [
        {"name": PHONE, "lscissuername": "CAPF-1"}
    ]
    assert client.rows("select count(*) from device where 1 < 2 and name <> 'a&b'") == [{"count": "3"}]
    assert client.rows("select name from device where name = 'x'") == []
    assert client.rows("select 1 + 1 from device where name like '%113'") == [{"column": "2"}]
    answer = client.sql("select pkid, certificate from certificate")
    assert (answer.status, "alone" in answer.fault) == (500, True)
    pems = client.rows("select certificate from certificate")
    assert all(row["certificate"].startswith("-----BEGIN CERTIFICATE-----\n") for row in pems)


def test_the_database_follows_the_cluster(running: RunningLab) -> None:
    client = Client(running)
    cluster = running.cluster("lab-cucm")
    _, certs = made()
    query = f"select c.serialnumber {CERTIFICATES} where t.name = 'CAPF-trust'"
    before = client.rows(query)
    running.inside(lambda: cluster.upload("CAPF-trust", certs["capf"]))
    assert len(client.rows(query)) == len(before) + 1


def test_a_thousand_phones_are_listed_in_one_answer(tmp_path: Path) -> None:
    raw = site()
    raw["phones"] = [{"name": "SEP{n:012X}", "repeat": 1000, "cucm": "lab-cucm", "common_profile": "Remote phones",
                      "certificate": "none", "online": False}]  # fmt: skip
    with running_lab(raw, tmp_path / "lab") as lab:
        client = Client(lab)
        assert len(client.rows("select name from device")) == 1000
        body = "<searchCriteria><name>SEP%</name></searchCriteria><returnedTags><name/></returnedTags>"
        assert len(client.axl("listPhone", body).result) == 1000
