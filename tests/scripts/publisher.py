"""A real server of TIFF files on 127.0.0.1, honest unless told to misbehave."""

import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = ("training.tif", "training_groundtruth.tif", "testing.tif", "testing_groundtruth.tif")
CERTIFICATE = "server.pem"
MODIFIED = "Thu, 30 Mar 2017 12:00:00 GMT"


@dataclass(frozen=True)
class Reply:
    """What goes over the wire: all of it, or so many bytes of the body and then nothing."""

    status: int
    headers: dict[str, str]
    body: bytes
    sent: int | None = None
    stalls: bool = False
    """Instead of ending the connection."""


Misbehaviour = Callable[["Publisher", str, Message], Reply]


@dataclass
class Publisher:
    """The files of one server, what was asked of it, and its next misbehaviours."""

    files: dict[str, bytes]
    validators: tuple[str, ...] = ("ETag", "Last-Modified")
    next: list[Misbehaviour] = field(default_factory=list)
    """One for each of the coming requests."""
    always: Misbehaviour | None = None
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    """File name, Range and If-Range of each request."""
    release: threading.Event = field(default_factory=threading.Event)
    """Ends what stalls."""
    url: str = ""

    def describe(self, name: str) -> dict[str, str]:
        etag = f'"{sha256(self.files[name]).hexdigest()[:16]}"'
        known = {"ETag": etag, "Last-Modified": MODIFIED, "weak": f"W/{etag}"}
        return {"ETag" if v == "weak" else v: known[v] for v in self.validators}

    def honest(self, name: str, headers: Message) -> Reply:
        """As RFC 9110 has it: a range only of the version that If-Range names."""
        if name not in self.files:
            return Reply(404, {}, b"<html>Not found</html>")
        if headers["If-Range"] not in (None, *self.describe(name).values()):
            return self.whole(name)
        return self.ranged(name, headers)

    def ranged(self, name: str, headers: Message) -> Reply:
        """The range that is asked for, whatever If-Range says."""
        content = self.files[name]
        asked = re.fullmatch(r"bytes=(\d+)-", headers.get("Range", ""))
        if asked is None:
            return self.whole(name)
        start, size = int(asked[1]), len(content)
        if start >= size:
            return Reply(416, {"Content-Range": f"bytes */{size}"}, b"")
        span = {"Content-Range": f"bytes {start}-{size - 1}/{size}"}
        return Reply(206, self.describe(name) | span, content[start:])

    def whole(self, name: str) -> Reply:
        return Reply(200, self.describe(name), self.files[name])

    def reply(self, name: str, headers: Message) -> Reply:
        self.asked.append((name, headers["Range"], headers["If-Range"]))
        misbehaviour = self.next.pop(0) if self.next else self.always
        return (
            self.honest(name, headers)
            if misbehaviour is None
            else misbehaviour(self, name, headers)
        )


def cut(publisher: Publisher, name: str, headers: Message) -> Reply:
    """The first half of the reply."""
    reply = publisher.honest(name, headers)
    return replace(reply, sent=len(reply.body) // 2)


def cut_at_once(publisher: Publisher, name: str, headers: Message) -> Reply:
    return replace(publisher.honest(name, headers), sent=2)


def stall(publisher: Publisher, name: str, headers: Message) -> Reply:
    return replace(cut(publisher, name, headers), stalls=True)


def ignore_range(publisher: Publisher, name: str, headers: Message) -> Reply:
    return publisher.whole(name)


def ignore_if_range(publisher: Publisher, name: str, headers: Message) -> Reply:
    return publisher.ranged(name, headers)


def page(publisher: Publisher, name: str, headers: Message) -> Reply:
    """What a portal answers to everything."""
    return Reply(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Log in</title>")


def status(code: int, **headers: str) -> Misbehaviour:
    return lambda *_: Reply(code, headers, b"<html>no</html>")


def announce(change: int, *, ranges: bool = True) -> Misbehaviour:
    """A Content-Length that is off by so many bytes."""

    def misbehave(publisher: Publisher, name: str, headers: Message) -> Reply:
        reply = publisher.honest(name, headers) if ranges else publisher.whole(name)
        if reply.status != 200:
            return reply
        length = {"Content-Length": str(len(reply.body) + change)}
        return replace(reply, headers=reply.headers | length, sent=len(reply.body))

    return misbehave


def unannounced(share: float) -> Misbehaviour:
    """No Content-Length; the body ends with the connection, after that share."""

    def misbehave(publisher: Publisher, name: str, headers: Message) -> Reply:
        reply = publisher.whole(name)
        return replace(reply, headers={"Content-Length": ""}, sent=int(share * len(reply.body)))

    return misbehave


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    publisher: Publisher

    def do_GET(self) -> None:
        reply = self.publisher.reply(self.path.rsplit("/", 1)[-1], self.headers)
        self.send_response(reply.status)
        headers = {"Content-Length": str(len(reply.body)), "Connection": "close"} | reply.headers
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[: reply.sent])
        self.wfile.flush()
        if reply.stalls:
            self.publisher.release.wait(60)
        self.close_connection = True

    def log_message(self, format: str, *_: Any) -> None:
        """Nothing: the tests look at what was asked."""


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that goes away is what some tests are about."""


def volume(seed: int, *, mask: bool = False, **options: Any) -> bytes:
    """A small TIFF stack: noise for an image, or its annotation."""
    stack = np.random.default_rng(seed).integers(0, 256, (7, 128, 128), dtype=np.uint8)
    if mask:
        stack = np.where(stack > 127, np.uint8(255), np.uint8(0))
    stream = BytesIO()
    tifffile.imwrite(stream, stack, photometric="minisblack", **options)
    return stream.getvalue()


@contextmanager
def published(encrypted_in: Path | None = None) -> Iterator[Publisher]:
    """Serve four different stacks until the end of the block.

    Args:
        encrypted_in: directory for the certificate of a server that speaks https.
    """
    publisher = Publisher(
        {name: volume(seed, mask="groundtruth" in name) for seed, name in enumerate(NAMES)}
    )
    handler = type("PublisherHandler", (Handler,), {"publisher": publisher})
    with QuietServer(("127.0.0.1", 0), handler) as server:
        if encrypted_in is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(write_certificate(encrypted_in))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "http" if encrypted_in is None else "https"
        publisher.url = f"{scheme}://127.0.0.1:{server.server_port}/epfl"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield publisher
        finally:
            publisher.release.set()
            server.shutdown()
            thread.join()


def write_certificate(directory: Path) -> Path:
    """A key and its own certificate of this machine, for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / CERTIFICATE
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
