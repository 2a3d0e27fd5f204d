"""Actions about the session and the switch itself."""

from __future__ import annotations

from datetime import UTC, datetime

from ami.fake import console
from ami.fake.actions import REGISTRY, action
from ami.fake.desk import Desk
from ami.fake.faults import MODULE_ACTIONS
from ami.fake.replies import ack, action_id, error, event_list, say
from ami.fake.session import AMI_VERSION
from ami.wire import Message


@action("Login")
def login(desk: Desk, message: Message) -> None:
    """By secret, or by the key of a challenge."""
    session, server = desk.session, desk.server
    user = server.users.get(message.get("Username"))
    if user is None or server.faults.refuse_login or not session.proves(user, message):
        error(desk, message, "Authentication failed")
        server.dismiss(session)
        return
    session.user = user
    events = message.get("Events")
    if events:
        _mask(desk, events)
    server.rights_changed()
    ack(desk, message, "Authentication accepted")
    if session.sees("FullyBooted", "system"):
        machine = desk.machine
        uptime = int(machine.now - machine.started_at)
        say(
            desk,
            f"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: {uptime}\r\nLastReload: {uptime}\r\n"
            f"Status: Fully Booted\r\n",
        )


@action("Challenge")
def challenge(desk: Desk, message: Message) -> None:
    """A number to prove the secret with."""
    if message.get("AuthType").lower() != "md5":
        return error(desk, message, "Must specify AuthType")
    desk.session.challenge = desk.session.challenge or desk.server.new_challenge()
    return ack(desk, message, "", f"Challenge: {desk.session.challenge}\r\n")


@action("Logoff")
def logoff(desk: Desk, message: Message) -> None:
    """Ends the session."""
    say(desk, f"Response: Goodbye\r\n{action_id(message)}Message: Thanks for all the fish.\r\n")
    desk.server.dismiss(desk.session)


@action("Ping")
def ping(desk: Desk, message: Message) -> None:
    """Pong."""
    ack(desk, message, "", f"Ping: Pong\r\nTimestamp: {desk.machine.epoch():.6f}\r\n")


@action("Events")
def events(desk: Desk, message: Message) -> None:
    """Which classes of events this session gets."""
    word = _mask(desk, message.get("EventMask"))
    desk.server.rights_changed()
    ack(desk, message, "", f"Events: {word}\r\n")


@action("ListCommands")
def list_commands(desk: Desk, message: Message) -> None:
    """Every action this user may use."""
    lines = []
    for key, (name, authority, handler) in sorted(REGISTRY.items()):
        if desk.session.may(authority) and not _missing(desk, key):
            summary = (handler.__doc__ or "").strip()
            lines.append(f"{name}: {summary} (Priv: {','.join(sorted(authority)) or '<none>'})\r\n")
    ack(desk, message, "", "".join(lines))


@action("UserEvent", "user")
def user_event(desk: Desk, message: Message) -> None:
    """Sends an event to everybody."""
    ack(desk, message, "Event Sent")
    extra = "".join(
        f"{name}: {value}\r\n"
        for name, value in message.headers
        if name.lower() not in ("action", "userevent")
    )
    desk.machine.tell.event("UserEvent", "user", "", f"UserEvent: {message.get('UserEvent')}\r\n{extra}")


@action("CoreStatus", "system", "reporting")
def core_status(desk: Desk, message: Message) -> None:
    """When the switch started, and how many calls there are."""
    machine = desk.machine
    started = datetime.fromtimestamp(machine.epoch_s + machine.started_at, UTC)
    date, clock = started.strftime("%Y-%m-%d"), started.strftime("%H:%M:%S")
    ack(
        desk,
        message,
        "",
        f"CoreStartupDate: {date}\r\nCoreStartupTime: {clock}\r\n"
        f"CoreReloadDate: {date}\r\nCoreReloadTime: {clock}\r\n"
        f"CoreCurrentCalls: {len(machine.channels)}\r\nCoreProcessedCalls: {machine.calls_seen}\r\n",
    )


@action("CoreSettings", "system", "reporting")
def core_settings(desk: Desk, message: Message) -> None:
    """Versions and limits."""
    ack(
        desk,
        message,
        "",
        f"AMIversion: {AMI_VERSION}\r\nAsteriskVersion: {desk.server.version}\r\nSystemName: \r\n"
        "CoreMaxCalls: 0\r\nCoreMaxLoadAvg: 0.000000\r\nCoreRunUser: \r\nCoreRunGroup: \r\n"
        "CoreMaxFilehandles: 20000\r\nCoreRealTimeEnabled: No\r\nCoreCDRenabled: No\r\n"
        "CoreHTTPenabled: No\r\nSoundsSearchCustomDir: No\r\n",
    )


@action("ModuleCheck", "system")
def module_check(desk: Desk, message: Message) -> None:
    """Whether a module is loaded."""
    if message.get("Module").removesuffix(".so") not in desk.server.modules():
        return error(desk, message, "Module not loaded")
    return ack(desk, message, "", "Version: \r\n")


@action("ShowDialPlan", "config", "reporting")
def show_dialplan(desk: Desk, message: Message) -> None:
    """The extensions of one context or of all."""
    contexts = desk.server.contexts()
    wanted = message.get("Context")
    if wanted and wanted not in contexts:
        return error(desk, message, f"Did not find context {wanted}")
    names = [wanted] if wanted else sorted(contexts)
    head = f"Event: ListDialplan\r\n{action_id(message)}"
    entries = (
        f"{head}Context: {name}\r\nExtension: s\r\nPriority: 1\r\nApplication: NoOp\r\n"
        "Registrar: pbx_config\r\n"
        for name in names
    )
    return event_list(desk, message, "DialPlan list will follow", entries, "ShowDialPlanComplete")


@action("Command", "command")
def command(desk: Desk, message: Message) -> None:
    """The few CLI commands that `console` knows."""
    lines = console.run(desk, message.get("Command"))
    if lines is None:
        text = f"No such command '{message.get('Command')}' (type 'core show help "
        text += f"{message.get('Command')}' for other possible commands)"
        say(
            desk,
            f"Response: Error\r\n{action_id(message)}Message: Command output follows\r\nOutput: {text}\r\n",
        )
        return
    output = "".join(f"Output: {line}\r\n" for line in lines)
    ack(desk, message, "Command output follows", output)


def handle(desk: Desk, message: Message) -> None:
    """Answers one message, whatever it is."""
    name = message.action
    key = name.lower()
    entry = REGISTRY.get(key)
    if any(len(f"{header}: {value}".encode()) > 1022 for header, value in message.headers):
        return error(desk, message, "Failed to parse message: line too long")
    if not name:
        return error(desk, message, "Missing action in request")
    if desk.session.user is None and key not in ("login", "challenge", "logoff"):
        return error(desk, message, "Permission denied")
    if entry is None or _missing(desk, key):
        return error(
            desk,
            message,
            f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands.",
        )
    if not desk.session.may(entry[1]):
        return error(desk, message, "Permission denied")
    return entry[2](desk, message)


def _missing(desk: Desk, key: str) -> bool:
    return MODULE_ACTIONS.get(key, "") in desk.server.faults.missing_modules


def _mask(desk: Desk, text: str) -> str:
    low = text.lower()
    if low in ("", "on", "all", "yes", "true", "1"):
        desk.session.mask = None
        return "On"
    if low in ("off", "none", "no", "false", "0"):
        desk.session.mask = frozenset()
        return "Off"
    desk.session.mask = frozenset(part.strip() for part in low.split(","))
    return "On"
