"""The use cases: what an operator, an agent or a program may ask of a running dialer. CLI, web and MQTT call these."""

from __future__ import annotations

from dialer.control.agents import Agents
from dialer.control.campaigns import Campaigns
from dialer.control.dialing import Dialing
from dialer.control.errors import ControlError
from dialer.control.leads import Leads
from dialer.control.system import System
from dialer.control.users import Users

__all__ = ["Control", "ControlError"]


class Control(Campaigns, Agents, Leads, Dialing, System, Users):
    """What may be asked of a dialer. Every change is in the journal before it is acknowledged."""
