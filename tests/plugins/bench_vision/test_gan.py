from __future__ import annotations

import hashlib
import io

import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from torch import nn

import fakes
import pretraining
from bench import Limits, Settings, UnsuitableError
from bench.feeding.cache import Cache
from bench.feeding.seeding import seed_globals
from bench.trial.live import LiveRun
from bench_vision.gan import Gan
from bench_vision.gan_quality import generate, sample_sheet
from bench_vision.image_classification import ImageClassification
from trials import done, drain

BF16 = Settings(batch_size=16, precision="bf16")
FEW = Limits(steps=2, train_examples=32, val_examples=16, test_examples=16)
SMALL = Gan(judge_weights="none", width=8, latent=16, epochs=3)
SETTINGS = {
    "settings": Settings(batch_size=32),
    "limits": Limits(train_examples=320, val_examples=32, test_examples=128),
}


def live(folder, gan=SMALL, **changes):
    return pretraining.live(folder, gan, **{**SETTINGS, **changes})


def test_generated_digits_come_nearer_to_real_ones(tmp_path):
    gan = SMALL.model_copy(update={"epochs": 6, "generator_lr": 2e-3, "discriminator_lr": 1e-3})
    before = pretraining.quality(tmp_path, gan.model_copy(update={"epochs": 0}), **SETTINGS)
    after = pretraining.quality(tmp_path, gan, **SETTINGS)
    assert after["frechet_cifar_resnet20"] < 0.7 * before["frechet_cifar_resnet20"]
    assert all(0 <= after[f"{kind}_taken_as_real"] <= 1 for kind in ("real", "generated"))


def test_the_samples_are_a_picture_of_8_by_8_images(tmp_path):
    run = live(tmp_path, SMALL.model_copy(update={"epochs": 0}))
    drain(run.cell.objective.train(run))
    drain(run.cell.objective.measure(run))
    picture = Image.open(io.BytesIO(run.attachments["samples.png"]))
    assert picture.size == (8 * pretraining.SIDE, 8 * pretraining.SIDE)
    assert sample_sheet(run) == run.attachments["samples.png"]


def test_what_is_drawn_are_images_of_the_averaged_generator(tmp_path):
    run = live(tmp_path, SMALL.model_copy(update={"epochs": 1}))
    drain(run.cell.objective.train(run))
    drawn = generate(run, 4, torch.Generator().manual_seed(1))
    nn.init.zeros_(run.added["generator"].layers[0].weight)
    assert torch.equal(generate(run, 4, torch.Generator().manual_seed(1)), drawn)
    nn.init.zeros_(run.added["average"].layers[0].weight)
    assert not torch.equal(generate(run, 4, torch.Generator().manual_seed(1)), drawn)


def test_the_encoder_learns_and_keeps_its_names_even_if_training_is_cut_short(tmp_path):
    run = live(tmp_path)
    before = {name: tensor.clone() for name, tensor in run.encoder.state_dict().items()}
    steps = SMALL.train(run)
    next(steps)
    steps.close()
    after = run.encoder.state_dict()
    assert after.keys() == before.keys()
    assert not torch.equal(after["trunk.conv1.weight"], before["trunk.conv1.weight"])


@pytest.mark.parametrize("after", [1, 10, 13], ids=["at once", "between epochs", "within one"])
def test_a_training_that_is_cut_off_goes_on_to_the_same_bits(tmp_path, after):
    gan = SMALL.model_copy(update={"epochs": 2})
    cell = pretraining.cell(gan, **SETTINGS)  # ten steps an epoch
    path = tmp_path / "checkpoint.safetensors"

    def begun():
        run = LiveRun(cell, Cache(tmp_path / "cache"), None, path)
        seed_globals(cell.seed, "train")
        return run, gan.train(run)

    whole, steps = begun()
    drain(steps)
    cut, steps = begun()
    for _ in range(after):
        next(steps)
    cut.loops.save(after)
    resumed, steps = begun()
    assert len(list(steps)) == 20 - after
    for module, expected in zip(resumed.modules(), whole.modules(), strict=True):
        state = module.state_dict()
        assert all(torch.equal(state[name], tensor) for name, tensor in expected.state_dict().items())


def test_more_epochs_go_on_from_the_end_of_fewer_as_if_trained_in_one_go(tmp_path):
    def trained(epochs, folder):
        cell = pretraining.cell(SMALL.model_copy(update={"epochs": epochs}), **SETTINGS)
        return done(cell, folder, keep_checkpoints=True)

    trained(1, tmp_path)
    further, whole = trained(2, tmp_path), trained(2, tmp_path / "whole")
    assert [further.quality, further.effective["steps"]] == [whole.quality, whole.effective["steps"]]
    assert further.notes == [
        "went on from the end of the same training with epochs 1; speed and memory are of the rest"
    ]


def test_an_image_is_judged_by_itself(tmp_path):
    run = live(tmp_path)
    steps = SMALL.train(run)
    next(steps)
    assert not any(module.training for module in run.encoder.modules())
    steps.close()
    norms = [module for module in run.encoder.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms
    assert not any(norm.running_mean.any() or norm.num_batches_tracked for norm in norms)


def test_bf16_works_and_fp16_is_refused(tmp_path):
    record = done(
        pretraining.cell(SMALL, settings=BF16, limits=FEW),
        tmp_path,
    )
    assert record.effective["precision"] == "bf16"
    run = live(tmp_path)
    run.precision = "fp16"
    with pytest.raises(UnsuitableError, match="set 'precision' to bf16 or fp32"):
        next(SMALL.train(run))


def test_it_ranks_by_a_distance_that_names_its_judge():
    primary = SMALL.ranks_by(ImageClassification())
    assert (primary.name, primary.better) == ("frechet_cifar_resnet20", "lower")


def test_data_that_are_no_images_are_skipped():
    points = fakes.cell(SMALL)
    reason = SMALL.skip(points.backbone, points.task, points.dataset)
    assert reason == "gan learns from image, points holds point"
    images = pretraining.cell(SMALL)
    assert SMALL.skip(images.backbone, images.task, images.dataset) is None


def test_the_identity_holds_the_content_of_the_judge(tmp_path):
    (tmp_path / "judge.safetensors").write_bytes(b"content")
    gan = Gan(judge_weights=str(tmp_path / "judge.safetensors"))
    assert gan.identity()["judge_weights"] == f"sha256:{hashlib.sha256(b'content').hexdigest()}"
    assert SMALL.identity()["judge_weights"] == "none"
    with pytest.raises(ValidationError, match="neither 'default' nor 'none'"):
        Gan(judge_weights="some_tag")
