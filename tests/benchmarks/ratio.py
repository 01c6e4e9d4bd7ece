"""Pairs of times, taken in turn so that both see the same machine."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable


def compare(name: str, ours: Callable[[], float], bare: Callable[[], float], aim: float, times: int = 9) -> None:
    """Print the median of the ratios of ``times`` pairs (or ``BENCH_TIMES``), beside the aim."""
    times = int(os.environ.get("BENCH_TIMES", times))
    ours()
    bare()
    pairs = [(ours(), bare()) for _ in range(times)]
    ratios = sorted(one / other for one, other in pairs)
    mine, theirs = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    sys.stdout.write(
        f"{name}: {statistics.median(ratios):.2f}x (from {ratios[0]:.2f} to {ratios[-1]:.2f}), aim {aim:.1f}x; "
        f"{mine:.2f} ms against {theirs:.2f} ms\n"
    )
    sys.stdout.flush()
