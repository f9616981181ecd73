"""`make trend`: what changed since the audit before, and what stands, from the history beside the reports.

Ends with 0, or with 1 where there is no history or it cannot be read.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from vpnphone.errors import VpnPhoneError
from vpnphone.history import store
from vpnphone.history.database import FILE_NAME
from vpnphone.history.trend import trend
from vpnphone.report.trend import also, render_trend
from vpnphone.report.words import LANGUAGES
from vpnphone.report.words import words as spoken

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `make trend | head` is no fault
    parser = argparse.ArgumentParser(description="Show what changed since the audit before.")
    parser.add_argument("--file", type=Path, default=ROOT / "reports" / FILE_NAME, help="the history")
    parser.add_argument("--site", default="", help="the site to tell of (default: that of the newest audit)")
    parser.add_argument("--days", type=int, nargs="+", default=[90, 30, 7], help="thresholds of the expiry calendar")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of what is shown")
    options = parser.parse_args(arguments)
    try:
        words = spoken(options.language)
        told = trend(store.content(options.file, options.site), options.days, datetime.now(UTC))
        others = [name for name in store.sites(options.file) if name != told.site]
    except VpnPhoneError as error:
        print(error, file=sys.stderr)
        return 1
    print(render_trend(told, width=shutil.get_terminal_size((110, 40)).columns, language=options.language))
    if others:
        print(f"\n{also(others, words)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
