"""What a run promises to objectives."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

import bench
import fakes
import sequences
import trials
from bench import Features, Settings, UnsuitableError
from bench.errors import StoreError
from bench.toolkit.training import evaluating


class Counted(fakes.Layers):
    """Counts the batches and examples that its encoder sees."""

    name: ClassVar[str] = "counted"
    factor: float = 1.0

    def load(self) -> bench.Encoder:
        encoder = fakes.make_encoder(4)
        encoder.register_forward_pre_hook(lambda _, inputs: SEEN.append(len(inputs[0]["point"])))
        encoder.register_forward_hook(lambda _, __, features: Features(features.pooled * self.factor))
        return encoder


SEEN: list[int] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    SEEN.clear()


def pooled(data: bench.Data) -> torch.Tensor:
    return data.take(range(len(data))).features.pooled


def test_the_encoder_is_loaded_once_and_in_evaluation_mode(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    assert run.encoder is run.encoder
    assert not run.encoder.training
    assert not run.head.training


def test_untrained_weights_are_by_the_seed(tmp_path: Path) -> None:
    first, again, other = (trials.live(tmp_path, seed=seed) for seed in (1, 1, 2))
    for module in ("encoder", "head"):
        weights = [next(getattr(run, module).parameters()) for run in (first, again, other)]
        assert torch.equal(weights[0], weights[1])
        assert not torch.equal(weights[0], weights[2])


def test_the_head_does_not_depend_on_when_it_is_asked_for(tmp_path: Path) -> None:
    early, late = trials.live(tmp_path), trials.live(tmp_path)
    first = early.head.linear.weight
    assert late.encoder is not None
    torch.rand(100)
    assert torch.equal(late.head.linear.weight, first)


def test_an_objective_may_set_another_head(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    head = nn.Linear(8, 3)
    run.head = head
    assert run.head is head
    assert list(run.modules()) == [run.encoder, head]


def test_modules_of_the_objective_are_taken_in(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    decoder = run.add("decoder", nn.Linear(8, 2))
    assert list(run.modules()) == [run.encoder, decoder]  # a head that nobody asked for is not made
    head = run.head
    assert list(run.modules()) == [run.encoder, head, decoder]
    assert run.added == {"decoder": decoder}


def test_the_objective_s_own_random_numbers_are_by_the_seed(tmp_path: Path) -> None:
    draws = [torch.rand(3, generator=trials.live(tmp_path, seed=seed).generator) for seed in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_features_are_what_the_encoder_makes_of_the_inputs(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    encoded = trials.drain(run.encode("test"))
    with torch.inference_mode():
        expected = run.encoder(run.data("test").take(range(60)).inputs).pooled
    assert torch.equal(pooled(encoded), expected)


def test_a_split_is_encoded_once(tmp_path: Path) -> None:
    settings = Settings(eval_batch_size=25)
    first = trials.live(tmp_path, backbone=Counted(), settings=settings)
    steps = list(first.encode("train"))
    assert [step.examples for step in steps] == SEEN == [20, 20, 20]
    assert first.cached == {}

    second = trials.live(tmp_path, backbone=Counted(), settings=settings)
    assert list(second.encode("train")) == []
    assert len(SEEN) == 3
    assert second.cached["encode"].examples == 40  # the first batch was warm-up
    assert second.cached["encode"].seconds > 0


def test_a_run_for_the_sake_of_speed_encodes_anew_what_is_in_the_cache_but_once(tmp_path: Path) -> None:
    list(trials.live(tmp_path, backbone=Counted()).encode("train"))
    again = trials.live(tmp_path, backbone=Counted())
    again.supply.again = True
    assert [step.examples for step in again.encode("train")] == [60]
    assert list(again.encode("train")) == []
    assert SEEN == [60, 60]


def test_the_cost_of_a_single_batch_is_that_of_the_batch(tmp_path: Path) -> None:
    list(trials.live(tmp_path, settings=Settings(batch_size=16)).encode("train"))
    second = trials.live(tmp_path, settings=Settings(batch_size=16))
    list(second.encode("train"))
    assert second.cached["encode"].examples == 60


def test_costs_of_splits_add_up(tmp_path: Path) -> None:
    list(trials.live(tmp_path).encode("train"))
    list(trials.live(tmp_path).encode("test"))
    run = trials.live(tmp_path)
    list(run.encode("train"))
    list(run.encode("test"))
    assert run.cached["encode"].examples == 120


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},  # other weights, as these are untrained
        {"backbone": Counted(factor=2.0)},  # equal weights, used in another way
        {"versions": {"backbone/counted": "2"}},
        {"dataset": fakes.Points(spread=0.1)},
        {"limits": bench.Limits(train_examples=59)},
        {"settings": Settings(precision="bf16")},
        {"settings": Settings(eval_batch_size=20)},
    ],
    ids=lambda change: str(next(iter(change.items()))),
)
def test_what_changes_features_makes_them_anew(tmp_path: Path, change: dict[str, object]) -> None:
    trials.drain(trials.live(tmp_path, backbone=Counted()).encode("train"))
    seen = len(SEEN)
    trials.drain(trials.live(tmp_path, **{"backbone": Counted(), **change}).encode("train"))
    assert len(SEEN) > seen


def test_another_number_of_threads_makes_features_anew(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    trials.drain(trials.live(tmp_path, backbone=Counted()).encode("train"))
    seen = len(SEEN)
    try:
        torch.set_num_threads(threads + 1)
        trials.drain(trials.live(tmp_path, backbone=Counted()).encode("train"))
    finally:
        torch.set_num_threads(threads)
    assert len(SEEN) > seen


def test_what_does_not_change_features_finds_them(tmp_path: Path) -> None:
    trials.drain(trials.live(tmp_path, backbone=Counted(), seed=0).encode("train"))
    seen = len(SEEN)
    other = fakes.cell(trials.Idle(), backbone=Counted(), versions={"objective/idle": "2"})
    trials.drain(trials.live(tmp_path, other).encode("train"))
    assert len(SEEN) == seen


def test_encoding_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    run = trials.live(tmp_path, settings=Settings(eval_batch_size=10))
    encoding = run.encode("train")
    next(encoding)
    encoding.close()
    assert list((tmp_path / "cache" / "features").iterdir()) == []
    assert run.stopwatch.current is None


def test_encoding_onto_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    class Full(fakes.Layers):
        def load(self) -> bench.Encoder:
            encoder = fakes.make_encoder()
            encoder.register_forward_hook(disk_full)
            return encoder

    def disk_full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError, match="cannot be written: No space left on device"):
        list(trials.live(tmp_path, backbone=Full()).encode("train"))
    assert list((tmp_path / "cache" / "features").iterdir()) == []


def test_encoding_is_in_evaluation_mode_whatever_was_before(tmp_path: Path) -> None:
    run, modes = trials.live(tmp_path), []
    run.encoder.train()
    run.encoder.register_forward_hook(lambda module, *_: modes.append(module.training))
    list(run.encode("train"))
    assert modes == [False]
    assert run.encoder.training


def test_evaluation_reports_metrics_and_keeps_what_each_example_contributes(tmp_path: Path) -> None:
    run = trials.live(tmp_path, settings=Settings(eval_batch_size=25))
    steps = list(run.evaluate("test"))
    assert [step.examples for step in steps] == [20, 20, 20]
    batch = run.data("test").take(range(60))
    guesses = run.predict(batch)["logits"].argmax(1)
    kept = run.contributions["test"]
    assert kept.source == "test"
    assert kept.index.tolist() == list(range(60))
    assert kept.statistics[""]["prediction"].tolist() == guesses.tolist()
    assert kept.statistics[""]["target"].tolist() == batch.targets["label"].tolist()
    right = kept.statistics[""]["correct"]
    assert right.tolist() == (guesses == batch.targets["label"]).tolist()
    assert run.quality["test"]["accuracy"] == pytest.approx(right.mean())


class Neighbours(trials.Nothing):
    """Predicts the class of the nearest training example; its head learns nothing."""

    name = "neighbours"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        batch = run.data("train").take(range(len(run.data("train"))))
        bank = run.add("bank", nn.Module())
        bank.register_buffer("points", batch.inputs["point"])
        bank.register_buffer("labels", batch.targets["label"])
        yield bench.Step(batch.size)

    def predict(self, run: bench.Run, batch: bench.Batch) -> bench.Predictions:
        bank = run.added["bank"]
        assert not bank.training
        nearest = torch.cdist(batch.inputs["point"], bank.points).argmin(1)
        return {"logits": nn.functional.one_hot(bank.labels[nearest], len(run.info.classes)).float()}


def test_what_the_objective_predicts_is_scored_not_the_head(tmp_path: Path) -> None:
    run = trials.live(tmp_path, fakes.cell(Neighbours(), dataset=fakes.Points(spread=0.05)))
    list(run.cell.objective.train(run))
    assert trials.drain(run.metrics("val"))["accuracy"] == 1.0
    list(run.evaluate("test"))
    assert run.quality["test"]["accuracy"] == 1.0
    assert run.contributions["test"].statistics[""]["correct"].all()
    batch = run.data("test").take(range(60))
    assert (run.head(run.encoder(batch.inputs)).argmax(1) == batch.targets["label"]).float().mean() < 1


def test_evaluation_puts_all_modules_in_evaluation_mode_and_back(tmp_path: Path) -> None:
    run = trials.live(tmp_path, fakes.cell(Neighbours()))
    list(run.cell.objective.train(run))
    run.added["bank"].train()
    list(run.evaluate("test"))  # its `predict` looks
    assert run.added["bank"].training


def test_a_head_that_a_prediction_asks_for_first_can_learn(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    run.predict(run.data("test").take([0]))
    run.loss(run.data("train").take([0])).backward()
    assert all(parameter.grad is not None for parameter in run.head.parameters())


def test_evaluation_on_features_is_evaluation(tmp_path: Path) -> None:
    run = trials.live(tmp_path, sequences.cell(trials.Nothing()))
    list(run.evaluate("test"))
    plain = dict(run.quality["test"])
    encoded = trials.drain(run.encode("test"))
    list(run.evaluate("test", encoded))
    assert run.quality["test"] == plain


def test_figures_of_the_objective_s_own_join_the_task_s(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    list(run.evaluate("val"))
    run.report("val", {"perplexity": 12.5})
    assert run.quality["val"].keys() == {"accuracy", "precision", "recall", "f1", "perplexity"}


def test_prediction_is_without_gradients_and_leaves_modes_alone(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    run.head.train()
    logits = run.predict(run.data("test").take([0]))["logits"]
    assert not logits.requires_grad
    assert run.head.training
    assert not run.encoder.training


def test_the_loss_is_the_task_s_and_reaches_the_encoder(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    batch = run.data("train").take(range(10))
    loss = run.loss(batch)
    logits = run.head(run.encoder(batch.inputs))
    assert torch.equal(loss, nn.functional.cross_entropy(logits, batch.targets["label"]))
    loss.backward()
    assert run.encoder.first.weight.grad is not None


def test_the_splits_to_report_on_are_those_there_are(tmp_path: Path) -> None:
    assert trials.live(tmp_path).splits == ("val", "test")
    assert trials.live(tmp_path, dataset=fakes.Points(splits=("test",))).splits == ("test",)
    assert trials.live(tmp_path, dataset=fakes.Points(splits=("train",))).splits == ("val",)


def test_a_split_that_is_not_there_is_told(tmp_path: Path) -> None:
    run = trials.live(tmp_path, dataset=fakes.Points(splits=("test",)))
    with pytest.raises(UnsuitableError, match="data set 'points' has no train examples"):
        run.data("train")


def test_nothing_to_evaluate_on_is_told(tmp_path: Path) -> None:
    run = trials.live(tmp_path, dataset=fakes.Points(splits=("train",), size=1))
    with pytest.raises(UnsuitableError, match="data set 'points' has nothing to evaluate on"):
        assert run.splits


def test_phases_nest_and_end_also_by_a_fault(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    with run.phase("train"), run.phase("dreams"):
        assert run.stopwatch.phases == ["train", "dreams"]
    with pytest.raises(ZeroDivisionError), run.phase("train"), run.phase("dreams"):
        raise ZeroDivisionError
    assert run.stopwatch.phases == []


def test_evaluating_gives_each_part_its_own_mode_back() -> None:
    module = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Dropout()))
    module[1].eval()
    before = [part.training for part in module.modules()]
    with evaluating(module):
        assert not any(part.training for part in module.modules())
    assert [part.training for part in module.modules()] == before == [True, True, False, False]
    with pytest.raises(ZeroDivisionError), evaluating(module):
        raise ZeroDivisionError
    assert [part.training for part in module.modules()] == before


def test_a_run_is_what_the_contract_says() -> None:
    promised = {name for name in vars(bench.Run) if not name.startswith("_")} | set(bench.Run.__annotations__)
    made = trials.live(Path("/nowhere"))
    assert all(hasattr(type(made), name) or name in vars(made) for name in promised)


def test_loading_leaves_the_random_numbers_of_training_alone(tmp_path: Path) -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    run = trials.live(tmp_path)
    assert run.head is not None
    assert torch.equal(torch.rand(3), expected)


def test_attachments_have_plain_names(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    run.attach("samples.png", b"content")
    assert run.attachments == {"samples.png": b"content"}
    for name in ("../samples.png", "a/b", ".hidden", "", "a\\b"):
        with pytest.raises(UnsuitableError, match="plain file name"):
            run.attach(name, b"")


def test_what_is_remembered_is_computed_once(tmp_path: Path) -> None:
    computed = []

    def compute() -> list[float]:
        computed.append(True)
        return [1.5]

    assert [trials.live(tmp_path).remember("peak", {"n": 1}, compute) for _ in range(2)] == [[1.5], [1.5]]
    assert len(computed) == 1
    assert trials.live(tmp_path).remember("peak", {"n": 2}, compute) == [1.5]
    assert len(computed) == 2


def test_what_is_remembered_stays_in_the_cache(tmp_path: Path) -> None:
    with pytest.raises(UnsuitableError, match="no plain file name"):
        trials.live(tmp_path).remember("../peak", {}, int)


def test_heads_compute_in_full_precision_on_kept_features(tmp_path: Path) -> None:
    run = trials.live(tmp_path, settings=Settings(precision="bf16"))
    dtypes = []
    run.head.register_forward_hook(lambda module, inputs, output: dtypes.append(output.dtype))
    with run.autocast():
        for data in (run.data("train"), trials.drain(run.encode("train"))):
            run.loss(data.take([0, 1]))
    assert dtypes == [torch.bfloat16, torch.float32]


def test_heads_that_read_maps_compute_alike_on_kept_features(tmp_path: Path) -> None:
    cell = sequences.cell(trials.Nothing(), settings=Settings(precision="bf16"))
    run = trials.live(tmp_path, cell)
    encoded = trials.drain(run.encode("test"))
    for data in (encoded, run.data("test")):
        assert run.predict(data.take([0]))["logits"].dtype == torch.bfloat16


def test_predictions_on_kept_features_are_in_full_precision(tmp_path: Path) -> None:
    run = trials.live(tmp_path, settings=Settings(precision="bf16"))
    encoded = trials.drain(run.encode("test"))
    dtypes = []
    run.head.register_forward_hook(lambda module, inputs, output: dtypes.append(output.dtype))
    list(run.evaluate("test", encoded))
    assert set(dtypes) == {torch.float32}
    assert run.predict(encoded.take([0]))["logits"].dtype == torch.float32
    assert run.predict(run.data("test").take([0]))["logits"].dtype == torch.bfloat16
