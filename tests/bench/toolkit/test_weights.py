from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from bench import WeightsError
from bench.toolkit.weights import read_weights, weights_identity, weights_part, weights_path


def network(classes=3):
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, classes))


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def state():
    return network().state_dict()


def test_a_checkpoint_s_sets_are_known_by_where_they_stand(tmp_path, state):
    content = {
        "epoch": 3,
        "args": argparse.Namespace(lr=0.1),
        "state_dict": state,
        "ema": {"decay": 0.9, "shadow": state},
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 0.1}]},
    }
    torch.save(content, tmp_path / "last.pth.tar")
    sets = read_weights(tmp_path / "last.pth.tar")
    assert sets.keys() == {"state_dict", "ema.shadow"}
    assert all(same(tensors, state) for tensors in sets.values())


def test_tensors_alone_are_one_set(tmp_path, state):
    torch.save(state, tmp_path / "w.pth")
    save_file(state, tmp_path / "w.safetensors")
    for name in ("w.pth", "w.safetensors"):
        assert read_weights(tmp_path / name).keys() == {""}
        assert same(read_weights(tmp_path / name)[""], state)


def test_both_formats_of_the_shared_weights_hold_the_same(shared_data):
    folder = shared_data / "weights"
    (old,), (new,) = (
        read_weights(folder / name).values() for name in ("resnet20-12fca82f.th", "resnet20.safetensors")
    )
    assert same({name.removeprefix("module."): tensor for name, tensor in old.items()}, new)


class TestIndex:
    """Weights in several files, as transformers writes them."""

    @pytest.fixture
    def index(self, tmp_path, state):
        names = sorted(state)
        shards = {"model-1.safetensors": names[:3], "model-2.safetensors": names[3:]}
        for shard, held in shards.items():
            save_file({name: state[name] for name in held}, tmp_path / shard)
        listed = {name: shard for shard, held in shards.items() for name in held}
        file = tmp_path / "model.safetensors.index.json"
        file.write_text(json.dumps({"metadata": {}, "weight_map": listed}))
        return file

    def test_it_stands_for_all_of_them(self, index, state):
        for path in (index, index.parent):
            assert same(read_weights(path)[""], state)

    def test_its_identity_is_that_of_all(self, index):
        before = weights_identity(str(index))
        assert before == weights_identity(str(index.parent))
        with (index.parent / "model-2.safetensors").open("ab") as stream:
            stream.write(b" ")
        assert weights_identity(str(index)) != before

    def test_a_file_that_is_not_there(self, index):
        (index.parent / "model-2.safetensors").unlink()
        with pytest.raises(WeightsError, match=r"names model-2\.safetensors, which is not there"):
            read_weights(index)
        assert weights_identity(str(index)) == str(index)

    @pytest.mark.parametrize(
        "text", ["{", "[]", "{}", '{"weight_map": 3}', '{"weight_map": {"a": "../b"}}', '{"weight_map": {}}']
    )
    def test_a_damaged_one(self, index, text):
        index.write_text(text)
        with pytest.raises(WeightsError, match=r"index\.json: ") as caught:
            read_weights(index)
        assert "\n" not in str(caught.value)


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
    assert same(read_weights(tmp_path)[""], state)
    torch.save({"x": torch.zeros(1)}, tmp_path / "b.pth")
    with pytest.raises(WeightsError, match=r"holds a\.pth, b\.pth; name one"):
        read_weights(tmp_path)
    save_file({"y": torch.zeros(1)}, tmp_path / "model.safetensors")
    assert read_weights(tmp_path)[""].keys() == {"y"}


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


def test_a_part_is_named_after_the_file(tmp_path):
    (tmp_path / "w.pth").write_bytes(b"one")
    (tmp_path / "odd#name.pth").write_bytes(b"one")
    named = f"{tmp_path}/w.pth#state_dict.module"
    assert (weights_path(named), weights_part(named)) == (tmp_path / "w.pth", "state_dict.module")
    assert weights_identity(named) == f"{weights_identity(f'{tmp_path}/w.pth')}#state_dict.module"
    odd = f"{tmp_path}/odd#name.pth"
    assert (weights_path(odd), weights_part(odd)) == (tmp_path / "odd#name.pth", None)
    assert weights_part(f"{tmp_path}/w.pth") is None
    assert weights_part("default") is None


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
