"""The catalogue: written by managers, imported whole or not at all, exported so that it can be imported again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pos.domain.catalogue import Colour, Item
from pos.domain.events import CatalogueChanged, Fact
from pos.domain.money import Money
from pos.domain.staff import Action
from pos.domain.tax import TaxKind
from pos.errors import InputError, NotFound
from pos.exports.catalogue_csv import LARGEST, WrongRows, as_csv
from pos.runtime import Bus
from pos.services.catalogue import Catalogue, barcode_warnings
from pos.store.catalogue import CatalogueStore
from pos.store.database import Database
from tests.support.access import permit
from tests.support.journals import new_journal
from tests.support.rows import wrong
from tests.support.shop import StoppedClock

MAY = permit(Action.ITEMS, "0a", "0b")


def item(name: str, price: int = 30, **facts: Any) -> Item:
    return replace(Item("", name, Money(price, "TWD")), **facts)


class Shop:
    def __init__(self) -> None:
        self.database: Database = new_journal()
        self.facts: list[Fact] = []
        bus = Bus()
        bus.listen(self.facts.append)
        self.catalogue = Catalogue(CatalogueStore(self.database, "R1", StoppedClock()), bus, "TWD")

    def faults(self, text: str) -> list[str]:
        rows = self.database.rows("SELECT count(*) FROM journal")
        with pytest.raises(WrongRows) as refused:
            self.catalogue.import_csv(text.encode(), MAY)
        assert self.database.rows("SELECT count(*) FROM journal") == rows, "nothing was written"
        return [one.spoken() for one in refused.value.faults]


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    assert wrong(made.database) == []
    made.database.close()


def test_items_are_added_changed_found_and_removed(shop: Shop) -> None:
    tea = shop.catalogue.add(item(" 茶 ", barcodes=("4710000000014", "T1"), place=2), MAY)
    assert (tea.name, shop.catalogue.of_barcode("T1")) == ("茶", tea)
    cake = shop.catalogue.add(item("糕", 0), MAY)
    assert list(shop.catalogue.items()) == [cake, tea], "without a place, then by place"
    dear = shop.catalogue.change(replace(tea, price=Money(35, "TWD"), barcodes=("T2",)), MAY)
    assert (shop.catalogue.of_barcode("T2"), shop.catalogue.of_barcode("T1")) == (dear, None)
    assert len(shop.facts) == 3
    shop.catalogue.change(dear, MAY)
    assert len(shop.facts) == 3, "the same item is not written again"
    shop.catalogue.change(replace(dear, active=False), MAY)
    assert shop.catalogue.of_barcode("T2") is None, "an inactive item is not sold"
    shop.catalogue.remove(dear.id, MAY)
    assert (list(shop.catalogue.items()), shop.facts[-1]) == ([cake], CatalogueChanged())
    with pytest.raises(NotFound):
        shop.catalogue.change(dear, MAY)
    row = shop.database.rows("SELECT actor, body FROM journal WHERE kind = 'item_removed'")[0]
    assert row[0] == "0a"
    assert '"approved_by":"0b"' in row[1]


def test_a_barcode_of_another_item_is_refused(shop: Shop) -> None:
    shop.catalogue.add(item("茶", barcodes=("T1",)), MAY)
    with pytest.raises(InputError, match="茶 has the barcode T1 already"):
        shop.catalogue.add(item("糕", barcodes=("T1",)), MAY)
    assert len(shop.catalogue.items()) == 1


def test_an_export_is_imported_again_without_a_change(shop: Shop) -> None:
    shop.catalogue.add(item("=2+3", 0, category="@home", barcodes=("-1", "'x"), colour=Colour.RED), MAY)
    shop.catalogue.add(item('\'茶, 大"杯"', tax=TaxKind.EXEMPT, active=False, place=3), MAY)
    data = shop.catalogue.export_csv()
    assert data.startswith(b"\xef\xbb\xbfname,price,category,barcodes,tax,colour,place,active,id\r\n")
    assert b"\n'=2+3,0,'@home,'-1 'x," in data, "no cell is run as a formula"
    done = shop.catalogue.import_csv(data, MAY)
    assert (done.added, done.changed, done.unchanged) == (0, 0, 2)
    other = Shop()
    assert other.catalogue.import_csv(data, MAY).added == 2
    assert other.catalogue.items() == shop.catalogue.items()
    other.database.close()


def test_an_import_changes_by_id_or_name_and_keeps_what_it_does_not_name(shop: Shop) -> None:
    tea = shop.catalogue.add(item("茶", category="飲料", barcodes=("T1",), place=1), MAY)
    cake = shop.catalogue.add(item("糕", barcodes=("C1",)), MAY)
    text = f"name,price,category,barcodes,id\n茶,40,飲料,C1,\n蛋糕,50,,T1,{cake.id}\n袋,0,,4710000000015,\n"
    done = shop.catalogue.import_csv(text.encode(), MAY)
    assert (done.added, done.changed, done.unchanged) == (1, 2, 0)
    bag = next(one for one in shop.catalogue.items() if one.name == "袋")
    assert done.warnings == barcode_warnings(bag) != (), "its check digit is wrong"
    assert shop.catalogue.of_barcode("C1") == replace(tea, price=Money(40, "TWD"), barcodes=("C1",))
    assert shop.catalogue.of_barcode("T1") == replace(cake, name="蛋糕", price=Money(50, "TWD"), barcodes=("T1",))
    shop.catalogue.import_csv("name,price\n袋,5\n".encode(), MAY)
    assert len(shop.catalogue.items()) == 3


def test_each_fault_names_its_line_its_column_and_the_rule(shop: Shop) -> None:
    shop.catalogue.add(item("茶", barcodes=("T1",)), MAY)
    rows = ("a,x,,,,,,", "b,5,2,pink,,,,", "c,5,,,gold,,,", "d,5,,,,x,,", "e,5,,,,,maybe,", "f,5,,,,,,12",
            "g,5,4.71E+12,,,,,", "a,5,,,,,,,more", "h,5,,,,,,", "h,5,,,,,,")  # fmt: skip
    found = shop.faults("\n".join(["name,price,barcodes,tax,colour,place,active,id", *rows, ""]))
    assert [one.split(":")[0] for one in found] == [
        "Line 2, price", "Line 3, tax", "Line 4, colour", "Line 5, place", "Line 6, active", "Line 7, id",
        "Line 8, barcodes", "Line 9, name",
    ]  # fmt: skip
    assert shop.faults("name,price,barcodes\nb,5,T1\n") == ["Line 2, barcodes: 茶 has the barcode T1 already."]
    known = shop.catalogue.items()[0].id
    assert shop.faults(f"name,price,id\nb,5,{known}\nc,5,{known}\n") == ["Line 3, name: Line 2 has the same item."]


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "must name the columns"), (b"name\nx\n", "not price"), (b"name,price,colour,colour\n", "not colour"),
     (b"name,price,what\n", "not what"), ("name,price\n茶,5\n".encode("big5"), "not UTF-8"),
     (b'name,price\n"x,5\n', "Line 2 is not CSV"), (b"x" * (LARGEST + 1), "too large")],
)  # fmt: skip
def test_a_file_that_is_no_catalogue_is_refused(shop: Shop, data: bytes, said: str) -> None:
    with pytest.raises(WrongRows, match="Nothing was imported") as refused:
        shop.catalogue.import_csv(data, MAY)
    assert said in refused.value.faults[0].spoken()
    assert as_csv(()) == shop.catalogue.export_csv()


def test_a_file_is_written_and_read_and_one_that_cannot_be_is_named(shop: Shop, tmp_path: Path) -> None:
    shop.catalogue.add(item("茶"), MAY)
    path = shop.catalogue.export_file(tmp_path / "items.csv")
    assert shop.catalogue.import_file(path, MAY).unchanged == 1
    for call in (lambda: shop.catalogue.export_file(tmp_path), lambda: shop.catalogue.import_file(tmp_path, MAY)):
        with pytest.raises(InputError, match=tmp_path.name) as refused:
            call()
        assert refused.value.field == "file"
