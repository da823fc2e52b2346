"""A system that is told of events, and what makes us tell it."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from serving.store import Control
from serving.store.messages import Webhook
from serving.store.outbox import Outbox
from serving.store.run import now
from serving.webhooks.courier import deliver

SECRET = b"0123456789abcdef0123456789abcdef"


class Receiver:
    """A system that is told of events: it keeps what came and answers, after a pause (s)."""

    def __init__(self) -> None:
        self.status, self.pause, self.retry_after = 200, 0.0, ""
        self.came = list[tuple[dict[str, str], bytes]]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
                time.sleep(outer.pause)
                self.send_response(outer.status)
                self.send_header("location", "http://169.254.169.254/")
                self.send_header("retry-after", outer.retry_after)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in?x=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def told(home: Path, receiver: Receiver, *events: str) -> None:
    hook = Webhook(f"hook{len(events)}", receiver.url, frozenset(events), SECRET, now())
    with Control(home) as control:
        Outbox(control).add(hook)


def sent(home: Path) -> tuple[int, int]:
    with Control(home) as control:
        return deliver(control)
