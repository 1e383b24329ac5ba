"""The app of a workflow or chatflow: one that belongs to an app runs only with its id, which Coze may tell."""

from typing import Final

from bridge.coze.api import CozeApi
from bridge.sdk.errors import Later, Never

_NO_APP: Final = ("", "0")


class AppIdLookup:
    """The app or bot on whose behalf a flow runs, as its calls name it."""

    def __init__(self, api: CozeApi, flow_id: str, *, bot_id: str | None = None, app_id: str | None = None) -> None:
        self._api = api
        self._flow_id = flow_id
        named = {"bot_id": bot_id, "app_id": app_id}
        self._known = {name: value for name, value in named.items() if value} or None

    async def ids(self) -> dict[str, str]:
        """
        The ``bot_id`` or ``app_id`` that the config names, else the ``app_id`` that Coze tells; nothing if there is none.

        A look-up that fails is made again for the next question: the token may have been given ``getMetadata`` by then.
        """
        if self._known is None:
            try:
                app_id = await self._app_id()
            except (Later, Never):  # the flow itself may run all the same
                return {}
            self._known = {} if app_id in _NO_APP else {"app_id": app_id}
        return self._known

    async def _app_id(self) -> str:
        data = (await self._api.call("GET", f"/v1/workflows/{self._flow_id}")).data
        detail = data.get("workflow_detail") if isinstance(data, dict) else None
        return str(detail.get("app_id") or "") if isinstance(detail, dict) else ""
