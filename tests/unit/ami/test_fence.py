"""The fence on the embedded switch: the old leader's sessions end, nobody else's."""

from __future__ import annotations

import asyncio
import time

import pytest

import ami
from ami.fake import FakeAsterisk, ManagerUser

OLD = ManagerUser()
OTHER = ManagerUser("dialer-fence", "other-secret", frozenset(), frozenset({"command"}))


async def _up(switch: ami.Switch) -> None:
    async with asyncio.timeout(120):
        while switch.state is not ami.LinkState.UP:
            await asyncio.sleep(0.01)


async def test_every_session_of_the_old_leader_is_ended_and_no_other() -> None:
    async with FakeAsterisk(users=(OLD, OTHER)) as asterisk:
        told: list[ami.Event] = []
        old = ami.Switch(asterisk.node, told.append, clock=time.monotonic)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(old.run(), name="old leader")
            await _up(old)
            assert await ami.fence(asterisk.node, OTHER.name, OTHER.secret, clock=time.monotonic) == 1
            async with asyncio.timeout(120):
                while not any(isinstance(event, ami.LinkDown) for event in told):
                    await asyncio.sleep(0.01)
            running.cancel()
        assert await ami.fence(asterisk.node, OTHER.name, OTHER.secret, clock=time.monotonic) == 0


async def test_a_fence_that_may_not_command_says_so() -> None:
    weak = ManagerUser("dialer-fence", "other-secret", frozenset(), frozenset())
    async with FakeAsterisk(users=(OLD, weak)) as asterisk:
        with pytest.raises(ami.AmiError):
            await ami.fence(asterisk.node, weak.name, weak.secret, clock=time.monotonic)
