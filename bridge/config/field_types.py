"""The types of single values in the file, each with its validator and its JSON Schema."""

import inspect
import re
import ssl
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib.metadata import EntryPoint
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema
from pydantic_core import PydanticCustomError

from bridge.config.patterns import Pattern, parse_pattern
from bridge.config.units import ListenAddress, parse_duration, parse_listen_address, parse_share
from bridge.sdk.far_sides import TOKEN_RULE, is_address, is_host, is_token, wrong_base
from bridge.sdk.model import ChatType, MediaKind
from bridge.sdk.personal_data import PersonalData
from bridge.sdk.rates import Rate, parse_rate
from bridge.sdk.supervision import unexpected

_FUNCTION: Final = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")
"""As https://packaging.python.org/en/latest/specifications/entry-points/ has it."""

FIELDS = ("person.name", "person.language", "chat.type", "route.name", "adapter.name", "start.payload")
"""The fields of a variable's template; none identifies the person at their platform."""


def wrong(message: str) -> PydanticCustomError:
    """The error that says what was expected; `bridge.config.error_messages` adds what was got."""
    return PydanticCustomError("expected", "{message}", {"message": message})


_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
"""32 bytes in base64. https://cryptography.io/en/latest/fernet/"""


def _parsed(parse: Callable[[str], Any]) -> BeforeValidator:
    def read(value: Any) -> Any:
        if value is not None and not isinstance(value, str | int):
            return value
        try:
            return parse("" if value is None else str(value))
        except ValueError as failure:
            raise wrong(str(failure)) from None

    return BeforeValidator(read)


def _limit(text: str) -> Rate:
    try:
        return parse_rate(text)
    except ValueError as failure:
        raise ValueError(f"{failure}, or null for no limit") from None


def _one_or_many(value: Any) -> Any:
    return [value] if value is None or isinstance(value, str | int | Mapping) else value


def _url(text: str) -> str:
    if not is_address(text):
        raise wrong("expected a URL such as https://example.org")
    return text.rstrip("/")


def _base_url(text: str) -> str:
    url = _url(text)
    if fault := wrong_base(url):
        raise wrong(fault)
    return url


_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE)


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise wrong("expected a host's name alone, such as files.example.org")
    return text.lower()


def _coze_url(text: str) -> str:
    url = _base_url(text)
    host, path = urlsplit(url).hostname or "", urlsplit(url).path
    if site := re.fullmatch(r"(?:(?!api\.)[\w-]+\.)*(coze\.(?:cn|com))", host):
        raise wrong(f"expected the API's address; did you mean `https://api.{site[1]}`?")
    if (call := re.search(r"/(open_api|api|v\d)(/|$)", path)) is not None:
        alone = url.removesuffix(path[call.start() :])
        raise wrong(f"expected the address alone, without the path of a call; did you mean `{alone}`?")
    return url


_COZE_ID: Final = re.compile(r"\d{1,19}", re.ASCII)
_ID_IN_ADDRESS: Final = re.compile(r"(?:/bot/|/project-ide/|workflow_id=|bot_id=)(\d{5,19})", re.ASCII)
_LONG_NUMBER: Final = re.compile(r"\d{10,19}", re.ASCII)


def _coze_id(text: str) -> str:
    """A number; people often paste the whole address that ends in it, which the complaint then shows."""
    if _COZE_ID.fullmatch(text):
        return text
    found = _ID_IN_ADDRESS.search(text) or _LONG_NUMBER.search(text)
    hint = f"; did you mean `{found[found.lastindex or 0]}`?" if found else ""
    raise wrong(f"expected the number at the end of its address in Coze's editor{hint}")


def _authority(path: str) -> str:
    """A file of certificates that can be read; no pipe, which would block."""
    if Path(path).exists() and not Path(path).is_file():
        raise wrong("cannot be read (not a regular file)")
    try:
        ssl.create_default_context().load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise wrong("expected a file of certificates in PEM, which begins with -----BEGIN CERTIFICATE-----") from None
    except OSError as failure:
        raise wrong(f"cannot be read ({failure.strerror or type(failure).__name__})") from None
    return path


_SQLITE = re.compile(r"sqlite:///(?!:memory:)(?P<file>[^\x00-\x20\x7f?][^\x00-\x1f\x7f?]*)(?:\?.*)?")
_POSTGRESQL = re.compile(
    r"postgresql(?:\+psycopg)?://(?=\S)(?:[^:/]*(?::[^@]*)?@)?"
    r"(?P<host>\[[^\]/?@]*\]|[^:/?@\[\]]*)(?::(?P<port>\d{1,5}))?(?:[/?].*)?"
)
"""As SQLAlchemy takes it apart. https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls"""


def _database(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    if file := _SQLITE.fullmatch(url):
        return _sqlite(secret, Path(file["file"]))
    server = _POSTGRESQL.fullmatch(url)
    can_be = server and (not server["host"] or all(map(is_host, server["host"].split(","))))
    if not server or not can_be or not 0 < int(server["port"] or 1) < 1 << 16:
        raise wrong("expected sqlite:///bridge.db or postgresql://user@host/name")
    return secret


def _sqlite(secret: SecretStr, file: Path) -> SecretStr:
    """A file that exists, or can be created in its folder."""
    there = next(part for part in (file, *file.absolute().parents) if part.exists())
    if not (there.is_file() if there == file else there.is_dir()):
        raise wrong("expected a file such as sqlite:///bridge.db, but what exists there is something else")
    return secret


def _token(secret: SecretStr) -> SecretStr:
    if not is_token(secret.get_secret_value()):
        raise wrong(TOKEN_RULE)
    return secret


def _blank(value: Any) -> Any:
    """An empty text for a key without a value."""
    return "" if value is None else value


def _keys(secret: SecretStr) -> SecretStr:
    keys = secret.get_secret_value()
    if keys and not all(_KEY.fullmatch(key.strip()) for key in keys.split(",")):
        raise wrong("expected a key as `coze-bridge keygen` prints it, 44 characters, or several with commas between")
    return secret


def _member(text: str) -> str:
    adapter, _, user = text.partition(":")
    if not adapter or not user:
        raise wrong("expected adapter:user such as helpdesk:42")
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise wrong("must not be empty")
    return text


def _template(text: str) -> str:
    try:
        fields = [(name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None]
    except ValueError:
        raise wrong("expected fields such as {person.name}; write {{ for a plain {") from None
    if any(name not in FIELDS or spec or how for name, spec, how in fields):
        raise wrong(f"expected none but the fields {', '.join(FIELDS)}")
    return text


def _function(value: Any) -> Any:
    if callable(value):  # it was read already
        return value
    if not isinstance(value, str) or not _FUNCTION.fullmatch(value):
        raise wrong("expected module:function")
    with unexpected(lambda failure: wrong(f"expected module:function that can be imported here ({failure})")):
        found = EntryPoint(name=value, value=value, group="").load()
    if not inspect.iscoroutinefunction(found):  # one in a thread could never be cancelled
        raise wrong("expected an async function")
    return found


def _words(kind: type[StrEnum]) -> WithJsonSchema:
    one = {"type": "string", "enum": [str(each) for each in kind]}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one}]})


_TEXT = {"type": "string"}
_ANY_TEXT = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_AS_WRITTEN = {"type": ["string", "integer"]}
_ANY_AS_WRITTEN = {"anyOf": [_AS_WRITTEN, {"type": "array", "items": _AS_WRITTEN}]}
_DURATION = r"^\d+(\.\d+)?\s*(ms|[smhdw])$"
_SHARE = r"^\d+(\.\d+)?\s*%$"
_RATE = r"^\d+\s*/\s*(second|minute|hour|day)$"

Name = Annotated[str, AfterValidator(_filled)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_one_or_many), WithJsonSchema(_ANY_AS_WRITTEN)]
Id = Annotated[str, AfterValidator(_filled), WithJsonSchema(_AS_WRITTEN)]
Member = Annotated[str, AfterValidator(_member)]
Members = Annotated[tuple[Member, ...], BeforeValidator(_one_or_many), WithJsonSchema(_ANY_TEXT)]
Template = Annotated[str, AfterValidator(_template)]
Secret = Annotated[SecretStr, Field(min_length=1)]
Token = Annotated[Secret, AfterValidator(_token)]
OptionalSecret = Annotated[SecretStr, BeforeValidator(_blank)]
EncryptionKeys = Annotated[OptionalSecret, AfterValidator(_keys)]
Function = Annotated[Callable[..., Any], BeforeValidator(_function), WithJsonSchema({"type": "string"})]
Url = Annotated[str, AfterValidator(_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
CozeId = Annotated[str, AfterValidator(_filled), AfterValidator(_coze_id), WithJsonSchema(_AS_WRITTEN)]
Authority = Annotated[str, AfterValidator(_authority)]
CozeUrl = Annotated[str, AfterValidator(_coze_url)]
Host = Annotated[str, AfterValidator(_host)]
Hosts = Annotated[tuple[Host, ...], BeforeValidator(_one_or_many), WithJsonSchema(_ANY_AS_WRITTEN)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
Seconds = Annotated[float, _parsed(parse_duration), WithJsonSchema({"type": "string", "pattern": _DURATION})]
Share = Annotated[float, _parsed(parse_share), WithJsonSchema({"type": "string", "pattern": _SHARE})]
_ONE_RATE = {"type": "string", "pattern": _RATE}
PerTime = Annotated[Rate, _parsed(_limit), WithJsonSchema(_ONE_RATE)]
PerTimes = Annotated[
    tuple[PerTime, ...],
    BeforeValidator(_one_or_many),
    WithJsonSchema({"anyOf": [_ONE_RATE, {"type": "array", "items": _ONE_RATE}]}),
]
Listen = Annotated[ListenAddress, _parsed(parse_listen_address), WithJsonSchema({"type": "string"})]
Regex = Annotated[Pattern, _parsed(parse_pattern), WithJsonSchema(_TEXT)]
"""Without the schema's format of that name: that is JavaScript's, which knows no ``(?i)``, and editors would complain."""
Regexes = Annotated[tuple[Regex, ...], BeforeValidator(_one_or_many), WithJsonSchema(_ANY_TEXT)]
ChatTypes = Annotated[tuple[ChatType, ...], BeforeValidator(_one_or_many), _words(ChatType)]
PersonalKinds = Annotated[tuple[PersonalData, ...], BeforeValidator(_one_or_many), _words(PersonalData)]
MediaKinds = Annotated[tuple[MediaKind, ...], BeforeValidator(_one_or_many), _words(MediaKind)]
