"""Parses text to YAML nodes, within bounds of aliases and depth."""

from typing import Any

import yaml

MOST_ALIASES = 100
DEEPEST = 40


class NotYaml(Exception):
    """The text cannot be read as YAML."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


def compose(text: str) -> yaml.Node | None:
    """The root of *text*, None if it is empty; raises `NotYaml`."""
    try:
        return _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as failure:
        mark = failure.problem_mark or failure.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise NotYaml(_in_words(failure), line, column) from failure
    except yaml.reader.ReaderError as failure:
        before = text[: failure.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise NotYaml("a character that no text file may hold", line, column) from failure
    except (ValueError, OverflowError) as failure:
        # PyYAML lets these out of `"\UFFFFFFFF"` and of `%YAML 1.<5000 digits>`.
        raise NotYaml("an escape or a version number that cannot be") from failure


class _Refused(yaml.MarkedYAMLError):
    """YAML that is well formed, and that we do not take."""


class _Composer(yaml.SafeLoader):
    """Builds nodes, never objects, and counts as it goes."""

    aliases = 0
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
        self.aliases += isinstance(event, yaml.AliasEvent)
        if self.aliases > MOST_ALIASES:
            raise _Refused(problem=f"more than {MOST_ALIASES} aliases", problem_mark=event.start_mark)
        if self.depth == DEEPEST:
            raise _Refused(problem=f"more than {DEEPEST} levels deep", problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _in_words(failure: yaml.MarkedYAMLError) -> str:
    problem = failure.problem or failure.context or "cannot be understood"
    if "'\\t'" in problem:
        return "a tab; indent with spaces"
    if "expected a single document" in (failure.context or ""):
        return "a second document begins here; keep one"
    return f"{problem} ({failure.context})" if failure.context else problem
