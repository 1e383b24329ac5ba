"""Every event of the daemon itself by name, as `bridge.sdk.telemetry`: its life, its config, its database, its pages."""

from collections.abc import Mapping, Sequence

import structlog

from bridge.sdk.metrics import ADAPTER_INFO, BUGS, CIRCUIT, CONFIG, DEAD, OLDEST, RELOADS, REPLICAS, WAITING

_log = structlog.get_logger("bridge")


def bridge_started(*, version: str, adapters: list[str], seconds: float) -> None:
    """Every adapter is connected, and messages are answered."""
    _log.info("bridge.started", version=version, adapters=adapters, seconds=round(seconds, 3))


def http_listening(*, address: str) -> None:
    """The pages are served at *address*; where the config says port 0, the system has chosen one."""
    _log.info("http.listening", address=address)


def bridge_stopping(*, because: str, running: int) -> None:
    """No new messages; what was begun is being finished."""
    _log.info("bridge.stopping", because=because, running=running)


def bridge_stopped(*, left: int) -> None:
    """Everything is closed; *left* turns were handed to whoever starts next."""
    _log.info("bridge.stopped", left=left)


def database_migrated(*, revision: str) -> None:
    """The database was brought to this version of the schema."""
    _log.info("database.migrated", revision=revision)


def people_forgotten(*, people: int) -> None:
    """So many people were not heard of for as long as people are kept, and are not known any more."""
    _log.info("people.forgotten", people=people)


def config_reloaded(
    *, path: str, added: Sequence[str] = (), changed: Sequence[str] = (), removed: Sequence[str] = ()
) -> None:
    """The new rules are in force, and these adapters, bots and Cozes have come, changed or gone."""
    RELOADS.labels("taken").inc()
    _log.info("config.reloaded", path=path, added=added, changed=changed, removed=removed)


def config_restart_needed(*, keys: Sequence[str]) -> None:
    """The new rules are in force, but for these keys, which hold after a restart."""
    _log.warning("config.restart_needed", keys=keys)


def config_deferred(*, path: str, seconds: float) -> None:
    """The file has changed again, and is read later: adapters of the last ones failed to open again and again."""
    _log.warning("config.deferred", path=path, seconds=round(seconds, 1))


def config_refused(*, path: str, complaints: str) -> None:
    """The new file is wrong; the rules in force stay."""
    RELOADS.labels("refused").inc()
    _log.error("config.refused", path=path, complaints=complaints)


def record_inbox(*, waiting: int, dead: int, oldest: float) -> None:
    """So many messages of all replicas are in the inbox, the *oldest* of those that wait so many seconds old."""
    WAITING.set(waiting)
    DEAD.set(dead)
    OLDEST.set(oldest)


def record_config(*, is_current: bool, adapters: Mapping[str, str], circuits: Mapping[str, bool]) -> None:
    """Whether the config in force is that of the file, its adapters with their kinds, and whether each bot is spared."""
    CONFIG.set(is_current)
    ADAPTER_INFO.clear()
    for adapter, kind in adapters.items():
        ADAPTER_INFO.labels(adapter, kind).set(1)
    CIRCUIT.clear()
    for bot, is_open in circuits.items():
        CIRCUIT.labels(bot).set(is_open)


def replicas_counted(*, replicas: int) -> None:
    """The number of replicas has changed: each keeps to its part of what the platforms allow."""
    REPLICAS.set(replicas)
    _log.info("replicas.counted", replicas=replicas)


def turns_requeued(*, turns: int) -> None:
    """Turns whose owner did not come back wait again."""
    _log.warning("turns.requeued", turns=turns)


# What fails in it


def database_away(*, because: str, seconds: float) -> None:
    """The database does not answer; nothing is acknowledged until it does."""
    _log.error("database.away", because=because, seconds=round(seconds, 1))


def notifications_lost(*, because: str, seconds: float) -> None:
    """The database does not tell us what other replicas write; the worker polls until it does again."""
    _log.warning("notifications.lost", because=because, seconds=seconds)


def traces_missing() -> None:
    """The environment names a collector of traces, and what speaks to it is not installed: the extra ``otel``."""
    _log.warning("traces.missing")


def task_restarted(*, task: str, because: str, seconds: float) -> None:
    """A task of the daemon failed, and begins again."""
    _log.error("task.restarted", task=task, because=because, seconds=seconds)


def notice_failed(*, error: str) -> None:
    """A sentence outside any turn failed of something nobody expected: this is a bug of ours; nothing else suffers."""
    _log.error("notice.failed", error=error)


def bug_met(*, what: str, error: str) -> None:
    """Something nobody expected: this is a bug of ours; everything else goes on."""
    BUGS.labels(what).inc()
    _log.exception("bug.met", what=what, error=error)


# Whoever calls us by HTTP


def request_refused(*, reason: str, times: int) -> None:
    """Callers were told no, so many times since the last such line; a line a second for each reason."""
    _log.warning("request.refused", reason=reason, times=times)


def request_failed(*, error: str) -> None:
    """A page failed of something nobody expected: this is a bug of ours; the caller has a 500."""
    _log.exception("request.failed", error=error)


def admin_refused(*, remote: str) -> None:
    """Somebody showed a wrong admin token."""
    _log.warning("admin.refused", remote=remote)


def admin_acted(*, deed: str, subject: str, remote: str) -> None:
    """Whoever knows the admin token did something: the audit trail."""
    _log.info("admin.acted", deed=deed, subject=subject, remote=remote)


def workspace_installed(*, adapter: str, workspace: str) -> None:
    """Somebody has installed the app into a workspace or organisation, perhaps again."""
    _log.info("workspace.installed", adapter=adapter, workspace=workspace)


def workspace_removed(*, adapter: str, workspace: str) -> None:
    """The app was uninstalled there, or its tokens revoked; they are erased."""
    _log.warning("workspace.removed", adapter=adapter, workspace=workspace)


def workspace_token_renewed(*, adapter: str, workspace: str) -> None:
    """A token that was about to end was exchanged for another."""
    _log.info("workspace.token_renewed", adapter=adapter, workspace=workspace)


def workspace_token_lost(*, adapter: str, workspace: str, because: str) -> None:
    """The platform gives no other token for one that has ended; the app has to be installed there again."""
    _log.error("workspace.token_lost", adapter=adapter, workspace=workspace, because=because)


def workspaces_unknown(*, adapter: str, because: str) -> None:
    """What other replicas have installed or removed cannot be told at the moment."""
    _log.warning("workspaces.unknown", adapter=adapter, because=because)
