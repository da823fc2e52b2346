"""A message goes to whoever proves to be the host, and no receiver holds a courier up for long."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from serving.store import Control, RunInfo, publish
from serving.store.messages import Webhook
from serving.store.outbox import Outbox
from serving.webhooks import sending
from serving.webhooks.addresses import Target
from serving.webhooks.courier import deliver
from serving.webhooks.sending import post
from tests.serving.webhooks.receiver import SECRET

Answer = Callable[[socket.socket], None]
DAY = datetime.timedelta(days=1)


@contextmanager
def answering(answer: Answer, certificate: Path | None = None) -> Iterator[int]:
    """Yield the port of a receiver that takes one request and answers as it is told."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            wire = server.accept()[0]
            try:
                if certificate is not None:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(certificate)
                    wire = context.wrap_socket(wire, server_side=True)
                heard = b""
                while not heard.endswith(b"{}"):
                    heard += wire.recv(65536)
                answer(wire)
            except OSError:  # the sender went away
                pass
            finally:
                wire.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def accept(wire: socket.socket) -> None:
    wire.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def hint(wire: socket.socket) -> None:
    wire.sendall(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 2)
    accept(wire)


def drip(wire: socket.socket) -> None:
    for byte in b"HTTP/1.1 204 No Content\r\n\r\n":
        wire.sendall(bytes([byte]))
        time.sleep(0.1)


def certified(folder: Path, name: str, days: int = 1) -> Path:
    """Return a file with a certificate of a name that nobody but ourselves vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The shop's own")])
    until = datetime.datetime.now(datetime.UTC) + days * DAY
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, until - 3 * DAY, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "certificate.pem"
    path.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))
    return path


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_receiver_that_answers_a_byte_at_a_time_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    certificate = certified(tmp_path, "localhost") if encrypted else None
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with answering(drip, certificate) as port, pytest.raises(TimeoutError, match=r"within 0\.5 s"):
        post(Target("localhost", port, "/", encrypted, ("127.0.0.1",)), {}, b"{}")


def test_a_certificate_of_the_shops_own_is_taken_where_the_environment_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certified(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with answering(accept, certificate) as port:
        assert post(Target("localhost", port, "/", True, ("127.0.0.1",)), {}, b"{}").status == 204


def test_what_a_proxy_says_before_the_answer_is_no_answer() -> None:
    with answering(hint) as port:
        assert post(Target("localhost", port, "/", False, ("127.0.0.1",)), {}, b"{}").status == 204


def test_a_date_to_wait_for_is_of_greenwich_where_it_does_not_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As `asctime` wrote dates, without a zone: these are still to be read."""
    later = time.asctime(time.gmtime(time.time() + 600)).encode()

    def put_off(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 503 Busy\r\nretry-after: %b\r\n\r\n" % later)

    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        with answering(put_off) as port:
            answer = post(Target("localhost", port, "/", False, ("127.0.0.1",)), {}, b"{}")
    time.tzset()
    assert answer.wait == pytest.approx(600, abs=10)


def test_the_next_address_of_a_host_is_tried_where_one_takes_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many there are, a receiver has all of its time to answer."""

    def hesitate(wire: socket.socket) -> None:
        time.sleep(0.2)
        accept(wire)

    connect, given = socket.create_connection, list[float]()

    def noted(address: tuple[str, int], timeout: float) -> socket.socket:
        given.append(timeout)
        return connect(address, timeout)

    monkeypatch.setattr(socket, "create_connection", noted)
    monkeypatch.setattr(sending, "SECONDS", 1.0)
    with answering(hesitate) as port:
        addresses = (*["127.0.0.2"] * 9, "127.0.0.1")
        assert post(Target("localhost", port, "/", False, addresses), {}, b"{}").status == 204
    assert sum(given) == pytest.approx(1.0), "and all together as long to take a connection"


@pytest.mark.parametrize(
    ("name", "days", "known", "says"),
    [
        ("localhost", 1, False, "self-signed certificate"),
        ("other.example.com", 1, True, "not valid for 'localhost'"),
        ("localhost", -1, True, "expired"),
    ],
)
def test_what_is_kept_of_a_message_says_why_a_certificate_was_refused(
    home: Path,
    scored: Callable[..., pa.Table],
    run_info: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    days: int,
    known: bool,
    says: str,
) -> None:
    certificate = certified(home, name, days)
    monkeypatch.setenv("LADDER_WEBHOOK_HOSTS", "localhost")
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with answering(accept, certificate) as port, Control(home) as control:
        url = f"https://localhost:{port}/"
        Outbox(control).add(Webhook("h", url, frozenset({"run.published"}), SECRET, 1))
        publish(home, run_info, scored(5))
        assert deliver(control) == (0, 1)
        (row,) = Outbox(control).waiting()
    assert says in row["failure"]
