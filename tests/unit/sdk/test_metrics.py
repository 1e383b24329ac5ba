"""What the numbers say before anything has happened."""

import subprocess
import sys

READ = (
    "from bridge.sdk import metrics; from prometheus_client import generate_latest; print(generate_latest().decode())"
)


def test_a_daemon_is_its_own_only_replica_until_it_counts_others():
    told = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)

    assert "bridge_replicas 1.0" in told.stdout.splitlines()
