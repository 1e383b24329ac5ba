from tests.command import _as_before, call

__all__ = ["_as_before", "call"]
