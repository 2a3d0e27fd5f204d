"""A client for the broker of the configuration."""

from __future__ import annotations

import ssl

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import config

MAX_INCOMING = 1_000
LEAST_PACKET_BYTES = 262_144


def client_of(
    settings: config.Mqtt, identifier: str, will: aiomqtt.Will | None = None, *, timeout_s: float
) -> aiomqtt.Client:
    """A client that is not connected yet. With MQTT 5 the broker is told to send us nothing overlong."""
    v5 = settings.protocol is config.Protocol.V5
    properties = None
    if v5:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = max(LEAST_PACKET_BYTES, 4 * settings.max_request_bytes)
    return aiomqtt.Client(
        settings.host,
        settings.port,
        username=settings.username or None,
        password=None if settings.password is None else settings.password.get_secret_value(),
        identifier=identifier,
        protocol=aiomqtt.ProtocolVersion.V5 if v5 else aiomqtt.ProtocolVersion.V311,
        will=will,
        timeout=timeout_s,
        keepalive=settings.keepalive_s,
        max_queued_incoming_messages=MAX_INCOMING,
        properties=properties,
        tls_context=_tls(settings),
        tls_insecure=True if settings.tls and not settings.tls_verify else None,
    )


def _tls(settings: config.Mqtt) -> ssl.SSLContext | None:
    if not settings.tls:
        return None
    context = ssl.create_default_context(cafile=settings.tls_ca_file)
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
