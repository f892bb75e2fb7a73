from __future__ import annotations

import re
from contextlib import suppress

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import DataError, Sample
from bench.toolkit.sounds import Sound, SoundProcessor, collate_sounds, mask_of, read_sound, resample
from sounds import file_of, noise, tone

soundfile = pytest.importorskip("soundfile")

SAMPLES = tone(440, 0.1).samples


# --- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "subtype", "error"),
    [
        ("WAV", "PCM_16", 2**-15),
        ("WAV", "PCM_24", 2**-23),
        ("WAV", "PCM_32", 2**-30),
        ("WAV", "PCM_U8", 2**-6),
        ("WAV", "FLOAT", 0),
        ("WAV", "DOUBLE", 0),
        ("WAV", "ULAW", 0.03),
        ("FLAC", "PCM_16", 2**-15),
        ("FLAC", "PCM_24", 2**-23),
        ("AIFF", "PCM_16", 2**-15),
        ("OGG", "VORBIS", 0.1),
        ("MP3", "MPEG_LAYER_III", None),  # which adds silence at both ends
    ],
)
def test_formats(kind, subtype, error):
    sound = read_sound(file_of(SAMPLES, 8000, kind, subtype), "a")
    assert sound.rate == 8000
    assert sound.samples.dtype == np.float32
    if error is None:
        assert len(sound.samples) >= len(SAMPLES)
    else:
        assert np.abs(sound.samples - SAMPLES).max() <= error


def test_channels_become_one_their_mean(tmp_path):
    left, right = noise(100), noise(100, seed=1)
    path = tmp_path / "stereo.wav"
    path.write_bytes(file_of(np.stack([left, right], axis=1), 44_100, subtype="FLOAT"))
    sound = read_sound(path, str(path))
    assert sound.rate == 44_100
    np.testing.assert_allclose(sound.samples, (left + right) / 2, atol=1e-7)


def test_how_long_a_sound_is():
    assert tone(440, 0.25, 16_000).seconds == 0.25


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not a readable sound: "),
        (b"hello", "not a readable sound: "),
        (file_of(SAMPLES)[:30], "not a readable sound: "),
        (file_of(SAMPLES)[:-100], "is cut off: 100 bytes of sound are missing; get the file again"),
        (file_of(noise(20_000), kind="FLAC")[:-9000], "not a readable sound: "),
        (file_of(np.zeros(0)), "holds no samples"),
        (file_of(SAMPLES, 3), "is sampled at 3 Hz; it must be between 1,000 and 384,000 Hz"),
        (file_of(SAMPLES, 999), "is sampled at 999 Hz"),
        (file_of(SAMPLES, 999_983), "is sampled at 999,983 Hz"),
        (file_of(np.array([0, np.nan]), subtype="FLOAT"), "holds samples that are no finite numbers"),
        (file_of(np.array([0, np.inf]), subtype="FLOAT"), "holds samples that are no finite numbers"),
        (file_of(np.array([0, -2e4]), subtype="FLOAT"), "its samples reach 20000; scale floats to -1 to 1"),
    ],
    # Not the content, which holds the time it was written at: workers would find different tests.
    ids=[*("empty", "hello", "header", "cut off", "flac cut off", "no samples", "3 Hz", "999 Hz", "MHz"),
         *("nan", "inf", "loud")],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_in_a_line(content, expected):
    with pytest.raises(DataError, match=rf"^corpus, row 3: {re.escape(expected)}") as caught:
        read_sound(content, "corpus, row 3")
    assert "\n" not in str(caught.value)
    assert "BytesIO" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"^x\.wav: no such file or directory$"):
        read_sound(tmp_path / "x.wav", "x.wav")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 300), st.binary(max_size=40))
def test_broken_bytes_never_end_in_another_error(place, junk):
    whole = file_of(SAMPLES)
    with suppress(DataError):
        read_sound(whole[:place] + junk + whole[place + len(junk) :], "a")


# --- the processor ---------------------------------------------------------------------------------------


def test_sixteen_bits_are_kept_as_they_are():
    numbers = np.arange(-32768, 32768, 13).astype(np.int16)
    sound = read_sound(file_of(numbers, 16_000), "a")
    assert np.array_equal(SoundProcessor(16_000, 30)(sound)["samples"], numbers)


def test_what_is_too_loud_is_clipped():
    made = SoundProcessor(8000, 1)(Sound(np.array([1.5, -1.5, 1.0], np.float32), 8000))
    assert made["samples"].tolist() == [32767, -32768, 32767]
    assert made["samples"].dtype == np.int16


@pytest.mark.parametrize(
    ("rate", "wanted"), [(8_000, 16_000), (44_100, 16_000), (48_000, 8_000), (11_025, 16_000)]
)
def test_a_tone_is_the_same_tone_at_another_rate(rate, wanted):
    found = resample(tone(440, 0.5, rate).samples, rate, wanted)
    expected = tone(440, 0.5, wanted).samples
    assert len(found) == -(-round(0.5 * rate) * wanted // rate)
    inner = slice(wanted // 20, -wanted // 20)
    count = len(found[inner])
    np.testing.assert_allclose(found[inner], expected[: len(found)][inner][:count], atol=5e-3)


def test_what_a_rate_cannot_hold_is_left_out():
    assert np.abs(resample(tone(7_000, 0.5, 16_000).samples, 16_000, 8_000)[200:-200]).max() < 0.01


def test_what_is_longer_is_cut_and_remarked():
    processor = SoundProcessor(8_000, 0.5)
    long = processor(tone(440, 2.0, 16_000))
    assert long["samples"].shape == (4_000,)
    assert long.remark == "cut to 0.5 s"
    assert processor(tone(440, 0.5, 16_000)).remark == ""
    # Cutting first must not be heard at the end of what is left.
    whole = SoundProcessor(8_000, 10)(tone(440, 2.0, 16_000))["samples"][:4_000]
    assert np.array_equal(long["samples"], whole)


def test_the_digest_says_what_decides_the_samples():
    digests = {SoundProcessor(*both).digest for both in [(8_000, 1.0), (16_000, 1.0), (8_000, 2.0)]}
    assert len(digests) == 3
    assert SoundProcessor(8_000, 1.0).digest in digests


# --- batches ---------------------------------------------------------------------------------------------


def test_collating():
    sounds = [np.array([1, 2, 3], np.int16), np.array([4], np.int16)]
    batch = collate_sounds([Sample({"samples": sound}, {}) for sound in sounds])
    assert batch["samples"].dtype == torch.int16
    assert batch["samples"].tolist() == [[1, 2, 3], [4, 0, 0]]
    assert batch["lengths"].tolist() == [3, 1]
    assert collate_sounds([Sample({}, {})]) == {}


def test_masks():
    assert mask_of(torch.tensor([2, 0, 3]), 3).tolist() == [[True, True, False], [False] * 3, [True] * 3]
