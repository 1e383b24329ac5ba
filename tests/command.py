"""The command as people call it, within the process of the tests."""

import logging
import sys
import threading

import pytest
import structlog

from bridge import cli


@pytest.fixture(autouse=True)
def _as_before():
    """A command sets up logging for its process, which here is that of all tests."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    yield
    root.handlers[:], root.level, logging.raiseExceptions = before
    logging.getLogger("bridge").setLevel(logging.NOTSET)
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


@pytest.fixture
def call(monkeypatch, capsys):
    """Run ``coze-bridge`` with these words; gives its exit code, its output and its complaints."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["coze-bridge", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return call
