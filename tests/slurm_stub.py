"""A rehearsal of Slurm: its commands, of which jobs run as processes of this machine, two at a time.

`install` puts them into a folder for PATH. A job is told by SIGUSR2 that its time is nearly up, ended when it
is, queued again and cancelled, as Slurm does with all processes of a job. A minute takes as many seconds as
SLURM_STUB_MINUTE says.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

COMMANDS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sacct")
SLOTS = 2
TICK_SECONDS = 0.05
GRACE_SECONDS = 2.0
LIVING = ("PENDING", "RUNNING")


def install(folder: Path, minute: float = 60) -> dict[str, str]:
    """Put the commands into a folder; return the environment in which they are found."""
    commands = folder / "bin"
    commands.mkdir(parents=True)
    for name in COMMANDS:
        file = commands / name
        file.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).resolve()} {name} "$@"\n')
        file.chmod(0o755)
    state = folder / "jobs"
    state.mkdir()
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "SLURM_STUB": str(state), "SLURM_STUB_MINUTE": str(minute)}


class StubJob:
    """A job's folder: its script, its state, and what is asked of it."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.folder = Path(os.environ["SLURM_STUB"]) / number

    @property
    def state(self) -> str:
        return (self.folder / "state").read_text()

    @state.setter
    def state(self, state: str) -> None:
        part = self.folder / "state.part"
        part.write_text(state)
        part.replace(self.folder / "state")

    def ask(self, what: str) -> None:
        (self.folder / what).touch()

    def asked(self, what: str) -> bool:
        with suppress(FileNotFoundError):
            (self.folder / what).unlink()
            return True
        return False

    @property
    def options(self) -> dict[str, str]:
        """What the script asks for."""
        text = (self.folder / "script").read_text()
        return dict(re.findall(r"^#SBATCH --([\w-]+)=?(.*)$", text, re.MULTILINE))

    def path(self, name: str) -> Path:
        return Path(self.options[name].strip("'").replace("%j", self.number))


def jobs() -> list[StubJob]:
    """All there are, the oldest first."""
    folders = Path(os.environ["SLURM_STUB"]).glob("[0-9]*")
    return [StubJob(folder.name) for folder in sorted(folders, key=lambda folder: int(folder.name))]


def sbatch(script: str) -> None:
    number = len(jobs()) + 1
    while True:
        job = StubJob(str(number))
        try:
            job.folder.mkdir()
            break
        except FileExistsError:
            number += 1
    shutil.copy(script, job.folder / "script")
    job.state = "PENDING"
    nowhere = subprocess.DEVNULL
    command = [sys.executable, __file__, "job", job.number]
    subprocess.Popen(command, start_new_session=True, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    print(f"Submitted batch job {job.number}")


def srun(*arguments: str) -> None:
    rest = list(arguments)
    number = os.environ["SLURM_JOB_ID"]
    while rest[0].startswith("--"):
        flag = rest.pop(0)
        if flag in ("--output", "--error"):
            path = rest.pop(0).replace("%j", number).replace("%t", "0")
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(file, 1 if flag == "--output" else 2)
    os.environ |= {"SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NODEID": "0"}
    os.execvp(rest[0], rest)


def squeue(*arguments: str) -> None:
    print("\n".join(job.number for job in jobs() if job.state in LIVING))


def scancel(number: str) -> None:
    StubJob(number).ask("cancel")


def scontrol(verb: str, number: str) -> None:
    assert verb == "requeue"
    StubJob(number).ask("requeue")


def sacct(*arguments: str) -> None:
    print(StubJob(arguments[-1]).state)


def job(number: str) -> None:
    """Stand for a job until it is over, however often it is queued again."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # all of its processes stay below this one
    this = StubJob(number)
    while this.state in LIVING:
        if this.asked("cancel"):
            this.state = "CANCELLED"
        elif (slot := free_slot()) is not None:
            with slot:
                this.state = "RUNNING"
                this.state = run(this)
        time.sleep(TICK_SECONDS)


def free_slot() -> IO[bytes] | None:
    for number in range(SLOTS):
        file = (Path(os.environ["SLURM_STUB"]) / f"slot-{number}").open("wb")
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        file.close()
    return None


def run(this: StubJob) -> str:
    """Run the script once; return the state of the job after it."""
    minute = float(os.environ["SLURM_STUB_MINUTE"])
    seconds = float(this.options["time"]) * minute
    name, _, delay = this.options["signal"].partition("@")
    warned, began = False, time.monotonic()
    environment = {**os.environ, "SLURM_JOB_ID": this.number, "SLURM_NTASKS": "1", "SLURM_JOB_NUM_NODES": "1"}
    with this.path("output").open("ab") as out, this.path("error").open("ab") as error:
        command = ["bash", str(this.folder / "script")]
        process = subprocess.Popen(
            command, env=environment, stdout=out, stderr=error, start_new_session=True, close_fds=True
        )
    try:
        while process.poll() is None:
            time.sleep(TICK_SECONDS)
            passed = time.monotonic() - began
            if this.asked("cancel"):
                return "CANCELLED"
            if this.asked("requeue"):
                return "PENDING"
            if passed >= seconds:
                return "TIMEOUT"
            if not warned and passed >= seconds - float(delay) * minute / 60:
                warned = True
                tell_all(signal.Signals[f"SIG{name}"], but=process.pid)  # the script's shell is no step
        return "COMPLETED" if process.returncode == 0 else "FAILED"
    finally:
        end_all()


def tell_all(number: int, but: int | None = None) -> None:
    import psutil

    for process in psutil.Process().children(recursive=True):
        if process.pid != but:
            with suppress(psutil.Error):
                process.send_signal(number)


def end_all() -> None:
    """End all processes of the job, at once if they do not follow."""
    import psutil

    tell_all(signal.SIGTERM)
    end = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < end and any(
        process.status() != psutil.STATUS_ZOMBIE for process in psutil.Process().children(recursive=True)
    ):
        time.sleep(TICK_SECONDS)
    tell_all(signal.SIGKILL)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
