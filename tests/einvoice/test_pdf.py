"""The PDF of a sheet: its bars are sharp at every resolution."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from pos.einvoice.payload import read_proof
from pos.einvoice.pdf import pdf_of
from pos.einvoice.render import detail_sheet, proof_sheet
from tests.einvoice.samples import COMPANY, MOF, SEED, codes_of, read_codes

pytestmark = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils turns PDFs into pictures")


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("found", [SEED, MOF, COMPANY])
def test_a_scanner_reads_the_pdf_at_every_resolution(tmp_path: Path, found: dict[str, Any], dpi: int) -> None:
    proof = read_proof(found)
    (tmp_path / "a.pdf").write_bytes(pdf_of([proof_sheet(proof, "十全茶行", copy=False), detail_sheet(proof, "")]))
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", "a.pdf", "page"], cwd=tmp_path, check=True)
    first, second = sorted(tmp_path.glob("page-*.png"))
    picture = Image.open(first)
    assert read_codes(picture) == codes_of(found)
    assert abs(picture.width / dpi * 25.4 - 57) < 0.5
    assert read_codes(Image.open(second)) == set()


def test_the_letters_are_placed_as_on_paper(tmp_path: Path) -> None:
    sheet = proof_sheet(read_proof(SEED), "十全茶行", copy=False)
    (tmp_path / "a.pdf").write_bytes(pdf_of([sheet]))
    subprocess.run(["pdftoppm", "-r", "203.2", "-gray", "-png", "a.pdf", "page"], cwd=tmp_path, check=True)
    (page,) = tmp_path.glob("page-*.png")
    found = Image.open(page).convert("L")
    left = (found.width - sheet.image.width) // 2
    seen = found.crop((left, 0, left + sheet.image.width, sheet.image.height))
    wrong = ImageChops.difference(seen, sheet.image.convert("L"))
    assert ImageStat.Stat(wrong).mean[0] < 8  # edges between dots; displaced rows give about 40
