"""The CLI commands a doctor or a curious person sends through Action: Command."""

from __future__ import annotations

from collections.abc import Callable

from ami.fake.desk import Desk


def run(desk: Desk, line: str) -> list[str] | None:
    """The lines the command prints, or None for one that is not known."""
    words = line.split()
    for size in range(len(words), 0, -1):
        command = _COMMANDS.get(" ".join(words[:size]))
        if command is not None:
            return command(desk, words[size:])
    return None


def _version(desk: Desk, _: list[str]) -> list[str]:
    return [f"Asterisk {desk.server.version} built by cadence @ fake on a pure machine"]


def _count(desk: Desk, _: list[str]) -> list[str]:
    machine = desk.machine
    live = len(machine.channels)
    return [f"{live} active channels", f"{live} active calls", f"{machine.calls_seen} calls processed"]


def _uptime(desk: Desk, _: list[str]) -> list[str]:
    seconds = int(desk.machine.now - desk.machine.started_at)
    return [f"System uptime: {seconds} seconds", f"Last reload: {seconds} seconds"]


def _channels(desk: Desk, _: list[str]) -> list[str]:
    rows = [
        f"{channel.name} {channel.context}:{channel.exten} {channel.application}({channel.data})"
        for channel in desk.machine.channels.values()
    ]
    return [*rows, *_count(desk, [])]


def _modules(desk: Desk, words: list[str]) -> list[str]:
    wanted = words[1] if words[:1] == ["like"] and len(words) > 1 else ""
    rows = [f"{name}.so  Running  core" for name in sorted(desk.server.modules()) if wanted in name]
    return [*rows, f"{len(rows)} modules loaded"]


def _dialplan(desk: Desk, words: list[str]) -> list[str]:
    contexts = desk.server.contexts()
    if words and words[0] not in contexts:
        return [f"There is no existence of '{words[0]}' context"]
    return [f"[ Context '{name}' created by 'pbx_config' ]" for name in (words or sorted(contexts))]


def _database(desk: Desk, words: list[str]) -> list[str]:
    rows = [f"{path:<50}: {value}" for path, value in desk.machine.db.tree(*words[:2])]
    return [*rows, f"{len(rows)} results found."]


def _managers(desk: Desk, _: list[str]) -> list[str]:
    rows = [
        "  Username         IP Address       Start       Elapsed     FileDes   HttpCnt   ReadPerms   WritePerms"
    ]
    now = desk.machine.epoch()
    connected = desk.server.connected()
    for session in connected:
        name = session.user.name if session.user is not None else ""
        rows.append(
            f"  {name:<16} {desk.server.host:<16} {int(session.since):<11} {int(now - session.since):<11} "
            f"{session.number:<9} 0         0000000067  0000004675"
        )
    return [*rows, f"{len(connected)} users connected."]


def _kick(desk: Desk, words: list[str]) -> list[str]:
    number = words[0] if words else ""
    if number.isdigit() and desk.server.kick(int(number)):
        return [f"Kicking manager session connected using file descriptor {number}"]
    return [f"No manager session found using file descriptor {number}"]


_COMMANDS: dict[str, Callable[[Desk, list[str]], list[str]]] = {
    "core show version": _version,
    "core show uptime": _uptime,
    "core show uptime seconds": _uptime,
    "core show channels count": _count,
    "core show channels": _channels,
    "module show": _modules,
    "dialplan show": _dialplan,
    "database show": _database,
    "manager show connected": _managers,
    "manager kick session": _kick,
}
