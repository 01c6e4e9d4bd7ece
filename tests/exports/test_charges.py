"""The charges of agreements in each format: those that were booked, and those that failed."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

from openpyxl import load_workbook

from pos.domain.agreement import ChargeState
from pos.domain.agreement_lines import ChargeLine
from pos.domain.money import Money
from pos.exports import export
from tests.exports.days import DAY, report_of
from tests.exports.test_pdf import text_of

NT500 = Money(500, "TWD")
PAID = ChargeLine("261120A", "=M-001", 3, 12, DAY, ChargeState.CAPTURED, "261120B", NT500)
FAILED = ChargeLine("261120C", "", 2, 2, date(2026, 11, 19), ChargeState.DECLINED, "", NT500)
REPORT = report_of([], charges=(PAID, FAILED))


def test_a_csv_file_lists_them_below_the_totals_and_adds_none_of_them() -> None:
    rows = list(csv.reader(io.StringIO(export(REPORT, "csv").decode("utf-8-sig"), newline="")))
    found = [row for row in rows if row and row[0] == "Charge of an agreement"]
    assert found[0][1:] == ["261120A", "'=M-001", "3/12", "2026-11-20", "Charged", "261120B", "TWD", "500"]
    assert found[1][3:7] == ["2/2", "2026-11-19", "Declined", ""]
    assert max(map(len, found)) <= rows[0].index("Amount")


def test_json_has_them_with_english_keys() -> None:
    paid, failed = json.loads(export(REPORT, "json"))["agreement_charges"]
    assert paid == {
        "agreement_no": "261120A", "reference": "=M-001", "no": 3, "times": 12, "due": "2026-11-20",
        "state": "captured", "order_no": "261120B", "amount": "500", "currency": "TWD",
    }  # fmt: skip
    assert (failed["state"], failed["order_no"]) == ("declined", "")
    assert "agreement_charges" not in json.loads(export(report_of([]), "json"))


def test_a_workbook_has_a_sheet_of_them() -> None:
    book = load_workbook(io.BytesIO(export(REPORT, "xlsx")))
    rows = list(book["Charges of agreements"].values)
    assert rows[1][:4] == ("261120A", "=M-001", 3, 12)
    assert rows[2][5:] == ("Declined", None, "TWD", 500)
    assert "Charges of agreements" not in load_workbook(io.BytesIO(export(report_of([]), "xlsx"))).sheetnames


def test_a_pdf_has_a_table_of_them() -> None:
    text = text_of(export(REPORT, "pdf"))
    assert "Charges of agreements (2)" in text
    assert "2/2" in text
