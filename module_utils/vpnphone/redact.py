"""Secrets out of device text, line for line, so that a redacted text parses to the same state as the original.

What is hidden: passwords and their hashes, pre-shared and other keys, SNMP communities, activation keys, session
cookies, URL passwords, PEM private keys and PKCS12 bags. Rules are tied to the place in which the ASA prints a
secret, never to a word alone: a tunnel-group may be called `password`. redact(redact(x)) == redact(x).
"""

from __future__ import annotations

import re

HIDDEN = "<removed>"

_NAME = r'(?:"[^"\n]*"|[^\s"]\S*)'

# Line openers behind which everything is secret but the known words at the end (see _hide).
_OPENERS = (
    # Of a line of its own: `ldap-login-password`, `policy-server-secret`, `password` of a trustpoint.
    r"(?:[a-z0-9-]{1,40}-)?(?:password|passwd|secret|passphrase)",
    rf"(?:vpdn +)?username +{_NAME} +(?:encrypted-)?password",
    rf"group-policy +{_NAME} +external +server-group +\S+ +password",
    r"https?-proxy +\S+(?: +\S+){0,6}? +password",
    r"(?:ikev1 +|ikev2 +(?:local|remote)-authentication +|failover +ipsec +)?pre-shared-key",
    r"key(?: +config-key +password-encryption)?",
    r"key-string|storage-key +value|radius-common-pw",
    r"(?:failover|cluster|isakmp|crypto +isakmp|tacacs-server|radius-server) +key",
    r"snmp-server +community",
    r"snmp-server +host +\S+ +\S+(?: +(?:poll|trap|udp-port +[0-9]+|version +\S+)){0,4} +community",
    r"snmp-server +user(?: +\S+){2,6}? +auth(?= )",
    r"ntp +authentication-key +[0-9]+ +\S+",
    r"(?:ospf +|area +\S+ +virtual-link +\S+(?: +\S+){0,12}? +)?(?:message-digest-key +[0-9]+ +md5|authentication-key)",
    r"authentication +key +eigrp +[0-9]+",
    r"(?:isis +|rip +)?authentication +key(?! +eigrp)|isis +password",
    r"wccp +\S+(?: +(?:redirect-list|group-list) +\S+){0,2} +password",
    # Below webvpn: what the ASA itself types into pages behind it.
    r"auto-signon(?: +\S+){0,10}? +password",
    r"post-parameter +name +\S+ +value",
    r"neighbor +\S+ +password",
    r"cts +sxp +default +password",
    # Not secret, but it tells who may log in.
    r"ssh +authentication +(?:publickey|pkf)",
    r"license +smart +register +idtoken",
    r"crypto +ca +(?:import|export) +\S+ +pkcs12",
    # `Running Permanent Activation Key: 0x...` of show version, and the command.
    r"(?:[A-Z][A-Za-z]* +){0,4}Activation +Key:|activation-key",
)
_SECRET = re.compile(
    # Only at column 0: below webvpn, `enable` is followed by the name of an interface.
    rf"^(?P<keep>(?:enable +(?:password|secret)|[ \t]*(?:no +)?(?:{'|'.join(_OPENERS)}))[ \t]+)(?P<rest>\S.*)$",
    re.MULTILINE,
)
# Each opener holds one of these; the other lines, which are most of them, are not tried (a tenth of all parsing).
# fmt: off
_MARKS = (
    "passw", "secret", "passphrase", "key", "Key", "common-pw", "community", "auth", "parameter", "idtoken", "pkcs12",
)
# fmt: on
# PIX 6 and 7 print the key of an AAA server behind its address.
_AAA_HOST = re.compile(r"^(aaa-server +\S+ +\(\S+\) +host +\S+ +)(?!timeout\b)(\S+)", re.MULTILINE)
# Where none of its marks is in the text, a pattern is not tried.
_PIECES = (
    (("$",), re.compile(r"\$(?:sha512|sha256|pbkdf2|[1256])\$\S+"), HIDDEN),
    # A hash wherever it stands: the word before `encrypted` that no plain word can be.
    (
        ("encrypted", "pbkdf2"),
        re.compile(r"(?<!\S)(?=\S{0,40}[0-9$./+])\S{11,200}(?= (?:encrypted|pbkdf2|nt-encrypted)\b)"),
        HIDDEN,
    ),
    (("webvpn=", "webvpncontext="), re.compile(r"(\bwebvpn(?:context)?=)[^;\s\"'<>]+"), rf"\1{HIDDEN}"),
    # What `debug webvpn` and the logs of phones tell of a session: whoever has it takes the session over.
    (("WebVPN Cookie: '",), re.compile(r"(WebVPN Cookie: ')[^'<\n]+"), rf"\1{HIDDEN}"),
    (("-Master-Secret: ",), re.compile(r"(-Master-Secret: )[^\s'\"<>]+"), rf"\1{HIDDEN}"),
    (
        ("uthorization: ",),
        re.compile(r"(\b[Aa]uthorization: (?:Basic|Digest|Bearer|Negotiate|NTLM) )[^'<\n]+"),
        rf"\1{HIDDEN}",
    ),
    # Elements of a phone's file and of AnyConnect's own XML.
    (
        ("assword>", "assphrase>", "session-token>", "session-id>"),
        re.compile(r"(<[A-Za-z_-]{0,40}(?:[Pp]assword|[Pp]assphrase|session-token|session-id)>)[^<\n]{1,4096}(?=</)"),
        rf"\1{HIDDEN}",
    ),
    (("://",), re.compile(r"(://[^\s/:@]{0,256}:)[^\s/@]{1,256}@"), rf"\1{HIDDEN}@"),
)
_TAIL_WORDS = frozenset(("encrypted", "pbkdf2", "nt-encrypted", "mschap"))
_TAIL_PAIRS = frozenset(("privilege", "level"))

_BAG = re.compile(r"-----BEGIN (?:[A-Z0-9 ]{0,40}PRIVATE KEY|PKCS12)-----")
# Whole base64 quads: a configuration's own words behind an unfinished bag are seldom that.
_BAG_LINE = re.compile(
    r"(?:[A-Za-z0-9+/]{4}){0,50}(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"
    r"|(?:Proc-Type|DEK-Info): .{0,200}"
)


def redact(text: str) -> str:
    """The text with every secret replaced by <removed>; lines stay lines, and their number stays.

    NUL and CR, which a terminal does not show, go first: they must not hide the word that names a secret.
    """
    text = text.replace("\0", "").replace("\r", "")
    if "-----BEGIN " in text:
        text = _hide_bags(text)
    text = _hide_openers(text)
    if "aaa-server" in text:
        text = _AAA_HOST.sub(rf"\1{HIDDEN}", text)
    for marks, pattern, instead in _PIECES:
        if any(mark in text for mark in marks):
            text = pattern.sub(instead, text)
    return text


def _hide_openers(text: str) -> str:
    """_SECRET.sub(_hide, text)"""
    parts: list[str] = []
    end = 0
    for start in sorted(_marked_lines(text)):
        found = _SECRET.match(text, start)
        if found:
            parts += (text[end:start], _hide(found))
            end = found.end()
    return "".join((*parts, text[end:]))


def _marked_lines(text: str) -> set[int]:
    """Where the lines begin that hold a mark."""
    starts = set()
    for mark in _MARKS:
        at = text.find(mark)
        while at >= 0:
            starts.add(text.rfind("\n", 0, at) + 1)
            line_end = text.find("\n", at)
            at = text.find(mark, line_end) if line_end >= 0 else -1
    return starts


def _hide(match: re.Match[str]) -> str:
    """Keep `encrypted`, `privilege 15` and the like at the end: they are no secrets, and parsers read them."""
    words = match["rest"].split()
    end = len(words)
    while end > 1:
        if words[end - 1] in _TAIL_WORDS:
            end -= 1
        elif end > 2 and words[end - 2] in _TAIL_PAIRS and words[end - 1].isdigit():
            end -= 2
        else:
            break
    return match["keep"] + " ".join([HIDDEN, *words[end:]])


def _hide_bags(text: str) -> str:
    """Blank out what lies between BEGIN and END of a private key, at most up to the first line of another kind."""
    lines = text.split("\n")
    inside = False
    for index, line in enumerate(lines):
        bare = line.strip()
        if inside and _BAG_LINE.fullmatch(bare):
            lines[index] = HIDDEN
        elif bare not in ("", HIDDEN):
            inside = _BAG.search(line) is not None
    return "\n".join(lines)


# 111008, 111009 and 111010 tell what somebody typed; the debug of a login, what a form held.
_TYPED = re.compile(
    r"(?P<head>\bexecuted (?:the )?')(?P<command>[^\n]{1,1000})(?P<tail>'(?: command)?\.?[ \t]*)$", re.MULTILINE
)
_FORM = re.compile(r"(?i)(?P<keep>\b(?:[a-z]{1,20}[-_])?(?:password|passwd|passphrase)(?:=|>))(?!<)[^&\s\"'<>]{1,256}")


def redact_log(text: str) -> str:
    """redact() of a log: also in commands that it quotes, and in what was typed into a form. Lines stay lines."""
    text = redact(text)
    text = _TYPED.sub(lambda typed: typed["head"] + redact(typed["command"]) + typed["tail"], text)
    return _FORM.sub(lambda form: form["keep"] + HIDDEN, text)
