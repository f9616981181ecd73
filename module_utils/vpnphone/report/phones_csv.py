"""phones.csv: one row a phone and moment, in the form of findings.csv."""

from __future__ import annotations

from ..model import Prediction
from .csv_report import table
from .phones import decided
from .view import View

# asa and url: of the attempt that decides.
COLUMNS = ("run_id", "site", "phone", "model", "moment", "verdict", "first_reason", "asa", "url", "connected")


def render(view: View) -> str:
    """The whole table with its header row, by phone and moment."""
    return table(view, COLUMNS, map(_row, view.run.predictions))


def _row(prediction: Prediction) -> dict[str, str]:
    why = decided(prediction)
    return {
        "phone": prediction.phone,
        "model": prediction.model,
        "moment": prediction.moment,
        "verdict": prediction.verdict,
        "first_reason": why.text,
        "asa": why.attempt.asa if why.attempt else "",
        "url": why.attempt.url if why.attempt else "",
        "connected": "yes" if prediction.connected else "no",
    }
