"""Per phone: does it connect, and if not, why."""

from __future__ import annotations

from typing import Literal

from .base import Model

# Worst for a plan first: what is unknown is never safe.
Connection = Literal["LOCKED OUT", "UNKNOWN", "CONNECTS"]
CONNECTION_ORDER: tuple[Connection, ...] = ("LOCKED OUT", "UNKNOWN", "CONNECTS")

Moment = Literal["now", "apply", "failover", "reload", "change"]


class Reason(Model, frozen=True, kw_only=True):
    """One deciding thing. step is a stable word ("pin", "host-id", "cipher", ...), in the order a phone meets it."""

    step: str
    verdict: Connection
    text: str
    features: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()


class Attempt(Model, frozen=True, kw_only=True):
    """One URL of the phone's file on one ASA. reasons: what locks it out first, then what is unknown, in order."""

    url: str
    asa: str
    verdict: Connection
    reasons: tuple[Reason, ...] = ()


class Prediction(Model, frozen=True, kw_only=True):
    """One phone at one moment.

    moment: now; apply (after Apply Config); failover (the mate takes over); reload (the startup configuration rules);
    change (after the what-if change, described in Run.what_if). first: the reason that decides, in one sentence.
    connected: a session of it was seen on an ASA in this run.
    """

    phone: str
    model: str
    moment: Moment
    verdict: Connection
    first: str = ""
    attempts: tuple[Attempt, ...] = ()
    connected: bool = False
