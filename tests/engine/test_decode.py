"""The life of a row, with a decoder that says what it is told to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest
import torch

from harness.engine.decode import Generation
from harness.problem import Reply
from harness.request import GenerationSettings, PromptTooLongError, Request, never

END = 256
SURE = 9.0
"""The logit of the token to be said, among zeros."""


class Bytes:
    """A vocabulary of bytes and an end token."""

    ends = frozenset({END})

    def decode(self, tokens: Sequence[int]) -> str:
        return bytes(token for token in tokens if token != END).decode(errors="replace")

    def continuation(self, prompt: Sequence[int], tokens: Sequence[int]) -> str:
        return self.decode(tokens)


class Parrot:
    """A decoder that answers each prompt with a given text and then the end token."""

    device = torch.device("cpu")

    def __init__(self, answers: Mapping[str, str], context: int = 1000) -> None:
        self.answers = {tuple(text.encode()): answer for text, answer in answers.items()}
        self.context = context
        self.read_prompts: list[str] = []
        self.rows: list[int] = []
        self.steps = 0
        self.limit = 0
        self.before_step: Callable[[Said], None] = lambda said: None

    def room(self, request: Request) -> int:
        left = self.context - len(request.tokens)
        if left < 1:
            raise PromptTooLongError(len(request.tokens), self.context)
        return min(left, request.settings.max_tokens)

    def fitting(self, rows: int, capacity: int) -> int:
        return rows

    def lowered(self, rows: int) -> int:
        self.limit = rows
        return rows

    def keep(self, request: Request, reply: Sequence[int], read: object) -> None:
        """It remembers no chains."""

    def together(self, request: Request) -> int:
        return len(request.tokens)

    def at_once(self, request: Request) -> int:
        return 2

    def read(self, requests: Sequence[Request]) -> list[Script]:
        found = [Script((*self.answers[request.tokens].encode(), END)) for request in requests]
        self.read_prompts += [request.text for request in requests]
        return found


class Script:
    """A prompt that was read: the tokens to be said."""

    def __init__(self, tokens: tuple[int, ...]) -> None:
        self.tokens = tokens
        self.logits = saying(tokens[0])


class Said:
    """A batch of rows, each with what it has still to say."""

    def __init__(self, parrot: Parrot, read: Script, rows: int, capacity: int) -> None:
        parrot.rows.append(rows)
        self._parrot = parrot
        self.rows: list[list[int]] = []

    def join(self, read: Script, *, greedy: bool) -> None:
        self.rows.append(list(read.tokens[1:]))

    def read(self, row: int, start: int) -> None:
        raise AssertionError("nobody asked for what a row has read")

    def tidied(self) -> list[int]:
        """The other way round at every step: whoever asks must follow."""
        self.rows.reverse()
        return list(reversed(range(len(self.rows))))

    def leave(self, row: int) -> None:
        self.rows[row] = self.rows[-1]
        self.rows.pop()

    def step(self, tokens: Sequence[int]) -> torch.Tensor:
        assert len(tokens) == len(self.rows)
        self._parrot.before_step(self)
        self._parrot.steps += 1
        return torch.stack([saying(row.pop(0) if row else 0) for row in self.rows])


@pytest.fixture(autouse=True)
def batches_of_a_parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.engine.decode.Batch", Said)


def saying(token: int) -> torch.Tensor:
    logits = torch.zeros(END + 1)
    logits[token] = math.nan if token == ord("?") else SURE
    return logits


def asked(text: str, path: int = 0, **settings: Any) -> Request:
    return Request(text, tuple(text.encode()), GenerationSettings(**settings), 0, path)


def replies(
    parrot: Parrot,
    requests: Sequence[Request],
    rows: int = 4,
    stopped: Callable[[], bool] = never,
) -> dict[int, Reply | Exception]:
    decoder = cast(Any, parrot)
    generation = Generation(decoder, Bytes(), rows=rows, stopped=stopped)
    generation.add(requests)
    return dict(generation.replies())


def reply(parrot: Parrot, request: Request) -> Reply:
    answer = replies(parrot, [request])[0]
    assert isinstance(answer, Reply)
    return answer


def test_the_end_token_a_stop_text_and_truncation_are_told_apart() -> None:
    parrot = Parrot({"q": "It is 3.\nQ: What"})
    ended = reply(parrot, asked("q"))
    assert (ended.text, ended.finish, ended.tokens) == ("It is 3.\nQ: What", "end", 17)
    stopped = reply(parrot, asked("q", stop=("\nQ:", "\n\n\n")))
    assert (stopped.text, stopped.finish, stopped.tokens) == ("It is 3.", "stop", 11)
    cut = reply(parrot, asked("q", max_tokens=5))
    assert (cut.text, cut.finish, cut.tokens) == ("It is", "length", 5)
    last = reply(parrot, asked("q", max_tokens=11, stop=("\nQ:",)))
    assert last.finish == "stop"


def test_log_probabilities_count_the_end_token_and_the_stop_text() -> None:
    each = SURE - math.log(math.exp(SURE) + END)
    parrot = Parrot({"q": "yes\nQ: more"})
    assert reply(parrot, asked("q")).logprob == pytest.approx(12 * each, rel=1e-3)
    assert reply(parrot, asked("q", stop=("\nQ:",))).logprob == pytest.approx(6 * each, rel=1e-3)


def test_rows_are_counted_to_their_own_end_and_the_batch_to_the_longest() -> None:
    parrot = Parrot({"a": "1", "b": "333", "c": "55555"})
    answers = replies(parrot, [asked(text) for text in "abc"])
    assert [cast(Reply, answers[index]).tokens for index in range(3)] == [2, 4, 6]
    assert parrot.steps == 5
    assert list(answers) == [0, 1, 2]  # as they end


def test_a_row_is_taken_again_as_soon_as_it_is_free() -> None:
    parrot = Parrot({"a": "1", "b": "a much longer answer", "c": "333", "d": "4", "e": ""})
    running: list[int] = []
    parrot.before_step = lambda said: running.append(len(said.rows))
    answers = replies(parrot, [asked(text) for text in "abcde"], rows=2)
    assert [cast(Reply, answers[index]).text for index in range(5)] == [*parrot.answers.values()]
    assert parrot.rows == [2]
    # the first token comes from the prompt: "b" has 20 steps left; beside it, one after the other,
    # "a" has 1, "c" 3 and "d" 1
    assert running == [2] * 5 + [1] * 15


def test_a_prompt_is_read_once_and_charged_once() -> None:
    parrot = Parrot({"ab": "yes", "cd": "no"})
    requests = [asked(text, path, temperature=1.0) for path in range(5) for text in ("ab", "cd")]
    answers = replies(parrot, requests, rows=4)
    assert sorted(parrot.read_prompts) == ["ab", "cd"]
    charged = [cast(Reply, answers[index]).prompt_tokens for index in range(10)]
    assert charged == [2, 2, 0, 0, 0, 0, 0, 0, 0, 0]


def test_a_prompt_that_is_too_long_fails_alone_with_both_lengths() -> None:
    parrot = Parrot({"abcdefgh": "", "abcdefg": "yes", "a": "yes"}, context=8)
    answers = replies(parrot, [asked("abcdefgh"), asked("abcdefg"), asked("a")])
    assert "has 8 tokens" in str(answers[0])
    assert "holds 8" in str(answers[0])
    clipped = cast(Reply, answers[1])
    assert (clipped.text, clipped.finish, clipped.tokens) == ("y", "length", 1)
    assert cast(Reply, answers[2]).finish == "end"


def test_what_fails_fails_alone() -> None:
    parrot = Parrot({"a": "fine", "n": "no?", "c": "fine"})  # "u" is a prompt it cannot read
    answers = replies(parrot, [asked(text) for text in "aunc"])
    assert cast(Reply, answers[0]).text == cast(Reply, answers[3]).text == "fine"
    assert isinstance(answers[1], KeyError)
    assert "NaN" in str(answers[2])


def test_a_batch_that_breaks_fails_its_rows_and_no_others() -> None:
    parrot = Parrot({"a": "1", "b": "a longer answer", "c": "1"})

    def break_once(said: Said) -> None:
        if parrot.steps == 2:
            parrot.before_step = lambda said: None
            raise KeyError("broken")

    parrot.before_step = break_once
    answers = replies(parrot, [asked(text) for text in "abc"], rows=2)
    assert cast(Reply, answers[0]).text == "1"
    assert isinstance(answers[1], KeyError)
    assert cast(Reply, answers[2]).text == "1"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_where_memory_runs_out_fewer_rows_run_and_nothing_is_lost(error: Exception) -> None:
    answers = {text: text * 9 for text in "abcdefgh"}
    parrot = Parrot(answers)

    def full(said: Said) -> None:
        if len(said.rows) > 2 and parrot.steps > 4:
            raise error

    parrot.before_step = full
    made = replies(parrot, [asked(text) for text in answers], rows=8)
    assert [cast(Reply, made[index]).text for index in range(8)] == [*answers.values()]
    assert parrot.rows == [8]  # those that go on do not begin anew
    assert parrot.read_prompts.count("a") == 1
    assert parrot.limit == 2  # remembered by the decoder for what comes later


def test_where_even_one_row_is_too_much_each_request_says_so() -> None:
    parrot = Parrot({"a": "1", "b": "2"})

    def full(said: Said) -> None:
        raise MemoryError("full")

    parrot.before_step = full
    made = replies(parrot, [asked("a"), asked("b")])
    assert all(isinstance(made[index], MemoryError) for index in range(2))


def test_it_stops_between_tokens() -> None:
    parrot = Parrot({"a": "1", "b": "a longer answer", "c": "333"})
    answers = replies(parrot, [asked(text) for text in "abc"], 2, lambda: parrot.steps >= 3)
    assert list(answers) == [0]
    assert parrot.steps == 3


def test_the_time_of_a_batch_is_shared_out() -> None:
    parrot = Parrot({"a": "1", "b": "333"})
    answers = replies(parrot, [asked("a"), asked("b")])
    assert 0 < cast(Reply, answers[0]).seconds < cast(Reply, answers[1]).seconds


def test_requests_join_at_any_step() -> None:
    parrot = Parrot({"a": "a longer answer", "b": "2", "c": "3", "toolong" * 200: ""})
    generation = Generation(cast(Any, parrot), Bytes(), rows=2)
    generation.add([asked("a")])
    ended: list[tuple[int, int]] = []
    for step in range(16):
        if step == 3:
            generation.add([asked("b"), asked("toolong" * 200)])
        if step == 6:
            generation.add([asked("c")])
        ended += [(step, index) for index, _ in generation.step()]
    assert generation.finished
    # read at once, and the second token of two comes with the next step
    assert ended == [(3, 2), (3, 1), (6, 3), (14, 0)]
    assert parrot.rows == [2]


def test_it_asks_for_what_arrives_before_each_step() -> None:
    parrot = Parrot({"a": "a longer answer", "b": "2"})
    generation = Generation(cast(Any, parrot), Bytes(), rows=2)
    arriving = [[asked("a")], [], [asked("b")]]
    answers = generation.replies(lambda: arriving.pop(0) if arriving else [])
    assert [index for index, _ in answers] == [1, 0]
