from __future__ import annotations

import pytest
import timm
import torch
import torchvision
import transformers
from torch import nn

from bench.toolkit.blocks import Block, blocks_of
from bench.toolkit.training import decay_groups, freeze, layerwise, unfreeze

TIMM = ["test_resnet", "test_convnext", "test_vit", "test_efficientnet", "resnet18", "densenet121", "vgg11"]
TORCHVISION = [
    "resnet18",
    "vgg11",
    "densenet121",
    "mobilenet_v3_small",
    "squeezenet1_1",
    "swin_t",
    "vit_b_32",
]
SMALL = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32}
TRANSFORMERS = {
    "bert": transformers.BertConfig(**SMALL),
    "distilbert": transformers.DistilBertConfig(dim=16, n_layers=4, n_heads=2, hidden_dim=32),
    "gpt2": transformers.GPT2Config(
        n_embd=16, n_layer=4, n_head=2, vocab_size=50, bos_token_id=0, eos_token_id=0
    ),
    "vit": transformers.ViTConfig(**SMALL, image_size=32),
}


def models():
    for name in TIMM:
        yield pytest.param(lambda name=name: timm.create_model(name, num_classes=0), id=f"timm {name}")
    for name in TORCHVISION:
        yield pytest.param(lambda name=name: torchvision.models.get_model(name), id=f"torchvision {name}")
    for name, config in TRANSFORMERS.items():
        yield pytest.param(
            lambda config=config: transformers.AutoModel.from_config(config), id=f"transformers {name}"
        )


@pytest.mark.parametrize("build", list(models()))
def test_blocks_hold_each_parameter_once_in_order(build):
    with torch.device("meta"):
        model = build()
    blocks = blocks_of(model)
    order = {id(parameter): place for place, parameter in enumerate(model.parameters())}
    held = [id(parameter) for block in blocks for parameter in block.parameters()]
    assert len(held) == len(set(held))
    assert set(held) == set(order)
    assert len(blocks) >= 5
    shallowest = [min(order[id(parameter)] for parameter in block.parameters()) for block in blocks]
    assert shallowest == sorted(shallowest)


class Awkward(nn.Module):
    """Names that differ only in a dot, and one that modules use for something of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.a_b = nn.Linear(2, 2)
        self.half = nn.BatchNorm1d(2)
        self.a = nn.ParameterDict({"b": torch.zeros(2)})
        self.c = nn.ModuleDict({"d": nn.BatchNorm1d(2), "d_e": nn.BatchNorm1d(2)})
        self.c["d"].e = nn.Parameter(torch.zeros(2))


def test_no_name_of_a_member_hides_another():
    model = Awkward()
    held = [id(parameter) for block in blocks_of(model) for parameter in block.parameters()]
    assert sorted(held) == sorted(map(id, model.parameters()))


@pytest.mark.parametrize("names", [("a.b", "a_b"), ("half", "take")])
def test_a_block_holds_whatever_it_takes(names):
    block = Block()
    for name in names:
        block.take(name, nn.Linear(2, 2))
        block.take(f"{name}.bias", nn.Parameter(torch.zeros(2)))
    assert len(list(block.parameters())) == 6


def test_a_residual_network_comes_apart_into_its_stages():
    model = torchvision.models.resnet18()
    del model.fc
    stem, *stages = blocks_of(model)
    assert [id(p) for p in stem.parameters()] == [
        id(p) for module in (model.conv1, model.bn1) for p in module.parameters()
    ]
    for block, stage in zip(stages, (model.layer1, model.layer2, model.layer3, model.layer4), strict=True):
        assert list(map(id, block.parameters())) == list(map(id, stage.parameters()))


def test_a_transformer_comes_apart_into_its_layers():
    model = transformers.AutoModel.from_config(TRANSFORMERS["bert"], add_pooling_layer=False)
    embeddings, *layers = blocks_of(model)
    assert list(map(id, embeddings.parameters())) == list(map(id, model.embeddings.parameters()))
    for block, layer in zip(layers, model.encoder.layer, strict=True):
        assert list(map(id, block.parameters())) == list(map(id, layer.parameters()))


def test_class_token_and_positions_join_the_first_layers_and_the_last_norm_the_last_layer():
    model = timm.create_model("test_vit", num_classes=0)
    first, *_, last = blocks_of(model)
    assert {id(model.cls_token), id(model.pos_embed)} <= set(map(id, first.parameters()))
    assert set(map(id, model.norm.parameters())) <= set(map(id, last.parameters()))


def test_a_model_without_containers():
    assert len(blocks_of(nn.Linear(2, 2))) == 1
    assert len(blocks_of(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)))) == 2
    assert blocks_of(nn.ReLU()) == []


def test_freezing_stops_learning_and_running_statistics():
    model, head = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)), nn.Linear(3, 2)
    head.requires_grad_(False).eval()
    assert freeze(model, keep=head) == list(head.parameters())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert all(parameter.requires_grad for parameter in head.parameters())
    before = model[1].running_mean.clone()
    model(torch.randn(8, 3))
    assert torch.equal(model[1].running_mean, before)
    assert unfreeze(model) == list(model.parameters())
    model(torch.randn(8, 3))
    assert not torch.equal(model[1].running_mean, before)


def test_unfreezing_nothing():
    assert unfreeze(None) == []
    assert freeze(nn.Linear(1, 1)) == []


def test_unfreezing_a_block_reaches_the_model():
    model = timm.create_model("test_vit", num_classes=0)
    freeze(model)
    *_, last = blocks_of(model)
    learning = unfreeze(last)
    assert {id(p) for p in model.parameters() if p.requires_grad} == set(map(id, learning))
    assert model.blocks[-1].training
    assert not model.blocks[0].training


class Encoder(nn.Module):
    """Three layers, each a block."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))

    def blocks(self):
        return list(self.layers)


def test_layerwise_rates_fall_towards_the_input():
    encoder, head = Encoder(), nn.Linear(2, 2)
    groups = layerwise(encoder, head, decay=0.5)
    assert [group["scale"] for group in groups] == [1.0, 0.5, 0.25, 0.125]
    assert [group["params"][0] for group in groups] == [
        module.weight for module in (head, *reversed(encoder.layers))
    ]


def test_biases_and_norms_do_not_decay():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))
    decaying, other = decay_groups(model.parameters(), 0.1)
    assert decaying == {"params": [model[0].weight, model[2].weight], "weight_decay": 0.1}
    assert other["weight_decay"] == 0.0
    assert {id(p) for p in other["params"]} == {
        id(p) for p in (model[0].bias, model[1].weight, model[1].bias, model[2].bias)
    }


def test_decay_keeps_the_scale_of_groups():
    groups = decay_groups(layerwise(Encoder(), nn.Linear(2, 2), decay=0.5), 0.1)
    assert [(group["scale"], group["weight_decay"]) for group in groups] == [
        (scale, decay) for scale in (1.0, 0.5, 0.25, 0.125) for decay in (0.1, 0.0)
    ]
