"""A server of one process for `webapp.bench.api`: the app, or the least that a request can cost.

`python -m webapp.bench.serving app|floor ADDRESS`; it prints the port it listens on when it is
ready. The floor does one small INSERT in a transaction of its own, through the driver alone.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
import psycopg
from sqlalchemy import make_url
from uuid_utils.compat import uuid7
from waitress.server import create_server

from webapp import create_app, logs, memory

THREADS = 4
NO_LIMIT = "1000000 per second"


def _app(url: str) -> Any:
    made = create_app(url)
    made.config["API_RATE"] = NO_LIMIT  # counted as ever, and never reached
    return made


def _floor(url: str) -> Callable[..., Iterable[bytes]]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    mine = threading.local()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(address)
        body = environ["wsgi.input"].read()
        with mine.connection.transaction():
            mine.connection.execute("insert into bench_row values (%s, %s)", (uuid7(), len(body)))
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    return answer


def main(kind: str, url: str) -> None:
    """Serve until the process is ended."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # clients wait now and then
    with Path(os.devnull).open("w") as nowhere:
        logs.configure(nowhere)  # each request is logged, as ever
        _serve({"app": _app, "floor": _floor}[kind](url))


def _serve(made: Any) -> None:
    memory.settle()
    server: Any = create_server(made, host="127.0.0.1", port=0, threads=THREADS)
    click.echo(server.effective_port)
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:3])
