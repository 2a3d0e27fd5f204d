"""Signatures as the specification's own library makes them, and delays that grow and end."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from dialer.webhooks import backoff, signing


def test_a_signature_is_that_of_the_published_library() -> None:
    """The specification's example, signed with the package standardwebhooks 1.1.0."""
    made = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_message_is_signed_with_both_keys_while_they_change() -> None:
    both = signing.headers("m", 1, b"{}", ["new key new key new key.", "old key old key old key."])
    each = [
        signing.headers("m", 1, b"{}", [one])["webhook-signature"] for one in ("new key new key new key.",)
    ]
    assert both["webhook-signature"].split(" ")[0] == each[0]
    assert len(both["webhook-signature"].split(" ")) == 2


def test_a_secret_is_bytes_unless_it_says_base64() -> None:
    key = b"\x00\x01 a key of bytes"
    assert signing.key_of("whsec_" + base64.b64encode(key).decode()) == key
    assert signing.key_of("plain words") == b"plain words"
    assert signing.key_of("whsec_not base64!") == b"whsec_not base64!"


@given(st.integers(0, 10_000), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_delays_grow_to_six_hours_and_honour_the_receiver(
    tries: int, jitter: float, wanted: float | None
) -> None:
    delay = backoff.delay_s(tries, jitter, wanted)
    assert 2.5 <= delay <= backoff.LONGEST_S
    assert delay >= min(wanted or 0.0, backoff.LONGEST_S)
    assert delay <= backoff.delay_s(tries + 1, 1.0, wanted)
    assert 0 < backoff.rest_s(tries, jitter) <= backoff.LONGEST_REST_S
