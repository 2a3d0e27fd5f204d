"""Actions that answer with lists, or read and write AstDB."""

from __future__ import annotations

from collections.abc import Iterator

from ami.fake.actions import action
from ami.fake.channels import Channel
from ami.fake.desk import Desk
from ami.fake.replies import ack, action_id, error, event_list
from ami.wire import Message


@action("CoreShowChannels", "system", "reporting")
def core_show_channels(desk: Desk, message: Message) -> None:
    """Every live channel."""
    head = f"Event: CoreShowChannel\r\n{action_id(message)}"
    machine = desk.machine

    def entries() -> Iterator[str]:
        for channel in machine.channels.values():
            seconds = int(machine.now - channel.created_at)
            clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
            yield (
                f"{head}{channel.headers('', machine.tell.shown)}Application: {channel.application}\r\n"
                f"ApplicationData: {channel.data}\r\nDuration: {clock}\r\nBridgeId: {_bridge_id(channel)}\r\n"
            )

    event_list(desk, message, "Channels will follow", entries(), "CoreShowChannelsComplete")


@action("Status", "system", "call", "reporting")
def status(desk: Desk, message: Message) -> None:
    """One channel or all, with the variables asked for."""
    machine, name = desk.machine, message.get("Channel")
    if name:
        one = machine.find(name)
        if one is None:
            return error(desk, message, "No such channel")
        channels = [one]
    else:
        channels = list(machine.channels.values())
    variables = [part for part in message.get("Variables").split(",") if part]

    def entries() -> Iterator[str]:
        for channel in channels:
            values = "".join(
                f"Variable: {variable}={channel.variables.get(variable, '(null)')}\r\n"
                for variable in variables
            )
            yield (
                f"Event: Status\r\nPrivilege: Call\r\n{channel.headers('', machine.tell.shown)}"
                f"Type: PJSIP\r\nDNID: \r\nEffectiveConnectedLineNum: {channel.caller[0]}\r\n"
                f"EffectiveConnectedLineName: {channel.caller[1]}\r\nTimeToHangup: 0\r\n"
                f"BridgeID: {_bridge_id(channel)}\r\nApplication: {channel.application}\r\n"
                f"Data: {channel.data}\r\nNativeformats: (ulaw)\r\nReadformat: ulaw\r\nReadtrans: \r\n"
                f"Writeformat: ulaw\r\nWritetrans: \r\nCallgroup: 0\r\nPickupgroup: 0\r\n"
                f"Seconds: {int(machine.now - channel.created_at)}\r\n{values}{action_id(message)}"
            )

    return event_list(desk, message, "Channel status will follow", entries(), "StatusComplete", items=True)


@action("BridgeList")
def bridge_list(desk: Desk, message: Message) -> None:
    """Every bridge with somebody in it."""
    bridges = {
        channel.bridge.unique_id: channel.bridge
        for channel in desk.machine.channels.values()
        if channel.bridge is not None
    }
    head = f"Event: BridgeListItem\r\n{action_id(message)}"
    entries = (head + bridge.headers() for bridge in bridges.values())
    event_list(desk, message, "Bridge listing will follow", entries, "BridgeListComplete")


@action("PJSIPShowEndpoint", "system")
def show_endpoint(desk: Desk, message: Message) -> None:
    """One endpoint with its contacts."""
    name = message.get("Endpoint")
    if not name:
        return error(desk, message, "PJSIPShowEndpoint requires an endpoint name")
    if name not in desk.server.endpoints:
        return error(desk, message, f"Unable to retrieve endpoint {name}")
    echo = action_id(message)
    status = desk.server.endpoints[name]
    entries = [
        (
            f"Event: EndpointDetail\r\n{echo}ObjectType: endpoint\r\nObjectName: {name}\r\nAors: {name}\r\n"
            "Context: dialer-inbound\r\nDirectMedia: false\r\nTransport: transport-udp\r\n"
        ),
        (
            f"Event: AorDetail\r\n{echo}ObjectType: aor\r\nObjectName: {name}\r\n"
            f"Contacts: {name}/sip:127.0.0.1:5070\r\nTotalContacts: 1\r\nContactsRegistered: 0\r\n"
            f"EndpointName: {name}\r\n"
        ),
        (
            f"Event: ContactStatusDetail\r\n{echo}AOR: {name}\r\nURI: sip:127.0.0.1:5070\r\nUserAgent: \r\n"
            f"RegExpire: 0\r\nStatus: {status}\r\nRoundtripUsec: N/A\r\nEndpointName: {name}\r\n"
        ),
    ]
    text = "Following are Events for each object associated with the Endpoint"
    return event_list(desk, message, text, entries, "EndpointDetailComplete")


@action("DBGet", "system", "reporting")
def db_get(desk: Desk, message: Message) -> None:
    """One value, as a list of one."""
    family, key = message.get("Family"), message.get("Key")
    if not _named(desk, message, family, key):
        return None
    value = desk.machine.db.get(family, key)
    if value is None:
        return error(desk, message, "Database entry not found")
    entry = f"Event: DBGetResponse\r\nFamily: {family}\r\nKey: {key}\r\nVal: {value}\r\n{action_id(message)}"
    return event_list(desk, message, "Result will follow", [entry], "DBGetComplete")


@action("DBGetTree", "system", "reporting")
def db_get_tree(desk: Desk, message: Message) -> None:
    """All keys below a family."""
    entries = (
        f"Event: DBGetTreeResponse\r\nKey: {path}\r\nVal: {value}\r\n{action_id(message)}"
        for path, value in desk.machine.db.tree(message.get("Family"), message.get("Key"))
    )
    event_list(desk, message, "Result will follow", entries, "DBGetTreeComplete")


@action("DBPut", "system")
def db_put(desk: Desk, message: Message) -> None:
    """Writes one key."""
    family, key = message.get("Family"), message.get("Key")
    if _named(desk, message, family, key):
        desk.machine.db.put(family, key, message.get("Val"))
        ack(desk, message, "Updated database successfully")


@action("DBDel", "system")
def db_del(desk: Desk, message: Message) -> None:
    """Deletes one key."""
    family, key = message.get("Family"), message.get("Key")
    if not _named(desk, message, family, key):
        return
    if desk.machine.db.delete(family, key):
        ack(desk, message, "Key deleted successfully")
    else:
        error(desk, message, "Database entry could not be deleted")


@action("DBDelTree", "system")
def db_del_tree(desk: Desk, message: Message) -> None:
    """Deletes all keys below a family."""
    if not message.get("Family"):
        return error(desk, message, "No family specified.")
    if desk.machine.db.delete_tree(message.get("Family"), message.get("Key")):
        return ack(desk, message, "Key tree deleted successfully")
    return error(desk, message, "Database entry not found")


def _named(desk: Desk, message: Message, family: str, key: str) -> bool:
    if not family:
        error(desk, message, "No family specified.")
    elif not key:
        error(desk, message, "No key specified.")
    return bool(family and key)


def _bridge_id(channel: Channel) -> str:
    return channel.bridge.unique_id if channel.bridge is not None else ""
