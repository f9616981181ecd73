"""The HTTP client: trust, limits, and one clear error for each way in which a server can fail."""

from __future__ import annotations

import base64
import gzip
import socket
import threading
import traceback
from collections.abc import Iterator

import pytest
import requests.adapters
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.transport.bounds import OVERHEAD
from ansible.module_utils.vpnphone.transport.https import (
    HttpClient,
    Limits,
    Throttled,
    Trust,
    origin,
)

from tests.unit.transport.servers import (
    Served,
    Talk,
    always,
    answer,
    certificate,
    endless,
    listening,
    once,
    request_of,
)

CANARY = "c4nary-s3cret-äß€"
SHORT = Limits(connect=0.3, read=0.3, total=1, size=1000)
PATIENT = Limits(connect=30, read=30, total=60, size=1000)


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Served]:
    folder = tmp_path_factory.mktemp("certs")
    return {
        "self": certificate(folder, "self"),
        "ca": certificate(folder, "ca"),
        "signed": certificate(folder, "signed", signer="ca"),
        "expired": certificate(folder, "expired", start=-30, days=-1),
        "future": certificate(folder, "future", start=5),
        "other-host": certificate(folder, "other-host", host="cucm.example.com"),
        "other-address": certificate(folder, "other-address", host="192.0.2.1"),
    }


def client(trust: Trust | None = None, limits: Limits = PATIENT, advice: dict[str, str] | None = None) -> HttpClient:
    return HttpClient("cucm-1", trust=trust or Trust(), limits=limits, auth=("axl", CANARY), advice=advice)


def failing(
    talk: Talk, limits: Limits = PATIENT, served: Served | None = None, trust: Trust | None = None
) -> VpnPhoneError:
    """The error of one GET; the credentials must be nowhere in it."""
    with listening(talk, served) as port, client(trust or Trust(), limits) as http:
        with pytest.raises(VpnPhoneError) as raised:
            http.get(origin("https" if trust is not None else "http", "127.0.0.1", port) + "/page?x=y")
        told = "".join(traceback.format_exception(raised.value)) + repr(raised.value.as_dict())
        assert CANARY not in told
        assert base64.b64encode(f"axl:{CANARY}".encode()).decode() not in told
        assert raised.value.where == "cucm-1"
        assert raised.value.todo
        assert raised.value.__cause__ is None
        return raised.value


# --- answers --------------------------------------------------------------------------------------------------------


def test_an_answer_comes_whole_and_the_connection_is_kept() -> None:
    seen: list[bytes] = []
    connections: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        while request := request_of(connection):
            seen.append(request)
            connection.sendall(answer(b"hello", "200 OK", "X-Thing: 1"))

    with listening(talk) as port, client() as http:
        base = origin("http", "127.0.0.1", port)
        reply = http.request("POST", f"{base}/axl/", body=b"<x/>", headers={"SOAPAction": '"CUCM:DB ver=14.0 x"'})
        again = http.get(f"{base}/other", accept={200, 404})
    assert (reply.status, reply.body, reply.headers["x-thing"]) == (200, b"hello", "1")
    assert again.body == b"hello"
    assert len(connections) == 1
    assert seen[0].startswith(b"POST /axl/ HTTP/1.1\r\n")
    assert seen[0].endswith(b"\r\n\r\n<x/>")
    assert b'SOAPAction: "CUCM:DB ver=14.0 x"' in seen[0]
    assert b"Accept-Encoding: identity" in seen[0]
    assert b"Authorization: Basic " + base64.b64encode(f"axl:{CANARY}".encode()) in seen[0]


def test_a_cookie_goes_back_to_its_own_server_and_path_and_to_no_other() -> None:
    seen: dict[str, bytes] = {}

    def talk(connection: socket.socket) -> None:
        while request := request_of(connection):
            seen[request.split(b" ")[1].decode()] = request
            more = (
                ("Set-Cookie: ONE=first; Path=/axl; HttpOnly", "Set-Cookie: TWO=second") if b"/axl/a" in request else ()
            )
            connection.sendall(answer(b"hello", "200 OK", *more))

    with listening(talk) as port, client() as http, client() as other:
        base = origin("http", "127.0.0.1", port)
        told = http.get(f"{base}/axl/a").headers["set-cookie"]
        for path in ("/axl/b", "/c"):
            http.get(base + path)
        http.get(f"{origin('http', 'localhost', port)}/d")
        other.get(f"{base}/axl/e")
    cookies = {
        path: sorted({line for line in request.split(b"\r\n") if line.startswith(b"Cookie:")})
        for path, request in seen.items()
    }
    assert told == "ONE=first; Path=/axl; HttpOnly, TWO=second"
    assert cookies == {"/axl/a": [], "/axl/b": [b"Cookie: ONE=first; TWO=second"], "/c": [], "/d": [], "/axl/e": []}


def test_a_place_that_a_page_names_is_made_plain() -> None:
    """No blank, no control character, no way up and no fragment goes to the server."""
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        while request := request_of(connection):
            seen.append(request.split(b"\r\n")[0])
            connection.sendall(answer(b"hello"))

    with listening(talk) as port, client() as http:
        base = origin("http", "127.0.0.1", port)
        for path in ("", "?a=b", "/x?adapter=device.y&n=1#end", "/a/../b c|ä\r\nX: 1"):
            http.get(base + path)
    assert seen == [
        b"GET / HTTP/1.1", b"GET /?a=b HTTP/1.1", b"GET /x?adapter=device.y&n=1 HTTP/1.1",
        b"GET /b%20c%7C%C3%A4%0D%0AX:%201 HTTP/1.1",
    ]  # fmt: skip


def test_a_chunked_answer_comes_whole() -> None:
    with listening(
        once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    ) as port:
        assert client().get(origin("http", "127.0.0.1", port)).body == b"abcde"


def test_an_accepted_status_is_an_answer() -> None:
    with listening(always(answer(b"<fault/>", "500 Internal Server Error"))) as port, client() as http:
        assert http.get(origin("http", "127.0.0.1", port), accept={200, 500}).status == 500


def test_the_environment_names_no_proxy_and_no_ca(monkeypatch: pytest.MonkeyPatch, certs: dict[str, Served]) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certs["self"].pem))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certs["self"].pem))
    with listening(always(answer(b"direct"))) as port:
        assert client().get(origin("http", "127.0.0.1", port)).body == b"direct"
    assert failing(always(answer()), served=certs["self"], trust=Trust()).code == "tls_untrusted"


# --- trust ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("served", "ca", "pin"),
    [
        ("self", "self", ""),
        ("signed", "ca", ""),
        ("signed", "signed", ""),  # the server's own certificate in the CA file
        ("self", "", "self"),
        ("expired", "", "expired"),
        ("other-host", "", "other-host"),
        ("other-host", "ca", "other-host"),  # the pin alone counts
    ],
)
def test_a_trusted_server_answers(certs: dict[str, Served], served: str, ca: str, pin: str) -> None:
    trust = Trust(str(certs[ca].pem) if ca else "", certs[pin].sha256 if pin else "")
    with listening(always(answer(b"ok")), certs[served]) as port, client(trust) as http:
        assert http.get(origin("https", "127.0.0.1", port)).body == b"ok"


@pytest.mark.parametrize("spelling", [str.upper, lambda pin: ":".join(pin[i : i + 2] for i in range(0, 64, 2))])
def test_a_pin_as_openssl_prints_it(certs: dict[str, Served], spelling: object) -> None:
    assert callable(spelling)
    trust = Trust(pin=spelling(certs["self"].sha256))
    with listening(always(answer(b"ok")), certs["self"]) as port, client(trust) as http:
        assert http.get(origin("https", "127.0.0.1", port)).body == b"ok"


@pytest.mark.parametrize(
    ("served", "ca", "pin", "code"),
    [
        ("self", "", "", "tls_untrusted"),
        ("signed", "self", "", "tls_untrusted"),
        ("expired", "expired", "", "tls_expired"),
        ("future", "future", "", "tls_expired"),
        ("other-host", "other-host", "", "tls_wrong_host"),
        ("other-address", "other-address", "", "tls_wrong_host"),
        ("self", "self", "ca", "tls_pin_differs"),  # a pin is not widened by a CA file
        ("signed", "ca", "ca", "tls_pin_differs"),  # and not met by an issuer
    ],
)
def test_an_untrusted_server_gets_nothing(certs: dict[str, Served], served: str, ca: str, pin: str, code: str) -> None:
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        asked.append(request_of(connection))
        connection.sendall(answer(b"secret page"))

    trust = Trust(str(certs[ca].pem) if ca else "", certs[pin].sha256 if pin else "")
    error = failing(talk, served=certs[served], trust=trust)
    assert error.code == code
    assert error.unreachable
    assert not [request for request in asked if request]
    if code == "tls_pin_differs":
        assert certs[served].sha256 in error.what


def test_a_ca_file_is_not_widened_by_the_bundle_of_requests(
    monkeypatch: pytest.MonkeyPatch, certs: dict[str, Served]
) -> None:
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(certs["self"].pem))
    error = failing(always(answer()), served=certs["self"], trust=Trust(ca_file=str(certs["ca"].pem)))
    assert error.code == "tls_untrusted"


@pytest.mark.parametrize(
    ("trust", "code"),
    [
        (Trust(ca_file="/nowhere/ca.pem"), "file_missing"),
        (Trust(ca_file=__file__), "ca_file"),
        (Trust(ca_file="/"), "ca_file"),
        (Trust(pin="12:34"), "bad_pin"),
        (Trust(pin="g" * 64), "bad_pin"),
        (Trust(pin="a" * 40), "bad_pin"),
    ],
)
def test_trust_that_cannot_be_used(trust: Trust, code: str) -> None:
    with pytest.raises(BadInput) as raised:
        client(trust)
    assert raised.value.code == code


# --- the network ----------------------------------------------------------------------------------------------------


def test_a_client_without_trust_speaks_no_tls(certs: dict[str, Served]) -> None:
    with (
        listening(once(answer(b"never")), certs["self"]) as port,
        HttpClient("phone-1", trust=None) as plain,
        pytest.raises(VpnPhoneError) as caught,
    ):
        plain.get(f"https://127.0.0.1:{port}/")
    assert caught.value.code == "http_failed"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(VpnPhoneError) as raised:
        client().get(origin("http", "127.0.0.1", port))
    assert raised.value.code == "connection_refused"


@pytest.mark.parametrize("host", ["cucm.invalid", "a" * 64 + ".invalid", "a..b"])
def test_a_name_that_does_not_resolve(host: str) -> None:
    with pytest.raises(VpnPhoneError) as raised:
        client().get(origin("http", host, 8443))
    assert raised.value.code in ("name_unknown", "http_failed")
    assert host[:20] in raised.value.what


def silent(connection: socket.socket) -> None:
    connection.recv(1)
    threading.Event().wait(20)


def test_a_server_that_stalls() -> None:
    assert failing(silent, SHORT).code == "timeout_command"


def test_a_server_that_stalls_in_the_handshake() -> None:
    assert failing(silent, SHORT, trust=Trust()).code == "timeout_connect"


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"], ids=["headers", "body"]
)
def test_a_server_that_trickles(head: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(head)
        for _ in range(400):
            connection.sendall(b"a")
            threading.Event().wait(0.05)

    error = failing(talk, SHORT)
    assert error.code == "timeout_command"
    assert "in time" in error.what


@pytest.mark.parametrize(
    "talk",
    [
        once(answer(b"a" * 1001)),
        once(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", b"a" * 500),
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 500),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"64\r\n" + b"a" * 100 + b"\r\n"),
    ],
    ids=["one-too-many", "announced", "no-length", "chunked"],
)
def test_an_answer_that_is_too_long(talk: Talk) -> None:
    assert failing(talk).code == "answer_too_long"


@pytest.mark.parametrize(
    "talk",
    [
        endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"a" * 5000 + b"\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 5000),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 5000),
        endless(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        endless(b"", b"a" * 5000),
    ],
    ids=["headers", "header", "chunk-size", "continue", "status-line"],
)
def test_everything_around_the_body_is_bounded_too(talk: Talk) -> None:
    assert failing(talk).code in ("answer_too_long", "http_failed")


def test_a_body_of_exactly_the_limit_fits() -> None:
    body = b"a" * 1000
    with listening(always(answer(body))) as port, client() as http:
        assert http.get(origin("http", "127.0.0.1", port)).body == body


def test_the_limit_is_that_of_each_request() -> None:
    body = b"a" * 1000
    with listening(always(answer(body))) as port, client() as http:
        for _ in range(2 * OVERHEAD // 1000):
            assert len(http.get(origin("http", "127.0.0.1", port)).body) == 1000


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"abc"), "answer_truncated"),
        (once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), "answer_truncated"),
        (once(), "session_closed"),
        (once(b"\x15\x03\x01 nonsense\r\n\r\n"), "http_failed"),
        (once(b"SSH-2.0-OpenSSH\r\n"), "http_failed"),
        (once(answer(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip")), "http_failed"),
    ],
    ids=["body", "chunk", "nothing", "garbage", "ssh", "compressed"],
)
def test_an_answer_that_is_none(talk: Talk, code: str) -> None:
    assert failing(talk).code == code


def test_a_tls_server_that_hangs_up(certs: dict[str, Served]) -> None:
    def talk(connection: socket.socket) -> None:
        request_of(connection)
        # Without TLS's own goodbye.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)

    error = failing(talk, served=certs["self"], trust=Trust(pin=certs["self"].sha256))
    assert error.code == "session_closed"


def test_plain_http_where_tls_is_expected() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(10)
        connection.sendall(answer(b"", "400 Bad Request"))

    assert failing(talk, trust=Trust()).code == "tls_failed"


def test_control_characters_of_a_server_reach_no_terminal() -> None:
    error = failing(once(b"\x1b[31mHTTP\x1b]0;title\x07\r\n\r\n"))
    assert error.what.isprintable()


# --- statuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("401 Unauthorized", "http_unauthorized"),
        ("403 Forbidden", "http_forbidden"),
        ("429 Too Many Requests", "throttled"),
        ("503 Service Unavailable", "throttled"),
        ("404 Not Found", "http_failed"),
        ("500 Oops", "http_failed"),
        ("304 Not Modified", "http_redirect"),
    ],
)
def test_a_status_that_was_not_asked_for(status: str, code: str) -> None:
    error = failing(always(answer(b"page", status)))
    assert error.code == code
    assert "page" not in str(error).replace("another page", "")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("Retry-After: 7", 7.0), ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", None), ("Retry-After: 99999", None)],
)
def test_how_long_to_wait(header: str, seconds: float | None) -> None:
    error = failing(always(answer(b"", "503 Busy", header)))
    assert isinstance(error, Throttled)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://evil.example.net/x?token=1", "evil.example.net"),
        ("//evil.example.net/x", "evil.example.net"),
        ("/login", "another page of the same host"),
        ("http://[bad", "another page"),
        ("", "nowhere"),
    ],
)
def test_a_redirect_is_not_followed(location: str, told: str) -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        seen.append(request_of(connection))
        connection.sendall(answer(b"", "302 Found", f"Location: {location}"))
        seen.append(request_of(connection))

    error = failing(talk)
    assert error.code == "http_redirect"
    assert told in error.what
    assert len([request for request in seen if request]) == 1


def test_the_body_of_a_redirect_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpack(*_args: object, **_more: object) -> bytes:
        raise AssertionError("unpacked")

    monkeypatch.setattr("urllib3.response.GzipDecoder.decompress", unpack)
    packed = gzip.compress(b"a" * 100_000)
    error = failing(always(answer(packed, "302 Found", "Location: /x", "Content-Encoding: gzip")))
    assert error.code == "http_redirect"


def test_advice_of_the_caller_comes_first() -> None:
    http = client(advice={"http_forbidden": "Do this."})
    with listening(always(answer(b"", "403 Forbidden"))) as port, pytest.raises(VpnPhoneError) as raised:
        http.get(origin("http", "127.0.0.1", port))
    assert raised.value.todo == "Do this."


# --- threads --------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_servers() -> Iterator[tuple[int, int]]:
    with listening(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 500)) as bad, listening(always(answer(b"good"))) as good:
        yield bad, good


def test_limits_belong_to_the_thread(two_servers: tuple[int, int]) -> None:
    bad, good = two_servers
    results: list[str] = []

    def run(port: int) -> None:
        try:
            results.append(client().get(origin("http", "127.0.0.1", port)).body.decode())
        except VpnPhoneError as error:
            results.append(error.code)

    threads = [threading.Thread(target=run, args=(port,)) for port in (bad, good) * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["answer_too_long"] * 5 + ["good"] * 5
