"""After the tests: the files on which money hangs (`tool.coverage.run` in pyproject.toml) must be covered whole."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import coverage


def main() -> int:
    """0 when no branch of these files is left out."""
    data = coverage.Coverage()
    data.load()
    named = data.get_option("run:include")
    wanted = [str(Path(name).resolve()) for name in named] if isinstance(named, list) else []
    missing = sorted(set(wanted) - set(data.get_data().measured_files()))
    if missing or not wanted:
        sys.stderr.write(
            f"These files must be covered whole and were not run: {', '.join(missing) or 'no file is named'}\n"
        )
        return 1
    report = io.StringIO()
    if data.report(show_missing=True, skip_covered=True, file=report) < 100:
        sys.stderr.write(f"These files must be covered whole:\n{report.getvalue()}")
        return 1
    sys.stderr.write(f"Every branch of the {len(wanted)} files on which money hangs is covered.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
