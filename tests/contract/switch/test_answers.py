"""Every answer, header by header: what Asterisk says to each action, right or wrong, the fake says too."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence

import pytest

from ami.address import NodeAddress
from ami.fake import FakeAsterisk, ManagerUser, run
from ami.wire import Decoder, Message, encode_action
from dialer.lab.lab import Lab
from tests.lab.patience import until

Headers = tuple[tuple[str, str], ...]

_PATIENCE_S = 60.0
# Of the machine, the build or the moment.
_MASKED = re.compile(
    r"(Timestamp|Challenge|Core\w+(Date|Time)|CoreProcessedCalls|AsteriskVersion|SystemName|CoreCDRenabled|Uptime"
    r"|LastReload|CoreMaxFilehandles)"
)


def ask(name: str, *headers: tuple[str, str]) -> Headers:
    return (("Action", name), *headers)


ORIGINATE = (
    ("Channel", "PJSIP/447000000000@carrier"),
    ("Context", "dialer-call"),
    ("Exten", "s"),
    ("Priority", "1"),
)
NOBODY = ("Channel", "c-nobody")

WRONG: tuple[Headers, ...] = (
    ask("NoSuchAction"),
    ask(""),
    ask("Command", ("Command", "core show version")),
    ask("Challenge", ("AuthType", "SHA1")),
    ask("Bridge"),
    ask("Bridge", ("Channel1", "c-nobody"), ("Channel2", "s-nobody")),
    ask("Hangup"),
    ask("Hangup", NOBODY),
    ask("Hangup", NOBODY, ("Cause", "16")),
    ask("Setvar", NOBODY),
    ask("Setvar", NOBODY, ("Variable", "X"), ("Value", "1")),
    ask("Getvar", NOBODY),
    ask("Getvar", NOBODY, ("Variable", "X")),
    ask("Redirect"),
    ask("Redirect", NOBODY, ("Context", "dialer-rescue"), ("Exten", "s"), ("Priority", "1")),
    ask("MixMonitor"),
    ask("MixMonitor", NOBODY, ("File", "/tmp/x.wav")),
    ask("StopMixMonitor"),
    ask("StopMixMonitor", NOBODY),
    ask("Status", NOBODY),
    ask("Originate"),
    ask("Originate", ("Channel", "carrier")),
    ask("Originate", *ORIGINATE, ("Timeout", "soon"), ("Async", "true")),
    ask(
        "Originate",
        ORIGINATE[0],
        ("Context", "dialer-call"),
        ("Exten", "zz"),
        ("Priority", "1"),
        ("Async", "true"),
    ),
    ask(
        "Originate",
        ORIGINATE[0],
        ("Context", "dialer-none"),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Async", "true"),
    ),
    ask("DBGet", ("Family", "dialer/none"), ("Key", "k")),
    ask("DBDel", ("Family", "dialer/none"), ("Key", "k")),
    ask("DBDel", ("Key", "k")),
    ask("DBDel", ("Family", "dialer/none")),
    ask("DBDelTree", ("Family", "dialer/none")),
    ask("ModuleCheck", ("Module", "app_none")),
    ask("ShowDialPlan", ("Context", "dialer-none")),
)
RIGHT: tuple[Headers, ...] = (
    ask("Ping"),
    ask("Challenge", ("AuthType", "MD5")),
    ask("CoreStatus"),
    ask("CoreSettings"),
    ask("Events", ("EventMask", "off")),
    ask("Events", ("EventMask", "system,call,user")),
    ask("Events", ("EventMask", "on")),
    ask("ModuleCheck", ("Module", "app_bridgewait")),
    ask("Getvar", ("Variable", "DIALER_DIALPLAN")),
    ask("Getvar", ("Variable", "DIALER_NONE")),
    ask("Setvar", ("Variable", "DIALER_TWIN"), ("Value", "1")),
    ask("Getvar", ("Variable", "DIALER_TWIN")),
    ask("DBPut", ("Family", "dialer/twin"), ("Key", "k"), ("Val", "7")),
    ask("DBGet", ("Family", "dialer/twin"), ("Key", "k")),
    ask("DBGetTree", ("Family", "dialer/twin")),
    ask("DBDel", ("Family", "dialer/twin"), ("Key", "k")),
    ask("DBGetTree", ("Family", "dialer/twin")),
    ask("CoreShowChannels"),
    ask("Status"),
    ask("BridgeList"),
    ask("UserEvent", ("UserEvent", "Twin"), ("Nonce", "1")),
)
ALL = WRONG + RIGHT


async def _answers(node: NodeAddress, requests: Sequence[Headers]) -> list[list[str]]:
    """Logs in by MD5, asks one thing after the other, and returns each answer as masked lines."""
    reader, writer = await asyncio.open_connection(node.host, node.port)
    decoder = Decoder()
    waiting: list[Message] = []

    async def until(echo: str) -> list[Message]:
        taken: list[Message] = []
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                while waiting:
                    message = waiting.pop(0)
                    if message.action_id == echo:
                        taken.append(message)
                        kind = message.get("EventList")
                        if kind == "Complete" or (message.response and not kind):
                            return taken
                data = await reader.read(65536)
                if not data:
                    raise ConnectionError("closed")
                waiting.extend(decoder.feed(data))

    try:
        return await _dialogue(writer, until, node, requests)
    finally:
        writer.close()
        await writer.wait_closed()


async def _dialogue(
    writer: asyncio.StreamWriter,
    until: Callable[[str], Awaitable[list[Message]]],
    node: NodeAddress,
    requests: Sequence[Headers],
) -> list[list[str]]:
    writer.write(encode_action(ask("Challenge", ("AuthType", "MD5"), ("ActionID", "0"))))
    challenge = (await until("0"))[0].get("Challenge")
    key = hashlib.md5((challenge + node.secret).encode()).hexdigest()
    login = ask("Login", ("AuthType", "MD5"), ("Username", node.username), ("Key", key), ("ActionID", "1"))
    writer.write(encode_action(login))
    answers = [_lines(await until("1"))]
    for number, headers in enumerate(requests, start=2):
        writer.write(encode_action((*headers, ("ActionID", str(number)))))
        answers.append(_lines(await until(str(number))))
    return answers


def _lines(messages: list[Message]) -> list[str]:
    return [
        f"{name}: {'*' if _MASKED.fullmatch(name) else value}"
        for message in messages
        for name, value in message.headers
        if message.event != "UserEvent" and name
    ]


@pytest.fixture(scope="session")
def real_answers(lab: Lab) -> list[list[str]]:
    node = lab.node
    address = NodeAddress("lab", node.host, node.port, node.username, node.secret)

    async def main() -> list[list[str]]:
        await lab.pbx.cli(
            "channel request hangup all"
        )  # lists are empty only where no other test's call is left
        await until(lambda: _quiet(lab))
        return await _answers(address, ALL)

    return asyncio.run(main())


async def _quiet(lab: Lab) -> bool:
    return not await lab.pbx.channels()


@pytest.fixture(scope="module")
def fake_answers() -> list[list[str]]:
    async def main() -> list[list[str]]:
        async with FakeAsterisk() as asterisk:
            return await _answers(asterisk.node, ALL)

    return run(main())


@pytest.mark.asterisk
@pytest.mark.parametrize("number", range(len(ALL) + 1))
def test_both_answer_the_same(
    number: int, fake_answers: list[list[str]], real_answers: list[list[str]]
) -> None:
    request = ALL[number - 1] if number else ask("Login")
    assert fake_answers[number] == real_answers[number], request


def test_a_wrong_secret_is_refused_and_the_line_closed() -> None:
    async def main() -> None:
        async with FakeAsterisk(users=(ManagerUser(secret="right"),)) as asterisk:
            node = asterisk.node
            wrong = NodeAddress("x", node.host, node.port, node.username, "wrong")
            with pytest.raises(ConnectionError):
                await _answers(wrong, [ask("Ping")])

    run(main())
