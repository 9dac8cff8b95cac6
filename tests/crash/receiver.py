"""The other system that is told by webhooks: it keeps what it was told, and by which message."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Receiver:
    """A server of its own thread."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        """Message → the task it was about. A message may come more than once."""
        told = self.told

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                told[self.headers["Webhook-Id"]] = body["data"]["task_id"]
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is told."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
