"""A table service on this machine, that can be told what to get wrong."""

import contextlib
import json
import math
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SECONDS_A_DEGREE = 20_000.0


def seconds(one, other):
    """The time that the stand-in gives from (longitude, latitude) to another."""
    return round(SECONDS_A_DEGREE * math.dist(one, other), 1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer, and no wait for the first to be confirmed

    def do_GET(self):
        self.server.asked.append(self.path)
        wrong = self.server.faults.pop(0) if self.server.faults else None
        if self.server.always is not None:
            wrong = self.server.always
        if callable(wrong):
            return wrong(self)
        status, body = 200, table(self.path)
        if isinstance(wrong, int):
            status, body = wrong, {"code": "Error", "message": "no"}
        elif wrong is not None:
            body = wrong
        self.answer(status, body)
        return None

    def answer(self, status, body, **headers):
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def table(path):
    parts = urlsplit(path)
    places = [
        tuple(map(float, place.split(",")))
        for place in parts.path.rsplit("/", 1)[1].split(";")
    ]
    asked = {
        name: [int(i) for i in parse_qs(parts.query)[name][0].split(";")]
        for name in ("sources", "destinations")
    }
    rows = [
        [seconds(places[i], places[j]) for j in asked["destinations"]]
        for i in asked["sources"]
    ]
    return {"code": "Ok", "durations": rows}


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Say nothing: clients hang up on faults."""


# Faults.


def hang(handler):
    time.sleep(1.0)
    handler.close_connection = True


def drip(handler):
    """Send a byte now and then, so that no single wait is long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    handler.close_connection = True


def cut_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'{"code": "Ok"')
    handler.close_connection = True


def drop(handler):
    handler.close_connection = True


def redirect(handler):
    handler.answer(302, "", Location="http://example.org/")


def endless(handler):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
    handler.close_connection = True


@contextlib.contextmanager
def serving():
    """Run a stand-in: its ``url``, ``asked`` paths, ``faults`` in turn, ``always``."""
    server = Quiet(("127.0.0.1", 0), Handler)
    server.asked, server.faults, server.always = [], [], None
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
