"""Sending what other systems are to be told, one message at a time and outside any transaction.

A message is taken, sent, and what came of it written down; who falls over in between leaves it to
be sent again. It will not follow redirects, nor speak to addresses inside unless that is allowed.
"""

import json
import socket
import ssl
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from threading import Event, Timer
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.orm import Session, sessionmaker

from webapp import logs
from webapp.settings import private_webhooks
from workflows import webhooks
from workflows.webhooks import Outgoing

Sessions = sessionmaker[Session]
LIMIT = 100
TIMEOUT = 5.0
BUDGET = 5.0
"""Seconds of sending at a time: whoever else waits for the thread is not kept waiting by a slow

receiver. One that has begun is let finish.
"""


class InsideAddress(OSError):
    """The address leads to somewhere inside, where no other system of the municipality is."""


def send_some(
    sessions: Sessions,
    limit: int = LIMIT,
    *,
    private: bool | None = None,
    stop: Event | None = None,
) -> int:
    """Send up to `limit` messages that are due, for about BUDGET seconds; how many arrived."""
    inside = private_webhooks() if private is None else private
    arrived, until = 0, time.monotonic() + BUDGET
    for _ in range(limit):
        if time.monotonic() >= until or (stop is not None and stop.is_set()):
            break
        with sessions.begin() as session:
            taken = webhooks.take_next(session)
        if taken is None:
            break
        delivered, result = _try(taken, private=inside)
        with sessions.begin() as session:
            webhooks.note_result(session, taken, delivered=delivered, result=result)
        arrived += delivered
    return arrived


def _try(taken: Outgoing, *, private: bool) -> tuple[bool, str]:
    """Whether it arrived, and a word for what came of it."""
    try:
        status = _post(taken, private=private)
    except InsideAddress:
        return False, "intern adresse"
    except TimeoutError:
        return False, "tidsavbrudd"
    except ssl.SSLError:
        return False, "sertifikat"
    except (OSError, HTTPException, ValueError):  # UnicodeError too: a name that is none
        return False, "ingen kontakt"
    except Exception as error:
        logs.failure("webhook", error, delivery=str(taken.id))
        return False, "feil"
    return 200 <= status < 300, str(status)


def _post(taken: Outgoing, *, private: bool) -> int:
    """Send it; the status of the answer, whose content is of no interest."""
    parts, body, now = urlsplit(taken.url), json.dumps(taken.payload).encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "rodtrad",
        "Webhook-Id": taken.message_id,
        "Webhook-Timestamp": str(now),
        "Webhook-Signature": taken.signature(now, body),
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with closing(_connected(parts, private=private)) as opened:
        whole = Timer(TIMEOUT, _hang_up, [opened])  # for who answers a byte at a time
        whole.start()
        try:
            connection = HTTPConnection(parts.netloc)
            connection.sock = opened
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        finally:
            whole.cancel()


def _connected(parts: SplitResult, *, private: bool) -> socket.socket:
    """A connection to the very address that was looked at: a name may mean another a moment later.

    Raises InsideAddress.
    """
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    found = [row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and not all(_is_outside(str(address)) for address in found):
        raise InsideAddress
    plain = socket.create_connection((str(found[0]), port), TIMEOUT)
    if not tls:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _is_outside(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_global and not found.is_multicast


def _hang_up(opened: socket.socket) -> None:
    with suppress(OSError):  # it is over already
        opened.shutdown(socket.SHUT_RDWR)
