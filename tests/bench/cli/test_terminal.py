"""What is printed: it controls no terminal, and streams that are odd cost one line at most."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.cli.terminal import Harmless, harmless_streams, raw
from bench.toolkit.rendering.text import CONTROL

HOSTILE = "\x1b]0;title\x07\x1b[31mred\x9b2J\u202eturned\r\ud800"


@given(st.lists(st.text() | st.just(HOSTILE)))
def test_no_control_character_reaches_the_stream_whatever_is_printed(texts: list[str]) -> None:
    stream = io.StringIO()
    shown = Harmless(stream, "stdout")
    for text in texts:
        print(text, file=shown)
    assert not CONTROL.search(stream.getvalue())
    assert stream.getvalue().count("\n") == sum(text.count("\n") + 1 for text in texts)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_the_encoding_lacks_are_escapes(encoding: str) -> None:
    file = io.BytesIO()
    stream = io.TextIOWrapper(file, encoding)
    print("net · Ω 😀", file=Harmless(stream, "stdout"), flush=True)
    shown = file.getvalue().decode(encoding)
    assert json.loads(f'"{shown.rstrip()}"') == "net · Ω 😀"
    assert len(shown) == {"ascii": 31, "latin-1": 26, "utf-8": 10}[encoding]


def test_the_stream_itself_is_there_for_what_draws() -> None:
    stream = io.StringIO()
    assert raw(Harmless(stream, "stdout")) is stream  # type: ignore[arg-type]
    assert raw(stream) is stream


def test_streams_are_as_before_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    with harmless_streams():
        print(HOSTILE, file=sys.stderr)
        print(HOSTILE)
    assert (sys.stdout, sys.stderr) == before
    assert not any(CONTROL.search(text) for text in capsys.readouterr())


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bench = f"{sys.executable} -m bench"
    return subprocess.run(
        ["bash", "-c", command.replace("bench", bench, 1)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_no_room_for_the_output_is_one_line() -> None:
    done = shell("bench list --json > /dev/full")
    assert (done.returncode, done.stderr) == (2, "bench: stdout: no space left on device\n")


def test_streams_that_are_closed_get_nothing() -> None:
    done = shell("bench list tasks <&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = shell(f"cd {gone} && rmdir {gone} && exec bench list")
    assert done.returncode == 2
    assert done.stderr == "bench: the current folder has been deleted; change to another\n"
