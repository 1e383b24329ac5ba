"""Our adapters keep the contract, in each place where they answer."""

from bridge.testing.contract import AdapterContract
from tests.contract.harnesses import (
    Console,
    OnSlack,
    OnSlackDirect,
    OnSlackEdits,
    OnSlackOff,
    OnTelegram,
    OnTelegramEdits,
    OnTelegramGroup,
    OnTelegramOff,
    OnTelegramTopic,
)


class TestAdapters(AdapterContract):
    """Every promise in every place."""

    harnesses = (
        Console,
        OnTelegram,
        OnTelegramGroup,
        OnTelegramTopic,
        OnTelegramEdits,
        OnTelegramOff,
        OnSlack,
        OnSlackDirect,
        OnSlackEdits,
        OnSlackOff,
    )
