"""What machine this is, and what software runs on it."""

from __future__ import annotations

import os
import platform
import subprocess
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from ..api import Value

PACKAGES = (
    "transferbench",
    "torch",
    "torchvision",
    "timm",
    "transformers",
    "datasets",
    "numpy",
)


def machine() -> dict[str, Value]:
    """Return the machine's facts; `id` is a digest of them, equal on machines of one kind. No host name."""
    import psutil

    facts: dict[str, Value] = {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=False) or os.cpu_count(),
        "threads": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
    }
    return {"id": sha256(repr(facts).encode()).hexdigest()[:12], **facts}


def software() -> dict[str, Value]:
    """Return the versions of Python and of the packages that make the numbers; absent ones are left out."""
    versions: dict[str, Value] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def governor(cores: Path = Path("/sys/devices/system/cpu")) -> str | None:
    """Return what sets the clock rate of the cores, such as `performance`; `mixed` if they differ.

    None where it cannot be read, as on virtual machines. See Linux's documentation of CPU frequency scaling.
    """
    try:
        found = {file.read_text().strip() for file in cores.glob("cpu[0-9]*/cpufreq/scaling_governor")}
    except OSError:
        return None
    return "mixed" if len(found) > 1 else next(iter(found), None)


def load() -> float | None:
    """Return how many threads ran or waited for a core in the last minute, on average; None on Windows."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def git(folder: Path) -> dict[str, Value]:
    """Return commit and cleanness of the working tree around a folder; empty where there is none."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {}
    return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
