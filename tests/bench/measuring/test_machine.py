"""What is told of the machine, and what is not."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import pytest
import torch

from bench.measuring.machine import git, governor, load, machine, software


def test_a_machine_is_known_by_what_it_is_and_not_by_its_name() -> None:
    facts = machine()
    assert facts == machine()
    assert facts["threads"] == os.cpu_count()
    assert 1 <= facts["cores"] <= facts["threads"]
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    assert abs(facts["memory_gib"] - total) < 0.1 + total / 100
    assert facts["processor"]
    assert len(facts["id"]) == 12
    assert platform.node() not in facts.values()


def test_software_is_told_with_its_versions() -> None:
    versions = software()
    assert versions["python"] == platform.python_version()
    assert versions["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert versions["transferbench"]


def test_commit_and_cleanness_of_a_working_tree(tmp_path: Path) -> None:
    def call(*arguments: str) -> str:
        user = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *user, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    call("init", "--quiet")
    (tmp_path / "file").write_text("one")
    call("add", "file")
    call("commit", "--quiet", "--message", "one")
    commit = call("rev-parse", "HEAD")
    assert git(tmp_path) == {"commit": commit, "dirty": False}
    (tmp_path / "other").touch()  # not part of it
    assert git(tmp_path) == {"commit": commit, "dirty": False}
    (tmp_path / "file").write_text("two")
    assert git(tmp_path) == {"commit": commit, "dirty": True}


def test_outside_of_a_working_tree_nothing_is_told(tmp_path: Path) -> None:
    assert git(tmp_path) == {}
    assert git(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("cores", "told"),
    [
        (["performance", "performance"], "performance"),
        (["performance", "powersave"], "mixed"),
        ([], None),
    ],
)
def test_what_sets_the_clock_of_the_cores(tmp_path: Path, cores: list[str], told: str | None) -> None:
    for number, name in enumerate(cores):
        place = tmp_path / f"cpu{number}" / "cpufreq"
        place.mkdir(parents=True)
        (place / "scaling_governor").write_text(f"{name}\n")
    assert governor(tmp_path) == told


def test_a_governor_that_cannot_be_read_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "cpu0" / "cpufreq" / "scaling_governor").mkdir(parents=True)
    assert governor(tmp_path) is None


def test_the_load_is_that_of_the_last_minute() -> None:
    assert load() == pytest.approx(os.getloadavg()[0], abs=0.5)
