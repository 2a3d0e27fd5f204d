"""The use cases: what an operator, an agent or a program may ask of a running dialer. CLI, web and MQTT call these."""

from __future__ import annotations

from dialer.control.by_hand import ByHand
from dialer.control.errors import ControlError
from dialer.control.moving import Moving
from dialer.control.people import People
from dialer.control.privacy import Privacy
from dialer.control.reporting import Reporting
from dialer.control.skilled import Skilled
from dialer.control.supervising import Supervising
from dialer.control.tuning import Tuning
from dialer.control.users import Users

__all__ = ["Control", "ControlError"]


class Control(Tuning, Moving, People, ByHand, Skilled, Users, Supervising, Reporting, Privacy):
    """What may be asked of a dialer. Every change is in the journal before it is acknowledged."""
