"""The wire to an endpoint: one aiohttp session, the way of every model that is named by a URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urlsplit

from simulate.errors import QUOTED_CHARACTERS, EndpointError, ProtocolError, one_line
from simulate.models.connection import Connection, ConnectionSettings
from simulate.models.failures import PassingFaultError, Response, quoted
from simulate.models.headers import with_others
from simulate.models.http import BODY, read_body
from simulate.models.network import proxy_of
from simulate.models.redaction import hidden, keep_secret
from simulate.models.secrets import AUTHORIZATION, authorization, secrets_in
from simulate.models.wire_json import to_json

if TYPE_CHECKING:
    import ssl

    import aiohttp

LONGEST_HEADER = 2**16
"""How long a header of an answer may be, in bytes; gateways add policies and traces."""


class Wire(Connection):
    """A connection over aiohttp.

    Args:
        base_url: the endpoint, up to and including `/v1`. Credentials in it are sent by basic
            authentication, in place of the key.
        api_key: sent as a bearer token; None sends none. It is never written anywhere, also where
            the endpoint says it back.
        name: how the model behind it is called in messages; must hold no secret.
        key_header: the header that carries the key; any but `Authorization` has it alone.
        headers: further headers; one of the key's name goes before the key.
        secrets: what is sent in headers or in the URL and must stand in no text.
        tls: which certificates are trusted; None takes those that this machine trusts.
        settings: see `ConnectionSettings`.

    Raises:
        ModelSpecError: the environment names a proxy that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        name: str,
        *,
        key_header: str = AUTHORIZATION,
        headers: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
        tls: ssl.SSLContext | None = None,
        **settings: Unpack[ConnectionSettings],
    ) -> None:
        self._proxy = proxy_of(base_url)
        keep_secret([api_key, *secrets_in(base_url), *secrets_in(self._proxy or ""), *secrets])
        super().__init__(base_url, name, **settings)
        self._base = urlsplit(base_url)
        # Credentials in the URL go before the key.
        own = {"Content-Type": "application/json", **authorization(api_key, base_url, key_header)}
        self._headers = with_others(headers or {}, own)
        # aiohttp would send a session's headers, with the key, to a proxy that opens a tunnel.
        self._of_each = self._headers if self._proxy else None
        self._tls = tls
        self._urls: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None

    async def _send(self, path: str, body: Any) -> Response:
        import aiohttp

        from simulate.models.request_body import RequestBody

        session = self._session or self._opened()
        url = self._urls.get(path) or self._url(path)
        try:
            async with session.post(
                url,
                data=RequestBody(to_json(body)),
                headers=self._of_each,
                allow_redirects=False,
            ) as response:
                raw = await read_body(response, ProtocolError, BODY)
        except aiohttp.ClientConnectorCertificateError as error:
            raise EndpointError(
                f"model {self.name}: no trusted certificate ({error.certificate_error}); name the "
                "file of certificates by ca_bundle in a models file, or by SSL_CERT_FILE"
            ) from None
        except aiohttp.ClientConnectorError as error:
            to = " to the proxy" if isinstance(error, aiohttp.ClientProxyConnectionError) else ""
            raise PassingFaultError(f"cannot connect{to} ({error.os_error})") from None
        except aiohttp.ClientHttpProxyError as error:
            reason = one_line(hidden(error.message)[:QUOTED_CHARACTERS])
            told = f"the proxy answers HTTP {error.status} {reason}"
            if error.status != HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                raise PassingFaultError(told) from None
            raise EndpointError(
                f"model {self.name}: {told}; write its user and password into HTTPS_PROXY"
            ) from None
        except TimeoutError:
            raise PassingFaultError(
                f"no answer within {self._timeout_s:g} s", pressed=True
            ) from None
        except aiohttp.InvalidURL as error:
            why = quoted(str(error))
            raise EndpointError(f"model {self.name}: not a URL: {why}") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            why = quoted(str(error) or type(error).__name__)
            raise PassingFaultError(f"the connection broke ({why})") from None
        return Response(response.status, response.reason or "", response.headers, raw, url)

    def _url(self, path: str) -> str:
        url = self._base._replace(path=self._base.path.rstrip("/") + path).geturl()
        self._urls[path] = url
        return url

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, ssl=self._tls or True),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers=None if self._proxy else self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_field_size=LONGEST_HEADER,
            proxy=self._proxy,
        )
        return self._session

    async def aclose(self) -> None:
        """Close the connections; what the endpoint bears is kept."""
        if self._session is not None:
            await self._session.close()
            self._session = None
