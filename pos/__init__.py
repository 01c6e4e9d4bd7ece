"""Counter: a register for shop counters in Taiwan and Hong Kong."""

__version__ = "0.1.0"
