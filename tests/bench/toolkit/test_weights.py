from __future__ import annotations

import hashlib
import os
import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from bench import WeightsError
from bench.toolkit.weights import apply_weights, read_weights, weights_identity, weights_path


def network(classes=3):
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, classes))


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def state():
    return network().state_dict()


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "model_state"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_checkpoints_are_unwrapped(tmp_path, state, wrapper, prefix):
    named = {prefix + name: tensor for name, tensor in state.items()}
    torch.save({wrapper: named, "epoch": 3} if wrapper else named, tmp_path / "w.pth")
    assert same(read_weights(tmp_path / "w.pth"), state)


def test_safetensors(tmp_path, state):
    save_file({f"module.{name}": tensor for name, tensor in state.items()}, tmp_path / "w.safetensors")
    assert same(read_weights(tmp_path / "w.safetensors"), state)


def test_both_formats_of_the_shared_weights_hold_the_same(shared_data):
    folder = shared_data / "weights"
    assert same(read_weights(folder / "resnet20-12fca82f.th"), read_weights(folder / "resnet20.safetensors"))


def test_a_prefix_that_not_all_have_is_part_of_the_names(tmp_path):
    torch.save({"module.a": torch.zeros(1), "b": torch.zeros(1)}, tmp_path / "w.pt")
    assert read_weights(tmp_path / "w.pt").keys() == {"module.a", "b"}


def test_a_missing_file_suggests_one_that_is_there(tmp_path, state):
    save_file(state, tmp_path / "resnet20.safetensors")
    with pytest.raises(WeightsError, match=r"resnet2O.*no such weights file; did you mean '.*resnet20.safe"):
        read_weights(tmp_path / "resnet2O.safetensors")
    with pytest.raises(WeightsError, match=r"the folder .*elsewhere is not there either"):
        read_weights(tmp_path / "elsewhere" / "resnet20.safetensors")


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"hello world, these are no weights", b"<!DOCTYPE html>"])
def test_a_damaged_file(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=r"w\..*get it again$") as caught:
        read_weights(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_truncated_checkpoint(tmp_path, state):
    torch.save(state, tmp_path / "whole.pth")
    (tmp_path / "w.pth").write_bytes((tmp_path / "whole.pth").read_bytes()[:-200])
    with pytest.raises(WeightsError, match="damaged"):
        read_weights(tmp_path / "w.pth")


class Harmful:
    """Leaves a folder behind if it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_python_objects_are_refused_and_run_nothing(tmp_path, state):
    torch.save({**state, "args": Harmful(tmp_path / "ran")}, tmp_path / "zip.pth")
    with pytest.raises(WeightsError, match=r"holds Python objects.*safetensors"):
        read_weights(tmp_path / "zip.pth")
    for protocol in (2, 4):
        (tmp_path / "plain.pth").write_bytes(pickle.dumps(Harmful(tmp_path / "ran"), protocol))
        with pytest.raises(WeightsError, match=r"plain\.pth: "):
            read_weights(tmp_path / "plain.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [[1, 2], {}, {"epoch": 3}, torch.zeros(2)])
def test_a_checkpoint_without_tensors_by_name(tmp_path, content):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="no state dict"):
        read_weights(tmp_path / "w.pth")


def test_a_folder_means_the_one_weights_file_in_it(tmp_path, state):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match="no weights file; name one"):
        read_weights(tmp_path)
    torch.save(state, tmp_path / "a.pth")
    assert same(read_weights(tmp_path), state)
    torch.save({"x": torch.zeros(1)}, tmp_path / "b.pth")
    with pytest.raises(WeightsError, match=r"holds a\.pth, b\.pth; name one"):
        read_weights(tmp_path)
    save_file({"y": torch.zeros(1)}, tmp_path / "model.safetensors")
    assert read_weights(tmp_path).keys() == {"y"}


def test_applied_weights_are_the_modules(state):
    module = network()
    assert apply_weights(module, state, "w")
    assert same(module.state_dict(), state)


def test_only_step_counts_may_be_missing(state):
    del state["1.num_batches_tracked"]
    assert apply_weights(network(), state, "w")
    del state["1.running_mean"]
    with pytest.raises(WeightsError, match=r"^net: file do not fit: missing 1\.running_mean$"):
        apply_weights(network(), state, "net: file")


def test_a_mismatch_names_keys_and_shapes(state):
    state["0.weight"] = torch.zeros(4, 1, 3, 3)
    del state["0.bias"]
    state |= {f"extra{number}": torch.zeros(1) for number in range(5)}
    module = network()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        apply_weights(module, state, "file")
    assert str(caught.value) == (
        "file do not fit: missing 0.bias; unexpected extra0, extra1, extra2 and 2 more; "
        "0.weight is [4, 1, 3, 3] in place of [4, 3, 3, 3]"
    )
    assert same(module.state_dict(), before)


@pytest.mark.parametrize("change", ["other classes", "gone", "other names"])
def test_a_head_that_does_not_fit_is_left_alone(state, change):
    module = network()
    before = {name: tensor.clone() for name, tensor in module[2].state_dict().items()}
    if change == "other classes":
        state = network(classes=5).state_dict()
    else:
        del state["2.weight"], state["2.bias"]
    if change == "other names":
        state["2.fc.weight"] = torch.zeros(3, 4)
    assert not apply_weights(module, state, "file", head=("2",))
    assert same(module[2].state_dict(), before)
    assert torch.equal(module[0].weight, state["0.weight"])


@pytest.mark.parametrize("tag", ["default", "none", "a1_in1k", "IMAGENET1K_V2"])
def test_tags_are_no_paths(tag):
    assert weights_path(tag) is None
    assert weights_identity(tag) == tag


def test_what_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in ("w.th", "w.safetensors", "folder/w", "./w"):
        assert weights_path(text) is not None
    assert weights_path("plain") is None
    (tmp_path / "plain").mkdir()
    (tmp_path / "none").mkdir()
    assert weights_path("plain") is not None
    assert weights_path("none") is None


def test_the_identity_of_a_file_is_its_content_wherever_it_lies(tmp_path):
    (tmp_path / "a.pth").write_bytes(b"one")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b.pth").write_bytes(b"one")
    digest = hashlib.sha256(b"one").hexdigest()
    assert weights_identity(str(tmp_path / "a.pth")) == f"sha256:{digest}"
    assert weights_identity(str(tmp_path / "folder")) == f"sha256:{digest}"
    (tmp_path / "a.pth").write_bytes(b"other")
    assert weights_identity(str(tmp_path / "a.pth")) == f"sha256:{hashlib.sha256(b'other').hexdigest()}"


def test_a_file_that_is_not_there_has_an_identity_too(tmp_path):
    assert weights_identity(str(tmp_path / "w.pth")) == str(tmp_path / "w.pth")


def test_a_file_that_cannot_be_read_has_an_identity_too(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("bench.toolkit.weights.file_digest", refuse)
    (tmp_path / "w.pth").touch()
    assert weights_identity(str(tmp_path / "w.pth")) == str(tmp_path / "w.pth")
