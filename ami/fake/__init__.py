"""The embedded Asterisk: a switch as seen through AMI, on a real socket, over virtual time.

`run(main(), speed=None)` runs a coroutine on virtual time; inside, `async with FakeAsterisk(...)` is a switch
with a carrier, customers and agents' phones behind it.
"""

from __future__ import annotations

from ami.fake.behaviour import AgentPhone, Behaviour, Callee, Kind, busy, congested, everybody, invalid
from ami.fake.dialplan import Sounds
from ami.fake.faults import Faults
from ami.fake.records import CarrierCall
from ami.fake.server import FakeAsterisk
from ami.fake.session import ManagerUser
from ami.fake.virtual import VirtualLoop, epoch_time, run

__all__ = [
    "AgentPhone",
    "Behaviour",
    "Callee",
    "CarrierCall",
    "FakeAsterisk",
    "Faults",
    "Kind",
    "ManagerUser",
    "Sounds",
    "VirtualLoop",
    "busy",
    "congested",
    "epoch_time",
    "everybody",
    "invalid",
    "run",
]
