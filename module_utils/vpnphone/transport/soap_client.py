"""SOAP over the HTTPS client: one question, one answer, with the patience that a throttling server asks for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import NamedTuple

from ..errors import DeviceRefused, DeviceUnreachable, VpnPhoneError
from ..soap import Envelope, Fault, NotSoap, read_envelope, shown
from .https import MAX_ANSWER, HttpClient, Limits, Throttled

# One answer takes no longer than this many command time-outs, all answers of a cluster no longer than that many.
MAX_ANSWER_TIME = 3
MAX_SESSION_TIME = 30
# A server that throttles is asked again so often, after 1, 2, 4 ... seconds or what it says itself.
MAX_TRIES = 4
MAX_PAUSE = 20.0
# In all, a cluster's gathering waits no longer than this for throttling servers.
MAX_PATIENCE = 90.0
# What all answers of a cluster together may hold in memory; a small element costs about so much beside its bytes.
MAX_SESSION = 512 * 1024 * 1024
_ELEMENT = 200
# What throttling looks like in a fault: RisPort70 and AXL say so with status 500 [K].
_THROTTLED = re.compile(r"exceeded allowed rate|too many requests|throttl|maximum axl memory", re.IGNORECASE)
# 599: AXL's own status for a version that it does not speak [K].
_ANSWERED = frozenset((200, 404, 500, 599))


def enveloped(namespace: str, operation: str, body: str) -> bytes:
    """One request. body is XML already, with the prefix `ns` where it names elements of that namespace."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="{namespace}">'
        f"<soapenv:Body><ns:{operation}>{body}</ns:{operation}></soapenv:Body></soapenv:Envelope>"
    ).encode()


class Told(NamedTuple):
    """An answer, and the bytes it came in."""

    envelope: Envelope
    raw: bytes


class SoapFault(DeviceRefused):
    """The server answered with a fault: this question is refused, others may not be."""

    def __init__(self, fault: Fault, *, where: str, todo: str = "", raw: bytes = b"") -> None:
        self.fault = fault
        self.raw = raw
        number = f" ({fault.axl_code})" if fault.axl_code.isdigit() else ""
        reason = shown(fault.text).rstrip(".") or "no reason is given"
        todo = todo or "Look at the roles of the AXL user (docs/cucm-access.md), and at the log of that service."
        super().__init__(f"refused: {reason}{number}.", where=where, todo=todo, code="soap_fault")


class Allowance:
    """The time and the memory that all questions to one cluster may take together, waiting included. Seconds, bytes."""

    def __init__(
        self,
        *,
        connect: float,
        read: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect, self._read = connect, read
        self._clock, self._sleep = clock, sleep
        self._deadline = clock() + MAX_SESSION_TIME * read
        self._patience = MAX_PATIENCE
        self._room = MAX_SESSION

    def limits(self, where: str) -> Limits:
        """Of the next request. VpnPhoneError when the time is up or the room is used."""
        left = self._deadline - self._clock()
        if left <= 0:
            raise DeviceUnreachable(
                f"the answers did not end in time: {MAX_SESSION_TIME} command time-outs for all.",
                where=where,
                todo="Look at the load of the publisher; raise vpnphone_command_timeout if it is only slow.",
                code="timeout_command",
            )
        if self._room <= 0:
            raise DeviceRefused(
                f"all answers together hold more than {MAX_SESSION // 1024} KiB.",
                where=where,
                todo="Look at what answers there; a cluster of 40 000 phones holds less.",
                code="answer_too_long",
            )
        total = min(MAX_ANSWER_TIME * self._read, left)
        return Limits(connect=self._connect, read=self._read, total=total, size=min(MAX_ANSWER, self._room))

    def took(self, size: int, elements: int) -> None:
        """An answer was kept."""
        self._room -= size + elements * _ELEMENT

    def pace(self, seconds: float) -> None:
        """Wait so long before the next request, of our own will."""
        self._sleep(seconds)

    def pause(self, seconds: float) -> bool:
        """Wait so long; False, and no wait, where the patience for this cluster does not reach so far."""
        if seconds > self._patience:
            return False
        self._patience -= seconds
        self._sleep(seconds)
        return True


class SoapClient:
    """Posts envelopes to one URL; name is what errors name as the place."""

    def __init__(self, http: HttpClient, url: str, name: str, allowance: Allowance) -> None:
        self._http = http
        self._url = url
        self._name = name
        self._allowance = allowance

    def post(self, action: str, envelope: bytes, *, changes: bool = False) -> Told:
        """One question. SoapFault for a refusal, Throttled after the last try; VpnPhoneError for all else.

        changes: it is no question but a change. Where the connection is lost it may have been taken, so it is not put
        again here; a server that asks for patience did not take it.
        """
        attempt = 0
        reused = not changes
        while True:
            try:
                return self._post(action, envelope)
            except DeviceUnreachable as error:
                # A kept connection that the server gave up just now. A question only reads: it may be put again.
                if error.code != "session_closed" or not reused:
                    raise
                reused = False
            except Throttled as error:
                wanted = error.retry_after if error.retry_after is not None else 2.0**attempt
                attempt += 1
                if attempt >= MAX_TRIES or wanted > MAX_PAUSE or not self._allowance.pause(wanted):
                    raise

    def _post(self, action: str, envelope: bytes) -> Told:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
        reply = self._http.request(
            "POST",
            self._url,
            body=envelope,
            headers=headers,
            accept=_ANSWERED,
            limits=self._allowance.limits(self._name),
        )
        try:
            answer = read_envelope(reply.body)
        except NotSoap as error:
            raise self._no_answer(reply.status, error) from None
        self._allowance.took(len(reply.body), answer.elements)
        if answer.fault is None and reply.status == 200:
            return Told(answer, reply.body)
        fault = answer.fault or Fault("", f"status {reply.status} without a fault")
        if _THROTTLED.search(fault.text[:2000]):
            raise Throttled(
                f"the server asks for patience: {shown(fault.text)}.",
                where=self._name,
                todo="Run again later; other programs ask this server too.",
                code="throttled",
            )
        raise SoapFault(fault, where=self._name, raw=reply.body)

    def _no_answer(self, status: int, error: NotSoap) -> VpnPhoneError:
        if status == 404:
            return DeviceUnreachable(
                "the service is not there (404).",
                where=self._name,
                todo="Activate it on the publisher (Cisco Unified Serviceability > Tools > Service Activation), and "
                "check address and port.",
                code="service_missing",
            )
        if status == 599:
            return SoapFault(Fault("", "incorrect axl version (status 599)"), where=self._name)
        if status == 500:
            return DeviceRefused(
                "the server failed (500) and told no reason.",
                where=self._name,
                todo="Look at the log of that service on the publisher.",
                code="http_failed",
            )
        return DeviceRefused(
            f"{error}.",
            where=self._name,
            todo="Look at what answers there (`curl -v`): is it CUCM, and nothing in between?",
            code="answer_unreadable",
        )
