"""Which addresses are Slack's own, and which may see our token."""

import pytest
from yarl import URL

from adapters.slack.hosts import is_slacks, may_see_token

ORIGIN = URL("http://127.0.0.1:8080/api/").origin()


@pytest.mark.parametrize(
    ("url", "ours", "sees_token"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True, True),
        ("https://files.slack-gov.com/a", True, True),
        ("https://hooks.slack.com/commands/T1/1/x", True, False),
        ("https://slack.com/api", True, False),
        ("http://127.0.0.1:8080/files/F1", True, True),
        ("http://127.0.0.1:8081/files/F1", False, False),
        ("http://files.slack.com/a", False, False),
        ("https://files.slack.com.evil.example/a", False, False),
        ("https://evilslack.com/a", False, False),
        ("https://files.slack.com@evil.example/a", False, False),
        ("//files.slack.com/a", False, False),
        ("https://", False, False),
        ("nonsense", False, False),
        ("", False, False),
    ],
)
def test_an_address_is_slacks_by_its_host_and_by_https(url, ours, sees_token):
    """The server that the config names may be any, as long as it is that one."""
    assert ours is is_slacks(url, ORIGIN)
    assert sees_token is may_see_token(url, ORIGIN)
