"""Where a workflow or chatflow lives: one of an app runs only with that app's id, which Coze tells of it."""

from typing import Final

from bridge.coze.calls import Calls
from bridge.sdk.errors import Never

_NO_APP: Final = ("", "0")


class Home:
    """The app or bot on whose behalf a flow runs, as its calls name it."""

    def __init__(self, calls: Calls, flow_id: str, *, bot_id: str | None = None) -> None:
        self._calls = calls
        self._flow_id = flow_id
        self._known: dict[str, str] | None = {"bot_id": bot_id} if bot_id else None

    async def ids(self) -> dict[str, str]:
        """``bot_id`` if the config names one, else the ``app_id`` Coze tells, asked once; nothing if there is none."""
        if self._known is None:
            app_id = await self._app_id()
            self._known = {} if app_id in _NO_APP else {"app_id": app_id}
        return self._known

    async def _app_id(self) -> str:
        try:
            data = (await self._calls.call("GET", f"/v1/workflows/{self._flow_id}")).data
        except Never:  # the token may not look, or this Coze cannot tell; the flow itself may run all the same
            return ""
        detail = data.get("workflow_detail") if isinstance(data, dict) else None
        return str(detail.get("app_id") or "") if isinstance(detail, dict) else ""
