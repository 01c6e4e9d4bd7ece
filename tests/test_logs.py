"""The log and the crash report: secrets are planted everywhere, then every byte written is searched (S3)."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pos.logs import FILE_NAME, MORE, Masker
from tests.support.hostile import HOSTILE

KEY = "pwFHCqoQZGmho4w6"
AWKWARD = "a+b/c=&\"d'é \\x"
ACCOUNT = "9103522175887271"
CARD = "4311-9522-2222-2222"
PHONE = "0912 345 678"
MARK = "everything before this line was written"

PLANTED = {
    "message": f"log.info('key {KEY} account {ACCOUNT} card {CARD} phone {PHONE}')",
    "arguments": f"log.warning('%s and %r', {KEY!r}, {{'account': {ACCOUNT!r}, 'phone': {PHONE!r}}})",
    "other_logger": f"logging.getLogger('uvicorn.error').error({KEY!r} + ' ' + {ACCOUNT!r})",
    "traceback": f"""
        try:
            raise ValueError({KEY!r} + ' ' + {ACCOUNT!r})
        except ValueError:
            log.exception('asked in vain')
        """,
    "thread": f"""
        import threading
        def work():
            raise ValueError({KEY!r} + ' ' + {ACCOUNT!r})
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        """,
    "task_that_nobody_awaits": f"""
        import asyncio, gc
        async def work():
            raise ValueError({KEY!r} + ' ' + {ACCOUNT!r})
        async def main():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
            del task
            gc.collect()
        asyncio.run(main())
        """,
    "crash": f"raise ValueError({KEY!r} + ' ' + {ACCOUNT!r})",
    "stack_info": f"log.info('{KEY}', stack_info=True)",
    "broken_line": f"log.info('%d', {KEY!r} + ' ' + {ACCOUNT!r})",
}


def run(folder: Path, *steps: str) -> subprocess.CompletedProcess[str]:
    """Run a process that installs the log in ``folder`` and runs ``steps``."""
    head = f"""
        import logging, sys
        from pathlib import Path
        from pos.logs import Masker, install
        log = logging.getLogger('pos.test')
        install(Path({str(folder)!r}), Masker([{KEY!r}, {AWKWARD!r}]))
        """
    code = "\n".join(textwrap.dedent(step) for step in (head, *steps))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("step", PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_secret_is_in_no_written_byte(tmp_path: Path, step: str) -> None:
    done = run(tmp_path, f"log.info({MARK!r})", step)
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir()) + done.stderr.encode()
    assert MARK.encode() in written
    assert len(written.splitlines()) > 1
    for secret in (KEY, ACCOUNT, CARD, PHONE, PHONE.replace(" ", "")):
        assert secret.encode() not in written


def test_a_crash_leaves_its_traceback_in_the_log_and_one_sentence_on_the_console(tmp_path: Path) -> None:
    done = run(tmp_path, "def charge(): raise ValueError('no')", "charge()")
    report = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert done.returncode == 1
    assert "CRITICAL pos: crashed" in report
    assert "in charge" in report
    assert done.stderr == "Counter stopped unexpectedly (ValueError). See the log file.\n"


def test_a_second_folder_takes_the_log_over_from_the_first(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run(first, "log.info('one')", f"install(Path({str(second)!r}), Masker())", "log.info('two')")
    assert [(folder / FILE_NAME).read_text("utf-8").count("pos.test") for folder in (first, second)] == [1, 1]
    assert "two" in (second / FILE_NAME).read_text("utf-8")


def test_an_interrupt_is_no_crash(tmp_path: Path) -> None:
    done = run(tmp_path, "raise KeyboardInterrupt")
    assert done.stderr == ""
    assert not (tmp_path / FILE_NAME).exists()


def test_times_are_written_in_utc(tmp_path: Path) -> None:
    run(tmp_path, "log.info('hello')")
    line = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert line[10] == "T"
    assert line[23:] == "+00:00 INFO pos.test: hello\n"


INJECTED = {
    "message": f"log.info('words %s', {HOSTILE['lines']!r})",
    "message_without_arguments": f"log.info({HOSTILE['terminal']!r} + {HOSTILE['lines']!r})",
    "directions": f"log.info({HOSTILE['directions']!r})",
    "half_a_character": f"log.info({HOSTILE['broken']!r})",
    "exception": f"""
        try:
            raise ValueError({HOSTILE["lines"]!r} + {HOSTILE["terminal"]!r})
        except ValueError:
            log.exception('asked in vain')
        """,
    "crash": f"raise ValueError({HOSTILE['lines']!r} + {HOSTILE['terminal']!r})",
}


@pytest.mark.parametrize("step", INJECTED.values(), ids=INJECTED.keys())
def test_nothing_that_is_logged_passes_for_another_entry_or_controls_a_terminal(tmp_path: Path, step: str) -> None:
    run(tmp_path, step)
    lines = (tmp_path / FILE_NAME).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert all(line.isprintable() for line in lines)
    assert sum(not line.startswith(MORE) for line in lines) == 1
    assert "pos" in lines[0]


def test_a_long_message_and_a_long_traceback_are_shortened_and_stay_readable(tmp_path: Path) -> None:
    run(tmp_path, "def deep(n):\n    if n: deep(n - 1)\n    else: raise KeyError('k' * 60_000)",
        "log.info('x' * 60_000)", "sys.setrecursionlimit(2000)", "deep(900)")  # fmt: skip
    report = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert len(report) < 60_000
    lines = report.splitlines()
    assert lines[0].endswith("x…")
    assert lines[2] == f"{MORE}Traceback (most recent call last):"
    assert lines[-1].startswith(f"{MORE}KeyError: 'kkk")


def test_the_log_turns_over_and_five_old_ones_stay(tmp_path: Path) -> None:
    run(tmp_path, "for _ in range(8_000): log.info('x' * 1000)")
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == [FILE_NAME, *(f"{FILE_NAME}.{number}" for number in range(1, 6))]
    assert all(file.stat().st_size <= 1_000_000 for file in tmp_path.iterdir())


def test_a_log_that_cannot_be_written_does_not_stop_the_program(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    done = run(tmp_path / "file" / "data", f"log.info({KEY!r})", "sys.exit(7)")
    assert done.returncode == 7
    assert done.stderr == "pos: INFO: the log file cannot be written\n"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4311952222222222", "…2222"),
        ("4311 9522 2222 2222", "…2222"),
        ("卡號4311-9522-2222-2222。", "卡號…2222。"),
        ("0912-345-678", "…-678"),
        ("+886912345678", "+…5678"),
        ("１２３４５６７８９０１２", "…９０１２"),
        ("1234567890123456789012345", "…2345"),
        ("account=9103522175887271&x", "account=…7271&x"),
    ],
)
def test_numbers_long_enough_to_be_an_account_a_card_or_a_telephone_keep_four_digits(text: str, masked: str) -> None:
    assert Masker().masked(text) == masked


@pytest.mark.parametrize(
    "text", ["261121ABCDEFGHJKMNPQ", "NT$12,345", "12345675", "2026-11-21T07:09:37.123+00:00", "127.0.0.1:8080"]
)
def test_order_numbers_amounts_and_times_stay_readable(text: str) -> None:
    assert Masker().masked(text) == text


@pytest.mark.parametrize(
    "text", ["a%2Bb%2Fc%3D%26%22d%27%C3%A9%20%5Cx", "a%2Bb%2Fc%3D%26%22d%27%C3%A9+%5Cx", "a+b/c=&\\\"d'\\u00e9 \\\\x"]
)
def test_a_secret_is_known_in_a_form_in_an_address_and_in_json(text: str) -> None:
    assert Masker([AWKWARD]).masked(f"<{text}>") == "<[key]>"


def test_of_two_secrets_the_longer_goes_first() -> None:
    assert Masker(["abcd", "abcdefgh"]).masked("abcdefgh abcd") == "[key] [key]"


def test_what_is_learned_later_is_hidden_from_then_on() -> None:
    masker = Masker()
    masker.learn([KEY, "", "ab"])
    assert masker.masked(f"{KEY} ab") == "[key] ab"
