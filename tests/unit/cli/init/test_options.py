"""What `init` makes of the machine it runs on, and how it says what to do next."""

import socket
from pathlib import Path

import pytest

from bridge.cli.init.options import free_listen_address, start_command


@pytest.fixture
def taken():
    """An address at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_an_address_that_is_taken_gives_way_to_another_port_of_the_same_host(taken):
    found = free_listen_address(taken)
    host, _, port = found.rpartition(":")

    assert taken != found
    assert "127.0.0.1" == host
    assert 0 < int(port) - int(taken.rpartition(":")[2]) < 20


def test_no_http_needs_no_port():
    assert "null" == free_listen_address("null")


@pytest.mark.parametrize("listen", ["no.such.host.invalid:8080", "127.0.0.1:65535"])
def test_where_no_port_can_be_tried_the_address_stays(listen):
    assert listen == free_listen_address(listen)


@pytest.mark.parametrize(
    ("output", "said"), [("config.yaml", "config.yaml"), ("my bot.yaml", "'my bot.yaml'"), ("it's", "'it'\"'\"'s'")]
)
def test_the_command_that_starts_it_can_be_pasted(output, said):
    assert f"coze-bridge run --config {said}" == start_command(Path(output))
