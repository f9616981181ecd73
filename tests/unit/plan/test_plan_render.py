"""The plan as a person reads it, and the diff of the configuration."""

from __future__ import annotations

import unicodedata
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import AsaState, Plan, TunnelGroup
from ansible.module_utils.vpnphone.plan.render import config_diff, plan_text
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plan.desk import configure, device, plan_for, plan_of, running, typed
from tests.unit.plan.states import asa, group, policy
from tests.unit.plan.test_plan_make import WHOLE, faulty, whole


def section(text: str, title: str) -> list[str]:
    """The lines below a title, up to the next one."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(title))
    end = next(
        (index for index, line in enumerate(lines[start + 1 :], start + 1) if line and not line.startswith(" ")),
        len(lines),
    )
    return [line for line in lines[start + 1 : end] if line]


def test_commands_stand_in_their_blocks_with_why_and_who_below() -> None:
    shared = TunnelGroup(name="Staff", default_group_policy="GP")
    found = plan_of(
        asa(group(), shared),
        {
            "tunnel_group": {"name": "VPNPhone", "without_csd": True},
            "group_policy": {"simultaneous_logins": 9, "vpn_filter": "none"},
        },
    )
    text = plan_text(found)
    assert text.startswith("asa1: the phones' profile, tunnel-group VPNPhone\n====")
    assert section(text, "COMMANDS, typed in configuration mode in this order (3)") == [
        "  group-policy GP attributes",
        "   vpn-simultaneous-logins 9",
        "   vpn-filter none",
        "  ! why   VPNP-242 vpn-simultaneous-logins lets phones in",
        "  !       VPNP-247 The phones' group-policy sets its values itself",
        "  ! hits  everyone else who gets group-policy GP: tunnel-group Staff",
        "  tunnel-group VPNPhone webvpn-attributes",
        "   without-csd",
        "  ! why   VPNP-221 CSD or HostScan does not stop the phones",
        "  ! hits  PC users who arrive by a group-url of VPNPhone: their machines are no longer checked",
    ]
    assert section(text, "THE WAY BACK") == [
        "  tunnel-group VPNPhone webvpn-attributes",
        "   no without-csd",
        "  group-policy GP attributes",
        "   no vpn-filter",
        "   no vpn-simultaneous-logins",
    ]
    assert f"Plan {found.hash}\nstate {found.state_hash}\n" in text
    assert text.endswith(
        f"  ansible-playbook playbooks/remediate.yml -i INVENTORY --limit asa1 -e vpnphone_plan_hash={found.hash}\n"
    )


def test_a_block_that_a_command_opens_is_typed_once() -> None:
    lines = section(plan_text(whole()), "COMMANDS")
    assert lines.count("  dynamic-access-policy-record VPNPhone") == 1
    start = lines.index("  dynamic-access-policy-record VPNPhone")
    assert lines[start + 1 : start + 3] == ["   action continue", "   priority 5"]


def test_what_is_withheld_says_how_it_is_approved() -> None:
    text = plan_text(whole())
    ssl = section(text, "NOT SENT: ssl")
    assert '  ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA"' in ssl
    assert "every TLS client of this ASA" in " ".join(line.removeprefix("  !").strip() for line in ssl)
    assert ssl[-1] == "  To approve: -e vpnphone_approve_ssl=true, or vpnphone_approve_ssl: true in the inventory."
    dap = section(text, "NOT SENT: dap_xml")
    assert any(line.startswith("  +") and "VPNPhone" in line for line in dap)
    assert dap[-1].startswith("  To approve: -e vpnphone_approve_dap_xml=true")
    assert "ssl cipher" not in "\n".join(section(text, "COMMANDS"))


@pytest.mark.parametrize(
    ("approved", "said"),
    [
        ((), ""),
        (("ssl",), " -e vpnphone_approve_ssl=true"),
        (("ssl", "dap_xml"), " -e vpnphone_approve_ssl=true -e vpnphone_approve_dap_xml=true"),
    ],
)
def test_the_command_that_applies_it_has_the_approvals_it_was_made_with(approved: tuple[str, ...], said: str) -> None:
    found = whole(None, *approved)
    assert plan_text(found).endswith(f" -e vpnphone_plan_hash={found.hash}{said}\n")


def test_an_approved_file_comes_after_the_commands_with_its_way_back() -> None:
    text = plan_text(whole(None, "ssl", "dap_xml"))
    assert text.index("COMMANDS") < text.index("FILE, put in place") < text.index("THE WAY BACK")
    assert any(line.startswith("  +") for line in section(text, "FILE"))
    assert "copy its backup back over disk0:/dap.xml" in text
    assert "NOT SENT" not in text


def test_a_file_that_no_approval_would_send_is_shown_all_the_same() -> None:
    """As where the device takes none: left to a person, with nothing that an approval would change."""
    found = whole(None, "ssl", "dap_xml")
    bare = msgspec.structs.replace(found, steps=(), dap_file=None, withheld=(), withheld_file=found.dap_file)
    text = plan_text(bare)
    assert "the device is as the profile wants it, but for what is left to a person below." in text
    assert any(line.startswith("  +") for line in section(text, "FILE, which a person puts in place"))
    assert "NOT SENT" not in text


def test_what_is_left_for_a_person_has_its_exact_steps() -> None:
    found = whole()
    text = plan_text(found)
    assert f"LEFT FOR A PERSON ({len(found.manual)})" in text
    flat = " ".join(text.split())
    for manual in found.manual:
        assert manual.what in flat
        for line in manual.steps:
            assert " ".join(line.split()) in flat


@pytest.mark.parametrize(
    ("state", "profile", "said"),
    [
        # DfltGrpPolicy lets phones in, too.
        (
            asa(policies=(policy(vpn_tunnel_protocol="ssl-client"),)),
            {"tunnel_group": {"name": "VPNPhone"}},
            "Nothing is sent: the device is as the profile wants it.\n",
        ),
        (
            asa(),
            {"tunnel_group": {"name": "VPNPhone"}},
            "Nothing is sent: the device is as the profile wants it, but for what is left to a person below.\n",
        ),
        (
            faulty(),
            {"tunnel_group": {"name": "VPNPhone"}, "ssl": WHOLE["ssl"]},
            "Nothing is sent: what differs from the profile is not approved, see below.",
        ),
    ],
)
def test_where_nothing_is_sent_it_says_why(state: AsaState, profile: dict[str, Any], said: str) -> None:
    text = plan_text(plan_of(state, profile, approved=frozenset()))
    assert said in text
    assert "THE WAY BACK" not in text
    assert "ansible-playbook" not in text


def test_a_person_can_type_the_commands_as_they_stand() -> None:
    config = "tunnel-group VPNPhone type remote-access\n"
    by_steps, by_hand = device(config), device(config)
    found = plan_for(by_steps)
    before = running(by_hand)
    text = plan_text(found)
    configure(by_steps, found.steps)
    assert "ERROR" not in typed(by_hand, ["configure terminal", *section(text, "COMMANDS"), "end"])
    assert running(by_hand) == running(by_steps)
    assert "ERROR" not in typed(by_hand, ["configure terminal", *section(text, "THE WAY BACK"), "end"])
    assert running(by_hand) == before


def test_the_diff_shows_the_lines_below_their_blocks() -> None:
    found = plan_of(
        asa(group(authentication=("aaa",))),
        {
            "tunnel_group": {"name": "VPNPhone", "authentication": "certificate"},
            "group_policy": {"simultaneous_logins": 3},
        },
    )
    before, after = config_diff(found)
    assert before == "tunnel-group VPNPhone webvpn-attributes\n authentication aaa\n"
    assert after == (
        "group-policy GP attributes\n vpn-simultaneous-logins 3\n"
        "tunnel-group VPNPhone webvpn-attributes\n authentication certificate\n"
    )


def test_the_diff_of_nothing_is_empty() -> None:
    assert config_diff(plan_of(asa(), {"tunnel_group": {"name": "VPNPhone"}})) == ("", "")


def poisoned(found: Plan, text: str) -> Plan:
    """The plan with a text of a device wherever one may stand."""
    steps = tuple(msgspec.structs.replace(step, hits=text) for step in found.steps)
    manual = tuple(msgspec.structs.replace(step, what=text, why=text, steps=(text,)) for step in found.manual)
    withheld = tuple(msgspec.structs.replace(held, hits=text, commands=(text,)) for held in found.withheld)
    file = found.withheld_file
    file = msgspec.structs.replace(file, diff=text, hits=text, path=text) if file else None
    return msgspec.structs.replace(
        found, device=text, steps=steps, manual=manual, withheld=withheld, withheld_file=file, dap_file=file
    )


HOSTILE = st.text() | st.text(alphabet="a \n\r\t\x00\x1b[2J\x07\u202e\u2028\x9b]0;x\x07")
PLAN = whole()
# Control characters, surrogates, and what ends a line beside a newline.
CONTROLS = ("Cc", "Cs", "Zl", "Zp")


@given(text=HOSTILE)
def test_no_text_of_a_device_reaches_a_terminal_as_more_than_text(text: str) -> None:
    for line in plan_text(poisoned(PLAN, text)).split("\n"):
        assert not [char for char in line if unicodedata.category(char) in CONTROLS and char != "\t"]
        assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def test_a_long_diff_is_cut_and_says_so() -> None:
    found = poisoned(PLAN, "")
    file = found.withheld_file
    assert file is not None
    long = msgspec.structs.replace(file, diff="+x\n" * 500)
    text = plan_text(msgspec.structs.replace(found, withheld_file=long, dap_file=None, withheld=whole().withheld))
    assert "... 100 more lines" in text
