"""Decoders fit any image backbone and any size."""

from __future__ import annotations

import pytest
import torch

import bench
from bench import Features, FeatureSpec, UnsuitableError
from bench_vision.cifar import Cifar
from bench_vision.image_decoder import ConvolutionalDecoder, Decoder, LinearDecoder
from bench_vision.timm_models import Timm
from bench_vision.torchvision_models import Torchvision

DECODERS = [ConvolutionalDecoder, LinearDecoder]
BACKBONES = [
    Cifar(model="resnet20", weights="none"),
    Cifar(model="resnet20", weights="none", image_size=24),
    Cifar(model="resnet20", weights="none", image_size=33),
    Timm(model="resnet10t", weights="none", image_size=64),
    Timm(model="vit_tiny_patch16_224", weights="none", image_size=48),
    Torchvision(model="shufflenet_v2_x0_5", weights="none", image_size=64),
]


@pytest.mark.parametrize("backbone", BACKBONES, ids=lambda backbone: f"{backbone.spelled()}")
def test_they_fit_the_features_of_a_backbone(backbone: bench.Backbone) -> None:
    encoder = backbone.load().eval()
    pixels = torch.zeros(2, 3, *encoder.processor.size)
    with torch.no_grad():
        features = encoder({"pixels": pixels})
    for decoder in DECODERS:
        for bottleneck in ("pooled", "map") if features.maps else ("pooled",):
            images = decoder(bottleneck, encoder.spec, pixels.shape[2:])(features)
            assert images.shape == pixels.shape
            assert images.dtype == torch.float32


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("size", [(8, 8), (24, 24), (20, 31), (3, 3), (1, 1), (96, 40)])
def test_they_draw_any_size_from_pooled_features(decoder: type[Decoder], size: tuple[int, int]) -> None:
    images = decoder("pooled", FeatureSpec(16), size)(Features(torch.randn(2, 16)))
    assert images.shape == (2, 3, *size)


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize(("stride", "size"), [(1, (8, 8)), (4, (30, 32)), (14, (42, 42)), (32, (64, 96))])
def test_they_draw_any_size_from_maps_of_any_stride(
    decoder: type[Decoder], stride: int, size: tuple[int, int]
) -> None:
    positions = [-(-side // stride) for side in size]
    features = Features(torch.zeros(2, 5), (torch.randn(2, 12, *positions),))
    spec = FeatureSpec(5, channels=(12,), strides=(stride,))
    assert decoder("map", spec, size)(features).shape == (2, 3, *size)


def test_a_maps_position_draws_the_pixels_it_stands_for() -> None:
    decoder = LinearDecoder("map", FeatureSpec(5, (6,), (4,)), (16, 16))
    maps = torch.randn(1, 6, 4, 4)
    changed = maps.clone()
    changed[:, :, 1, 2] += 1
    with torch.no_grad():
        before, after = (decoder(Features(torch.zeros(1, 5), (each,))) for each in (maps, changed))
    rows, columns = (before != after).any(dim=1)[0].nonzero().T
    assert {*rows.tolist()} == set(range(4, 8))
    assert {*columns.tolist()} == set(range(8, 12))


def test_it_costs_less_than_the_encoder() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    encoder = Cifar(model="resnet20", weights="none").load()
    pixels = torch.zeros(2, 3, 32, 32)
    with FlopCounterMode(display=False) as encoding:
        features = encoder({"pixels": pixels})
    decoder = ConvolutionalDecoder("pooled", encoder.spec, (32, 32))
    with FlopCounterMode(display=False) as decoding:
        decoder(features)
    assert decoding.get_total_flops() < encoding.get_total_flops() / 3


def test_without_maps_none_can_be_read() -> None:
    with pytest.raises(UnsuitableError, match="bottleneck: pooled"):
        ConvolutionalDecoder("map", FeatureSpec(16), (8, 8))
