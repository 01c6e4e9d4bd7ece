"""The limits of the page server's connections, over real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pos.server.limits import FEW_DESCRIPTORS, Limits, LogLimit, limits_here, raised_descriptors
from pos.server.serve import PageServer
from tests.support.processes import ROOT, SimulatorProcess
from tests.support.shop import StoppedClock

WHOLE = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: sh"
BODY = b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\nhalf"


async def answer(request: Request) -> PlainTextResponse:
    body = await request.body()
    if body == b"slow":
        await asyncio.sleep(0.5)
    if body == b"never":
        await asyncio.sleep(2)  # after the limit of an answer
    return PlainTextResponse("here")


Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class RunningServer:
    """A page server on a free port, and its clients."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.peers: list[Peer] = []

    async def send(self, *pieces: bytes) -> Peer:
        peer = await asyncio.open_connection("127.0.0.1", self.port)
        self.peers.append(peer)
        for piece in pieces:
            peer[1].write(piece)
            await peer[1].drain()
            await asyncio.sleep(0.05)
        return peer

    async def get(self) -> bytes:
        reader, _ = await self.send(WHOLE)
        return await asyncio.wait_for(reader.readuntil(b"here"), 5)


async def is_closed(peer: Peer, within: float = 5.0) -> bool:
    try:
        return await asyncio.wait_for(peer[0].read(), within) is not None
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@asynccontextmanager
async def served(limits: Limits) -> AsyncIterator[RunningServer]:
    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
    server = PageServer(app, "127.0.0.1", 0, limits)
    made = RunningServer(await server.start())
    try:
        yield made
    finally:
        for _, writer in made.peers:
            writer.close()
        await server.stop()


def test_a_handler_that_never_ends_does_not_keep_the_server_from_stopping() -> None:
    began, forever = asyncio.Event(), asyncio.Event()

    async def hang(request: Request) -> PlainTextResponse:
        began.set()
        await forever.wait()
        return PlainTextResponse("")

    async def work() -> None:
        server = PageServer(Starlette(routes=[Route("/", hang)]), "127.0.0.1", 0)
        shop = RunningServer(await server.start())
        peer = await shop.send(WHOLE)
        await began.wait()
        await asyncio.wait_for(server.stop(), 60)
        peer[1].close()

    run(work())


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(work)


SHORT = Limits(total=20, per_address=20, header=0.4, body=0.4, answer=1.0)


@pytest.mark.parametrize("pieces", [(), (HALF,), (BODY,), (HALF, b"op\r\nX"), (WHOLE, HALF)])
def test_an_incomplete_request_is_closed(pieces: tuple[bytes, ...]) -> None:
    async def work() -> None:
        async with served(SHORT) as shop:
            started = time.monotonic()
            assert await is_closed(await shop.send(*pieces))
            assert time.monotonic() - started > 0.3
            assert b"here" in await shop.get()

    run(work())


def test_a_trickle_of_bytes_does_not_move_the_deadline() -> None:
    async def work() -> None:
        async with served(SHORT) as shop:
            for beginning in (b"GET / HTTP/1.1\r\nX: ", BODY):
                reader, writer = await shop.send(beginning)
                sent = 0
                while not (reader.at_eof() or writer.is_closing() or reader.exception()):
                    writer.write(b"x")
                    sent += 1
                    assert sent < 60, "each of them came within the deadline"
                    await asyncio.sleep(0.05)

    run(work())


def test_an_answer_that_never_comes_is_ended() -> None:
    async def work() -> None:
        async with served(SHORT) as shop:
            slow = await shop.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nslow")
            assert b"here" in await asyncio.wait_for(slow[0].readuntil(b"here"), 5)
            never = await shop.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nnever")
            assert await asyncio.wait_for(never[0].read(), 5) == b""

    run(work())


def test_one_connection_may_send_many_requests() -> None:
    async def work() -> None:
        async with served(SHORT) as shop:
            reader, writer = await shop.send()
            for _ in range(5):
                writer.write(WHOLE)
                assert b"here" in await asyncio.wait_for(reader.readuntil(b"here"), 5)
                await asyncio.sleep(0.2)  # together longer than any deadline
            writer.write(WHOLE * 3)
            for _ in range(3):
                assert b"here" in await asyncio.wait_for(reader.readuntil(b"here"), 5)

    run(work())


@pytest.mark.parametrize("limits", [Limits(total=100, per_address=5), Limits(total=5, per_address=100)])
def test_the_connection_that_waits_longest_is_closed_first(limits: Limits) -> None:
    async def work() -> None:
        async with served(limits) as shop:
            hanging = [await shop.send(HALF) for _ in range(12)]
            assert all([await is_closed(peer, 1) for peer in hanging[:7]])
            assert not any([await is_closed(peer, 0.05) for peer in hanging[8:]])
            assert b"here" in await shop.get()

    run(work())


def test_a_request_in_progress_is_not_closed_for_idle_connections() -> None:
    async def work() -> None:
        async with served(Limits(total=3, per_address=3)) as shop:
            slow = await shop.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nslow")
            for _ in range(6):
                await shop.send(HALF)
            assert b"here" in await asyncio.wait_for(slow[0].readuntil(b"here"), 5)

    run(work())


def test_invalid_requests_are_closed_and_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        async with served(SHORT) as shop:
            for _ in range(50):
                assert await is_closed(await shop.send(b"\x16\x03\x01nonsense\r\n\r\n"))

    with caplog.at_level(logging.INFO):
        run(work())
    invalid = [record for record in caplog.records if "Invalid" in record.getMessage()]
    assert len(invalid) == 1
    assert not logging.getLogger("uvicorn.error").filters


def line(text: object, *values: object) -> logging.LogRecord:
    return logging.LogRecord("n", logging.INFO, "p", 1, text, values, None)


def test_a_log_line_is_written_once_a_minute_with_a_count() -> None:
    from datetime import timedelta

    clock = StoppedClock()
    limit = LogLimit(clock)
    assert limit.filter(line("%s is 100%%", "a"))
    assert not any(limit.filter(line("%s is 100%%", "b")) for _ in range(7))
    assert limit.filter(line("another"))
    assert limit.filter(line(ValueError("x")))
    clock.at += timedelta(seconds=61)
    last = line("%s is 100%%", "c")
    assert limit.filter(last)
    assert last.getMessage() == "c is 100% (7 more since the last line)"
    some = LogLimit(clock, "socket.accept()")
    assert all(some.filter(line("other")) for _ in range(3))
    assert [some.filter(line("socket.accept() failed")) for _ in range(3)] == [True, False, False]


def test_limits_leave_half_of_the_descriptors_to_the_gateways() -> None:
    found = limits_here(Limits(total=10**6, per_address=10**6))
    assert found.per_address == found.total <= raised_descriptors() // 2
    assert limits_here().total <= 128
    assert FEW_DESCRIPTORS >= 2


CHILD = """
import asyncio, json, resource, socket, sys, threading, time
soft, hard = map(int, sys.argv[1:3])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from pathlib import Path
from pos.bootstrap import register_for
from pos.domain.actor import signed_out
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.server.limits import Limits
import pos.server.serve
port = int(sys.argv[3])
register = register_for(sys.argv[4], Path(sys.argv[5]))

async def work():
    await register.host.open()
    print(json.dumps({"ready": resource.getrlimit(resource.RLIMIT_NOFILE)[0]}), flush=True)
    for number in range(5):
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        attempt = await register.services.payments.take(
            signed_out("R1"), Sale(Money(125, "TWD")), Tender.MYPAY, payment_id=f"p{number}"
        )
        print(json.dumps({"state": attempt.state.value}), flush=True)
    await register.host.close()

asyncio.run(work())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of descriptors that could be set")
def test_idle_connections_do_not_block_a_charge(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    simulator = SimulatorProcess(tmp_path)
    settings = simulator.settings()
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'[server]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}"\n')
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, "256", "256", str(port), str(settings), str(tmp_path / "data")],
        cwd=ROOT, env={**simulator.environment(), "PYTHONPATH": str(ROOT)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        hanging = _attacked(child, port)
        assert _all_closed(hanging)
    finally:
        child.kill()
        child.communicate()
        simulator.stop()
    logged = sum(path.read_text(encoding="utf-8").count("\n") for path in (tmp_path / "data").rglob("*.log*"))
    assert logged < 20


def _attacked(child: subprocess.Popen[str], port: int) -> list[object]:
    import socket

    def last_reply() -> dict[str, object]:
        assert child.stdout is not None
        found: dict[str, object] = json.loads(child.stdout.readline())
        return found

    def charged() -> object:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
        return last_reply()["state"]

    assert last_reply() == {"ready": 256}
    assert charged() == "pending"
    hanging: list[object] = []
    for _ in range(250):
        one = socket.create_connection(("127.0.0.1", port), timeout=20)
        hanging.append(one)
        try:
            one.sendall(HALF)
        except OSError:
            continue  # closed for a newer connection
    assert charged() == "pending"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as phone:
        phone.sendall(b"GET /pay/x HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        assert b"404" in phone.recv(200)
    assert charged() == "pending"
    return hanging


def _all_closed(hanging: list[object]) -> bool:
    """Return whether each ends within the deadline of ten seconds."""
    import socket

    ends = time.monotonic() + 20
    for one in hanging:
        assert isinstance(one, socket.socket)
        one.settimeout(max(0.1, ends - time.monotonic()))
        try:
            if one.recv(1):
                return False
        except ConnectionError:
            pass
        except TimeoutError:
            return False
        finally:
            one.close()
    return True
