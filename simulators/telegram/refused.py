"""How Telegram says no."""

from typing import Any

PREFIXES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class Refused(Exception):
    """A call Telegram does not do, with the reason it gives."""

    def __init__(self, why: str = "", *, status: int = 400, **parameters: Any) -> None:
        super().__init__(why)
        self.status = status
        self.parameters = parameters
        prefix = PREFIXES.get(status, "Error")
        self.description = f"{prefix}: {why}" if why else prefix

    def body(self) -> dict[str, Any]:
        """The answer as Telegram writes it."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def flooded(seconds: int) -> Refused:
    """The refusal of a bot that asks too much, for *seconds*."""
    return Refused(f"retry after {seconds}", status=429, retry_after=seconds)
