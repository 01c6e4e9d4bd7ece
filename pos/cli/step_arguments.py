"""The arguments of the verbs that have steps: agreements, split sales, journal, keys, people and shifts."""

from __future__ import annotations

import argparse
from pathlib import Path

from pos.cli.parsing import AS_JSON, Parser, add_invoice_options, add_options, add_reason, add_wait


def agreement(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=Parser)
    for name, text in (
        ("create", "create one; the first charge is paid on its page"),
        ("show", "show one with its charges"),
        ("list", "list all"),
        ("refresh", "check one with the gateway now"),
        ("stop", "stop one: no further charges"),
        ("settle", "settle one in review, or one of its charges"),
    ):
        steps.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    for name in ("show", "refresh", "stop", "settle"):
        steps.choices[name].add_argument("order_no", metavar="NO", help="agreement_no")
    steps.choices["stop"].add_argument("--reason", default="", help="why")
    settle = steps.choices["settle"]
    settle.add_argument("--charge", type=int, metavar="N", help="this charge, not the agreement")
    decision = settle.add_mutually_exclusive_group(required=True)
    decision.add_argument("--accept", action="store_true", help="it goes on (of a charge: the money was received)")
    decision.add_argument("--close", action="store_true", help="nothing more is charged (of a charge: no money came)")
    add_reason(settle)
    create = steps.choices["create"]
    create.add_argument("--amount", required=True, help="of each charge, in the shop's currency")
    create.add_argument("--every", required=True, metavar="1M|30D|1Y", help="the period between two charges")
    create.add_argument("--times", required=True, metavar="N", help="the number of charges, with the first")
    create.add_argument("--item", action="append", default=[], metavar="NAME:PRICE:QTY", help="of each charge")
    create.add_argument("--reference", default="", help="the shop's own, such as a member number")
    add_invoice_options(create)
    add_options(create, "a field of the gateway's order, as the buyer's e-mail; @FILE reads it; repeatable")
    create.add_argument("--even-if-duplicate", action="store_true", help="as for charge")
    add_wait(create)


def sale(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=Parser)
    show = steps.add_parser("show", help="show one with its parts")
    show.add_argument("number", metavar="SALE_ID", help="or the ORDER_NO of a part")
    for one in (show, steps.add_parser("list", help="list those that were paid in part")):
        one.add_argument("--json", action="store_true", help=AS_JSON)


def items(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(dest="step", metavar="import|export|list", required=True, parser_class=Parser)
    read = steps.add_parser("import", help="add and change items by a CSV file: all of them, or none")
    write = steps.add_parser("export", help="write the items into a CSV file")
    for one in (read, write):
        one.add_argument("file", type=Path, metavar="FILE", help="the CSV file with the items")
    for one in (read, write, steps.add_parser("list", help="list the items")):
        one.add_argument("--json", action="store_true", help=AS_JSON)


def journal(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(
        dest="action", metavar="verify|backup|rebuild|restore", parser_class=Parser, required=True
    )
    verify = actions.add_parser("verify", help="verify the chain, the tables and the seals; name what differs")
    verify.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a backup, instead of the journal")
    verify.add_argument("--against", metavar="HASH", help="a hash on paper, or its beginning; the journal must have it")
    backup = actions.add_parser("backup", help="make a verified copy; works beside an open window")
    backup.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    rebuild = actions.add_parser("rebuild", help="write a new file, with all tables rebuilt from the journal")
    rebuild.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    restore = actions.add_parser("restore", help="replace the journal with a backup, and keep the old journal")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace-newer", action="store_true", help="even if the journal has rows that FILE lacks")
    for action in (verify, backup, rebuild, restore):
        action.add_argument("--json", action="store_true", help=AS_JSON)


def settings(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=Parser)
    for name, text in (
        ("get", "show one setting, or all of them"),
        ("set", "change one in the settings file; comments and other settings stay"),
        ("check", "try every gateway, the printer and the folders"),
    ):
        steps.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    steps.choices["get"].add_argument("key", metavar="KEY", nargs="?", help="as shop.name or gateways.opay.merchant_id")
    steps.choices["set"].add_argument("key", metavar="KEY", help="as shop.name or gateways.opay.merchant_id")
    steps.choices["set"].add_argument("value", metavar="VALUE", help="a list with commas; empty for the default")


def key(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(
        dest="action", metavar="set|list|forget|bind|approve", parser_class=Parser, required=True
    )
    for name, text in (
        ("set", "store a key: type it twice at a terminal, or pass it on standard input"),
        ("list", "list which keys are needed and where they are stored; never a value"),
        ("forget", "delete a key from the keyring and the file"),
        ("bind", "use the stored keys for the journal in this folder, after the folder was moved"),
        ("approve", "approve the address that the settings give for a gateway"),
    ):
        actions.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    for name in ("set", "forget"):
        actions.choices[name].add_argument("name", metavar="NAME", help="for example opay.hash_key")
    actions.choices["approve"].add_argument("gateway", metavar="GATEWAY", help="for example opay")


def staff(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="what", metavar="WHAT", required=True, parser_class=Parser)
    for name, text in (
        ("add", "add a person"),
        ("list", "list all people"),
        ("change", "change name, role or PIN, deactivate or reactivate"),
        ("recovery-code", "make a new recovery code, which replaces the old one"),
    ):
        actions.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    add, change = actions.choices["add"], actions.choices["change"]
    for one in (add, change):
        one.add_argument("name", metavar="NAME")
        one.add_argument("--role", required=one is add, help="owner, manager or cashier")
    change.add_argument("--rename", metavar="NAME")
    change.add_argument("--pin", action="store_true", help="a new PIN: POS_NEW_PIN, or a prompt")
    activity = change.add_mutually_exclusive_group()
    activity.add_argument("--leaves", action="store_true", help="deactivate the person")
    activity.add_argument("--returns", action="store_true", help="reactivate the person")


def shift(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(dest="step", metavar="STEP", required=True)
    for name, text in (
        ("open", "open a shift with the cash in the drawer"),
        ("status", "show who opened it and when, and the totals to those who may see them"),
        ("close", "close the shift with the counted cash (Z)"),
        ("in", "put cash into the drawer"),
        ("out", "take cash out of the drawer"),
        ("drop", "move cash from the drawer to the safe"),
        ("take-over", "continue what is open under this register's former name"),
    ):
        steps.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    steps.choices["open"].add_argument("--float", required=True, help="in the shop's currency; 0 is allowed")
    steps.choices["take-over"].add_argument("name", metavar="NAME", help="the register's former name")
    steps.choices["close"].add_argument(
        "--counted", required=True, help="all the cash in the drawer, including the float"
    )
    steps.choices["close"].add_argument("--reason", default="", help="why it is over or short")
    for name in ("in", "out", "drop"):
        steps.choices[name].add_argument("--amount", required=True, help="in the shop's currency")
        steps.choices[name].add_argument("--reason", required=True, help="printed on the Z")
