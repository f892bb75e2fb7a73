from __future__ import annotations

import pytest
import timm.models
import torch
from torch import nn

from bench import WeightsError
from bench.toolkit.fitting import Applied, apply_weights
from bench.toolkit.weights import read_weights


def network(classes=3):
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, classes))


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def state():
    return network().state_dict()


@pytest.fixture
def averaged():
    return network().state_dict()


def under(prefix, state):
    return {prefix + name: tensor for name, tensor in state.items()}


def taken(sets, part=None, head=()):
    """What a network holds after weights were put into it, and the notes."""
    module = network()
    applied = apply_weights(module, sets, "net: the weights in w.pth", head, part)
    return module.state_dict(), applied.notes


WRAPPERS = ["module.", "_orig_mod.", "model.", "backbone.", "encoder.", "net.", "student.backbone."]


@pytest.mark.parametrize("inner", ["", *WRAPPERS])
@pytest.mark.parametrize("outer", WRAPPERS)
@pytest.mark.parametrize("set_", ["", "state_dict", "model", "model_state_dict", "anything"])
def test_whatever_a_model_was_wrapped_in_is_taken_off(state, set_, outer, inner):
    held, notes = taken({set_: under(outer + inner, state)})
    assert same(held, state)
    address = ".".join(filter(None, [set_, (outer + inner).removesuffix(".")]))
    assert notes == (f"'{address}' of net: the weights in w.pth",)


def test_plain_names_need_no_note(state):
    held, notes = taken({"": state})
    assert same(held, state)
    assert notes == ()


def test_what_is_beside_the_model_is_left_over_and_named(state):
    beside = {"criterion.weight": torch.zeros(3), "n_averaged": torch.zeros(())}
    held, notes = taken({"state_dict": under("model.", state) | beside})
    assert same(held, state)
    assert notes == (
        "'state_dict.model' of net: the weights in w.pth; left over: criterion.weight, n_averaged",
    )


def test_what_the_model_does_not_have_is_an_error(state):
    with pytest.raises(WeightsError, match=r"do not fit: unexpected 3\.weight$"):
        taken({"model": under("module.", state | {"3.weight": torch.zeros(3)})})


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("state_dict", "state_dict_ema"),
        ("model", "model_ema"),
        ("model", "ema"),
        ("model", "ema.shadow"),
        ("state_dict", "EMA"),
    ],
)
def test_averaged_weights_come_first(state, averaged, plain, other):
    held, notes = taken({plain: state, other: averaged})
    assert same(held, averaged)
    assert notes == (f"'{other}' of net: the weights in w.pth; not '{plain}'",)
    held, notes = taken({plain: state, other: averaged}, part=plain)
    assert same(held, state)
    assert notes == (f"'{plain}' of net: the weights in w.pth; not '{other}'",)


def test_averaged_weights_are_told_by_names_too(state, averaged):
    held, _ = taken({"state_dict": under("model.", state) | under("ema_model.module.", averaged)})
    assert same(held, averaged)


def test_averaged_weights_that_are_not_whole_are_not_taken(state, averaged):
    learnt = {name: tensor for name, tensor in averaged.items() if "running" not in name}
    held, notes = taken({"model": state, "ema": learnt})
    assert same(held, state)
    assert notes == ("'model' of net: the weights in w.pth; not 'ema'",)


def test_step_counts_decide_nothing(state, averaged):
    del averaged["1.num_batches_tracked"]
    held, _ = taken({"model": state, "ema": averaged})
    assert torch.equal(held["0.weight"], averaged["0.weight"])


def test_of_several_that_differ_none_is_guessed(state, averaged):
    sets = {"": under("module.encoder_q.", state) | under("module.encoder_k.", averaged)}
    with pytest.raises(WeightsError) as caught:
        taken(sets)
    assert str(caught.value) == (
        "net: the weights in w.pth have several parts that fit: 'module.encoder_k', 'module.encoder_q'; "
        "name one, as in 'weights: FILE#PART'"
    )
    for part in ("encoder_k", "module.encoder_k"):
        assert same(taken(sets, part)[0], averaged)
    with pytest.raises(WeightsError, match=r"no part 'encoder' that fits; parts are 'module\.encoder_k'"):
        taken(sets, "encoder")


def test_of_several_that_are_the_same_any_will_do(state):
    held, notes = taken({"model": state, "best.model": dict(state)})
    assert same(held, state)
    assert notes == ("'model' of net: the weights in w.pth; not 'best.model'",)


def test_a_head_for_other_classes_does_not_decide(averaged):
    sets = {"model": under("module.", network(5).state_dict()), "model_ema": under("module.", averaged)}
    assert torch.equal(taken(sets, head=("2",))[0]["0.weight"], averaged["0.weight"])
    assert not apply_weights(network(), sets, "w", ("2",), "model").head


def test_a_file_for_another_network_names_keys():
    with pytest.raises(
        WeightsError, match=r"do not fit: missing 0\.weight, 0\.bias, .* more; unexpected y, z$"
    ):
        taken({"a": {"x": torch.zeros(1)}, "b": {"y": torch.zeros(1), "z": torch.zeros(2)}})


KEYS = ["state_dict_ema", "model_ema", "state_dict", "model"]


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "_orig_mod.module.", "module._orig_mod."])
@pytest.mark.parametrize(
    "keys",
    [(), *((key,) for key in KEYS), ("state_dict_ema", "state_dict"), ("model_ema", "model")],
    ids=lambda keys: "+".join(keys) or "plain",
)
def test_it_is_what_timm_reads(tmp_path, keys, prefix):
    sets = {key: under(prefix, network().state_dict()) for key in keys}
    torch.save(sets or under(prefix, network().state_dict()), tmp_path / "w.pth")
    held, _ = taken(read_weights(tmp_path / "w.pth"))
    assert same(held, timm.models.load_state_dict(str(tmp_path / "w.pth")))


def test_applied_weights_are_the_modules(state):
    module = network()
    assert apply_weights(module, {"": state}, "w") == Applied(head=True)
    assert same(module.state_dict(), state)


def test_only_step_counts_may_be_missing(state):
    del state["1.num_batches_tracked"]
    assert apply_weights(network(), {"": state}, "w").head
    del state["1.running_mean"]
    with pytest.raises(WeightsError, match=r"^net: file do not fit: missing 1\.running_mean$"):
        apply_weights(network(), {"": state}, "net: file")


def test_a_mismatch_names_keys_and_shapes(state):
    state["0.weight"] = torch.zeros(4, 1, 3, 3)
    del state["0.bias"]
    state |= {f"extra{number}": torch.zeros(1) for number in range(5)}
    module = network()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        apply_weights(module, {"": state}, "file")
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
    assert not apply_weights(module, {"": state}, "file", head=("2",)).head
    assert same(module[2].state_dict(), before)
    assert torch.equal(module[0].weight, state["0.weight"])
