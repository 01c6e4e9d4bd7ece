"""Ratios against a bare equivalent in the same run; never part of the tests: a busy machine proves nothing."""
