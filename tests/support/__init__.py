"""Shared by the tests: a virtual clock, shops, crashes."""
