"""Who may talk: the config's section of access."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from bridge.config.field_types import Names, wrong
from bridge.config.section import Section


class AccessRule(Section):
    """Who is let in."""

    mode: Literal["everyone", "people", "not", "pairing", "nobody"] = Field(
        default="everyone", description="who, in a word; not: everyone but the people"
    )
    people: Names = Field(default=(), description="adapter:user or groups, where the word is people or not")


def _spelled(value: Any) -> Any:
    if isinstance(value, AccessRule):
        return value
    if isinstance(value, str) and value in ("everyone", "pairing", "nobody"):
        return {"mode": value}
    match value:
        case {"people": people, **rest} if people and not rest:
            return {"mode": "people", "people": people}
        case {"not": {"people": people, **rest}, **more} if people and not rest and not more:
            return {"mode": "not", "people": people}
    raise wrong("expected everyone, pairing, nobody, {people: [group]} or {not: {people: [group]}}")


def _only(key: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}


_PEOPLE: dict[str, Any] = _only("people", {"type": ["array", "string"], "items": {"type": "string"}})
_ACCESS: dict[str, Any] = {"anyOf": [{"enum": ["everyone", "pairing", "nobody"]}, _PEOPLE, _only("not", _PEOPLE)]}
AccessRuleField = Annotated[AccessRule, BeforeValidator(_spelled), WithJsonSchema(_ACCESS)]


class AccessSettings(Section):
    """Who may talk at all."""

    private: AccessRuleField = Field(default=AccessRule(mode="everyone"), description="in private chats")
    groups: AccessRuleField = Field(default=AccessRule(mode="everyone"), description="in groups and channels")
    admins: Names = Field(default=(), description="adapter:user or groups who need no pairing; nobody by default")
    stranger: str | None = Field(
        default=None,
        description="what who is refused in private hears, once a day at most; null: our own words; empty: nothing",
    )
