"""For all tests: a busy machine is no counterexample, and the keyring of the computer is left alone."""

import os

from hypothesis import settings

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

settings.register_profile("counter", deadline=None)
settings.load_profile("counter")
