from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import certs, scenario
from lab.daemon import DEFAULT_SCENARIO
from lab.device import Device
from lab.scenario import ScenarioError

MINIMAL = {"name": "s", "devices": [{"name": "fw"}]}


def device(**keys: Any) -> dict[str, Any]:
    return {"name": "s", "devices": [{"name": "fw", **keys}]}


@pytest.mark.parametrize("path", sorted(DEFAULT_SCENARIO.parent.glob("*.yml")), ids=lambda path: path.stem)
def test_every_shipped_scenario_builds(path: Path) -> None:
    site = scenario.load(path)
    made = certs.make_all(site.certificates)
    for spec in site.devices:
        for name in scenario.repeated_names(spec)[:2]:
            built = Device(spec, name, made)
            assert built.hostname
            assert built.login_context.running


@pytest.mark.parametrize(
    ("raw", "key", "expected"),
    [
        ([], "", "a mapping"),
        ({"name": "s"}, "devices", "required"),
        ({"name": "s", "devices": []}, "devices", "at least one"),
        ({**MINIMAL, "colour": 1}, "colour", "no such key"),
        (device(vesion="9.1(1)"), "devices[0].vesion", "no such key"),
        (device(version=9.1), "devices[0].version", "expected `str`"),
        (device(version="nine"), "devices[0].version", "9.16(4)"),
        (device(port="22"), "devices[0].port", "expected `int`"),
        (device(port=70000), "devices[0].port", "65535"),
        (device(repeat=3), "devices[0].name", "{n}"),
        (device(name="a b"), "devices[0].name", "letters"),
        (device(repeat=2, name="x{n}{y}"), "devices[0].name", "a pattern"),
        ({"name": "s", "devices": [{"name": "a"}, {"name": "a"}]}, "devices[1].name", "used once"),
        (device(faults=[{"kind": "explode"}]), "devices[0].faults[0].kind", "invalid enum value"),
        (device(faults=[{"kind": "drop", "command": "("}]), "devices[0].faults[0].command", "regular expression"),
        (device(users=[{"name": "a", "password": "b", "deny": ["["]}]), "devices[0].users[0].deny[0]", "regular"),
        (device(users=[]), "devices[0].users", "at least one"),
        (device(trustpoints={"T": {"identity": "no"}}), "devices[0].trustpoints.T", "no is not there"),
        (device(clock={"offset": "soon"}), "devices[0].clock.offset", "a span of time"),
        (device(config="a", config_file="b"), "devices[0].config_file", "not both"),
        (device(config_file="nowhere.cfg"), "devices[0].config_file", "readable"),
        ({**MINIMAL, "certificates": {"c": {}}}, "certificates.c.subject", "a name"),
        (
            {**MINIMAL, "certificates": {"c": {"subject": "CN=a", "issuer": "z"}}},
            "certificates.c.issuer",
            "a name from",
        ),
        ({**MINIMAL, "certificates": {"c": {"subject": "CN=a", "issuer": "c"}}}, "certificates.c.issuer", "circle"),
        ({**MINIMAL, "certificates": {"c": {"subject": "CN=a", "valid_to": "1y"}}}, "certificates.c.valid_to", "span"),
        ({**MINIMAL, "defaults": {"name": "x"}}, "defaults.name", "share"),
    ],
)
def test_refusals_name_the_key_and_what_was_expected(raw: Any, key: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as error:
        scenario.from_data(raw, file="site.yml")
    assert error.value.key == key
    assert expected in error.value.expected
    assert str(error.value).startswith("site.yml: ")


def test_a_bad_certificate_name_is_an_error_of_the_scenario() -> None:
    site = scenario.from_data({**MINIMAL, "certificates": {"c": {"subject": "nonsense"}}})
    with pytest.raises(ScenarioError, match=r"certificates\.c"):
        certs.make_all(site.certificates)


def test_defaults_files_and_digest(tmp_path: Path) -> None:
    (tmp_path / "fw.cfg").write_text("hostname from-file\n")
    file = tmp_path / "site.yml"
    file.write_text("name: s\ndefaults: {version: '9.1(1)'}\ndevices:\n- {name: a, config_file: fw.cfg}\n- name: b\n")
    first = scenario.load(file)
    assert [d.version for d in first.devices] == ["9.1(1)", "9.1(1)"]
    assert first.devices[0].config == "hostname from-file\n"
    assert scenario.load(file).digest == first.digest
    (tmp_path / "fw.cfg").write_text("hostname changed\n")
    assert scenario.load(file).digest != first.digest


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="a readable file"):
        scenario.load(tmp_path / "none.yml")
    (tmp_path / "bad.yml").write_text("a: [")
    with pytest.raises(ScenarioError, match="a YAML document"):
        scenario.load(tmp_path / "bad.yml")


def test_repeated_devices_share_their_configuration() -> None:
    raw = {"name": "s", "devices": [{"name": "asa-{n:03d}", "repeat": 100, "config": "webvpn\n enable outside\n"}]}
    spec = scenario.from_data(raw).devices[0]
    names = scenario.repeated_names(spec)
    assert (len(names), names[0], names[99]) == (100, "asa-001", "asa-100")
    parsed: dict[str, Any] = {}
    one, other = (Device(spec, name, {}, parsed) for name in names[:2])
    assert (one.hostname, other.hostname) == ("asa-001", "asa-002")
    shared = [node for node in one.system.running if any(node is mine for mine in other.system.running)]
    assert "webvpn" in {node.text for node in shared}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("-30d", timedelta(days=-30)), ("+12h", timedelta(hours=12)), ("90s", timedelta(seconds=90)), ("0m", timedelta())],
)
def test_duration(text: str, expected: timedelta) -> None:
    assert scenario.duration(text) == expected


KEYS = ["name", "devices", "certificates", "repeat", "version", "faults", "contexts", "users", "trustpoints"]
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=9)


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner)))
def test_any_data_is_taken_or_refused_with_one_error(raw: Any) -> None:
    try:
        scenario.from_data(raw)
    except ScenarioError as error:
        assert error.expected
