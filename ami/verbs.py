"""The verbs that are one request each, or a few in a row: what a node is asked to do with its channels."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from ami import actions
from ami.actions import Action, Outgoing
from ami.errors import ActionRefused
from ami.wire import Message

FLAG_FAMILY: Final = "dialer"


class Verbs:
    """Asks and waits for the answer; the line is whose `_request` this is."""

    async def _request(self, action: Action) -> Message:
        raise NotImplementedError

    async def _together(self, *wanted: Action) -> None:
        """Ask for all in one breath: nothing that is asked for later comes between."""
        await asyncio.gather(*(self._request(one) for one in wanted))

    async def seat(
        self,
        seat_id: str,
        endpoint: str,
        *,
        agent_exten: str,
        timeout_s: float,
        caller_id: str = "",
        account: str = "",
    ) -> None:
        """Ring an agent's phone; returns when Asterisk has taken the order."""
        await self._request(
            actions.originate_seat(
                seat_id,
                endpoint,
                agent_exten=agent_exten,
                timeout_s=timeout_s,
                caller_id=caller_id,
                account=account,
            )
        )

    async def dial(self, call: Outgoing) -> None:
        """Place a call; returns when Asterisk has taken the order. The outcome comes as events."""
        await self._request(actions.originate_call(call))

    async def park(self, call_id: str) -> None:
        """Put a connected person on hold with music; the agent's seat falls back into its own hold."""
        await self._request(actions.redirect(call_id, actions.PARK_CONTEXT, "s"))

    async def rescue(self, call_id: str) -> None:
        """Put a connected person into the second hold, from which the next free agent or the message follows."""
        await self._request(actions.redirect(call_id, actions.RESCUE_CONTEXT, "s"))

    async def dial_party(
        self,
        party_id: str,
        call_id: str,
        target: str,
        *,
        timeout_s: float,
        caller_id: str = "",
        account: str = "",
    ) -> None:
        """Call a third party for a conversation; the ack only. Answered, it waits for seconds to be joined."""
        await self._request(
            actions.originate_party(
                party_id, call_id, target, timeout_s=timeout_s, caller_id=caller_id, account=account
            )
        )

    async def join(
        self,
        call_id: str,
        seat_id: str,
        other_id: str,
        *,
        other_is_seat: bool = False,
        apart: bool = False,
    ) -> None:
        """Bring a person, an agent and a third (a party, or another agent's seat) into one conversation.

        `apart`: agent and third talk with each other now, and the person is on hold. ActionRefused when one of
        them is gone; the others may have been moved by then.
        """
        seats = (seat_id, other_id) if other_is_seat else (seat_id,)
        for seat in seats:
            await self._request(actions.set_var(seat, actions.WITH_VARIABLE, call_id))
        person, third = (call_id, "person"), (other_id, "seat" if other_is_seat else "party")
        # Who talks with the agent now would be left alone, and hung up, if the agent went first.
        with_agent, alone = (third, person) if apart else (person, third)
        await self._request(actions.redirect_both(seat_id, "seat", *with_agent, actions.THREE_CONTEXT))
        await self._request(actions.redirect(alone[0], actions.THREE_CONTEXT, alone[1]))

    async def take_back(self, seat_id: str) -> None:
        """Send an agent's seat back into its hold, out of whatever conversation it is in."""
        await self._request(actions.redirect(seat_id, actions.SEAT_CONTEXT, "seat"))

    async def hang_up(self, channel_id: str, cause: int = 16) -> None:
        """End a channel; ActionRefused with `gone` when it has ended already."""
        await self._request(actions.hang_up(channel_id, cause))

    async def play(self, seat_id: str, sound: str) -> None:
        """Let a waiting agent hear one sound file of the switch; the seat is away from its hold meanwhile."""
        await self._request(actions.choose_sound(seat_id, sound))
        await self._request(actions.redirect(seat_id, actions.PLAY_CONTEXT, "s"))

    async def redirect(self, channel_id: str, context: str, exten: str, priority: int = 1) -> None:
        """Send a channel to a place in the dialplan."""
        await self._request(actions.redirect(channel_id, context, exten, priority))

    async def set_var(self, channel_id: str, name: str, value: str) -> None:
        """Set a channel variable."""
        await self._request(actions.set_var(channel_id, name, value))

    async def get_var(self, channel_id: str, name: str) -> str:
        """Return a channel variable, empty when unset."""
        return (await self._request(actions.get_var(channel_id, name))).get("Value")

    async def record(self, channel_id: str, path: str) -> None:
        """Record both directions of a channel into an absolute path on the switch; `.raw` keeps them apart.

        The channel then says so itself, as long as it is recorded: `tapes` of the switch.
        """
        await self._together(*actions.record_and_say(channel_id, path))

    async def mute_recording(self, channel_id: str, *, muted: bool) -> None:
        """Let the recording of a channel hear silence, or both directions again."""
        said = actions.set_var(channel_id, actions.MUTED_VARIABLE, "1" if muted else "0")
        await self._together(actions.mute_recording(channel_id, muted=muted), said)

    async def stop_recording(self, channel_id: str) -> None:
        """Close the recording of a channel."""
        said = actions.set_var(channel_id, actions.TAPE_VARIABLE, "")
        await self._together(actions.stop_recording(channel_id), said)

    async def clear_flags(self, keys: Iterable[tuple[str, str]]) -> None:
        """Delete exactly these (family, call id) pairs, once they are committed; a missing one is fine."""
        for family, key in keys:
            try:
                await self._request(actions.delete_key(f"{FLAG_FAMILY}/{family}", key))
            except ActionRefused as error:
                if error.permission:
                    raise

    async def rehearse(self, call_id: str) -> None:
        """Run the dialplan's rehearsal; its steps come as DialerDoctor events of this id."""
        await self._request(actions.rehearse(call_id))

    async def listen(
        self,
        listener_id: str,
        seat_id: str,
        endpoint: str,
        *,
        mode: str,
        timeout_s: float,
        caller_id: str = "",
        account: str = "",
    ) -> None:
        """Ring a supervisor's phone, which hears a seat until either ends; the ack only.

        `mode` is who hears the supervisor: listen (nobody), whisper (the agent), barge (both).
        """
        await self._request(
            actions.originate_listener(
                listener_id,
                seat_id,
                endpoint,
                mode=mode,
                timeout_s=timeout_s,
                caller_id=caller_id,
                account=account,
            )
        )

    async def hear(self, listener_id: str, mode: str, seat_id: str = "") -> None:
        """Let a listening phone go on in another mode, or hear another seat; it does not ring again."""
        mode = actions.checked_mode(mode)
        if seat_id:
            await self._request(actions.set_var(listener_id, actions.HEARS_VARIABLE, seat_id))
        await self._request(actions.redirect(listener_id, actions.LISTEN_CONTEXT, mode))
