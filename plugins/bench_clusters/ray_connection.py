"""The way to a cluster of Ray, or a Ray that is started on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from bench import BenchError
from bench.toolkit.messages import one_line

TRIES = 3
"""How often a Ray of our own is started: the second time its files are in memory, so it is quicker."""

ANSWER_SECONDS = 45.0
"""How long a cluster has to answer: Ray by itself tries 20 times, each of which takes 42 s."""

GREETING = "import ray, sys; ray.init(address=sys.argv[1], log_to_driver=False, logging_level='ERROR')"


def connect(address: str | None, seconds: float = ANSWER_SECONDS) -> None:
    """Connect to a cluster, or start Ray on this machine; it sends nothing home, and SIGTERM stays ours.

    Raises BenchError if that fails, or if a cluster has not answered after these seconds.
    """
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # otherwise it warns of a change to come
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    before = signal.getsignal(signal.SIGTERM)
    try:
        if address is not None:
            _greet(address, seconds)
            ray.init(address=address, **quiet)
        else:
            _start(quiet)
    except Exception as error:
        raise BenchError(_advice(address, error)) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def _greet(address: str, seconds: float) -> None:
    """Connect in a process of its own first, as that can be given up."""
    command = [sys.executable, "-c", GREETING, address]
    try:
        subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"none within {seconds:g} s") from None
    except subprocess.CalledProcessError as error:
        raise ConnectionError(error.stderr.strip().rpartition("\n")[2] or str(error)) from None


def _start(quiet: Mapping[str, Any]) -> None:
    import ray

    for left in reversed(range(TRIES)):
        try:
            ray.init(address="local", include_dashboard=False, num_cpus=_cores(), **quiet)
        except Exception:
            ray.shutdown()
            if not left:
                raise
        else:
            return


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _advice(address: str | None, error: Exception) -> str:
    if address is not None:
        return (
            f"executor ray: no cluster answers at '{address}' ({one_line(error)}); "
            "start one, set RAY_AUTH_MODE=token where it asks for a token, "
            "or leave out executor.address to start Ray on this machine"
        )
    return (
        f"executor ray: Ray did not start on this machine ({one_line(error)}); a busy one is too slow for "
        "its agents, which have 15 s to name their ports: try again, or name the ports, `ray start --head "
        "--dashboard-agent-grpc-port 52360 --runtime-env-agent-port 52361 --metrics-export-port 52362`, "
        "and set executor.address to auto"
    )
