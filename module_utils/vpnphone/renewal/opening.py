"""Open a renewal, or judge anew whether one can go that nothing was done in yet; close it at its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..controls.site import Site
from ..errors import BadInput, ChangeRefused
from ..files import write_private
from ..model import Model
from ..model.renewal import STAGES, Event, Journal, StagePlan, TargetStage
from ..report.words import words
from .checks import PreflightPage, worst
from .gates import hashed
from .gathered import Seen
from .journal import create_journal, open_journal, operator_lock, update
from .next_step import take_back
from .pages import PREFLIGHT, PREFLIGHT_PAGE, write_page
from .preflight import preflight
from .preflight_text import LABELS, headline, render_markdown
from .scope import interface_of, open_renewal
from .stages import (
    APPROVED_BY,
    NAME,
    SITE,
    TITLES,
    asked,
    command,
    is_named,
    stage_view,
    target_stage,
    targets,
    views,
)
from .wishes import Wish, check_wish


class _Given(Model, frozen=True, kw_only=True):
    """What the inventory says of the new certificate of one ASA."""

    trustpoint: str
    interface: str = ""
    cn: str = ""
    names: tuple[str, ...] = ()
    key: Literal["RSA", "EC"] = "RSA"
    bits: int = 2048
    signature: str = "SHA256"
    pin: Literal["leaf", "ca"] = "leaf"
    ca_cn: str = ""
    old_trustpoint: str = ""


def wishes_of(given: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Wish], dict[str, str]]:
    """(wish, old trustpoint where a person names it) by ASA. BadInput bad_wish."""
    wishes, old = {}, {}
    for asa, values in given.items():
        try:
            # A name with nothing below it is no mapping.
            mapping = isinstance(values, Mapping)
            named = {name: value for name, value in values.items() if value is not None} if mapping else values
            told = msgspec.convert(named, _Given)
        except msgspec.ValidationError as error:
            raise BadInput(
                f"the new certificate that is wished for makes no sense: {error}.",
                where=asa,
                todo=f"vpnphone_new_certificate has {', '.join(_Given.__struct_fields__)} (docs/inventory.md).",
                code="bad_wish",
            ) from error
        fields = msgspec.structs.asdict(told)
        trustpoint = fields.pop("old_trustpoint")
        wishes[asa] = Wish(asa=asa, **fields)
        check_wish(wishes[asa])
        if trustpoint:
            old[asa] = trustpoint
    return wishes, old


def open_or_again(
    directory: Path,
    renewal: str,
    seen: Seen,
    site: Site,
    given: Mapping[str, Mapping[str, Any]],
    *,
    run: str,
    options: tuple[str, ...],
    by: str,
    at: datetime,
    check_mode: bool,
) -> tuple[Journal, PreflightPage]:
    """The journal and the page; seen with what was foretold. BadInput renewal_begun where stages were done already.

    In check mode the page is made and nothing is opened.
    """
    standing = _standing(directory)
    wishes, old = wishes_of(given)
    for name, wish in list(wishes.items()):
        unit = seen.unit(name)
        if unit is not None:
            wishes[name] = wish._replace(interface=interface_of(unit, wish))
    journal = open_renewal(renewal, seen, wishes, old, options=options, at=at)
    page = preflight(journal, seen, site, wishes, run=run, at=at)
    journal = msgspec.structs.replace(journal, preflight=_judged(page, by))
    if check_mode:
        return journal, page
    if standing is None:
        create_journal(directory, _told(journal, page, by))
    else:
        with operator_lock(directory, "preflight", by=by):
            update(directory, lambda before: _anew(before, _told(journal, page, by)), by=by, at=at)
    write_page(directory, PREFLIGHT, page)
    journal = open_journal(directory)
    return journal, page


def _standing(directory: Path) -> Journal | None:
    """What was opened before, if nothing was done yet: what is renewed in part would be judged as if it were not."""
    try:
        found = open_journal(directory)
    except BadInput as error:
        if error.code != "journal_missing":
            raise
        return None
    _not_begun(found)
    return found


def write_markdown(directory: Path, page: PreflightPage, next_line: str, language: str = "en") -> Path:
    """preflight.md beside the journal."""
    return write_private(
        directory / PREFLIGHT_PAGE, render_markdown(page, next_line=next_line, words=words(language)).encode()
    )


def _judged(page: PreflightPage, by: str) -> TargetStage:
    """Done with a GO, refused without; the verdicts are its facts."""
    stops = [check for check in worst(page.checks) if check.stops]
    plan = hashed(
        StagePlan(
            stage="preflight",
            target=SITE,
            facts=tuple(f"{LABELS[one.verdict]} {one.id} {one.subject}".rstrip() for one in worst(page.checks)),
            warnings=tuple(one.what for one in worst(page.checks) if one.verdict == "warn"),
        )
    )
    if not stops:
        return TargetStage(status="done", plan=plan, at=page.at)
    what = "; ".join(f"{one.subject}: {one.what}" if one.subject else one.what for one in stops[:3])
    error = ChangeRefused(
        f"{what}.", where=page.renewal, todo="See preflight.md, then run preflight again.", code="preflight_no_go"
    )
    return TargetStage(status="refused", plan=plan, error=error.as_dict(), at=page.at)


def _told(journal: Journal, page: PreflightPage, by: str) -> Journal:
    event = Event(at=page.at, by=by, stage="preflight", target=SITE, what=headline(page))
    return msgspec.structs.replace(journal, events=(*journal.events, event), changed=page.at, changed_by=by)


def _anew(before: Journal, found: Journal) -> Journal:
    """The scope of now in the renewal that was opened then; its story goes on."""
    _not_begun(before)
    return msgspec.structs.replace(
        found, renewal=before.renewal, created=before.created, events=(*before.events, *found.events)
    )


def _not_begun(journal: Journal) -> None:
    for stage in STAGES[1:]:
        for name in targets(journal, stage):
            if target_stage(journal, stage, name).status not in ("pending", "planned"):
                raise BadInput(
                    f"renewal {journal.renewal} is under way ({stage} on {name}): its scope stays as it is.",
                    where=name,
                    todo=f"See how it goes on: {command(journal, 'status')}",
                    code="renewal_begun",
                )


# --- the end ----------------------------------------------------------------------------------------------------------


def close_renewal(directory: Path, *, by: str, at: datetime, give_up: bool = False) -> tuple[Journal, bool]:
    """(the closed journal, whether it was open). ChangeRefused renewal_unfinished, approver_missing.

    give_up: close it with nothing of it standing, though its stages are not done.
    """
    journal = open_journal(directory)
    if journal.closed is not None:
        return journal, False
    with operator_lock(directory, "close", by=by):
        return update(directory, lambda found: _closed(found, by, at, give_up), by=by, at=at), True


def _closed(journal: Journal, by: str, at: datetime, give_up: bool) -> Journal:
    left = [view for view in views(journal) if not view.falls_away and view.status != "done"]
    standing = take_back(journal)
    if left and give_up and not is_named(by):
        raise ChangeRefused(
            "a renewal is given up in the name of a person.",
            todo=f"Give it: -e {asked(APPROVED_BY, NAME)}",
            code="approver_missing",
        )
    if left and not give_up:
        raise ChangeRefused(
            f"{left[0].stage} is not done: {TITLES[left[0].stage]}.",
            where=journal.renewal,
            todo=f"See how it goes on: {command(journal, 'status')}",
            code="renewal_unfinished",
        )
    if left and standing:
        raise ChangeRefused(
            f"{standing[0].stage} stands on {', '.join(standing[0].targets)}: a renewal in part is not left behind.",
            where=journal.renewal,
            todo=f"Take it back first: {standing[0].line}" if standing[0].line else standing[0].note,
            code="renewal_unfinished",
        )
    what = "given up" if left else "closed"
    event = Event(at=at, by=by or "unknown", stage="close", target=SITE, what=what)
    return msgspec.structs.replace(journal, closed=at, events=(*journal.events, event))


def standing_of(journal: Journal) -> dict[str, Any]:
    """Each stage with its targets, plain, for a module's result."""
    return {
        view.stage: {
            "status": view.status,
            "falls_away": view.falls_away,
            "targets": {name: found.status for name, found in view.targets},
        }
        for view in (stage_view(journal, stage) for stage in STAGES)
    }
