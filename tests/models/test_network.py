"""Proxies, certificates and open files, against real sockets."""

import asyncio
import resource
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulate.errors import EndpointError, ModelSpecError
from simulate.models import ChatReply, ChatRequest, ModelSettings, open_model
from simulate.models.network import SPARE_FILES, proxy_of, room_for
from tests.endpoint import Endpoint, Serve
from tests.proxy import Proxy

KEY = "sk-0123456789abcdef"
HI = ChatRequest([{"role": "user", "content": "Hi"}])


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def asked(spec: str, settings: ModelSettings | None = None, **environment: str) -> ChatReply:
    async def ask() -> ChatReply:
        model = open_model(spec, settings=settings or ModelSettings(), environment=environment)
        try:
            return await model.complete(HI)
        finally:
            await model.aclose()

    return asyncio.run(ask())


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for models.example, with its key beside it."""
    made = tmp_path / "certificate.pem"
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    name = ["-subj", "/CN=models.example", "-addext", "subjectAltName=DNS:models.example"]
    files = ["-nodes", "-days", "2", "-keyout", str(tmp_path / "key.pem"), "-out", str(made)]
    subprocess.run([*request, *name, *files], check=True, capture_output=True)
    return made


@pytest.fixture
def secure(certificate: Path) -> Iterator[Endpoint]:
    """Serve an endpoint over TLS."""
    endpoint = Endpoint()
    endpoint.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    endpoint.tls.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with endpoint:
        yield endpoint


def test_a_plain_request_goes_through_the_proxy(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = serve()
    with Proxy(endpoint.port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
        assert asked("m@http://models.example/v1", OPENAI_API_KEY=KEY).text
    [head] = proxy.heads
    assert head.startswith("POST http://models.example/v1/chat/completions HTTP/1.1")
    assert "Proxy-Authorization: Basic bWU6cEBzcw==" in head
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("spec", ["m@{}", "openai:m", "openai:m@{}"])
def test_what_is_meant_for_this_machine_does_not_leave_it_through_a_proxy(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    endpoint = serve()
    with Proxy(endpoint.port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        url = endpoint.url
        assert asked(spec.format(url), OPENAI_API_KEY=KEY, OPENAI_BASE_URL=url).text
    assert not proxy.heads


def test_a_tunnel_through_the_proxy_hides_the_key_from_it(
    secure: Endpoint, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(secure.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
        spec, trust = "m@https://models.example/v1", ModelSettings(ca_bundle=str(certificate))
        assert asked(spec, trust, OPENAI_API_KEY=KEY).text
        assert asked(spec, REQUESTS_CA_BUNDLE=str(certificate)).text
        assert asked(spec, SSL_CERT_FILE=str(certificate)).text
    assert all(head.startswith("CONNECT models.example:443 HTTP/1.1") for head in proxy.heads)
    assert KEY not in "".join(proxy.heads)
    assert secure.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_a_certificate_that_is_not_trusted_is_one_line_that_says_what_to_do(
    secure: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(secure.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(EndpointError, match=r"no trusted certificate.*ca_bundle"):
            asked("m@https://models.example/v1")
    assert len(proxy.heads) == 1


def test_a_proxy_that_wants_a_password_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy(9, answer="407 Proxy Authentication Required") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter2@127.0.0.1:{proxy.port}")
        with pytest.raises(EndpointError, match="the proxy answers HTTP 407") as caught:
            asked("m@https://models.example/v1")
    assert "hunter2" not in str(caught.value)


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:hunter2@127.0.0.1:9")
    with pytest.raises(EndpointError, match="cannot connect to the proxy") as caught:
        asked("m@http://models.example/v1")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("model", ["m@http://models.example/v1", "openai:m"])
@pytest.mark.parametrize("proxy", ["http://me:hunter2@[::1", "http://me:hunter/2@h", "socks4://p"])
def test_a_proxy_that_is_no_url_is_one_line(
    model: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ModelSpecError, match="prox") as caught:
        open_model(model, environment={"OPENAI_API_KEY": KEY})
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "url", "proxy"),
    [
        ("HTTP_PROXY", "http://p:1", "http://h/v1", "http://p:1"),
        ("HTTP_PROXY", "p:1", "http://h/v1", "http://p:1"),
        ("HTTP_PROXY", "http://p:1", "https://h/v1", None),
        ("ALL_PROXY", "http://p:1", "https://h/v1", "http://p:1"),
        ("HTTP_PROXY", "http://p:1", "http://127.0.0.1:8000/v1", None),
        ("HTTP_PROXY", "http://p:1", "http://[::1]:8000/v1", None),
        ("HTTP_PROXY", "http://p:1", "http://localhost/v1", None),
        ("HTTP_PROXY", "", "http://h/v1", None),
    ],
)
def test_the_environment_says_which_proxy(
    name: str, value: str, url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name.lower(), value)
    assert proxy_of(url) == proxy


@pytest.mark.parametrize("spared", ["h.example", ".example", "*", "h.example:80"])
def test_a_host_of_no_proxy_is_called_directly(
    spared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://p:1")
    monkeypatch.setenv("no_proxy", spared)
    assert proxy_of("http://h.example/v1") is None


def test_a_socks_proxy_is_refused_in_one_line_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("all_proxy", "socks5://me:hunter2@p:1080")
    with pytest.raises(ModelSpecError, match="is none that can be used") as caught:
        open_model("m@http://h.example/v1", environment={})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_netrc_neither_adds_nor_replaces_a_key(
    key: str | None, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    endpoint = serve()
    asked(endpoint.spec, OPENAI_API_KEY=key or "")
    assert endpoint.headers[0].get("Authorization") == (key and f"Bearer {key}")


def test_a_device_is_no_bundle_of_certificates() -> None:
    with pytest.raises(ModelSpecError, match="SSL_CERT_FILE: “/dev/zero” is no file of certificat"):
        open_model("m@https://h/v1", environment={"SSL_CERT_FILE": "/dev/zero"})


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bundle_without_certificates_is_one_line(content: str | None, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(ModelSpecError, match=r"ca_bundle: .* is no file of certificates"):
        open_model("m@https://h/v1", settings=ModelSettings(ca_bundle=str(bundle)), environment={})


@pytest.fixture
def open_files() -> Iterator[tuple[int, int]]:
    """Give the limits of open files back in the end."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield limits
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_the_soft_limit_of_open_files_is_raised_as_far_as_it_is_needed(
    open_files: tuple[int, int],
) -> None:
    _, hard = open_files
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    assert room_for(100) == 100
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 256
    assert room_for(300) == 300
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300 + SPARE_FILES


def test_where_the_hard_limit_is_too_low_fewer_connections_fit(
    monkeypatch: pytest.MonkeyPatch, open_files: tuple[int, int]
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 512))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: None)
    assert room_for(2000) == 512 - SPARE_FILES
