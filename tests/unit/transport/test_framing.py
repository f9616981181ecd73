"""An answer counts only between its own echo and the device's prompt."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.transport.framing import (
    UNSOLICITED,
    clean,
    ends_with_prompt,
    frame,
    paged,
    parse_prompt,
    prompt_before_echo,
)
from hypothesis import given
from hypothesis import strategies as st

# Prompts as they are seen on real devices (reference: CLI behaviour).
PROMPTS = {
    "LAB>": ("LAB", "", ">", ""),
    "host#": ("host", "", "#", ""),
    "host# ": ("host", "", "#", ""),
    "host(config)#": ("host", "", "#", "(config)"),
    "host(config-ca-trustpoint)#": ("host", "", "#", "(config-ca-trustpoint)"),
    "host/act(config)#": ("host", "/act", "#", "(config)"),
    "host/pri/act#": ("host/pri", "/act", "#", ""),
    "host/act/pri>": ("host/pri", "/act", ">", ""),
    "SYSCONT/CTX1/act/sec(config)# ": ("SYSCONT/CTX1/sec", "/act", "#", "(config)"),
    "ASA/sec/actNoFailover(config)#": ("ASA/sec", "/actNoFailover", "#", "(config)"),
    "active/stby#": ("active", "/stby", "#", ""),
}


@pytest.mark.parametrize(("text", "expected"), PROMPTS.items())
def test_prompts_are_understood(text: str, expected: tuple[str, str, str, str]) -> None:
    prompt = parse_prompt(text)
    assert prompt is not None
    assert (prompt.base, prompt.role, prompt.level, prompt.mode) == expected


@pytest.mark.parametrize("text", ["", "#", ">", "Password:", "two words#", "--- # ---", "a" * 300 + "#"])
def test_what_is_no_prompt(text: str) -> None:
    assert parse_prompt(text) is None


KNOWN = parse_prompt("asa/pri/act#")
assert KNOWN is not None


@pytest.mark.parametrize(
    ("text", "body", "strays"),
    [
        ("show clock\n12:00:00 UTC\nasa/pri/act# ", "12:00:00 UTC", ()),
        ("show clock\nasa/pri/act# ", "", ()),
        ("asa/pri/act# show clock\n12:00\nasa/pri/act# ", "12:00", ()),
        ("show clock  \n12:00\nasa/pri/act#", "12:00", ()),
        (
            "\n%ASA-5-111008: User 'x' executed\nasa/pri/act# show clock\n12:00\nasa/pri/act# ",
            "12:00",
            ("%ASA-5-111008: User 'x' executed",),
        ),
        ("rest of the last answer\nshow clock\n12:00\nasa/pri/act# ", "12:00", ("rest of the last answer",)),
    ],
)
def test_framed(text: str, body: str, strays: tuple[str, ...]) -> None:
    framed = frame(text, "show clock", KNOWN)
    assert framed is not None
    assert (framed.body, framed.strays) == (body, strays)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12:00:00 UTC\nasa/pri/act# ",  # no echo
        "show clock\n12:00:00 UTC\n",  # no prompt
        "show clock\n12:00:00 UTC\nasa/pri/act# more",  # the prompt is not the end
        "show clock\n12:00\nother/pri/act# ",  # somebody else's prompt
        "show cloc\n12:00\nasa/pri/act# ",  # an echo that was cut
        "show version\n12:00\nasa/pri/act# ",  # another command's answer
    ],
)
def test_not_framed(text: str) -> None:
    assert frame(text, "show clock", KNOWN) is None


def test_a_failover_is_seen_as_a_role_change() -> None:
    framed = frame("show clock\n12:00\nasa/pri/stby# ", "show clock", KNOWN)
    assert framed is not None
    assert framed.prompt.role == "/stby"


def test_the_prompt_comes_from_the_line_of_the_echo_not_from_the_banner() -> None:
    text = "Welcome, type help\nfake# \nasa/pri/act# show curpriv\nUsername : a\nasa/pri/act# "
    found = prompt_before_echo(text, "show curpriv")
    assert found is not None
    assert found[0].base == "asa/pri"


def test_a_banner_may_hold_look_alikes_before_the_echo() -> None:
    assert ends_with_prompt("*** asa# ***\nasa> ", None) is not None
    assert ends_with_prompt("*** asa# ***\nUnauthorised access # prohibited\n", None) is None


@pytest.mark.parametrize(
    "line",
    ["%ASA-6-302013: x", "Beginning configuration replication: Sending to mate.", "*** note", "\tSwitching to Active"],
)
def test_lines_that_belong_to_no_command(line: str) -> None:
    assert UNSOLICITED.match(line)


LONG = "show running-config all group-policy DfltGrpPolicy"


def scrolled(prompt: str, command: str, width: int = 80) -> str:
    """The raw echo of a command that does not fit behind its prompt: moved left under a `$`, then drawn anew."""
    room = width - len(prompt) - 1
    moved = f"\r{prompt}${command[11 : room + 1]}{' ' * 10}" + "\x08" * 10
    return f"{command[:room]}{moved}{command[room + 1 :]}\r{prompt}{command[: room - 1]}$\r\n"


@pytest.mark.parametrize("host", ["asa-at-the-branch-in-amsterdam", "a" * 50, "a" * 63])
def test_an_echo_that_the_terminal_cuts_is_an_echo(host: str) -> None:
    prompt = f"{host}/pri/act# "
    known = parse_prompt(prompt)
    assert known is not None
    framed = frame(clean(f"{scrolled(prompt, LONG)}line 1\r\nline 2\r\n{prompt}"), LONG, known)
    assert framed is not None
    assert (framed.body, framed.strays) == ("line 1\nline 2", ())


@pytest.mark.parametrize(
    "echo",
    [
        "show running-config all ssl and so on$",  # another command
        "sho$",  # too little to tell
        "$",
        LONG + "$",  # longer than the command
        "show running-config all group-policy Dflt",  # cut without a mark
    ],
)
def test_a_cut_echo_must_be_the_head_of_the_command_behind_the_prompt(echo: str) -> None:
    assert frame(f"asa/pri/act# {echo}\nbody\nasa/pri/act# ", LONG, KNOWN) is None


def test_a_cut_echo_behind_another_prompt_or_none_does_not_count() -> None:
    assert frame(f"other# {LONG[:30]}$\nbody\nasa/pri/act# ", LONG, KNOWN) is None
    assert frame(f"{LONG[:30]}$\nbody\nasa/pri/act# ", LONG, KNOWN) is None


def test_the_prompt_is_found_before_a_cut_echo() -> None:
    prompt = "a" * 63 + "/pri/act# "
    text = clean(f"Welcome\r\n{prompt}{scrolled(prompt, 'show curpriv')}Username : a\r\n{prompt}")
    found = prompt_before_echo(text, "show curpriv")
    assert found is not None
    assert found[0].text == prompt.strip()
    assert text[found[1] :].startswith("Username : a\n")


def test_clean_removes_what_a_terminal_would_swallow() -> None:
    assert clean("a\r\nb\r\r\nc\r\0d") == "a\nb\ncd"


@given(st.text(max_size=400), st.sampled_from(["show clock", "more disk0:/dap.xml"]))
def test_any_text_is_framed_or_not_and_never_raises(text: str, command: str) -> None:
    framed = frame(clean(text), command, KNOWN)
    assert framed is None or command in text


@given(st.text(alphabet="ab#> \n", max_size=200))
def test_an_answer_survives_whatever_it_holds(body: str) -> None:
    text = f"show clock\n{body}\nasa/pri/act# "
    framed = frame(text, "show clock", KNOWN)
    assert framed is not None
    assert framed.body == body


@pytest.mark.parametrize("text", ["a" * 100_000, "/" * 100_000, "#" * 100_000, "asa/act" * 20_000 + "#"])
def test_long_hostile_lines_simply_finish(text: str) -> None:
    assert frame(text, "show clock", KNOWN) is None
    assert prompt_before_echo(text, "show clock") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("line\n<--- More --->", True),
        ("line\n              <--- More ---> ", True),
        ("%ASA-6-716039: Group <g> User <<--- More --->> IP <192.0.2.1> Authentication: rejected\n", False),
        ("%ASA-6-716039: Group <g> User <<--- More --->", False),
        ("<--- More --->\nasa/pri/act# ", False),
    ],
)
def test_the_pager_stops_on_a_line_of_its_own(text: str, found: bool) -> None:
    """A log that somebody fills with user names must not look like the pager."""
    assert paged(text) is found
