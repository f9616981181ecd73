"""Self-made diagnoses for the tests of their reports, from the forms that the facts print (F-062, F-051b, C16)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible.module_utils.vpnphone.diagnose.signatures import SIGNATURES, fields_of
from ansible.module_utils.vpnphone.model.diagnosis import (
    Attempt,
    Cause,
    ClockOffset,
    Diagnosis,
    LogEvent,
    LogSource,
    Pair,
    PhoneStory,
    Side,
)

CREATED = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
DAY = datetime(2024, 5, 6)
PHONE = "SEP8CB64F576113"
SHA1 = "1289B8A7AA9FFD84865E38939F3466A61B5608FC"
_ASA = re.compile(r"%ASA-(\d)-(\d{6}): (.*)")


def clock(text: str) -> float:
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


class Log:
    """Events in the order in which they are added; each must be a message that a signature knows."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []
        self.lines: dict[str, int] = {}

    def add(self, source: str, device: str, side: Side, when: str | None, text: str, *, dated: bool = False) -> int:
        level, number, message = "", "", text
        if match := _ASA.fullmatch(text):
            level, number, message = match.groups()
        known = [(one.id, found) for one in SIGNATURES if one.side == side and one.number == number
                 and (found := fields_of(one, message)) is not None]  # fmt: skip
        assert known, text
        self.lines[source] = self.lines.get(source, 0) + 1
        seconds = clock(when) if when else None
        self.events.append(
            LogEvent(
                signature=known[0][0],
                side=side,
                source=source,
                line=self.lines[source] * 3,
                order=self.lines[source],
                text=text,
                device=device,
                at=DAY + timedelta(seconds=seconds) if dated and seconds is not None else None,
                seconds=seconds,
                number=number,
                level=level,
                fields=known[0][1],
            )
        )
        return len(self.events) - 1

    def asa(self, when: str | None, text: str, name: str = "asa-1") -> int:
        return self.add(f"{name}.log", name, "asa", when, text, dated=when is not None)

    def phone(self, when: str | None, text: str, name: str = PHONE) -> int:
        return self.add(f"{name}/console.log", name, "phone", when, text)

    def sources(self) -> tuple[LogSource, ...]:
        first = {event.source: event for event in reversed(self.events)}
        return tuple(
            LogSource(
                name=name,
                side=first[name].side,
                device=first[name].device,
                lines=self.lines[name] * 3,
                size=self.lines[name] * 300,
                recognised=self.lines[name],
                foreign=self.lines[name] // 2,
                forms=("rfc3164",) if first[name].side == "asa" else ("stamped",),
            )
            for name in self.lines
        )


def one_cause(**more: Any) -> Diagnosis:
    """The document's own example (F-062): the ASA's certificate was replaced. The phone is 3 min 12 s ahead."""
    log = Log()
    client = "outside:172.16.250.9/50091"
    a = [
        log.asa("10:16:15", f"%ASA-6-725001: Starting SSL handshake with client {client} for TLSv1 session."),
        log.asa("10:16:15", "%ASA-7-725010: Device supports the following 4 cipher(s)."),
    ]
    for index, cipher in enumerate(("RC4-SHA", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA"), 1):
        a.append(log.asa("10:16:15", f"%ASA-7-725011: Cipher[{index}] : {cipher}"))
    a.append(log.asa("10:16:15", f"%ASA-7-725008: SSL client {client} proposes the following 2 cipher(s)."))
    for index, cipher in enumerate(("AES256-SHA", "AES128-SHA"), 1):
        a.append(log.asa("10:16:15", f"%ASA-7-725011: Cipher[{index}] : {cipher}"))
    p = [log.phone("10:19:27.155936", "vpn_start: activating vpn, url <https://vpn.example.com/phone>")]
    a.append(
        log.asa(
            "10:16:15", f"%ASA-7-725012: Device chooses cipher : AES128-SHA for the SSL session with client {client}"
        )
    )
    p += [
        log.phone("10:19:27.364687", "cert_vfy_cb: depth:1 of 1, subject: </CN=vpn.example.com>"),
        log.phone("10:19:27.365344", "cert_vfy_cb: depth:1 of 1, pre_err: 18 (self signed certificate)"),
        log.phone("10:19:27.375718", f"Leaf cert hash = {SHA1}"),
        log.phone(
            "10:19:27.420205", "VPN cert chain verification failed, issuer certificate not found and leaf not trusted"
        ),
        log.phone("10:19:27.422295", "alert_err: SSL write alert: code 48, unknown CA"),
    ]
    a += [
        log.asa("10:16:16", "%ASA-7-725014: SSL lib error. Function: SSL3_READ_BYTES Reason: tlsv1 alert unknown ca"),
        log.asa("10:16:16", f"%ASA-6-725006: Device failed SSL handshake with client {client}"),
    ]
    p += [
        log.phone("10:19:27.430812", "vpnc_send_notify: notify code: 37 [SslAlertSrvrCert]"),
        log.phone("10:19:27.432467", "protocol_handler: login failed"),
    ]
    named = {event.signature: index for index, event in enumerate(log.events)}
    fields: dict[str, Any] = {
        "verdict": "cause",
        "causes": (
            Cause(
                id="hash_mismatch",
                title="The phone does not know the certificate that the ASA presents",
                confidence="certain",
                phone=PHONE,
                asa="asa-1",
                evidence=tuple(named[key] for key in ("phone.leaf_hash", "phone.chain_refused", "asa.unknown_ca")),
                confirm=(f"No certHash of {PHONE}.cnf.xml is the base64 of {SHA1}.",),
                next_steps=(
                    "show run ssl",
                    "show crypto ca certificates VPN-2024",
                    "PERSON: where the old certificate is still on the ASA: `ssl trust-point VPN-2023 outside` lets the"
                    " phones in again at once; then renew in order (docs/runbook.md).",
                ),
                facts={"leaf certificate": SHA1, "that is": "identity certificate of trustpoint VPN-2024 on asa-1"},
                controls=("VPNP-311", "VPNP-111"),
                sources=("F-062", "F-013"),
            ),
        ),
        "sources": log.sources(),
        "events": tuple(log.events),
        "attempts": (
            Attempt(
                side="asa", device="asa-1", events=tuple(a), key=client, phone=PHONE, by="the pair with its own log",
                outcome="failed", offered=("AES256-SHA", "AES128-SHA"),
                supported=("RC4-SHA", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA"), chosen="AES128-SHA",
            ),
            Attempt(side="phone", device=PHONE, events=tuple(p), phone=PHONE, outcome="failed", leaf=SHA1),
        ),
        "pairs": (Pair(asa=0, phone=1, reasons=("same alert", "same order"), offset=192.2, certain=True),),
        "offsets": (ClockOffset(phone=PHONE, asa="asa-1", seconds=192.2, pairs=1, spread=0.0),),
        "phones": (PhoneStory(phone=PHONE, last="failed", attempts=1, failed=1, asas=("asa-1",)),),
        "created": CREATED,
    }  # fmt: skip
    return Diagnosis(**(fields | more))


def nothing() -> Diagnosis:
    sources = (
        LogSource(name="var/log/messages", side=None, lines=120_412, size=14_000_000, foreign=120_412),
        LogSource(name="asa-2.log", side="asa", device="asa-2", lines=3000, size=400_000, forms=("rfc3164",),
                  cut="only the last 3,000 lines: the file is larger than what is read of one"),
    )  # fmt: skip
    return Diagnosis(verdict="nothing", sources=sources, created=CREATED, notes=("asa-2.log was cut.",))


def session(log: Log, number: int, when: float, *, fails: bool, dated: bool = True) -> tuple[Attempt, Attempt]:
    """One attempt of a phone of the fleet as both sides tell it, interleaved."""
    phone = f"SEP0011223344{number % 40:02X}"
    user = f"CP-7962G-{phone}"
    client = f"outside:198.51.100.{number % 40 + 1}/{20000 + number}"

    def at(offset: float) -> str | None:
        second = when + offset
        return f"{int(second // 3600) % 24:02d}:{int(second % 3600 // 60):02d}:{second % 60:06.3f}" if dated else None

    a = [log.asa(at(0), f"%ASA-6-725001: Starting SSL handshake with client {client} for TLSv1 session.")]
    p = [log.phone(at(0.2), "vpn_start: activating vpn, url <https://vpn.example.com/phone>", phone)]
    if fails:
        a.append(
            log.asa(at(0.4), "%ASA-7-725014: SSL lib error. Function: SSL3_GET_CLIENT_HELLO Reason: no shared cipher")
        )
        a.append(log.asa(at(0.5), f"%ASA-6-725006: Device failed SSL handshake with client {client}"))
        p.append(log.phone(at(0.6), "alert_err: SSL read alert: code 40, handshake failure", phone))
        p.append(log.phone(at(0.8), "protocol_handler: login failed", phone))
    else:
        a.append(log.asa(at(0.4), f"%ASA-6-725002: Device completed SSL handshake with client {client}"))
        a.append(
            log.asa(
                at(1.2),
                f"%ASA-4-722051: Group <VPNPhone> User <{user}> IP <{client[8:].partition('/')[0]}> IPv4 Address"
                f" <10.10.10.{number % 40 + 1}> IPv6 address <::> assigned to session",
            )
        )
        p.append(log.phone(at(0.7), "process_login: HTTP/1.0 200 OK", phone))
    outcome: Any = "failed" if fails else "connected"
    return (
        Attempt(side="asa", device="asa-1", events=tuple(a), key=client, user="" if fails else user, phone=phone,
                outcome=outcome, whole=number % 3 > 0),
        Attempt(side="phone", device=phone, events=tuple(p), phone=phone, outcome=outcome),
    )  # fmt: skip


def fleet(attempts: int = 300, *, fails: bool = True, dated: bool = True) -> Diagnosis:
    """40 phones that try again and again; each fails for want of a cipher, or connects at once."""
    log = Log()
    tries: list[Attempt] = []
    when = 8 * 3600.0
    for number in range(attempts):
        tries += session(log, number, when, fails=fails, dated=dated)
        when += 2.3 if number % 40 else 900
    phones = sorted({one.phone for one in tries})
    causes = []
    for phone in phones if fails else []:
        own = sorted({index for one in tries if one.phone == phone for index in one.events
                      if log.events[index].signature == "asa.no_shared_cipher"})  # fmt: skip
        causes.append(
            Cause(
                id="no_shared_cipher",
                title="Phone and ASA share no cipher suite",
                confidence="likely",
                phone=phone,
                asa="asa-1",
                evidence=tuple(own),
                doubts=("Another client's lines lie between those of this attempt.",),
                confirm=("The lists of 725011 below 725010 and 725008 have no name in common.",),
                next_steps=("show run all ssl", "show ssl"),
                controls=("VPNP-123", "VPNP-125"),
                sources=("F-051b",),
                count=len(own),
            )
        )
    return Diagnosis(
        verdict="cause" if fails else "healthy",
        causes=tuple(causes),
        sources=log.sources(),
        events=tuple(log.events),
        attempts=tuple(tries),
        pairs=tuple(
            Pair(asa=2 * number, phone=2 * number + 1, reasons=("user", "order"), offset=0.1, certain=number % 2 == 0)
            for number in range(attempts)
        ),
        offsets=tuple(ClockOffset(phone=phone, asa="asa-1", seconds=0.1, pairs=7, spread=0.4) for phone in phones),
        phones=tuple(
            PhoneStory(phone=phone, last="failed" if fails else "connected", attempts=attempts // 40,
                       failed=attempts // 40 if fails else 0, asas=("asa-1",))
            for phone in phones
        ),
        created=CREATED,
    )  # fmt: skip


def healthy() -> Diagnosis:
    return fleet(3, fails=False)


def past() -> Diagnosis:
    """The same phone got in later: the cause stands no more."""
    found = one_cause()
    log = Log()
    log.asa(
        "11:30:00",
        f"%ASA-7-746012: user-identity: Add IP-User mapping 10.10.10.10 - LOCAL\\CP-7962G-{PHONE} Succeeded - VPN user",
    )
    later = log.events[0]
    cause = found.causes[0]
    return one_cause(
        verdict="healthy",
        events=(*found.events, later),
        causes=(
            Cause(
                id=cause.id, title=cause.title, confidence="likely", phone=PHONE, evidence=cause.evidence,
                against=(len(found.events),), doubts=("It was so until 11:30:00.",), past=True,
            ),
        ),
        phones=(PhoneStory(phone=PHONE, last="connected", attempts=2, failed=1),),
    )  # fmt: skip


def open_verdict() -> Diagnosis:
    log = Log()
    log.asa(None, "%ASA-7-725010: Device supports the following 4 cipher(s).")
    log.asa(None, "%ASA-7-725011: Cipher[1] : AES128-SHA")
    return Diagnosis(verdict="open", sources=log.sources(), events=tuple(log.events), created=CREATED)


def text_diagnosis(text: str, verdict: Any = "cause") -> Diagnosis:
    """This text wherever a text may stand."""
    said: dict[str, Any] = {"source": text, "order": 1, "text": text, "device": text}
    event = LogEvent(
        signature="asa.login", side="asa", line=1, number=text, level=text, seconds=5.5,
        fields={"user": text, text: text}, **said,
    )  # fmt: skip
    phone = LogEvent(signature=text, side="phone", line=2, **said)
    whose: dict[str, Any] = {"id": text, "title": text, "confidence": "likely", "doubts": (text,)}
    cause = Cause(
        phone=text, asa=text, user=text, evidence=(0,), against=(1,), confirm=(text,),
        next_steps=(f"show {text}", f"PERSON: {text}"), facts={text: text}, controls=(text,), sources=(text,),
        count=2, **whose,
    )  # fmt: skip
    other = Cause(phone=f"{text}2", evidence=(1,), against=(0,), **whose)
    return Diagnosis(
        verdict=verdict,
        causes=(cause, other),
        sources=(LogSource(name=text, side="asa", device=text, lines=3, recognised=1, forms=(text,), cut=text),),
        events=(event, phone),
        attempts=(
            Attempt(
                side="asa", device=text, events=(0,), key=text, user=text, phone=text, by=text, offered=(text,),
                supported=(text,), chosen=text, leaf=text,
            ),
            Attempt(side="phone", device=text, events=(1,), phone=text, outcome="failed"),
        ),
        pairs=(Pair(asa=0, phone=1, reasons=(text,)),),
        offsets=(ClockOffset(phone=text, asa=text, seconds=-4000.0, pairs=2, spread=0.2),),
        phones=(PhoneStory(phone=text, last="failed", attempts=1, failed=1, asas=(text,)),),
        notes=(text,),
        created=CREATED,
    )  # fmt: skip
