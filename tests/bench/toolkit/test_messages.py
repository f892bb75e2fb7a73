"""Suggestions, and messages on one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.toolkit.messages import did_you_mean, fault_of, one_line, shortened, system_fault


def test_suggestions_are_close_or_none() -> None:
    assert did_you_mean("epoch", ["lr", "epochs"]) == "; did you mean 'epochs'?"
    assert did_you_mean("nothing", ["lr", "epochs"]) == ""
    assert did_you_mean(3, ["3"]) == ""
    assert did_you_mean("", ["3"]) == ""
    assert did_you_mean("a" * 1000, ["a" * 1001]) == ""


def test_the_beginning_of_a_word_suggests_it_where_none_is_closer() -> None:
    assert did_you_mean("a1", ["b2_in1k", "a1_in1k"]) == "; did you mean 'a1_in1k'?"
    assert did_you_mean("resnet", ["resnet101_of_another_kind", "resnet1"]) == "; did you mean 'resnet1'?"


def test_a_suggestion_is_shown_as_asked_for() -> None:
    assert did_you_mean("epoch", ["epochs"], show="--{}".format) == "; did you mean '--epochs'?"


@given(st.text())
def test_any_error_is_on_one_line(text: str) -> None:
    line = one_line(ValueError(text))
    assert len(line.splitlines()) <= 1
    assert line.split() == text.split()
    assert one_line(text, 3) == line[:3]


def test_addresses_are_left_out() -> None:
    assert one_line(f"cannot identify {object()!r}") == "cannot identify <object>"
    assert one_line("<_io.BytesIO object at 0x7f00deadbeef> is closed") == "<_io.BytesIO> is closed"


def test_advice_that_lets_files_run_code_is_left_out() -> None:
    said = (
        "Weights only load failed. Re-running `torch.load` with `weights_only` set to `False` will likely "
        "succeed. Unsupported global: os.system"
    )
    assert one_line(said) == "Weights only load failed. Unsupported global: os.system"
    assert "trust_remote_code" not in one_line("needs code; set trust_remote_code=True to run it")
    assert one_line("allow_pickle=False") == ""


@given(st.text(max_size=300), st.integers(20, 100))
def test_a_long_text_loses_its_middle(text: str, longest: int) -> None:
    short = shortened(text, longest)
    assert len(short) <= max(longest, 0)
    assert short == text or (text.startswith(short.split(" ... ")[0]) and text.endswith(short[-5:]))


def test_faults_of_the_system_say_which_file() -> None:
    assert system_fault(FileNotFoundError(2, "No such file or directory", "a.csv")) == (
        "a.csv: no such file or directory"
    )
    assert system_fault(OSError(28, "No space left on device")) == "no space left on device"
    assert len(system_fault(OSError(36, "File name too long", "x" * 5000))) < 130


def test_an_error_is_told_even_if_its_text_fails() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert fault_of(Mute()) == "Mute"
    assert fault_of(KeyError()) == "KeyError"
    assert fault_of(ValueError("no\ngood")) == "ValueError: no good"
    assert len(fault_of(ValueError("x" * 10_000_000))) < 500
