"""What a seed makes happen."""

from dataclasses import dataclass
from random import Random

from pydantic import BaseModel, SecretStr

from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.route_settings import RouteSettings
from bridge.config.settings import AdapterSettings, Settings
from bridge.routing.rules import Rules
from tests.simulation.platform import STYLES, Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a seed makes happen."""

    seed: int = 0
    replicas: int = 1
    chats: int = 8
    messages: int = 3  #: said in each chat
    storm: float = 20.0
    faults: float = 0.0
    trouble: float = 0.0
    kills: int = 0
    freezes: int = 0
    drains: int = 0
    outages: int = 0
    strangers: int = 0  #: chats somebody else begins in our conversations
    deletions: int = 0
    losses: int = 0  #: conversations Coze forgets
    closures: int = 0  #: chats in which nobody can be answered any more
    commands: float = 0.0
    die_at: int = 0  #: the passage of a crash point at which a replica dies; 0: none
    styles: tuple[Style, ...] = STYLES

    @classmethod
    def of(cls, seed: int) -> "Story":
        """The story of that seed."""
        random = Random(f"story {seed}")
        return cls(
            seed=seed,
            replicas=random.choice((1, 2, 3)),
            chats=random.randint(4, 8),
            messages=random.randint(1, 4),
            faults=random.choice((0.0, 0.02, 0.1, 0.25)),
            trouble=random.choice((0.0, 0.1, 0.3)),
            kills=random.choice((0, 1, 2, 4)),
            freezes=random.choice((0, 0, 1, 2)),
            drains=random.choice((0, 0, 1)),
            outages=random.choice((0, 0, 0, 1)),
            strangers=random.choice((0, 0, 2)),
            deletions=random.choice((0, 0, 3)),
            losses=random.choice((0, 0, 2)),
            closures=random.choice((0, 0, 0, 1)),
            commands=random.choice((0.0, 0.0, 0.15)),
        )


class Options(BaseModel):
    """Nothing to set."""


def rulebook(styles: tuple[Style, ...]) -> Rules:
    """Everybody is answered by the one bot."""
    kinds = {style.name: AdapterSettings(kind=style.name, options=Options()) for style in styles}
    settings = Settings(
        coze={"main": CozeSettings(token=SecretStr("pat"))},
        adapters=kinds,
        bots={"assistant": BotSettings(coze="main", bot_id="1")},
        routes=(RouteSettings(name="everybody", bot="assistant"),),
    )
    return Rules(settings)
