"""A whole running configuration: sections, host name, and how sure an absent section is."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.commands import COMMANDS
from ansible.module_utils.vpnphone.parse.blocks import MAX_TEXT
from ansible.module_utils.vpnphone.parse.config import RunningConfig, read_config, sections_of
from ansible.module_utils.vpnphone.parse.result import Unreadable
from ansible.module_utils.vpnphone.parse.table import PARSERS

from tests.unit.texts import CONFIG

SECTIONS = {command.section for command in COMMANDS if command.config}


def cut(before: str) -> str:
    """The fixture up to a line."""
    assert f"\n{before}" in CONFIG
    return CONFIG[: CONFIG.index(f"\n{before}") + 1]


def without_end(text: str) -> str:
    return text[: text.index("Cryptochecksum")]


def test_every_section_is_found_as_its_own_command_would_print_it() -> None:
    config = read_config(CONFIG)
    assert set(config.sections) == SECTIONS
    assert (config.hostname, config.version) == ("fw-hq", "ASA Version 9.16(4)")
    assert (config.complete, config.doubt, config.uncertain) == (True, "", frozenset())
    assert config.sections["ntp_servers"] == (
        "ntp authentication-key 1 md5 CANARYntp\nntp authenticate\n"
        "ntp server 10.0.0.123 key 1 source inside prefer\nntp server 10.0.0.124\n"
    )
    assert config.sections["load_balancing"].splitlines() == [
        "vpn load-balancing",
        " cluster ip address 192.0.2.10",
        " cluster key CANARYcluster",
        " cluster encryption",
        " participate",
    ]


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_every_section_parses_to_the_last_line(section: str) -> None:
    assert PARSERS[section](sections_of(CONFIG)[section]).unparsed == ()


def test_nested_and_quoted_words_open_no_section() -> None:
    sections = sections_of(CONFIG)
    # Banners, remarks, certificates and group-policies hold the word, too.
    assert sections["webvpn"].count("webvpn") == 1
    assert "Evil" not in "".join(sections.values())
    assert sections["trustpoints"].count("crypto ca trustpoint ") == 2
    assert "3082" not in sections["trustpoints"]
    assert "object" not in "".join(sections.values())


@pytest.mark.parametrize(
    "text",
    [
        CONFIG.replace("\n", "\r\n"),
        "".join(f"    {line}\n" for line in CONFIG.splitlines()),
        f"fw-hq# show running-config\n{CONFIG}\nfw-hq# ",
        f"!RANCID-CONTENT-TYPE: cisco\n!\n!Chassis: ASA5516\n!Flash: disk0: 1 webvpn\n{CONFIG}",
        f"# fw-hq\n# webvpn\n{CONFIG}",
        CONFIG.replace("\n:", "\n!:").replace("!: end", ": end"),
        without_end(CONFIG) + ": end\n",
        without_end(CONFIG) + "Cryptochecksum:0123456789abcdef0123456789abcdef\n",
        # As archives leave it: without what changes by itself.
        without_end(CONFIG),
        "\n".join(line for line in without_end(CONFIG).splitlines() if not line.startswith((":", "!"))),
    ],
    ids=["crlf", "indented", "captured", "rancid", "oxidized", "comments", "end", "sum", "stripped", "bare"],
)
def test_the_forms_of_archives_say_the_same(text: str) -> None:
    config = read_config(text)
    assert config.complete
    assert config.sections == sections_of(CONFIG)
    assert config.hostname == "fw-hq"


@pytest.mark.parametrize(
    ("before", "lost", "uncertain"),
    [
        # Another part follows the last section that is there: it is whole.
        ("ntp authenticate", {"ssl", "webvpn", "tunnel_groups"}, {"ntp_servers"}),
        ("crypto ikev2 enable", {"load_balancing", "webvpn"}, {"certificate_chain"}),
        ("ssh key-exchange", {"load_balancing", "webvpn"}, set()),
        ("tunnel-group VPNPhone webvpn", set(), {"tunnel_groups"}),
        ("class-map", set(), {"tunnel_groups"}),
        ("policy-map", set(), set()),
    ],
)
def test_a_configuration_that_was_cut_off(before: str, lost: set[str], uncertain: set[str]) -> None:
    config = read_config(cut(before))
    assert not config.complete
    assert "its end is missing" in config.doubt
    assert lost.isdisjoint(config.sections)
    assert config.uncertain == uncertain


def test_a_configuration_without_its_beginning() -> None:
    config = read_config(CONFIG[CONFIG.index("ntp authenticate") :])
    assert "its beginning is missing" in config.doubt
    assert config.uncertain == {"ntp_servers"}
    assert config.hostname == ""


def test_one_section_alone_proves_nothing() -> None:
    config = read_config("webvpn\n enable outside\n")
    assert config.uncertain == {"webvpn"}
    assert "beginning" in config.doubt and "end" in config.doubt


def test_a_prompt_line_above_a_section_is_no_end() -> None:
    text = "hostname a\nprompt hostname context\nwebvpn\n enable outside\n"
    assert "its end is missing" in read_config(text).doubt
    assert "its end is missing" in read_config(f"hostname a\n: end\n{text.split('context', 1)[1]}").doubt


def test_a_pager_or_lost_indent_makes_everything_doubtful() -> None:
    paged = read_config(CONFIG.replace("\nntp server", "\n<--- More --->\nntp server", 1))
    assert "pager" in paged.doubt
    assert paged.uncertain == SECTIONS
    flat = read_config("\n".join(line.strip() for line in CONFIG.splitlines()))
    assert "indent" in flat.doubt
    assert flat.uncertain == set(flat.sections)


def test_a_minimal_configuration_has_no_sections() -> None:
    config = read_config("ASA Version 9.1(1)\nhostname asa\nprompt hostname context\n: end\n")
    assert config == RunningConfig(sections={}, hostname="asa", version="ASA Version 9.1(1)")


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "no configuration at all\n", ": end\n", f"{CONFIG}\n{CONFIG}", " " * (MAX_TEXT + 1)],
    ids=["empty", "blank", "words", "end", "two", "long"],
)
def test_what_is_no_single_configuration_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_config(text)
