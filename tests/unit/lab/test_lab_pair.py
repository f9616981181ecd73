"""What the mate of a failover pair holds, and what is there after it took over or after a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab import certs, pair
from lab.certs import Cert
from lab.device import Device

Talk = Callable[..., str]
Make = Callable[..., Device]

PAIR: dict[str, Any] = {"failover": {"unit": "primary", "state": "active"}, "prompt": "hostname priority state"}
ASK = "failover exec mate show crypto ca certificates"


def renew(device: Device, talk: Talk) -> Cert:
    """A new trustpoint with key and certificate, bound."""
    issuer = device.system.trustpoints["TP"].ca
    assert issuer is not None
    talk(
        device, "conf t", "crypto key generate rsa label NEW modulus 2048 noconfirm", "crypto ca trustpoint NEW",
        "enrollment terminal", "keypair NEW", "exit",
        "crypto ca authenticate NEW nointeractive", *issuer.pem.splitlines(), "quit",
    )  # fmt: skip
    issued = certs.build(
        certs.parse_name("CN=renewed.example.com,O=Lab"), device.system.keys["NEW"], issuer=issuer,
        not_before=issuer.x509.not_valid_before_utc, not_after=issuer.x509.not_valid_after_utc,
    )  # fmt: skip
    talk(
        device, "conf t", "crypto ca import NEW certificate", *issued.pem.splitlines(), "quit",
        "ssl trust-point NEW outside",
    )  # fmt: skip
    return issued


def identity(device: Device, name: str) -> str:
    store = device.system.trustpoints.get(name)
    return store.identity.sha1 if store and store.identity else ""


def test_a_new_certificate_comes_to_the_mate_with_its_key(make_device: Make, talk: Talk) -> None:
    device = make_device(**PAIR)
    issued = renew(device, talk)
    assert f"Certificate Serial Number: {issued.serial}\n" in talk(device, f"{ASK} NEW")
    assert device.system.mate.keys["NEW"] is device.system.keys["NEW"]
    assert "Interface Outside: NEW (RSA 2048 bits RSA-SHA256)" in talk(device, "failover exec mate show ssl")
    assert "Key name: NEW" in talk(device, "failover exec mate show crypto key mypubkey rsa")
    assert device.snapshot()["mate_trustpoints"] == device.snapshot()["trustpoints"]
    talk(device, "conf t", "ssl trust-point TP outside", "no crypto ca trustpoint NEW", "yes")
    assert "NEW" not in device.snapshot()["mate_trustpoints"]
    assert "ERROR: trustpoint NEW does not exist\n" in talk(device, f"{ASK} NEW")


@pytest.mark.parametrize("count", [1, None])
def test_a_mate_that_does_not_get_the_key(make_device: Make, talk: Talk, count: int | None) -> None:
    fault = {"kind": "mate_lacks", "command": "^NEW$", **({"count": count} if count else {})}
    device = make_device(**PAIR, faults=[fault])
    issued = renew(device, talk)
    assert f"Certificate Serial Number: {issued.serial}\n" in talk(device, "show crypto ca certificates NEW")
    shown = talk(device, f"{ASK} NEW")
    # The CA certificate is public and comes there.
    assert issued.serial not in shown
    assert "CA Certificate\n" in shown
    assert "NEW" not in device.system.mate.keys
    assert "  Interface Outside: NEW\n" in talk(device, "failover exec mate show ssl")
    assert "Key name: NEW" not in talk(device, "failover exec mate show crypto key mypubkey rsa")
    # It is not there either because of something else that changes; `write standby` sends it again.
    talk(device, "conf t", "logging enable")
    assert issued.serial not in talk(device, f"{ASK} NEW")
    talk(device, "write standby")
    assert (issued.serial in talk(device, f"{ASK} NEW")) == (count == 1)


def test_what_the_scenario_says_the_mate_lacks(make_device: Make, talk: Talk) -> None:
    device = make_device(failover={"mate_missing": ["TP"]})
    assert "Certificate" not in talk(device, ASK).replace(ASK, "")
    assert "TP" not in device.system.mate.keys
    talk(device, "write standby")
    assert "Certificate Serial Number" in talk(device, ASK)
    assert "TP" in device.system.mate.keys


def test_the_mate_takes_over_with_its_own(make_device: Make, talk: Talk) -> None:
    device = make_device(**PAIR, faults=[{"kind": "mate_lacks"}])
    issued = renew(device, talk)
    pair.take_over(device)
    assert identity(device, "NEW") == ""
    assert identity(device, "TP") != ""
    # The running configuration was replicated line by line, saved or not.
    assert "ssl trust-point NEW Outside" in device.snapshot()["running_config"]
    text = talk(device, "show failover", "failover exec mate show crypto ca certificates NEW")
    assert "fw/sec/act# " in text
    assert "This host: Secondary - Active" in text
    assert issued.serial in text
    # What changes from here on does not take away what the mate has.
    talk(device, "conf t", "logging enable")
    pair.take_over(device)
    assert identity(device, "NEW") == issued.sha1
    assert device.unit.priority == "primary"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, "fw has no failover"),
        ({"failover": {"mate_state": "Failed"}}, "its mate is not ready"),
        ({"failover": {"unit": "secondary", "state": "standby"}}, "fw is standby itself"),
    ],
)
def test_nobody_can_take_over(make_device: Make, keys: dict[str, Any], expected: str) -> None:
    with pytest.raises(pair.NoMate, match=expected):
        pair.take_over(make_device(**keys))


def test_a_mate_that_has_failed_learns_nothing(make_device: Make, talk: Talk) -> None:
    device = make_device(failover={"mate_state": "Failed"})
    renew(device, talk)
    talk(device, "write standby")
    assert "NEW" not in device.snapshot()["mate_trustpoints"]


@pytest.mark.parametrize("save", [False, True])
def test_a_restart_brings_what_was_saved(make_device: Make, talk: Talk, save: bool) -> None:
    device = make_device()
    before = device.snapshot()["running_config"]
    issued = renew(device, talk)
    if save:
        talk(device, "write memory")
    pair.restart(device)
    state = device.snapshot()
    assert (identity(device, "NEW") == issued.sha1) == save
    assert ("NEW" in device.system.keys) == save
    assert ("ssl trust-point NEW Outside" in state["running_config"]) == save
    assert (state["running_config"] == before) == (not save)


def test_a_unit_of_a_pair_that_restarts_learns_from_its_mate(make_device: Make, talk: Talk) -> None:
    device = make_device(**PAIR, faults=[{"kind": "mate_lacks"}])
    renew(device, talk)
    pair.restart(device)
    assert identity(device, "NEW") == ""
    assert "Secondary - Active" in talk(device, "show failover")
    pair.take_over(device)
    assert identity(device, "NEW") == ""


def test_contexts_have_mates_of_their_own(make_device: Make, talk: Talk) -> None:
    vpn = {
        "name": "VPN",
        "config": "crypto ca trustpoint TP\n",
        "trustpoints": {"TP": {"identity": "leaf", "ca": "root"}},
    }
    contexts = [{"name": "admin", "admin": True}, vpn]
    device = make_device(config="", trustpoints={}, contexts=contexts, failover={"mate_missing": ["TP"]})
    text = talk(device, "changeto context VPN", ASK, "show crypto ca certificates TP")
    assert text.count("Certificate Serial Number") == 2
