"""What deploy/ hands to operators: files that parse, and name only commands, settings, paths and users that there are."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

from bridge.config.loading import load
from bridge.config.settings import WorkerSettings
from bridge.parts.registry import Kinds
from tests.docs.calls import wrong

TOP = Path(__file__).parents[2]
DEPLOY = TOP / "deploy"
SPARE = 5
"""Seconds above ``worker.drain`` that docs/operations.md asks for."""
FILLED = {
    "TELEGRAM_TOKEN": "123456:sesame-sesame-sesame-sesame-sesame",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
}


def dockerfile(instruction: str) -> list[str]:
    """What stands behind each of these, its lines joined."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{instruction} +(.+)$", text, re.MULTILINE)


def unit() -> dict[str, list[str]]:
    """The values of each key in the unit's section ``Service``."""
    text = (DEPLOY / "coze-bridge.service").read_text().partition("[Service]")[2].partition("[Install]")[0]
    values: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        values.setdefault(key, []).append(value)
    return values


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def objects() -> dict[str, Any]:
    """What the Kubernetes example declares, by kind."""
    files = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    return {one["kind"]: one for file in files for one in yaml.safe_load_all(file.read_text())}


def pod() -> dict[str, Any]:
    return objects()["Deployment"]["spec"]["template"]["spec"]


def container() -> dict[str, Any]:
    (only,) = pod()["containers"]
    return only


def paths() -> set[str]:
    """What the daemon's web server answers by GET."""
    return set(re.findall(r'add_get\("(/[^"]*)"', (TOP / "bridge" / "web" / "server.py").read_text()))


def drain() -> float:
    return WorkerSettings().drain


class TestCommands:
    def test_the_unit_runs_what_there_is(self):
        commands = [
            line.partition("/bin/coze-bridge ")[2] for key in ("ExecStart", "ExecReload") for line in unit()[key]
        ]
        ours = [line for line in commands if line]

        assert ["run", "check"] == [line.split()[0] for line in ours]
        assert [] == [complaint for line in ours if (complaint := wrong(line))]

    def test_the_image_runs_what_there_is(self):
        (entry,), (words,) = dockerfile("ENTRYPOINT"), map(json.loads, dockerfile("CMD"))

        assert ["coze-bridge"] == json.loads(entry)
        assert wrong(" ".join(words)) is None

    def test_the_pod_runs_what_the_image_runs(self):
        assert json.loads(dockerfile("CMD")[0]) == container()["args"]


class TestEnding:
    """Whoever supervises the daemon waits until it has finished what it began."""

    def test_systemd_does(self):
        assert float(unit()["TimeoutStopSec"][0]) >= drain() + SPARE

    def test_compose_does(self):
        assert float(compose()["bridge"]["stop_grace_period"].removesuffix("s")) >= drain() + SPARE

    def test_kubernetes_does(self):
        assert pod()["terminationGracePeriodSeconds"] >= drain() + SPARE


class TestSettings:
    def test_the_config_for_compose_is_right_and_needs_what_its_env_offers(self):
        offered = dict.fromkeys(dotenv_values(DEPLOY / "example.env"), "x1") | FILLED

        assert load(DEPLOY / "config.example.yaml", Kinds(), offered).routes

    def test_the_config_for_kubernetes_is_right_and_needs_what_its_secret_offers(self, tmp_path):
        (name, text), *others = objects()["ConfigMap"]["data"].items()
        (tmp_path / name).write_text(text)

        assert [] == others
        assert load(tmp_path / name, Kinds(), objects()["Secret"]["stringData"]).routes

    def test_each_config_lies_where_the_command_looks(self):
        _, _, looked = json.loads(dockerfile("CMD")[0])
        (mounted,) = (volume.split(":")[1] for volume in compose()["bridge"]["volumes"])
        mounts = {mount["name"]: mount["mountPath"] for mount in container()["volumeMounts"]}

        assert looked == mounted == f"{mounts['config']}/config.yaml"


class TestHealth:
    def test_kubernetes_asks_what_the_daemon_answers(self):
        probes = {key: value["httpGet"]["path"] for key, value in container().items() if key.endswith("Probe")}

        assert {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"} == probes
        assert set(probes.values()) <= paths()

    def test_the_image_asks_what_the_daemon_answers(self):
        (check,) = dockerfile("HEALTHCHECK")

        assert set(re.findall(r"127\.0\.0\.1:8080(/\w+)", check)) == {"/healthz"} <= paths()


class TestKubernetes:
    def test_the_image_is_of_this_version(self):
        project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]

        assert f"coze-bridge:{project['version']}" == container()["image"]

    def test_everything_that_selects_finds_the_pods(self):
        labels = objects()["Deployment"]["spec"]["template"]["metadata"]["labels"]
        selects = [objects()[kind]["spec"]["selector"] for kind in ("Deployment", "PodDisruptionBudget")]

        assert [{"matchLabels": labels}] * 2 == selects
        assert labels == objects()["Service"]["spec"]["selector"]

    def test_a_replica_may_go_while_another_stays(self):
        assert (
            objects()["Deployment"]["spec"]["replicas"] > objects()["PodDisruptionBudget"]["spec"]["minAvailable"] > 0
        )

    def test_every_volume_and_secret_it_names_is_declared(self):
        volumes = {volume["name"]: volume for volume in pod()["volumes"]}

        assert set(volumes) == {mount["name"] for mount in container()["volumeMounts"]}
        assert objects()["ConfigMap"]["metadata"]["name"] == volumes["config"]["configMap"]["name"]
        assert [{"secretRef": {"name": objects()["Secret"]["metadata"]["name"]}}] == container()["envFrom"]


class TestRights:
    """Nobody is root, and nothing is written but the state."""

    def test_of_the_image(self):
        (user,), (made,) = dockerfile("USER"), re.findall(r"--uid (\d+)", " ".join(dockerfile("RUN")))

        assert user == made != "0"
        assert pod()["securityContext"]["runAsUser"] == int(user)

    def test_of_the_unit(self):
        wanted = {"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "UMask": "0077"}

        assert wanted == {key: unit()[key][-1] for key in wanted}

    def test_of_the_containers(self):
        assert compose()["bridge"]["read_only"] is container()["securityContext"]["readOnlyRootFilesystem"] is True


def test_what_the_image_is_made_of_exists_and_is_let_in():
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copies = [line.split()[:-1] for line in dockerfile("COPY") if not line.startswith("--from")]
    sources = [source for line in copies for source in line]

    assert {"bridge", "migrations"} <= set(sources)
    assert sources == [source for source in sources if (TOP / source).exists() and f"!{source}" in let_in]
