"""Regenerate the generated parts of docs/ from the program itself.

A page marks each generated part with ``<!-- generated: NAME -->`` and ``<!-- end -->``; the text around it is written
by hand. ``docs/reference/mypay-fields.md`` is generated as a whole. ``packaging/reference.toml`` describes what the
program declares without a description. A test checks that all pages are up to date.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pos import exits, settings, shop_settings
from pos.cli.arguments import parser
from pos.declared_settings import GATEWAYS_SECTION, SECTIONS, DeclaredSetting, Kind, declared_settings
from pos.domain.agreement import AGREEMENT_TABLE, CHARGE_TABLE
from pos.domain.invoice_order import INVOICE_ORDER_TABLE
from pos.domain.payment import Tender
from pos.domain.refund import REFUND_TABLE
from pos.domain.staff import RIGHTS, Action, Role
from pos.domain.states import TABLE
from pos.domain.tenders import SPECS
from pos.gateways import GATEWAYS
from pos.secrets import environment_name
from tests.gateways import mypay_document

DOCS = ROOT / "docs"
WHOLE = {DOCS / "reference" / "mypay-fields.md": mypay_document.page}
_PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

SETTINGS = declared_settings({name: kind.FACTS for name, kind in GATEWAYS.items()})
"""Every setting by its key."""


def notes() -> dict[str, dict[str, str]]:
    """Return the descriptions of settings, permissions and states, by subject and key."""
    found: dict[str, dict[str, str]] = tomllib.loads((ROOT / "packaging" / "reference.toml").read_text("utf-8"))
    return found


def declared() -> dict[str, set[str]]:
    """Return everything that needs a description, by subject: a test compares it with :func:`notes`."""
    return {"settings": set(SECTIONS), "gateways": set(GATEWAYS), "permissions": {action.value for action in Action}}


# -- the generated parts --------------------------------------------------------------------------------------------


def verbs() -> Iterator[str]:
    """Yield the command line: every verb with its arguments. The page describes ``--json`` once for all."""
    top = parser()
    yield from _arguments(top, "pos")
    chosen = _subcommands(top)
    for name, (verb, text) in sorted(chosen.items()):
        yield from ("", f"### `{name}`", "", f"{_sentence(text)}")
        yield from _arguments(verb, f"pos {name}")
        for step, (inner, words) in _subcommands(verb).items():
            yield from ("", f"#### `{name} {step}`", "", f"{_sentence(words)}")
            yield from _arguments(inner, f"pos {name} {step}")


def _subcommands(verb: argparse.ArgumentParser) -> dict[str, tuple[argparse.ArgumentParser, str]]:
    for action in verb._actions:
        if isinstance(action, argparse._SubParsersAction):
            texts = {one.dest: one.help or "" for one in action._choices_actions}
            return {name: (inner, texts.get(name, "")) for name, inner in action.choices.items()}
    return {}


def _arguments(verb: argparse.ArgumentParser, call: str) -> Iterator[str]:
    steps = _subcommands(verb)
    given = [one for one in verb._actions if not isinstance(one, argparse._HelpAction | argparse._SubParsersAction)]
    given.sort(key=lambda one: (bool(one.option_strings), not one.required, one.dest == "json"))
    last = [("VERB" if call == "pos" else "|".join(steps))] if steps else []
    yield from ("", "```", " ".join([call, *_usages(verb, given), *last]), "```")
    rows = [(f"`{_name(one)}`", _meaning(one)) for one in given if one.dest != "json"]
    if rows:
        yield ""
        yield from _table(("argument", "meaning"), rows)


def _usages(verb: argparse.ArgumentParser, given: list[argparse.Action]) -> Iterator[str]:
    """Yield the arguments as in a usage line; arguments that exclude each other are one part."""
    done: set[str] = set()
    for one in given:
        group = next((found for found in verb._mutually_exclusive_groups if one in found._group_actions), None)
        if one.dest in done:
            continue
        if group is None:
            yield _usage(one)
        else:
            done |= {member.dest for member in group._group_actions}
            names = "|".join(map(_name, group._group_actions))
            yield f"({names})" if group.required else f"[{names}]"


def _name(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    if not action.option_strings:
        return str(value)
    option = action.option_strings[-1]
    return option if action.nargs == 0 else f"{option} {value}"


def _usage(action: argparse.Action) -> str:
    many = "…" if isinstance(action, argparse._AppendAction) else ""
    optional = not action.required if action.option_strings else action.nargs == "?"
    return f"[{_name(action)}]{many}" if optional else f"{_name(action)}{many}"


def _meaning(action: argparse.Action) -> str:
    usual = action.default not in (None, "", [], False, argparse.SUPPRESS, 0.0)
    text = action.help or notes()["arguments"].get(_name(action), "")
    return f"{text} (default: {action.default})" if usual and "without" not in text else text


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def own_settings() -> Iterator[str]:
    """Yield the sections of the settings file, except gateways and tenders."""
    about = notes()["settings"]
    for section in SECTIONS:
        yield from ("", f"### `[{section}]`", "", about[section], "")
        yield from _settings_of(section)


def _settings_of(section: str) -> Iterator[str]:
    """Yield the table of a section's settings."""
    rows = [
        (f"`{one.name}`", _default(one.default), _choices(one), one.help + (" Required." if one.required else ""))
        for one in SETTINGS.values()
        if one.section == section
    ]
    yield from _table(("setting", "default", "values", "meaning"), rows)


def gateway_settings() -> Iterator[str]:
    """Yield the section and the merchant keys of each gateway; a setting without a description has its label."""
    about = notes()["gateways"]
    for name, kind in GATEWAYS.items():
        facts = kind.FACTS
        yield from ("", f"### `[gateways.{name}]`", "", about.get(name, f"{facts.title}."), "")
        yield from _settings_of(f"{GATEWAYS_SECTION}.{name}")
        yield ""
        yield from _table(
            ("merchant key", "length", "needed", "in the environment"),
            [
                (
                    f"`{name}.{one.key}`",
                    " or ".join(map(str, one.lengths)) or "any",
                    "yes" if one.required else "no",
                    f"`{environment_name(name, one.key)}`",
                )
                for one in facts.secrets
            ],
        )


def tenders() -> Iterator[str]:
    """Yield each tender's name, its routes without a setting, and the gateways that offer it with their codes."""
    yield ""
    rows = []
    usual = settings.Settings(Path(shop_settings.FILE_NAME)).tenders
    for tender in Tender:
        able = [name for name, kind in GATEWAYS.items() if tender in kind.FACTS.tenders]
        if able:
            offered = ", ".join(_offered(name, tender) for name in able)
            rows.append((f"`{tender.value}`", SPECS[tender].titles.full, _codes(usual.get(tender.value, ())), offered))
    yield from _table(("tender", "name", "routes without a setting, in order", "gateways that offer it"), rows)
    yield ""
    yield "\\* The code is from the gateway's public documents, not from the document that the shop's contract names."


def _offered(name: str, tender: Tender) -> str:
    """Return a gateway with its code for a tender, marked if only public documents have the code."""
    facts = GATEWAYS[name].FACTS
    code, mark = facts.tenders[tender], " \\*" if tender in facts.public_tenders else ""
    return f"`{name}`" + (f" ({code}{mark})" if code else mark)


def _default(value: object) -> str:
    if value in ("", None):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _choices(one: DeclaredSetting) -> str:
    """Return the allowed values; a switch shows its values by its default."""
    if one.high:
        return f"{one.low} to {one.high}"
    return "–" if one.kind is Kind.SWITCH else _codes(one.choices)


def _codes(values: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "–"


def statuses() -> Iterator[str]:
    """Yield the exit statuses."""
    yield ""
    rows = re.findall(r"^(\d)\s{2,}(.+)$", exits.__doc__ or "", re.MULTILINE)
    yield from _table(("status", "meaning"), [(f"`{status}`", text) for status, text in rows])


def error_codes() -> Iterator[str]:
    """Yield the codes of errors in JSON with their exit statuses."""
    yield ""
    rows = [(f"`{code}`", f"`{status}`") for _kind, code, status in exits.ERRORS]
    yield from _table(("code", "exit status"), [*rows, (f"`{exits.INTERRUPTED}`", f"`{exits.FAULT}`")])


def permissions() -> Iterator[str]:
    """Yield each permission and the roles that have it."""
    about = notes()["permissions"]
    yield ""
    rows = [
        (f"`{action.value}`", about[action.value], *("✓" if action in RIGHTS[role] else "–" for role in Role))
        for action in Action
    ]
    yield from _table(("permission", "allows", *(role.value for role in Role)), rows)


def attempt_states() -> Iterator[str]:
    """Yield the state table of an attempt."""
    yield from _transitions(TABLE)


def refund_states() -> Iterator[str]:
    """Yield the state table of a refund."""
    yield from _transitions(REFUND_TABLE)


def agreement_states() -> Iterator[str]:
    """Yield the state table of an agreement."""
    yield from _transitions(AGREEMENT_TABLE)


def invoice_order_states() -> Iterator[str]:
    """Yield the state table of the order that carries the e-invoice of a cash sale."""
    yield from _transitions(INVOICE_ORDER_TABLE)


def agreement_charge_states() -> Iterator[str]:
    """Yield the state table of a charge of an agreement."""
    yield from _transitions(CHARGE_TABLE)


def _transitions(table: Any) -> Iterator[str]:
    yield ""
    rows = []
    for state, steps in table.items():
        text = " · ".join(f"`{event.value}` → `{after.value}`" for event, after in steps.items())
        rows.append((f"`{state.value}`", text or "–"))
    yield from _table(("state", "event → next state"), rows)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "verbs": verbs,
    "settings": own_settings,
    "gateways": gateway_settings,
    "tenders": tenders,
    "exit-statuses": statuses,
    "error-codes": error_codes,
    "permissions": permissions,
    "attempt-states": attempt_states,
    "refund-states": refund_states,
    "agreement-states": agreement_states,
    "invoice-order-states": invoice_order_states,
    "agreement-charge-states": agreement_charge_states,
}


def refreshed(text: str) -> str:
    """Return a page with its generated parts updated. Raises KeyError for an unknown part."""
    return _PART.sub(lambda found: f"{found[1]}{chr(10).join(PARTS[found[2]]())}\n\n{found[3]}", text)


def pages() -> dict[Path, str]:
    """Return the pages with generated parts, up to date."""
    made = {
        path: refreshed(path.read_text(encoding="utf-8")) for path in sorted(DOCS.rglob("*.md")) if path not in WHOLE
    }
    return {
        **{path: text for path, text in made.items() if _PART.search(text)},
        **{p: page() for p, page in WHOLE.items()},
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
