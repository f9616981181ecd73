"""Who is locked out, and for how long: at changes of ASAs and of files, with and without a connect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import __main__ as command
from lab import control, daemon, pair
from lab.phone.fleet import NoSuchPhone
from lab.testing import RunningLab, running_lab
from tests.unit.lab.phone_site import Case, phone_of, scenario, url_of
from tests.waiting import until

PAIR = {"failover": {"unit": "primary", "state": "active"}}
BOTH = ("vpn", "renewed")
QUICK = {"reconnect_after": 0, "retry_after": 0.05}
CASES = {
    "one": Case(phone=QUICK),
    "two": Case(pins=BOTH, phone=QUICK),
    "issuer": Case(pins=("issuing",), phone=QUICK),
    "off": Case(phone={"online": False}),
    "pair": Case(pins=BOTH, phone=QUICK, device=PAIR),
    "named": Case(pins=BOTH, phone=QUICK, profile={"host_id_check": True}, url="https://vpn.example.com/Phones",
                  group_url="group-url https://vpn.example.com/Phones enable"),
    "slow": Case(pins=BOTH, phone={**QUICK, "faults": [{"kind": "reset_slow", "seconds": 0}]}),
    "deaf": Case(phone={**QUICK, "faults": [{"kind": "apply_ignored", "count": 1}]}),
    "shy": Case(pins=BOTH, phone={**QUICK, "faults": [{"kind": "phone_refuses_new"}]}),
}  # fmt: skip


def phone(name: str) -> str:
    return phone_of(CASES, name)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RunningLab]:
    with running_lab(scenario(CASES), tmp_path / "lab") as found:
        yield found


def bind(site: RunningLab, name: str, *trustpoints: str) -> None:
    site.type(name, "configure terminal", *(f"ssl trust-point {one} outside" for one in trustpoints))


def locked(site: RunningLab, name: str) -> list[tuple[str, bool]]:
    """(reason, is it over) of each lockout of a phone."""
    return [
        (one["reason"], one["until"] is not None) for one in site.lockouts()["lockouts"] if one["phone"] == phone(name)
    ]


def failed(site: RunningLab, name: str) -> list[str]:
    return [one["reason"] for one in site.lockouts()["failed_connects"] if one["phone"] == phone(name)]


def back(site: RunningLab, name: str) -> None:
    site.settle()
    until(lambda: site.inside(lambda: site.phone(phone(name)).connected))


def test_nobody_is_locked_out_at_the_start(site: RunningLab) -> None:
    found = site.lockouts()
    assert found["totals"] == {
        "phones": len(CASES), "connected": len(CASES) - 1, "locked_out": 0, "lockouts": 0, "failed_connects": 0,
    }  # fmt: skip


def test_a_binding_too_early_counts_though_nobody_tries(site: RunningLab) -> None:
    bind(site, "one", "RENEWED")
    assert locked(site, "one") == [("pin", False)]
    assert failed(site, "one") == []
    assert site.phone(phone("one")).connected
    bind(site, "one", "VPN")
    assert locked(site, "one") == [("pin", True)]
    first = site.lockouts()["lockouts"][0]
    assert (first["asa"], first["from"] <= first["until"]) == ("one", True)
    assert site.connect_phones([phone("one")])[phone("one")].connected
    assert site.lockouts()["totals"]["locked_out"] == 0


def test_a_moment_is_enough(site: RunningLab) -> None:
    """Two lines of one session: between them nothing else happens in the lab."""
    bind(site, "one", "RENEWED", "VPN")
    assert locked(site, "one") == [("pin", True)]
    site.type("two", "configure terminal", "no ssl trust-point VPN outside", "ssl trust-point VPN outside")
    assert locked(site, "two") == [("pin", True)]


@pytest.mark.parametrize("name", ["two", "issuer"])
def test_who_holds_both_or_the_issuer_is_never_out(site: RunningLab, name: str) -> None:
    bind(site, name, "RENEWED")
    assert locked(site, name) == []
    site.type(name, "vpn-sessiondb logoff tunnel-group Phones noconfirm")
    back(site, name)
    assert locked(site, name) == failed(site, name) == []


def test_a_phone_that_is_off_is_not_counted_before_it_is_on(site: RunningLab) -> None:
    bind(site, "off", "RENEWED")
    assert locked(site, "off") == []
    # Its file is the one of the start.
    assert site.power([phone("off")], on=True)[phone("off")].reason == "no-file"
    bind(site, "one", "RENEWED")
    site.power([phone("one")], on=False)
    assert locked(site, "one") == [("pin", True)]
    assert site.outcomes()[phone("one")].reason == "offline"
    assert site.state("one")["vpn_sessions"] == []
    site.power([phone("one")], on=True)
    assert locked(site, "one") == [("pin", True), ("pin", False)]
    with pytest.raises(NoSuchPhone):
        site.power(["SEP000000000000"], on=True)


def test_a_file_with_the_new_hash_alone_locks_out(site: RunningLab) -> None:
    cluster = site.cluster("cucm")

    def change() -> None:
        cluster.gateways["one"].certificates = cluster.gateways["two"].certificates[1:]
        cluster.apply(phone("one"))

    site.inside(change)
    site.settle()
    assert locked(site, "one") == [("pin", False)]
    assert failed(site, "one")[0] == "pin"
    # It tries on by itself, and the ASA may heal what CUCM cannot any more.
    bind(site, "one", "RENEWED")
    back(site, "one")
    assert locked(site, "one") == [("pin", True)]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("webvpn", "no enable outside"), "no-asa"),
        (("ssl cipher tlsv1 custom AES256-GCM-SHA384", "ssl server-version tlsv1.2"), "tls"),
        (("no ssl trust-point VPN outside",), "pin"),
    ],
)
def test_other_ways_out(site: RunningLab, lines: tuple[str, ...], reason: str) -> None:
    site.type("two", "configure terminal", *lines)
    assert [one for one, _ in locked(site, "two")] == [reason]


def test_the_host_id_counts(site: RunningLab) -> None:
    assert site.phone(phone("named")).connected
    bind(site, "named", "RENEWED")
    assert locked(site, "named") == [("host-id", False)]
    assert site.connect_phones([phone("named")])[phone("named")].reason == "host-id"


def test_logged_off_it_comes_back_by_a_handshake(site: RunningLab) -> None:
    before = site.state("two")["vpn_sessions"]
    site.type("two", f"vpn-sessiondb logoff name CP-7962G-{phone('two')} noconfirm")
    back(site, "two")
    assert site.state("two")["vpn_sessions"] == before
    text = site.type("two", "show logging")
    assert text.index("Reason: Administrator Reset") < text.rindex("assigned to session")
    assert site.cluster("cucm").registered(phone("two")) == "10.10.10.10"


def test_logged_off_with_the_wrong_certificate_bound_it_tries_on(site: RunningLab) -> None:
    bind(site, "one", "RENEWED")
    site.type("one", "vpn-sessiondb logoff all noconfirm")
    until(lambda: len(failed(site, "one")) > 1)
    assert site.cluster("cucm").registered(phone("one")) == ""
    bind(site, "one", "VPN")
    back(site, "one")
    assert site.lockouts()["totals"]["locked_out"] == 0


# --- faults of phones -------------------------------------------------------------------------------------------------


def test_a_phone_that_refuses_what_it_holds(site: RunningLab) -> None:
    assert site.phone(phone("shy")).connected
    bind(site, "shy", "RENEWED")
    assert locked(site, "shy") == [("pin", False)]
    outcome = site.connect_phones([phone("shy")])[phone("shy")]
    assert (outcome.reason, "although it holds its hash" in outcome.detail) == ("pin", True)
    assert "alert unknown ca" in site.type("shy", "show logging")
    bind(site, "shy", "VPN")
    assert site.connect_phones([phone("shy")])[phone("shy")].connected
    site.clear_phone_faults(phone("shy"))
    bind(site, "shy", "RENEWED")
    assert site.connect_phones([phone("shy")])[phone("shy")].connected


def test_a_fault_that_begins_later(site: RunningLab) -> None:
    bind(site, "two", "RENEWED")
    site.add_phone_fault(phone("two"), kind="phone_refuses_new")
    assert locked(site, "two") == []
    bind(site, "two", "VPN")
    assert locked(site, "two") == [("pin", False)]


def test_an_apply_that_is_ignored_once(site: RunningLab) -> None:
    cluster, name = site.cluster("cucm"), phone("deaf")
    before = site.phone(name).status.lines()
    site.inside(lambda: cluster.apply(name))
    site.settle()
    assert site.phone(name).status.lines() == before
    assert site.phone(name).connected
    site.inside(lambda: cluster.apply(name))
    site.settle()
    assert len(site.phone(name).status.lines()) > len(before)


def test_a_slow_reset_takes_the_tunnel_away_meanwhile(site: RunningLab) -> None:
    cluster, name = site.cluster("cucm"), phone("slow")
    logins = site.inside(lambda: site.device("slow").system.logins)
    before = len(site.phone(name).status.lines())
    site.inside(lambda: cluster.apply(name, "reset"))
    site.settle()
    # Once with the file that it held, once with the new one.
    assert site.inside(lambda: site.device("slow").system.logins) == logins + 2
    assert len(site.phone(name).status.lines()) > before
    assert locked(site, "slow") == []


# --- failover and restart ---------------------------------------------------------------------------------------------


def test_a_failover_to_a_mate_with_the_certificate(site: RunningLab) -> None:
    bind(site, "pair", "RENEWED")
    site.failover("pair")
    back(site, "pair")
    assert locked(site, "pair") == failed(site, "pair") == []
    assert site.state("pair")["unit"] == {"priority": "secondary", "standby": False}
    assert "Reason: Failover" in site.type("pair", "show logging")


def test_a_failover_to_a_mate_without_the_key(tmp_path: Path) -> None:
    case = {"pair": Case(pins=BOTH, phone=QUICK, device={"failover": {"mate_missing": ["RENEWED"]}})}
    name = phone_of(case, "pair")
    with running_lab(scenario(case), tmp_path / "lab") as site:
        bind(site, "pair", "RENEWED")
        assert site.lockouts()["totals"]["lockouts"] == 0
        site.failover("pair")
        until(lambda: site.lockouts()["totals"]["failed_connects"])
        assert site.lockouts()["lockouts"][0]["detail"].endswith("CN=ASA Temporary Self Signed Certificate")
        bind(site, "pair", "VPN")
        until(lambda: site.inside(lambda: site.phone(name).connected))
        with pytest.raises(pair.NoMate):
            site.inside(lambda: setattr(site.device("pair").unit, "standby", True))
            site.failover("pair")


@pytest.mark.parametrize("save", [False, True])
def test_a_restart_with_and_without_the_binding_saved(site: RunningLab, save: bool) -> None:
    bind(site, "two", "RENEWED")
    if save:
        site.type("two", "write memory")
    site.reload("two")
    back(site, "two")
    bound = "ssl trust-point RENEWED outside" in site.state("two")["running_config"]
    assert (bound, locked(site, "two")) == (save, [])


def test_temporary_certificates_are_others_after_a_restart(site: RunningLab) -> None:
    site.type("two", "configure terminal", "no ssl trust-point VPN outside", "write memory")
    certificates = site.lab.headends.of["two"]._certificates[""]
    before = site.inside(lambda: certificates.temporary("rsa").sha1)
    site.reload("two")
    assert site.inside(lambda: certificates.temporary("rsa").sha1) != before


# --- where it is told -------------------------------------------------------------------------------------------------


def test_the_file_follows(site: RunningLab) -> None:
    bind(site, "one", "RENEWED")
    file = site.directory / "state" / "phones.json"
    until(lambda: json.loads(file.read_text())["totals"]["locked_out"] == 1)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_command_line(
    site: RunningLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(directory: Path, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        return site._wait(control._answer(site.lab, tmp_path, question))

    monkeypatch.setattr(daemon, "running_pid", lambda directory: 1)
    monkeypatch.setattr(daemon, "ask", ask)

    def run(*words: str) -> str:
        assert command.main([words[0], "--dir", str(tmp_path / "lab"), *words[1:]]) == 0
        return capsys.readouterr().out

    bind(site, "one", "RENEWED")
    assert run("phones", "--connect", phone("one")).split()[1:5] == ["7962G", "NOT", "connected", "pin"]
    out = run("phones", "--lockouts").splitlines()
    assert out[0].startswith(f"{phone('one')} one locked out 20")
    assert f" - now pin: no hash of the file is that of {'CN=renewed.example.com'}" in out[0]
    assert out[1].startswith(f"{phone('one')} one did not connect 20")
    assert out[2] == f"{len(CASES)} phones, {len(CASES) - 2} connected, 1 locked out, 1 lockouts, 1 failed connects"
    assert len(run("phones", "--lockouts", phone("two")).splitlines()) == 1
    assert "offline" in run("phones", "--power", "off", phone("two"))
    assert run("failover", "pair") == "pair: the secondary unit is active\n"
    assert run("reload", "one") == "one: the primary unit is active\n"
    for words, said in (
        (("failover", "one"), "lab: one has no failover\n"),
        (("reload", "x"), "lab: no device of this lab is named x\n"),
    ):
        assert command.main([*words, "--dir", str(tmp_path / "lab")]) == 1
        assert capsys.readouterr().err == said


def test_urls_are_asked_one_after_the_other(tmp_path: Path) -> None:
    cases = {"first": Case(phone=QUICK), "second": Case()}
    data = scenario(cases)
    data["cucm"][0]["groups"][0]["gateways"] = ["first", "second"]
    name = phone_of(cases, "first")
    with running_lab(data, tmp_path / "lab") as site:
        bind(site, "first", "RENEWED")
        assert site.lockouts()["lockouts"] == []
        assert site.connect_phones([name])[name].url == url_of("second")
        bind(site, "second", "RENEWED")
        assert {one["phone"] for one in site.lockouts()["lockouts"]} == {name, phone_of(cases, "second")}
