"""How much may be asked for, as the config file says it."""

from pydantic import Field

from bridge.config.field_types import PerTimes
from bridge.config.section import Section


class LimitSettings(Section):
    """How much may be asked for; each is one rate or a list of rates."""

    messages: PerTimes | None = Field(default=None, description="messages, such as 20/minute; null: no limit")
    tokens: PerTimes | None = Field(default=None, description="Coze tokens, such as 200000/day; null: no limit")
