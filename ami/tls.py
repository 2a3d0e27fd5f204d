"""TLS to a manager port: what is trusted, and what a failed handshake means, in words that say what to do."""

from __future__ import annotations

import ipaddress
import ssl
from typing import Final

from ami.address import NodeAddress
from ami.errors import ConnectFailed

# X509_V_ERR_* of OpenSSL (x509_vfy.h).
_NOT_YET, _EXPIRED, _NAME, _ADDRESS = 9, 10, 62, 64
_REMEDY: Final = {
    _NOT_YET: "it is not valid yet; compare the clocks of both machines, or make a new certificate",
    _EXPIRED: "it has expired; renew Asterisk's certificate (tlscertfile in manager.conf), then `manager reload`",
    _NAME: "it is for another name; write in `host` a name that is in the certificate",
    _ADDRESS: "it is for another address; write in `host` a name or address that is in the certificate",
}
_UNKNOWN: Final = (
    "nobody we trust signed it; set tls_ca_file to the authority that signed Asterisk's certificate"
)
_OLD: Final = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS", "HANDSHAKE_FAILURE")


def is_loopback(host: str) -> bool:
    """True for this machine itself, by address or as localhost; a name that only looks so is none."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def context_of(address: NodeAddress) -> ssl.SSLContext | None:
    """What a connection to this address trusts, TLS 1.2 or newer; None for a plain line. Raises ConnectFailed."""
    if not address.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=address.tls_ca_file)
    except OSError as error:
        raise ConnectFailed(f"tls_ca_file {address.tls_ca_file}: {error.strerror or error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not address.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def refusal(error: ssl.SSLError, address: NodeAddress) -> ConnectFailed:
    """Why no TLS line was made, with the remedy. A plain line is never tried in its place."""
    where = f"{address.host}:{address.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        remedy = _REMEDY.get(error.verify_code, _UNKNOWN)
        return ConnectFailed(f"TLS: the certificate of {where} is refused ({error.verify_message}): {remedy}")
    reason = error.reason or "the handshake failed"
    if any(word in reason for word in _OLD):
        remedy = "it offers nothing newer than TLS 1.1, or no common cipher; see tlscipher in manager.conf"
        return ConnectFailed(f"TLS: no common version with {where} ({reason}): {remedy}")
    remedy = "set port to tlsbindaddr of manager.conf (5039 is usual) and see that tlsenable = yes there"
    return ConnectFailed(f"TLS: {where} does not speak it ({reason}): {remedy}")


def no_greeting(address: NodeAddress, timeout_s: float) -> ConnectFailed:
    """A port that takes the connection and stays silent, as a TLS port does to a plain line."""
    if address.tls:
        hint = "see that it is a manager port (tlsbindaddr in manager.conf)"
    else:
        hint = "if the port speaks TLS, set tls: true"
    return ConnectFailed(f"no greeting within {timeout_s:g} s; {hint}")
