"""Which addresses are refused, and TLS over the guarded backend."""

import asyncio
import datetime as dt
import ssl
from dataclasses import replace
from ipaddress import ip_address

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.errors import ForbiddenAddress
from monitor.feeds.addresses import check_address, check_port, is_public, networks
from monitor.feeds.fetch import FailureKind, Fetched, FetchLimits, fetch, open_client, tls_context
from monitor.feeds.network import GuardedBackend, Stream, resolve
from monitor.model import Feed, FeedSpec


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
        "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1",
        "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
    ],
)  # fmt: skip
def test_an_address_of_no_open_network_is_refused(address):
    assert not is_public(ip_address(address))
    with pytest.raises(ForbiddenAddress, match="is not a public address"):
        check_address("feeds.example", address, allowed=())


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "93.184.216.34", "100.63.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.1",
        "2606:2800:220:1::1", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)  # fmt: skip
def test_an_address_of_the_open_internet_is_not(address):
    assert is_public(ip_address(address))
    check_address("feeds.example", address, allowed=())


def test_a_network_can_be_opened_also_for_its_addresses_inside_ipv6():
    allowed = networks(["10.0.0.0/8", "fd00::/8"])

    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1"):
        check_address("wiki", address, allowed=allowed)
    for address in ("192.168.0.1", "fe80::1%eth0"):
        with pytest.raises(ForbiddenAddress):
            check_address("wiki", address, allowed=allowed)


def test_only_ports_where_feeds_are_served_are_asked():
    for port in (80, 443, 1024, 8080, 65535):
        check_port(port)
    for port in (1, 22, 25, 53, 79, 81, 587, 1023):
        with pytest.raises(ForbiddenAddress):
            check_port(port)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_every_way_to_write_an_address_is_seen_through(host):
    answers = asyncio.run(resolve(host, 80))

    assert answers
    assert not any(is_public(ip_address(a)) for a in answers)


# -- TLS


def certificate(tmp_path, name):
    """A certificate that signs itself, made for this test."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - TLS reads the clock too
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def over_tls(pem, url_name, *, trusted):
    """Fetch https://{url_name} from a server on loopback that shows the certificate in `pem`."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<rss>")
        await writer.drain()
        writer.close()

    async def loopback(host, port):
        return ["127.0.0.1"]

    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(pem)
    limits = FetchLimits(connect_s=2, allow_networks=networks(["127.0.0.1/32"]))
    tls = ssl.create_default_context(cafile=pem) if trusted else None
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=shown)
    port = server.sockets[0].getsockname()[1]
    spec = FeedSpec(id="f", url=f"https://{url_name}:{port}/")
    feed = Feed(spec=spec, next_poll_at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    async with (
        server,
        open_client(limits, user_agent="m", contact="", tls=tls, resolver=loopback) as client,
    ):
        return await fetch(client, feed, limits=limits)


def test_tls_checks_the_name_of_the_url_not_the_address(tmp_path):
    pem = certificate(tmp_path, "feeds.example")

    good = asyncio.run(over_tls(pem, "feeds.example", trusted=True))
    other_name = asyncio.run(over_tls(pem, "other.example", trusted=True))
    unknown = asyncio.run(over_tls(pem, "feeds.example", trusted=False))

    assert isinstance(good, Fetched)
    assert good.body == b"<rss>"
    assert (other_name.kind, unknown.kind) == (FailureKind.TLS, FailureKind.TLS)


def test_a_server_that_speaks_no_tls_is_a_tls_failure(server):
    server.says("/", raw=b"HTTP/1.1 400 no\r\n\r\n")

    async def run():
        limits = FetchLimits(connect_s=0.3, allow_networks=networks(["127.0.0.1/32"]))
        spec = FeedSpec(id="f", url=f"https://127.0.0.1:{server.port}/")
        feed = Feed(spec=spec, next_poll_at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
        async with open_client(limits, user_agent="m", contact="") as client:
            return await fetch(client, feed, limits=limits)

    assert asyncio.run(run()).kind in (FailureKind.TLS, FailureKind.TIMEOUT)


def test_a_handshake_that_never_comes_is_a_time_out():
    """The connection stands, and then there is silence."""

    async def run():
        served = []

        async def silence(reader, writer):
            served.append(asyncio.current_task())
            await reader.read()  # until the client goes
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(silence, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        limits = FetchLimits(connect_s=0.1, allow_networks=networks(["127.0.0.1/32"]))
        short = replace(limits, connect_s=9, total_s=0.1)
        spec = FeedSpec(id="f", url=f"https://127.0.0.1:{port}/")
        feed = Feed(spec=spec, next_poll_at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
        results = []
        async with server:
            for each in (limits, short):
                async with open_client(each, user_agent="m", contact="") as client:
                    results.append(await fetch(client, feed, limits=each))
            await asyncio.gather(*served)
        return results

    first, second = asyncio.run(run())

    assert (first.kind, first.reason) == ("timeout", "no TLS handshake within 0.1 s")
    assert (second.kind, second.reason) == ("timeout", "no complete answer within 0.1 s")


def test_a_name_that_takes_too_long_to_resolve_is_a_time_out():
    async def never(host, port):
        await asyncio.Event().wait()

    async def run():
        backend = GuardedBackend(allowed=(), resolver=never)
        with pytest.raises(httpcore.ConnectTimeout, match=r"no connection within 0\.01 s"):
            await backend.connect_tcp("feeds.example", 80, timeout=0.01)
        await backend.sleep(0)

    asyncio.run(run())


class Wire(asyncio.Transport):
    """A transport that only writes down what is asked of it."""

    def __init__(self):
        super().__init__()
        self.asked = []
        self.closing = False

    def is_closing(self):
        return self.closing

    def write(self, data):
        self.asked.append(data)

    def pause_reading(self):
        self.asked.append("pause")

    def resume_reading(self):
        self.asked.append("resume")

    def abort(self):
        self.closing = True


def connected():
    stream, wire = Stream(), Wire()
    stream.connection_made(wire)
    return stream, wire


def test_a_sender_is_held_while_nobody_reads():
    async def run():
        stream, wire = connected()
        for _ in range(6):
            stream.data_received(bytes(100_000))
        held = list(wire.asked)
        while await stream.read(65_536):
            if "resume" in wire.asked:
                break
        return held, wire.asked

    held, asked = asyncio.run(run())

    assert held == ["pause"]
    assert asked == ["pause", "resume"]


def test_a_broken_connection_is_a_read_error_after_what_came_before_it():
    async def run():
        stream, _ = connected()
        stream.data_received(b"half")
        stream.connection_lost(ConnectionResetError("reset by peer"))
        assert await stream.read(9) == b"half"
        assert stream.get_extra_info("is_readable")
        with pytest.raises(httpcore.ReadError, match="reset by peer"):
            await stream.read(9)
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"more")

    asyncio.run(run())


def test_a_writer_waits_for_the_other_side_and_not_for_ever():
    async def run():
        stream, wire = connected()
        stream.pause_writing()
        with pytest.raises(httpcore.WriteTimeout, match=r"nothing was taken for 0\.01 s"):
            await stream.write(b"a", timeout=0.01)
        stream.resume_writing()
        await stream.write(b"b", timeout=0.01)
        return wire.asked

    assert asyncio.run(run()) == [b"a", b"b"]


def test_the_tls_context_is_made_once():
    assert tls_context() is tls_context()
