"""``python -m pos`` and the command ``pos``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program and return its exit status."""
    from pos.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
