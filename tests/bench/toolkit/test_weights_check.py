"""Faults of weights files that show at a glance; the libraries that write and read them are the judges."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from bench import WeightsError
from bench.toolkit.weights_check import check_file, check_weights

TENSORS = {"a": torch.zeros(3, 4), "b": torch.ones(2, dtype=torch.float16), "c": torch.zeros(0)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "model.safetensors"
    save_file(TENSORS, file, metadata={"format": "pt"})
    return file


def test_what_can_be_loaded_is_fine(file: Path, tmp_path: Path) -> None:
    check_weights(str(file))
    check_weights(str(tmp_path))  # the folder that holds it
    save_file({}, tmp_path / "empty.safetensors")
    check_file(tmp_path / "empty.safetensors")
    for suffix, new in ((".pth", True), (".pt", False), (".bin", True)):
        path = tmp_path / f"checkpoint{suffix}"
        torch.save(TENSORS, path, _use_new_zipfile_serialization=new)
        check_weights(str(path))
    for setting in ("default", "none", "a1_in1k"):
        check_weights(setting)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nothing\.pt: no such weights file") as caught:
        check_weights(str(tmp_path / "nothing.pt"))
    assert caught.value.field == "weights"
    with pytest.raises(WeightsError, match="this folder holds no weights file"):
        check_weights(str(tmp_path), "checkpoint")


def test_a_download_that_broke_off_is_found(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(WeightsError, match=f"is {len(whole) - 1:,} bytes long in place of {len(whole):,}"):
        check_file(file)


@given(keep=st.integers(0, 400), insert=st.binary(max_size=20))
def test_what_safetensors_refuses_as_damaged_is_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, keep: int, insert: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    save_file(TENSORS, file)
    whole = file.read_bytes()
    file.write_bytes(whole[:keep] + insert + whole[keep:] if insert else whole[:keep])
    try:
        with safe_open(file, "pt") as opened:
            opened.keys()
        readable = True
    except SafetensorError:
        readable = False
    if readable:
        check_file(file)
    elif len(file.read_bytes()) != len(whole):
        with pytest.raises(WeightsError):
            check_file(file)


@pytest.mark.parametrize(
    "content",
    [b"", b"version https://git-lfs.github.com/spec/v1\noid sha256:12", b"<html>404</html>"],
    ids=["empty", "pointer of Git LFS", "page of a server"],
)
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_what_is_no_file_of_weights(tmp_path: Path, content: bytes, suffix: str) -> None:
    file = tmp_path / f"model{suffix}"
    file.write_bytes(content)
    with pytest.raises(WeightsError, match="get it again"):
        check_file(file)


def test_it_takes_no_torch(file: Path) -> None:
    code = (
        f"from bench.toolkit.weights_check import check_weights; check_weights({str(file)!r}); "
        "import sys; assert not {'torch', 'numpy', 'safetensors'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
