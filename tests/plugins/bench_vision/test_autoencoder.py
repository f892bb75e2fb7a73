"""Autoencoders: the linear one is PCA, and others learn to give back digits."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn
from torch.nn.functional import mse_loss

import bench
import pretraining
import trials
from bench import Batch, Settings
from bench_vision.autoencoder import Autoencoder
from bench_vision.image_decoder import ConvolutionalDecoder, LinearDecoder
from bench_vision.reconstruction import Reconstruction


def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_the_linear_case_is_pca(tmp_path: Path) -> None:
    objective = Autoencoder(decoder="linear", lr=2e-2, weight_decay=0.0, clip=None, epochs=80)
    run = pretraining.live(
        tmp_path,
        objective,
        backbone=pretraining.LinearBackbone(width=8),
        settings=Settings(batch_size=64),
        limits=bench.Limits(),
    )
    trials.drain(objective.train(run))
    batch = run.data("train").take(range(len(run.data("train"))))
    with torch.no_grad():
        error = float(run.added["learner"].loss(run.encoder, batch, random()))
    images = (batch.inputs["pixels"] / 255).flatten(1).numpy()
    pca = PCA(8).fit(images)
    optimum = float(((pca.inverse_transform(pca.transform(images)) - images) ** 2).mean())
    assert optimum <= error < 1.03 * optimum


def test_figures_are_of_the_images_that_come_back() -> None:
    class Drawing(nn.Module):
        def forward(self, features: object) -> torch.Tensor:
            return torch.tensor([0.5, 2.0]).view(2, 1, 1, 1).expand(2, 3, 8, 8)

    batch = Batch({"pixels": torch.full((2, 3, 8, 8), 255, dtype=torch.uint8)}, {}, range(2))
    learner = Reconstruction(Drawing())
    encoder = pretraining.RESNET.load()
    scores = learner.scores(encoder, batch, random())
    torch.testing.assert_close(scores["mse"], torch.tensor([0.25, 0.0]))  # bounded to 1
    torch.testing.assert_close(scores["psnr"], torch.tensor([6.0206, 100.0]))
    assert scores["ssim"][1] == pytest.approx(1)
    torch.testing.assert_close(learner.loss(encoder, batch, random()), torch.tensor((0.25 + 1) / 2))


def test_the_decoder_is_the_one_asked_for(tmp_path: Path) -> None:
    run = pretraining.live(tmp_path, Autoencoder())
    assert isinstance(Autoencoder().learner(run).decoder, ConvolutionalDecoder)
    assert Autoencoder().learner(run).decoder.bottleneck == "pooled"
    other = Autoencoder(decoder="linear", bottleneck="map").learner(run).decoder
    assert isinstance(other, LinearDecoder)
    assert other.bottleneck == "map"


def test_a_backbone_without_maps_cannot_have_one_decoded(tmp_path: Path) -> None:
    cell = pretraining.cell(Autoencoder(bottleneck="map"), backbone=pretraining.LinearBackbone())
    record = trials.trial(cell, tmp_path)
    assert record.status == "failed"
    assert "bottleneck: pooled" in record.reason


@pytest.mark.parametrize("bottleneck", ["pooled", "map"])
def test_it_learns_on_digits(tmp_path: Path, bottleneck: str) -> None:
    objective = Autoencoder(bottleneck=bottleneck, epochs=4)
    pretraining.assert_learns(tmp_path, objective, lower={"mse"}, higher={"psnr", "ssim"})


def test_the_mean_image_is_beaten(tmp_path: Path) -> None:
    objective = Autoencoder(epochs=8, lr=3e-3)
    run = pretraining.live(tmp_path, objective)
    train, test = (
        run.data(split).take(range(len(run.data(split)))).inputs["pixels"] / 255
        for split in ("train", "test")
    )
    of_mean = float(mse_loss(train.mean(dim=0).expand_as(test), test))
    assert pretraining.quality(tmp_path, objective)["mse"] < 0.8 * of_mean
