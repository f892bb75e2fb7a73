from __future__ import annotations

import wave
from io import BytesIO

import pytest

from bench.toolkit.riff import missing_bytes

HEADER = 44
"""Bytes before the samples of a plain WAV file."""


def wav(count: int) -> bytes:
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * count))
    return buffer.getvalue()


def test_a_whole_file_lacks_nothing():
    assert missing_bytes(wav(100)) == 0
    assert missing_bytes(wav(0)) == 0


@pytest.mark.parametrize("left", [0, 1, 77, 199])
def test_a_file_that_is_cut_off(left):
    assert missing_bytes(wav(100)[: HEADER + left]) == 200 - left


def test_other_chunks_are_passed_over():
    whole = wav(100)
    note = b"LIST" + (5).to_bytes(4, "little") + b"hello" + b"\0"
    assert missing_bytes(whole[:36] + note + whole[36:]) == 0
    assert missing_bytes((whole[:36] + note + whole[36:])[:-10]) == 10
    assert missing_bytes(whole + note) == 0


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_stream_whose_length_was_not_known(size):
    whole = wav(100)
    assert missing_bytes(whole[:40] + size.to_bytes(4, "little") + whole[44:]) == 0


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"fLaC" + bytes(100), wav(5)[:30], b"RIFF\0\0\0\0AVI " + bytes(50)]
)
def test_what_is_no_wav_file_lacks_nothing(content):
    assert missing_bytes(content) == 0
