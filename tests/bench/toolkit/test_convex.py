"""Linear heads that are solved for, against scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import fakes
import probes
import trials
from bench.toolkit.convex import minimise
from bench.toolkit.normalising import calibrate


@pytest.mark.parametrize("normalise", probes.ORACLES)
@given(exponent=st.floats(-1, 3))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_solution_is_that_of_scikit_learn(tmp_path: Path, normalise: str, exponent: float) -> None:
    run = trials.live(tmp_path, probes.hard(trials.Nothing()))
    train = trials.drain(run.encode("train"))
    calibrate(run, normalise, train)
    trials.drain(minimise(run, train, l2=10**exponent))
    model = probes.fitted(run, normalise, 10**exponent, "train")
    found = run.predict(run.data("test").take(range(400)))["logits"].softmax(dim=1).numpy()
    # In fp32: where the penalty is weak the optimum is flat, and probabilities near it differ by as much.
    np.testing.assert_allclose(found, model.predict_proba(probes.features(run, "test")[0]), atol=5e-3)
    expected = model[-1]
    assert isinstance(expected, LogisticRegression)
    scale = np.abs(expected.coef_).max()
    np.testing.assert_allclose(run.head.linear.weight.detach().numpy(), expected.coef_, atol=0.02 * scale)


@pytest.mark.parametrize("l2", [0.1, 1.0, 30.0])
def test_so_it_is_for_two_classes(tmp_path: Path, l2: float) -> None:
    points = fakes.Points(classes=("a", "b"), size=100, spread=1.5)
    run = trials.live(tmp_path, fakes.cell(trials.Nothing(), dataset=points))
    train = trials.drain(run.encode("train"))
    trials.drain(minimise(run, train, l2=l2))
    model = probes.fitted(run, "none", l2, "train")
    rows = run.head.linear.weight.detach().numpy()
    np.testing.assert_allclose(rows[1] - rows[0], model[-1].coef_[0], atol=0.01)
    found = run.predict(run.data("test").take(range(100)))["logits"].softmax(dim=1).numpy()
    np.testing.assert_allclose(found, model.predict_proba(probes.features(run, "test")[0]), atol=1e-3)


@pytest.mark.parametrize("normalise", probes.ORACLES)
def test_so_it_is_of_words_at_their_first_tokens(tmp_path: Path, normalise: str) -> None:
    run = trials.live(tmp_path, probes.tagged(trials.Nothing()))
    train = trials.drain(run.encode("train"))
    calibrate(run, normalise, train)
    trials.drain(minimise(run, train, l2=10.0))
    words, tags, tokens = probes.token_features(run, "train")
    prepare = probes.ORACLES[normalise]().fit(tokens)  # what is normal is so of all tokens
    model = LogisticRegression(C=0.1, max_iter=10_000, tol=1e-6).fit(prepare.transform(words), tags)
    words, tags, _ = probes.token_features(run, "test")
    expected = model.predict_proba(prepare.transform(words))
    found = probes.of_first_tokens(run, "test")
    np.testing.assert_allclose(found, expected, atol=5e-3)
    classes = np.arange(len(model.classes_))
    assert log_loss(tags, found, labels=classes) == pytest.approx(
        log_loss(tags, expected, labels=classes), rel=1e-3
    )
    np.testing.assert_allclose(
        run.head.linear.weight.detach().numpy(), model.coef_, atol=0.02 * np.abs(model.coef_).max()
    )
