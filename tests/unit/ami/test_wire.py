"""The codec: every split gives the same messages, and no value ever becomes structure."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami.errors import MessageTooLarge, Unsendable, WireError
from ami.wire import (
    MAX_ACTION_HEADERS,
    MAX_LINE_BYTES,
    Decoder,
    Message,
    encode_action,
    encode_banner,
    encode_message,
)

names = st.text("ABCDEFGHIJabcdefghij0123456789-_()", min_size=1, max_size=20)
values = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
headers = st.lists(st.tuples(names, values), min_size=1, max_size=8)
messages = st.lists(headers, min_size=1, max_size=6)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(n % (len(data) + 1) for n in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def feed(decoder: Decoder, chunks: list[bytes]) -> list[Message]:
    return [message for chunk in chunks for message in decoder.feed(chunk)]


@given(messages, st.lists(st.integers(0, 10**6), max_size=12))
def test_what_is_encoded_is_decoded_however_the_stream_is_split(
    sent: list[list[tuple[str, str]]], cuts: list[int]
) -> None:
    data = encode_banner("12.0.0") + b"".join(encode_message(one) for one in sent)
    decoder = Decoder()
    received = feed(decoder, cut(data, cuts))
    assert [list(one.headers) for one in received] == sent
    assert decoder.banner == "12.0.0"
    assert decoder.pending_bytes == 0


@given(st.binary(max_size=300), st.lists(st.integers(0, 10**6), max_size=8))
def test_any_bytes_at_all_give_the_same_messages_for_every_split(data: bytes, cuts: list[int]) -> None:
    noise = data.replace(b"0", b"\r\n").replace(b"1", b"\r\n\r\n").replace(b"2", b": ")
    whole, split = Decoder(banner=False), Decoder(banner=False)
    assert whole.feed(noise) == feed(split, cut(noise, cuts))
    assert whole.pending_bytes == split.pending_bytes


@given(messages, st.lists(st.integers(0, 10**6), max_size=12))
def test_a_small_limit_is_enforced_for_every_split_or_for_none(
    sent: list[list[tuple[str, str]]], cuts: list[int]
) -> None:
    data = b"".join(encode_message(one) for one in sent)

    def outcome(chunks: list[bytes]) -> object:
        decoder = Decoder(banner=False, max_message_bytes=100)
        try:
            return feed(decoder, chunks)
        except MessageTooLarge:
            return "too large"

    assert outcome([data]) == outcome(cut(data, cuts))


@given(headers)
def test_an_action_arrives_at_the_server_header_by_header(pairs: list[tuple[str, str]]) -> None:
    action = [("Action", "Originate"), *pairs]
    assert [list(m.headers) for m in Decoder(banner=False).feed(encode_action(action))] == [action]


@given(st.text(max_size=40), st.sampled_from("\r\n\0\x0b\x0c\x1b\x7f\x85"), st.text(max_size=40))
def test_a_value_with_a_control_character_is_refused(before: str, control: str, after: str) -> None:
    with pytest.raises(Unsendable) as caught:
        encode_action([("Action", "Originate"), ("Channel", before + control + after)])
    assert "Channel" in str(caught.value)


@given(st.text(max_size=30))
def test_a_header_name_is_never_more_than_a_name(name: str) -> None:
    try:
        data = encode_action([("Action", "Ping"), (name, "x")])
    except Unsendable:
        return
    assert [m.headers for m in Decoder(banner=False).feed(data)] == [(("Action", "Ping"), (name, "x"))]


@pytest.mark.parametrize("value", [None, 5, True, b"x", ["a"]])
def test_a_value_that_is_not_text_is_refused(value: object) -> None:
    with pytest.raises(Unsendable, match="not text"):
        encode_action([("Action", "Ping"), ("X", value)])  # type: ignore[list-item]


def test_a_value_that_is_not_valid_unicode_is_refused() -> None:
    with pytest.raises(Unsendable, match="Unicode"):
        encode_action([("Action", "Ping"), ("X", "\ud800")])


def test_a_refusal_never_repeats_the_value() -> None:
    with pytest.raises(Unsendable) as caught:
        encode_action([("Action", "Login"), ("Secret", "hunter2\n")])
    assert "hunter2" not in str(caught.value)


def test_the_longest_line_asterisk_reads_is_sent_and_one_byte_more_is_refused() -> None:
    fits = "é" * ((MAX_LINE_BYTES - len("X: ")) // 2)
    encode_action([("Action", "Ping"), ("X", fits)])
    with pytest.raises(Unsendable, match="1022"):
        encode_action([("Action", "Ping"), ("X", fits + "éé")])


def test_more_headers_than_asterisk_reads_are_refused() -> None:
    with pytest.raises(Unsendable, match="headers"):
        encode_action([("Action", "Ping"), *[("X", "y")] * MAX_ACTION_HEADERS])


def test_an_action_without_its_name_first_is_refused() -> None:
    for pairs in ([], [("ActionID", "1"), ("Action", "Ping")]):
        with pytest.raises(Unsendable, match="Action"):
            encode_action(pairs)


def test_an_empty_message_is_refused() -> None:
    with pytest.raises(Unsendable):
        encode_message([])


def test_a_character_split_over_two_reads_is_intact() -> None:
    data = encode_message([("Event", "UserEvent"), ("Name", "Zoë Müller")])
    for at in range(len(data)):
        decoder = Decoder(banner=False)
        (message,) = feed(decoder, [data[:at], data[at:]])
        assert message.get("Name") == "Zoë Müller"


def test_bytes_that_are_not_utf8_are_replaced_and_harm_no_neighbour() -> None:
    (message,) = Decoder(banner=False).feed(b"Event: X\r\nName: Zo\xeb\r\nNext: ok\r\n\r\n")
    assert message.get("Name") == "Zo\ufffd"
    assert message.get("Next") == "ok"


def test_headers_are_found_without_regard_to_case_first_value_first() -> None:
    message = Message([("Event", "X"), ("Variable", "a=1"), ("VARIABLE", "b=2")])
    assert message.get("variable") == "a=1"
    assert message.get_all("Variable") == ("a=1", "b=2")
    assert "eVeNt" in message
    assert "Absent" not in message
    assert message.get("Absent", "?") == "?"


def test_originate_response_is_an_event_although_it_has_a_response() -> None:
    message = Message([("Event", "OriginateResponse"), ("Response", "Failure")])
    assert message.is_event
    assert message.response == ""
    assert not message.success


def test_a_response_stays_one_whatever_headers_it_carries() -> None:
    for message in (
        Message([("Response", "Success"), ("Event", "Hangup")]),
        *Decoder(banner=False).feed(b"Response: Success\r\nEvent: Hangup\r\n\r\n"),
    ):
        assert not message.is_event
        assert message.success


def test_an_empty_line_too_many_between_messages_is_skipped() -> None:
    decoder = Decoder(banner=False, wanted=frozenset([b"Hangup"]))
    data = b"Event: Hangup\r\n\r\n\r\nEvent: Hangup\r\n\r\n\r\nEvent: VarSet\r\n\r\n"
    assert [message.is_event for message in decoder.feed(data)] == [True, True]
    assert decoder.skipped == 1


def test_the_output_of_a_command_keeps_its_lines() -> None:
    data = encode_message([("Response", "Success"), ("Output", "a: b"), ("Output", ""), ("Output", "  c")])
    (message,) = Decoder(banner=False).feed(data)
    assert message.output == ("a: b", "", "  c")


def test_a_header_without_a_space_or_value_is_read_and_a_line_without_colon_dropped() -> None:
    (message,) = Decoder(banner=False).feed(b"Event:X\r\nEmpty:\r\nnoise\r\nTo: a:b\r\n\r\n")
    assert message.headers == (("Event", "X"), ("Empty", ""), ("To", "a:b"))


def test_a_lone_line_feed_stays_inside_its_value() -> None:
    (message,) = Decoder(banner=False).feed(b"Event: X\r\nName: a\nAction: Command\r\n\r\n")
    assert [name for name, _ in message.headers] == ["Event", "Name"]


def test_unwanted_events_are_skipped_by_name_unless_they_answer_an_action() -> None:
    decoder = Decoder(banner=False, wanted=frozenset([b"Hangup"]))
    data = b"".join(
        encode_message(pairs)
        for pairs in (
            [("Event", "VarSet"), ("Value", "x")],
            [("Event", "CoreShowChannel"), ("ActionID", "7")],
            [("Event", "HangupRequest")],
            [("Event", "Hangup")],
            [("Response", "Success")],
        )
    )
    assert [m.event or m.response for m in decoder.feed(data)] == ["CoreShowChannel", "Hangup", "Success"]
    assert decoder.skipped == 2


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad\r\n\r\n", b"x" * 300])
def test_another_service_behind_the_port_is_told_at_once(greeting: bytes) -> None:
    with pytest.raises(WireError, match="right port"):
        Decoder().feed(greeting)


def test_a_flood_without_an_end_is_cut_off_before_it_fills_the_memory() -> None:
    decoder = Decoder(banner=False, max_message_bytes=10_000)
    flood = (decoder.feed(b"X: y\r\n" * 10) for _ in range(1000))
    with pytest.raises(MessageTooLarge):
        list(flood)
    assert decoder.pending_bytes < 11_000


def test_the_repr_of_a_message_shows_no_values() -> None:
    assert "+1555" not in repr(Message([("Event", "Hangup"), ("CallerIDNum", "+1555")]))


def test_messages_are_equal_by_their_headers() -> None:
    one, same, other = Message([("A", "1")]), Message([("A", "1")]), Message([("A", "2")])
    assert one == same
    assert len({one, same, other}) == 2


@given(st.lists(st.tuples(st.text("Aaéb: -", max_size=4), st.binary(max_size=12)), max_size=6))
def test_a_header_found_by_search_is_the_header_found_by_reading(lines: list[tuple[str, bytes]]) -> None:
    block = (
        b"\r\n".join(name.encode() + b":" + value.replace(b"\n", b"") for name, value in lines) + b"\r\n\r\n"
    )
    for message in Decoder(banner=False).feed(block):
        read = Message(message.headers)
        for name in ("A", "a", "ab", "AA", "b", "absent", "-", "a a"):
            assert message.get(name, "?") == read.get(name, "?")
            assert message.get_all(name) == read.get_all(name)
            assert (name in message) is (name in read)
