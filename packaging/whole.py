"""After the tests: the files on which money hangs must be covered, every branch of them."""

from __future__ import annotations

import io
import sys

import coverage

WHOLE = (
    "pos/domain/money.py",
    "pos/domain/states.py",
    "pos/domain/moments.py",
    "pos/domain/payment.py",
    "pos/domain/totals.py",
    "pos/domain/invoice.py",
    "pos/einvoice/payload.py",
    "pos/services/invoicing.py",
    "pos/store/invoices.py",
    "pos/services/payments.py",
    "pos/services/asking.py",
    "pos/services/attempts.py",
    "pos/services/notices.py",
    "pos/services/judge.py",
    "pos/services/recovery.py",
    "pos/services/reports.py",
    "pos/services/watch.py",
    "pos/domain/refund.py",
    "pos/services/corrections.py",
    "pos/services/finding.py",
    "pos/services/quote.py",
    "pos/services/refund_answers.py",
    "pos/services/refunds.py",
    "pos/services/settling.py",
    "pos/store/refunds.py",
    "pos/gateways/signing.py",
    "pos/services/backups.py",
    "pos/store/backup.py",
    "pos/store/journal.py",
    "pos/store/notices.py",
    "pos/store/page_links.py",
    "pos/store/kept.py",
    "pos/store/past.py",
    "pos/store/restore.py",
    "pos/store/payments.py",
    "pos/store/search.py",
)


def main() -> int:
    """0 when nothing of :data:`WHOLE` is left out."""
    data = coverage.Coverage()
    data.load()
    report = io.StringIO()
    percent = data.report(include=list(WHOLE), show_missing=True, file=report)
    if percent < 100:
        sys.stderr.write(f"These files must be covered whole:\n{report.getvalue()}")
        return 1
    everything = data.report(file=io.StringIO())
    sys.stderr.write(f"Coverage with branches: {everything:.1f} % of all, 100 % where money hangs.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
