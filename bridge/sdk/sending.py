"""How adapters send: in the next plainer form, where a platform refuses one."""

from collections.abc import Awaitable, Callable

from bridge.sdk import telemetry
from bridge.sdk.errors import Never
from bridge.sdk.forms import Form, next_form
from bridge.sdk.model import Ref


async def send_form(form: Form, show: Callable[[Form], Awaitable[Ref]], *, adapter: str) -> Ref:
    """
    Make *form* stand, or the next one that is taken; gives its first message.

    *show* sends one message: the first text of the form that it is handed, or its file. It raises what the platform
    refused as `Never` with its `aspect`. The refusal of the last form is raised; so is every other failure, at once.
    """
    first: Ref | None = None
    while True:
        try:
            ref = await show(form.head)
        except Never as refusal:
            plainer = next_form(form, refusal.aspect) if refusal.aspect else None
            if plainer is None:
                raise
            telemetry.feature_missing(adapter=adapter, feature=str(refusal.aspect), because=refusal.detail)
            form = plainer
            continue
        first = first or ref
        if form.is_last:
            return first
        form = form.rest
