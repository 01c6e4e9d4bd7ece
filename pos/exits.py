"""The exit statuses of the command line (design, section 5)."""

OK, FAULT, USAGE, UNPAID, DOUBT, REFUSED = 0, 1, 2, 3, 4, 5
"""Captured or waiting as asked; unexpected fault; wrong usage or bad input, nothing was sent; declined, expired or
voided; unknown or review; not configured or the gateway refused our credentials."""
