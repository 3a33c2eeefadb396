"""Where a model at an endpoint is, with which key and which settings: from a SPEC to a connection.

What may be sent where is decided here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from simulate.errors import ModelSpecError, quote
from simulate.models.connection import CONNECTIONS, TIMEOUT_S, Connection, ConnectionSettings
from simulate.models.headers import with_others
from simulate.models.named import NO_NAMES, NamedModels
from simulate.models.network import on_this_machine, trusted
from simulate.models.secrets import (
    AUTHORIZATION,
    KEY_VARIABLE,
    authorization,
    check_key,
    find_key,
)
from simulate.models.settings import NO_SETTINGS, NOTHING_FILLED, Filled, ModelSettings
from simulate.models.spec import (
    ENDPOINT,
    FORMS,
    ModelSpec,
    can_be_called,
    default_spec,
    host_of,
    redacted,
)
from simulate.models.wire import Wire

if TYPE_CHECKING:
    from openai import AsyncOpenAI

FINE_TUNED = "ft"
"""Names of OpenAI's own that have a colon begin with it."""
DEFAULT_BASE_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class ModelOpening:
    """How a model is opened.

    Attributes:
        environment: where `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_API_KEY_FILE` (a file
            that holds the key) are looked up, and what settings name.
        by_file: whether only a scenario or run file names it. Such a file may come from anywhere,
            so the key is sent to the host of `OPENAI_BASE_URL` (or OpenAI's) only; for any other,
            the user names the model with `--model` or `--speaker-model`.
        tested_s: for a model under test, the seconds that its turn may take.
        names: the names that stand for a model and its settings.
        connections: requests that may be open at a host at once, where no settings say it.
        calls: whether the model is going to be called; else no key is needed.
        alias: the name that stands for it; empty where its SPEC was given.
        where: where that is said, for messages.
        settings: how it is called.
    """

    environment: Mapping[str, str]
    by_file: bool = False
    tested_s: float | None = None
    names: NamedModels = NO_NAMES
    connections: int = CONNECTIONS
    calls: bool = True
    alias: str = ""
    where: str = ""
    settings: ModelSettings = NO_SETTINGS

    def read(self, text: str | None) -> tuple[ModelSpec, ModelOpening]:
        """Return the SPEC that a text is or stands for, and how its model is opened.

        None takes `default_spec`.

        Raises:
            ModelSpecError: it is none; or it stands for a model that is sent secrets, and nobody
                has named the scenario's model or the models file.
        """
        name = default_spec(self.environment) if text is None else text
        spec = ModelSpec.parse(name)
        plain = spec == ModelSpec(ENDPOINT, name)
        entry = self.names.find(name) if plain else None
        if entry is None:
            common = NO_SETTINGS if self.by_file else self.names.common
            where = f"model {quote(redacted(name))}"
            opening = replace(self, settings=common, where=where)
            return common.spec(name) if plain else spec, opening
        settings, where = entry.settings, entry.where
        if entry.by_user:
            if self.names.by_folder and self.by_file and settings.variables:
                raise ModelSpecError(
                    f"{where}: only a scenario names this model, and {self.names.path} only lies "
                    "in this folder; so that no stranger's files send your keys anywhere, say "
                    f"--models {self.names.path}, or name the model with --model"
                )
            settings = self.names.common.over(settings)
        spec = settings.spec(name)
        unseen = self.names.by_folder if entry.by_user else not self.by_file
        if unseen and self.names.tell is not None:
            self.names.tell(f"{where} is the model {spec.redacted}")
        alias = name if name != spec.name else ""
        # A key that the settings do not name goes where a file's may go.
        return spec, replace(self, by_file=True, alias=alias, where=where, settings=settings)

    def address(self, spec: ModelSpec) -> tuple[str, str | None]:
        """Return the URL of a model's endpoint, and the key in `OPENAI_API_KEY` if it may be sent.

        Raises:
            ModelSpecError: there is none.
        """
        known = (self.environment.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL).strip()
        url = spec.url or known
        key = None
        own = self.settings.key_variable is not None or not self.calls
        if not own and (not self.by_file or _place(url) == _place(known)):
            key = find_key(self.environment)
        if spec.url is None and url == DEFAULT_BASE_URL:
            provider, colon, _ = spec.name.partition(":")
            if colon and provider != FINE_TUNED:
                raise ModelSpecError(
                    f"model {quote(spec.redacted)}: there is no kind of model {quote(provider)}; "
                    f"{FORMS}"
                )
            if not key and not own:
                raise ModelSpecError(
                    f"model {quote(spec.redacted)} needs an endpoint: set OPENAI_BASE_URL, or a "
                    "key in OPENAI_API_KEY (or in the file that OPENAI_API_KEY_FILE names) for "
                    "OpenAI's own; write NAME@http://host:port/v1; or use embedded"
                )
        if not can_be_called(url):
            raise ModelSpecError(f"OPENAI_BASE_URL: {quote(redacted(url))} is not one HTTP URL")
        return url, key

    def connection(self, spec: ModelSpec) -> Connection:
        """Return the way to a model's endpoint: the wire, or the `openai` package.

        Raises:
            ModelSpecError: no endpoint or no key is known.
        """
        connection = self._connection(spec)
        connection.recorded = self.settings.recorded
        return connection

    def _connection(self, spec: ModelSpec) -> Connection:
        said = self.settings
        settings: ConnectionSettings = {
            "timeout_s": said.timeout_s or TIMEOUT_S,
            "connections": said.connections or self.connections,
            "body": said.body,
            "key_variable": said.key_variable or KEY_VARIABLE,
        }
        if (tested_s := self.tested_s) is not None:
            # Later than the turn's: two that fire together swallow each other.
            settings |= {"timeout_s": tested_s + 5, "deadline_s": tested_s}
        filled = self._filled()
        prefix = f"{self.alias}=" if self.alias else ""
        if spec.kind == ENDPOINT:
            url, key = self.address(spec)
            return Wire(
                _with_query(url, filled.query),
                filled.key or key,
                f"{prefix}{redacted(f'{spec.name}@{url}')}",
                key_header=said.key_header,
                headers=filled.headers,
                secrets=filled.secrets,
                tls=trusted(said.ca_bundle, self.environment) if self.calls else None,
                **settings,
            )
        if self.by_file and spec.url is not None and filled.key is None and self.calls:
            raise ModelSpecError(
                f"model {quote(spec.redacted)}: a file may not say where the openai package sends "
                "your key; name the model on the command line, or key_variable in a models file"
            )
        from simulate.models.sdk import SDKConnection

        make = partial(self._client, spec, filled, settings["timeout_s"])
        return SDKConnection(
            make, f"{prefix}{spec.kind}:{spec.name}", secrets=filled.secrets, **settings
        )

    def _filled(self) -> Filled:
        """Return the settings that the environment fills; nothing of it where no call is made."""
        return self.settings.filled(self.environment, self.where) if self.calls else NOTHING_FILLED

    def batch_client(self, spec: ModelSpec) -> AsyncOpenAI:
        """Make a client of the `openai` package for the files and batches of a model's endpoint.

        Raises:
            ModelSpecError: it cannot be made, since something is missing.
        """
        filled = self._filled()
        timeout_s = self.settings.timeout_s or TIMEOUT_S
        if spec.kind != ENDPOINT:
            return self._client(spec, filled, timeout_s, whole=False)
        url, key = self.address(spec)
        header = self.settings.key_header
        own = authorization(filled.key or key, url, header)
        headers: dict[str, Any] = with_others(filled.headers, own)
        if AUTHORIZATION.lower() not in map(str.lower, headers):
            from openai import Omit

            headers[AUTHORIZATION] = Omit()  # what the package would send is no key
        query = {**dict(parse_qsl(urlsplit(url).query)), **filled.query}
        url = urlsplit(url)._replace(query="").geturl()
        filled = replace(filled, key="none", headers=headers, query=query)
        return self._client(replace(spec, kind="openai", url=url), filled, timeout_s, whole=False)

    def _client(
        self, spec: ModelSpec, filled: Filled, timeout_s: float, *, whole: bool = True
    ) -> AsyncOpenAI:
        """Make a client of the `openai` package, which reads the environment for what is not said.

        Args:
            spec: the model's.
            filled: its settings.
            timeout_s: seconds that one attempt may take.
            whole: whether answers are read whole before anybody sees them; else only errors are.

        Raises:
            ModelSpecError: it cannot be made, since something is missing.
        """
        from http.cookiejar import CookieJar, DefaultCookiePolicy

        from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient, OpenAIError

        from simulate.models.sdk import read_bounded, read_error_bounded

        key, query = filled.key, dict(filled.query)
        tls = trusted(self.settings.ca_bundle, self.environment) if self.calls else None
        options: dict[str, Any] = {"timeout": timeout_s, "default_headers": filled.headers}
        if not self.calls:
            key = "none"
        elif spec.kind != "azure" and not key and (key := find_key(self.environment)):
            check_key(key)
        cannot = f"model {quote(spec.redacted)}: the openai package cannot be used"
        variable = "AZURE_OPENAI_ENDPOINT" if spec.kind == "azure" else "OPENAI_BASE_URL"
        url = spec.url or self.environment.get(variable)
        try:
            options["http_client"] = DefaultAsyncHttpxClient(
                verify=tls or True,
                # What is meant for this machine would leave it through a proxy.
                trust_env=not on_this_machine(url or ""),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                event_hooks={"response": [read_bounded if whole else read_error_bounded]},
            )
            if spec.kind == "azure":
                version = query.pop("api-version", None) or (None if self.calls else "none")
                endpoint = url or (None if self.calls else "https://azure.invalid")
                return AsyncAzureOpenAI(
                    api_key=key,
                    api_version=version,
                    azure_endpoint=endpoint,  # type: ignore[arg-type]  # None reads the environment
                    default_query=query,
                    **options,
                )
            return AsyncOpenAI(api_key=key, base_url=url, default_query=query, **options)
        except (OpenAIError, ValueError, ImportError) as error:
            raise ModelSpecError(f"{cannot}: {error}") from None
        except Exception as error:  # of its HTTP client; the message may hold part of a password
            raise ModelSpecError(
                f"{cannot} ({type(error).__name__}): look at the URLs of the endpoint and of "
                "proxies in the environment"
            ) from None


def _with_query(url: str, query: Mapping[str, str]) -> str:
    """Return a URL with further parameters."""
    if not query:
        return url
    parts = urlsplit(url)
    return parts._replace(query="&".join(filter(None, (parts.query, urlencode(query))))).geturl()


def _place(url: str) -> tuple[str, str]:
    return urlsplit(url).scheme, host_of(url)  # over http, anybody could read a key meant for https
