"""For all tests: a busy machine is no counterexample."""

from hypothesis import settings

settings.register_profile("counter", deadline=None)
settings.load_profile("counter")
