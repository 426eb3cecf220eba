"""Arrays over the engine's memory."""

from __future__ import annotations

import gc
from typing import Callable

import numpy as np
import pytest

import zonda


def test_logits_are_not_copied_and_their_memory_goes_with_the_last_view(
    runner: zonda.Runner, handles: Callable[[], "dict[str, int]"]
) -> None:
    before = handles()["buffers"]
    logits = runner.logits(runner.tokenize_text("The sky is blue today"))
    assert logits.dtype == np.float32
    assert logits.shape == (5, runner.info.vocabulary_count)
    assert not logits.flags.owndata and logits.flags.c_contiguous
    assert handles()["buffers"] == before + 1
    row = logits[2]
    copy = row.copy()
    del logits
    gc.collect()
    assert handles()["buffers"] == before + 1
    np.testing.assert_array_equal(row, copy)
    del row
    gc.collect()
    assert handles()["buffers"] == before


def test_the_last_rows_are_the_last_of_all(runner: zonda.Runner) -> None:
    everything = runner.logits("One two three four five")
    last = runner.logits("One two three four five", last=2)
    np.testing.assert_array_equal(last, everything[-2:])


def test_vectors_have_length_one_and_do_not_depend_on_their_batch(runner: zonda.Runner) -> None:
    texts = ["The cat sat on the mat.", "A cat was sitting.", "Interest rates rose by two percent."]
    together = runner.embeddings(texts)
    assert together.shape[0] == 3
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(together[1:2], runner.embeddings(texts[1]))
    assert together[0] @ together[1] > together[0] @ together[2]
    plain = runner.embeddings(texts[0], pooling="last", normalize=False)
    assert np.linalg.norm(plain) > 2


def test_tokens_are_texts_too(runner: zonda.Runner) -> None:
    tokens = runner.tokenize_text("Hello there")
    expected = runner.embeddings("Hello there")
    np.testing.assert_array_equal(runner.embeddings(tokens), expected)
    np.testing.assert_array_equal(runner.embeddings([tokens, tokens])[1:], expected)


@pytest.mark.parametrize("inputs, problem", [
    ([], "no input"), ("", "no tokens"), ([[1, 10**6]], "10"), ("a " * 3000, "tokens, the context"),
])
def test_what_has_no_vector(runner: zonda.Runner, inputs: object, problem: str) -> None:
    with pytest.raises(zonda.InvalidRequestError, match=problem):
        runner.embeddings(inputs)


def test_a_text_that_is_too_long_is_cut_when_asked(runner: zonda.Runner) -> None:
    assert runner.embeddings("a b c " * 400, truncate_sequence=True).shape[0] == 1


@pytest.mark.parametrize("tokens", [[], [-1], [10**7], [2**40]])
def test_tokens_that_there_are_not(runner: zonda.Runner, tokens: "list[int]") -> None:
    with pytest.raises(zonda.InvalidRequestError):
        runner.logits(tokens)


def test_arrays_of_numpy_are_tokens(runner: zonda.Runner) -> None:
    tokens = runner.tokenize_text("The sky is blue.")
    array = np.array(tokens)
    assert np.array_equal(runner.logits(array), runner.logits(tokens))
    assert np.array_equal(runner.embeddings(array), runner.embeddings([tokens]))
    assert runner.embeddings(np.array([tokens, tokens])).shape == runner.embeddings([tokens, tokens]).shape
    assert runner.detokenize_text(array) == runner.detokenize_text(tokens)
    fields = {"max_tokens": np.int64(4), "temperature": np.float32(0), "seed": np.int64(1), "stop_token_ids": array[:1]}
    one = runner.send_completion_request(zonda.CompletionRequest(prompt=array, **fields))
    other = runner.send_completion_request(
        zonda.CompletionRequest(prompt=tokens, max_tokens=4, temperature=0, seed=1, stop_token_ids=tokens[:1]))
    assert one.text == other.text
