"""``ladder serve``: the API and the marketer's desk."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import LadderError
from features.units import count_of
from serving.commands.options import config_option, example
from serving.home import find_home
from serving.tokens import lifetime, mint

if TYPE_CHECKING:
    from serving.web.service import Service


FIRST_TOKEN_LASTS = lifetime("52w")


@example("ladder serve", "ladder serve --host 0.0.0.0 --port 80")
@click.command("serve")
@config_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
def command(config_path: Path, host: str, port: int) -> None:
    """Serve the published scores: the API, and the marketer's desk in a browser.

    Every address with data needs a token. The first start prints one, once; `ladder token create`
    creates more. If clients reach the server by a host name other than localhost, allow that name:
    LADDER_HOSTS=scores.example.com,...
    """
    # Here, so that `ladder --help` does not pay for the web framework.
    from serving.app import create_app
    from serving.web import logs
    from serving.web.server import Server
    from serving.web.service import Service
    from serving.web.settings import Settings

    settings = Settings.read(find_home(config_path))
    with bind(host, port) as listener:
        service = Service(settings)
        logs.begin()
        Server(create_app(service), lambda: announce(service, listener)).run_on(listener)
    click.echo("Stopped.")


def announce(service: Service, listener: socket.socket) -> None:
    """Say what is served and where; on the very first start, print a token, once."""
    run = service.current.run
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    customers = count_of(run.customers, "customer")
    click.echo(
        f"Serving {customers} as of {run.info.as_of} (run {run.run_id}).\n"
        f"API   {address}/v1/   described in {address}/openapi.json\n"
        f"Desk  {address}/"
    )
    token, text = mint("first start", ("score", "lists"), FIRST_TOKEN_LASTS)
    if service.control.add_first_token(token):
        service.reload()
        click.echo(f"Token {text}\n      Keep it: it is shown only now. Scopes: score, lists.")
    click.echo("Ctrl-C stops.")


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address.

    It says that it speaks TCP: asyncio sends small answers at once only on sockets that do, and
    whoever keeps a connection would wait 40 ms for the second half of each.

    Raises
    ------
    LadderError
        If the address is taken or not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _no_address(host, port, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _no_address(host, port, error) from error
    return listener


def _no_address(host: str, port: int, error: OSError) -> LadderError:
    return LadderError(
        "The server needs a free port on an address of this machine.",
        f"{host} port {port} is not: {error.strerror}.",
        "Choose another with --port or --host, or stop the program that listens there.",
    )
