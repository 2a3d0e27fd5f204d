"""Signatures of messages, as the Standard Webhooks specification says (standardwebhooks.com, version 1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key of a secret: base64 after `whsec_` where it stands there, else its own bytes."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def headers(delivery_id: str, at_s: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The three headers of a message; one signature for each secret, so that a secret can be changed."""
    signed = b".".join((delivery_id.encode(), str(at_s).encode(), body))
    signatures = (hmac.digest(key_of(secret), signed, hashlib.sha256) for secret in secrets)
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
