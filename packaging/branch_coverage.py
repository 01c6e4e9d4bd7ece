"""Check after the tests that the files in `tool.coverage.run` of pyproject.toml have full branch coverage."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import coverage


def main() -> int:
    """Return 0 if all branches of these files are covered."""
    data = coverage.Coverage()
    data.load()
    named = data.get_option("run:include")
    wanted = [str(Path(name).resolve()) for name in named] if isinstance(named, list) else []
    missing = sorted(set(wanted) - set(data.get_data().measured_files()))
    if missing or not wanted:
        sys.stderr.write(
            f"These files need full branch coverage and were not run: {', '.join(missing) or 'no file is named'}\n"
        )
        return 1
    report = io.StringIO()
    if data.report(show_missing=True, skip_covered=True, file=report) < 100:
        sys.stderr.write(f"These files need full branch coverage:\n{report.getvalue()}")
        return 1
    sys.stderr.write(f"All branches of the {len(wanted)} files that handle money are covered.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
