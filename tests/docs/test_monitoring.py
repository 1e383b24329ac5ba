"""The dashboard and the alert rules: queries that Prometheus would take, of metrics and labels that exist."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import prometheus_client
import promql_parser
import pytest
import yaml

from bridge.sdk import metrics

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
PROMTOOL = shutil.which("promtool")
BY_PROMETHEUS = {"le", "instance", "job"}
MACROS = {"$__rate_interval": "5m", "$__interval": "5m", "$instance": ".*"}


def series() -> dict[str, set[str]]:
    """Every series on the wire, with its labels."""
    found = {"up": BY_PROMETHEUS}
    for metric in vars(metrics).values():
        if isinstance(metric, prometheus_client.metrics.MetricWrapperBase):
            endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(str(metric._type), [""])
            found |= {metric._name + ending: {*metric._labelnames, *BY_PROMETHEUS} for ending in endings}
    return found


def dashboard() -> dict[str, Any]:
    return json.loads((MONITORING / "dashboard.json").read_text())


def alerts() -> list[dict[str, Any]]:
    return [
        rule for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
    ]


def asked() -> list[str]:
    """Every query, as Prometheus gets it."""
    targets = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    for macro, value in MACROS.items():
        targets = [target.replace(macro, value) for target in targets]
    return [*targets, *(rule["expr"] for rule in alerts())]


@pytest.mark.parametrize("query", asked())
def test_each_query_is_one_of_what_exists(query):
    known = series()
    promql_parser.parse(query)
    names = re.findall(r"\b(?:bridge_\w+|up)\b(?=[{\[\s)]|$)", query)
    grouped = {label.strip() for labels in re.findall(r"by \(([^)]*)\)", query) for label in labels.split(",")}

    assert names
    assert set(names) <= set(known)
    assert grouped <= set.union(*(known[name] for name in names))


def test_each_alert_says_what_is_wrong_and_what_to_do():
    for rule in alerts():
        assert {"summary", "description"} == set(rule["annotations"])
        assert rule["labels"]["severity"] in ("warning", "critical")


@pytest.mark.parametrize("language", [".", "zh"])
def test_each_alert_is_told_to_operators_and_no_other(language):
    page = MONITORING.parents[1] / "docs" / language / "operations.md"

    assert [rule["alert"] for rule in alerts()] == re.findall(r"^\| `(Bridge\w+)` \|", page.read_text(), re.MULTILINE)


@pytest.mark.skipif(PROMTOOL is None, reason="no Prometheus on this machine")
def test_prometheus_own_tool_accepts_the_rules():
    words = (PROMTOOL, "check", "rules", MONITORING / "alerts.yaml")
    done = subprocess.run(words, check=False, capture_output=True, text=True)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"{len(alerts())} rules found" in done.stdout


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_each_label_an_alert_names_is_left_by_its_query(rule):
    said = re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))
    kept = set.union(*(series()[name] for name in re.findall(r"bridge_\w+|\bup\b", rule["expr"])))

    assert set(said) <= kept


def test_no_two_panels_overlap():
    taken = [
        (x, y)
        for panel in dashboard()["panels"]
        for at in [panel["gridPos"]]
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]

    assert len(set(taken)) == len(taken)
