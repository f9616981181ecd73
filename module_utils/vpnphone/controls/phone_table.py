"""The rows of the phone table that a verdict is about, and what to say where a row does not tell."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Evidence, Outcome
from .site import PhoneModel, Site, model_key

TABLE = "phone_models"


class Phone(NamedTuple):
    """A phone model; row is None where the table has none. named: the site says that it is in use."""

    name: str
    row: PhoneModel | None
    named: bool

    @property
    def evidence(self) -> Evidence:
        """The row and where its values come from."""
        if self.row is None:
            return Evidence(command=TABLE, lines=(f"{self.name}: no row",))
        return Evidence(command=TABLE, lines=(f"{self.name} firmware {self.row.firmware}: {self.row.source}",))


def phones(site: Site) -> tuple[Phone, ...]:
    """The models in use with every row of theirs; where the site names none, every row of the table."""
    if not site.models_in_use:
        return tuple(Phone(row.model, row, False) for row in site.phone_models)
    found: list[Phone] = []
    for name in site.models_in_use:
        rows = [row for row in site.phone_models if model_key(row.model) == model_key(name)]
        found.extend(Phone(name, row, True) for row in rows)
        if not rows:
            found.append(Phone(name, None, True))
    return tuple(found)


def not_told(phone: Phone, subject: str, what: str) -> Outcome:
    """A model whose row does not tell: UNKNOWN where the site uses it, skipped where it may not even have it."""
    if not phone.named:
        # No word of the model but in the subject: the many rows that nobody filled become one line of the report.
        return Outcome(
            status="skipped",
            subject=subject,
            message=f"{TABLE} does not tell {what}, and models_in_use names no such phone",
            expected=what,
            actual="not known",
            evidence=(Evidence(command=TABLE),),
            fix=(f"PERSON: name the models you have in models_in_use, and fill their rows in {TABLE}.",),
        )
    return Outcome(
        status="error",
        subject=subject,
        message=f"UNKNOWN: {TABLE} does not tell {what} for model {phone.name}",
        expected=f"{what} for model {phone.name}",
        actual="not known",
        evidence=(phone.evidence,),
        fix=(f"PERSON: fill the row of {phone.name} in {TABLE}, or name the models you have in models_in_use.",),
    )


def no_phones() -> Outcome:
    """The site gives an empty phone table."""
    return Outcome(
        status="error",
        message=f"UNKNOWN: {TABLE} is empty, so what phones offer is not known",
        expected="at least one row",
        actual="no row",
        evidence=(Evidence(command=TABLE),),
        fix=(f"PERSON: give {TABLE} (the role assess has one).",),
    )
