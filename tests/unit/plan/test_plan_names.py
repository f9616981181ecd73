"""Names, URLs, paths and lines: what gets through is safe to type, whatever came in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.plan.names import check_flash_path, check_line, check_name, check_url, check_words
from hypothesis import given
from hypothesis import strategies as st

Check = Callable[[str], str]


def name(text: str) -> str:
    return check_name(text, "group-policy", "asa1")


def url(text: str) -> str:
    return check_url(text, "profile.tunnel_group.group_url")


def path(text: str) -> str:
    return check_flash_path(text, "asa1")


def words(text: str) -> str:
    return check_words(text, "vpn-filter", "asa1")


def line(text: str) -> str:
    return check_line(text, "asa1")


GOOD: list[tuple[Check, str]] = [
    (name, "GroupPolicy_VPNPhone"),
    (name, "a"),
    (name, "x" * 64),
    (name, "vpn.chuck.com-2017"),
    (name, "a(b)[c]{d}<e>#$%&*+,/:=@^`~!_"),
    (url, "https://vpn.example.com/VPNPhone"),
    (url, "https://198.51.100.10/a/b-c_d.e~f"),
    (url, "https://vpn.example.com"),
    (url, "https://vpn.example.com/"),
    (url, "https://vpn.example.com:443/VPNPhone"),
    (url, "https://v.example.com/" + "x" * (1024 - 22)),
    (path, "disk0:/dap.xml"),
    (path, "disk0:/vpnphone-0badcafe-running.cfg"),
    (path, "flash:/dap.xml"),
    (words, "value ACL-1"),
    (words, "ikev1 ssl-client"),
    (words, "3"),
    (line, 'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA"'),
    (line, "no without-csd"),
    (line, 'ssl cipher tlsv1.2 custom "' + "A" * 493 + '"'),
]

BAD: list[tuple[Check, str]] = [
    (name, ""),
    (name, "x" * 65),
    (name, "-x"),
    (name, "VPN Phone"),
    (name, "a\nno failover"),
    (name, "a\r"),
    (name, "a\0b"),
    (name, "a\x1b[2J"),
    (name, "a\x7f"),
    (name, "a?"),
    (name, 'a"b'),
    (name, "a'b"),
    (name, "a|b"),
    (name, "a;b"),
    (name, "a\\b"),
    (name, "caf\u00e9"),
    (name, "a\u202eb"),
    (name, "a\u00a0b"),
    (name, "\ud800"),
    (name, "a\n"),
    (url, ""),
    (url, "http://vpn.example.com/x"),
    (url, "HTTPS://vpn.example.com/x"),
    (url, "https:///x"),
    (url, "https://user@vpn.example.com/x"),
    (url, "https://user:pw@vpn.example.com/x"),
    (url, "https://vpn.example.com:8443/x"),
    (url, "https://vpn.example.com/x?y=1"),
    (url, "https://vpn.example.com/x#y"),
    (url, "https://vpn.example.com/x y"),
    (url, "https://vpn.example.com/x\n"),
    (url, "https://vpn.example.com/%41"),
    (url, "https://-vpn.example.com/x"),
    (url, "https://vpn..example.com/x"),
    (url, "https://[2001:db8::1]/x"),
    (url, "https://v.example.com/" + "x" * (1025 - 22)),
    (url, "https://" + "a." * 127 + "com/x"),
    (path, "disk0:/../x"),
    (path, "tftp://192.0.2.1/x"),
    (path, "disk0:/a b"),
    (path, "disk0:"),
    (path, "disk0:/" + "x" * 130),
    (words, ""),
    (words, "value  ACL"),
    (words, "value ACL "),
    (words, 'value "My ACL"'),
    (words, "value a\nb"),
    (line, ""),
    (line, " vpn-filter none"),
    (line, "vpn-filter  none"),
    (line, "vpn-filter none?"),
    (line, "vpn-filter none\nreload"),
    (line, "show version | begin x"),
    (line, "x " * 300 + "x"),
]


@pytest.mark.parametrize(("check", "text"), GOOD)
def test_what_an_asa_takes_comes_back_as_it_is(check: Check, text: str) -> None:
    assert check(text) == text


@pytest.mark.parametrize(("check", "text"), BAD)
def test_what_could_be_more_than_a_word_is_refused(check: Check, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(text)
    error = caught.value
    assert error.code == "name_refused"
    assert error.where
    assert error.todo
    # What is shown of it can do no harm either.
    assert str(error).isascii()
    assert str(error).isprintable()
    assert len(error.what) < 300


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("x" * 65, "it has 65 characters"),
        ("-x", "it begins with a hyphen"),
        ("a b", "it holds a blank"),
        ("a?b", "it holds ?"),
        ("a\nb", "it holds a control character (U+000A)"),
        ("a\u202eb", "it holds RIGHT-TO-LEFT OVERRIDE (U+202E)"),
    ],
)
def test_the_error_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=re.escape(reason)):
        name(text)


ANYTHING = st.text() | st.text(alphabet=st.characters(max_codepoint=127)) | st.text(alphabet="aB1-._ \"'?|;\\\n\r\t/:@")


@given(text=ANYTHING)
def test_a_name_that_gets_through_is_one_word(text: str) -> None:
    try:
        found = name(text)
    except BadInput:
        return
    assert found == text
    assert 1 <= len(found) <= 64
    assert found.isascii()
    assert found.isprintable()
    assert not set(found) & set(" ?\"'|;\\")
    assert found.split() == [found]
    assert line(f"group-policy {found} internal")


@given(text=ANYTHING)
def test_a_line_that_gets_through_is_one_command(text: str) -> None:
    try:
        found = line(text)
    except BadInput:
        return
    assert found.isascii()
    assert found.isprintable()
    assert not set(found) & set("?'|;\\")
    assert " ".join(found.split()) == found


@given(host=ANYTHING, rest=ANYTHING)
def test_a_url_that_gets_through_is_one_word_of_plain_characters(host: str, rest: str) -> None:
    for text in (host, f"https://{host}/{rest}", f"https://vpn.example.com/{rest}"):
        try:
            found = url(text)
        except BadInput:
            continue
        assert re.fullmatch(r"https://[A-Za-z0-9.-]+(:443)?(/[A-Za-z0-9._~/-]*)?", found)
        assert len(found) <= 1024
