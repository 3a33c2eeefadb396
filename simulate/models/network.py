"""What lies between this machine and an endpoint: a proxy, certificates, and open files.

The environment says it, as for other programs: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and
`NO_PROXY`; `SSL_CERT_FILE` or `REQUESTS_CA_BUNDLE`. It is read here once, and not by aiohttp
(`trust_env`), which reads it again for each request, and with it a `.netrc`, whose password would
go in place of the key.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulate.errors import ModelSpecError, quote
from simulate.models.spec import can_be_called, host_of, redacted

if TYPE_CHECKING:
    import ssl

SPARE_FILES = 64
"""Open files that are no connections: the run file, the terminal, what is looked up or imported."""
_SAYS_ITS_HOST = re.compile(
    r"(?:[^@{}]*@)?(?:\[[^\]{}]*\]|[^:@{}]*)(?::(?:\d*|\{\{\s*env\.\w+\s*\}\}))?"
)
"""An authority of which no template but a port can make another."""
_PRIVATE = [
    ipaddress.ip_network(each)
    for each in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
]
"""What no router passes on: loopback (RFC 1122), private (1918), link-local (3927, 4291), unique
local (4193). Written out, since what Python calls private depends on its version."""
_PRIVATE_NAME = re.compile(
    r"localhost|(?:[a-z0-9_-]{1,63}\.){1,20}(?:localhost|local|internal)", re.ASCII
)
"""Names that no public server answers for: RFC 6761, RFC 6762, and ICANN's `.internal`."""
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def proxy_of(url: str) -> str | None:
    """Return the proxy through which a URL is called; None for none, and for this machine.

    Raises:
        ModelSpecError: it is none that can be used.
    """
    import urllib.request

    local = on_this_machine(url) or (urlsplit(url).hostname or "").endswith(".localhost")
    if local or urllib.request.proxy_bypass(host_of(url)):
        return None
    found = urllib.request.getproxies()
    proxy = found.get(urlsplit(url).scheme) or found.get("all")
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not can_be_called(proxy):
        raise ModelSpecError(
            f"the proxy of the environment, {quote(redacted(proxy))}, is none that can be used: "
            "set HTTPS_PROXY and HTTP_PROXY to http://host:port, or NO_PROXY to the endpoint's host"
        )
    return proxy


def on_this_machine(url: str) -> bool:
    """Tell whether a URL leads to this machine by its letter: localhost, 127.0.0.0/8 or ::1.

    No name is looked up, so that one that happens to lead here is not believed; and of a template
    no more than the port may be a variable.
    """
    host = _said_host(url)
    if isinstance(host, str):
        return host == "localhost"
    another = [getattr(host, name, None) for name in ("ipv4_mapped", "scope_id")]
    return host.is_loopback and not any(another)


def in_private_network(url: str) -> bool:
    """Tell whether a URL leads to this machine or a private network by its letter.

    Inside are loopback, private and link-local addresses as they are usually written, `localhost`,
    and names below `.localhost`, `.local` and `.internal`. As with `on_this_machine` no name is
    looked up, since what it leads to may be another host by the time of the call; of a template
    no more than the port may be a variable; and addresses in other spellings (`2130706433`,
    `0x7f.1`, an IPv4 address within an IPv6 one) are outside.
    """
    host = _said_host(url)
    if isinstance(host, str):
        return _PRIVATE_NAME.fullmatch(host) is not None
    return any(host in network for network in _PRIVATE)


def _said_host(url: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | str:
    """Return the host that a URL names by its letter, in small letters; empty where it does not."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if "\\" in parts.netloc or not _SAYS_ITS_HOST.fullmatch(parts.netloc):
        return ""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return host


def trusted(ca_bundle: str | None, environment: Mapping[str, str]) -> ssl.SSLContext | None:
    """Return what certificates are trusted; None leaves it to this machine.

    Args:
        ca_bundle: a file of certificates; by default the one that the environment names.
        environment: where that is looked up.

    Raises:
        ModelSpecError: the file is not there, or holds no certificates.
    """
    given = {"ca_bundle": ca_bundle} | {name: environment.get(name) for name in _BUNDLES}
    name, path = next(((name, path) for name, path in given.items() if path), ("", None))
    if path is None:
        return None
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise OSError("a folder, or a device that may never end")
        return _trusting(path, Path(path).stat().st_mtime_ns)
    except OSError as error:  # ssl.SSLError is one
        why = error.strerror or str(error)
        raise ModelSpecError(
            f"{name}: {quote(path)} is no file of certificates in PEM ({why}); name another"
        ) from None


@lru_cache(maxsize=8)
def _trusting(path: str, changed_ns: int) -> ssl.SSLContext:
    """Return what trusts a file of certificates; to read one takes 50 ms.

    Args:
        path: the file.
        changed_ns: when it was changed last: one that is changed is read again.
    """
    import ssl

    return ssl.create_default_context(cafile=path)


def room_for(connections: int) -> int:
    """Return how many of the wanted connections can be open at once, at least 1.

    The soft limit of open files is raised for it, as far as the hard one allows.
    """
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return connections
    most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    while most > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
        except (OSError, ValueError):  # macOS has a lower one beside it
            most //= 2
    return max(min(connections, soft - SPARE_FILES), 1)
