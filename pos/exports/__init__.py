"""Reports as files: JSON, CSV, XLSX and PDF with the same lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pos.errors import InputError
from pos.i18n import N_, msg

if TYPE_CHECKING:
    from pos.exports.report import Report

FORMATS: Final = ("json", "csv", "xlsx", "pdf")


def export(report: Report, form: str) -> bytes:
    """Return the report as a file in one of :data:`FORMATS`, in the current language. Takes seconds for a month.

    Raises InputError for another format, ConfigError if a PDF lacks a font.
    """
    if form == "json":
        from pos.exports.json_file import json_bytes as write
    elif form == "csv":
        from pos.exports.csv_file import as_csv as write
    elif form == "xlsx":
        from pos.exports.xlsx import as_xlsx as write
    elif form == "pdf":
        from pos.exports.pdf import as_pdf as write
    else:
        text = N_("{value} is not known; one of {known}")
        raise InputError("format", msg(text, value=form, known=", ".join(FORMATS)))
    return write(report)
