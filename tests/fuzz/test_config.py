"""Whatever somebody writes into the config: it is settings, or complaints that name the place; never anything else."""

import copy
import json
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.config.loading import load
from bridge.parts.registry import Kinds
from bridge.sdk.errors import ConfigError
from tests.fuzz.mutations import mutated

TOP = Path(__file__).parents[2]
EXAMPLE = yaml.safe_load((TOP / "config.example.yaml").read_text())
ENVIRON = {
    "COZE_TOKEN": "sesame-1",
    "TELEGRAM_TOKEN": "1:sesame-2",
    "SLACK_BOT_TOKEN": "xoxb-3",
    "SLACK_APP_TOKEN": "xapp-4",
}
randoms = st.randoms(use_true_random=False)


@pytest.fixture(scope="module")
def config(tmp_path_factory) -> Path:
    """Where a spoilt config file goes."""
    return tmp_path_factory.mktemp("config") / "config.yaml"


@given(random=randoms)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_spoilt_file_is_settings_or_complaints(config: Path, random: Random):
    config.write_text(json.dumps(mutated(random, copy.deepcopy(EXAMPLE))))  # which is YAML, too
    complaints = refused(config)

    assert complaints is None or complaints.splitlines()
    assert not any(secret in (complaints or "") for secret in ENVIRON.values())


def refused(config: Path) -> str | None:
    """What is wrong with that file; None: nothing."""
    try:
        load(config, Kinds(), ENVIRON)
    except ConfigError as refusal:
        return refusal.detail
    return None
