"""How Asterisk 22 names the end of a call: SIP final response -> hang-up cause and dial status."""

from __future__ import annotations

NORMAL = 16
NO_ANSWER = 19

CAUSE_TEXT = {
    0: "Unknown",
    1: "Unallocated (unassigned) number",
    3: "No route to destination",
    16: "Normal Clearing",
    17: "User busy",
    18: "No user responding",
    19: "User alerting, no answer",
    20: "Subscriber absent",
    21: "Call Rejected",
    22: "Number changed",
    23: "Redirected to new destination",
    26: "Answered elsewhere",
    27: "Destination out of order",
    28: "Invalid number format",
    29: "Facility rejected",
    34: "Circuit/channel congestion",
    38: "Network out of order",
    58: "Bearer capability not available",
    102: "Recover on timer expiry",
    127: "Interworking, unspecified",
}

# chan_pjsip.c, hangup_sip2cause: what is not named there is "interworking".
_CAUSE_OF_SIP = {
    302: 23,
    401: 21,
    403: 21,
    404: 1,
    408: 18,
    410: 22,
    420: 3,
    480: 19,
    483: 19,
    484: 28,
    485: 1,
    486: 17,
    488: 58,
    500: 38,
    501: 29,
    502: 27,
    503: 34,
    504: 102,
    513: 34,
    580: 34,
    600: 17,
    603: 21,
    604: 1,
    606: 58,
}
_DIAL_STATUS = {17: "BUSY", 34: "CONGESTION", 3: "CHANUNAVAIL", 23: "CANCEL"}


def cause_of_sip(code: int) -> int:
    """The hang-up cause (Q.850) that a final SIP response turns into."""
    return _CAUSE_OF_SIP.get(code, 127)


def dial_status(cause: int) -> str:
    """DialEnd's DialStatus for a call refused with this cause."""
    return _DIAL_STATUS.get(cause, "NOANSWER")


def cause_text(cause: int) -> str:
    """Hangup's Cause-txt."""
    return CAUSE_TEXT.get(cause, "Unknown")
