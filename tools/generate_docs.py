"""Write the pages of docs/ that are made from the code: controls/, errors/ and variables.md.

python -m tools.generate_docs           write the pages, remove those of what is no more
python -m tools.generate_docs --check   change nothing; list the stale files and end with 1 where there are any
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools import docs_controls, docs_errors, docs_variables

ROOT = Path(__file__).resolve().parent.parent

FOLDER = ROOT / "docs"
# Everything in these is ours.
FOLDERS = {"controls": docs_controls.render, "errors": docs_errors.render}


def render() -> dict[str, str]:
    """Path below docs/ to content, of every page."""
    pages = {f"{folder}/{name}": page for folder, make in FOLDERS.items() for name, page in make().items()}
    return pages | {"variables.md": docs_variables.render()}


def stale(folder: Path, pages: dict[str, str]) -> list[str]:
    """Paths of the files that are missing, differ, or should not be there."""
    ours = [path for name in FOLDERS for path in (folder / name).glob("*.md")]
    ours += [folder / name for name in pages if "/" not in name and (folder / name).exists()]
    present = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in ours}
    return sorted(name for name in present.keys() | pages.keys() if present.get(name) != pages.get(name))


def write(folder: Path, pages: dict[str, str]) -> list[str]:
    """Bring the folder up to date; gives the names of what was changed."""
    changed = stale(folder, pages)
    for name in changed:
        path = folder / name
        if name in pages:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the pages of docs/ that are made from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing; list stale files and end with 1")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pages are (default: docs)")
    options = parser.parse_args(arguments)
    pages = render()
    if options.check:
        names = stale(options.folder, pages)
        for name in names:
            print(f"stale: {options.folder / name}")
        return 1 if names else 0
    for name in write(options.folder, pages):
        print(f"written: {options.folder / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
