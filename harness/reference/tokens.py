"""The reference model's tokenizer: whole words, single digits, and letters where a word is not known.

It is a byte-level BPE without a single merge: a word of the vocabulary is one token, any other is spelled in
characters. So every text comes back exactly, a digit is always a token of its own, and the names whose letters the
model is asked about are spelled, because they are kept out of the vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

END: Final = "<end>"
PAD: Final = "<pad>"
PIECES: Final = r" ?[A-Za-z]+| ?[0-9]|\n+| ?[^A-Za-z0-9\s]|\s"
"""What a token can be at most: a word or a digit or a sign with the blank before it, new lines, one other blank."""
SIZE: Final = 1536


def build(
    texts: Iterable[str], spelled: Collection[str], size: int = SIZE, least: int = 20
) -> PreTrainedTokenizerFast:
    """A tokenizer whose words are the most frequent pieces of `texts`.

    `spelled` are the words that must not become tokens. A piece enters the vocabulary if it was seen at least `least`
    times, up to `size` tokens in all. The same texts give the same tokenizer.
    """
    vocabulary = [PAD, END, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    counts = counted(texts)
    banned = {form for word in spelled for form in (word, f"Ġ{word}")}
    taken = set(vocabulary)
    settings = (
        piece
        for piece, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count >= least and piece not in banned and piece not in taken
    )
    vocabulary += [piece for piece, _ in zip(settings, range(size - len(vocabulary)), strict=False)]
    return wrapped({piece: index for index, piece in enumerate(vocabulary)})


def counted(texts: Iterable[str]) -> Counter[str]:
    """How often each piece occurs, in the byte-level alphabet."""
    cutter = cutting()
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(piece for piece, _ in cutter.pre_tokenize_str(text))
    return counts


def cutting() -> pre_tokenizers.PreTokenizer:
    """Text into pieces, pieces into the byte-level alphabet."""
    split = pre_tokenizers.Split(Regex(PIECES), behavior="isolated")
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([split, bytes_])


def wrapped(vocabulary: dict[str, int]) -> PreTrainedTokenizerFast:
    """The vocabulary as a tokenizer that transformers can save and load."""
    # Without merges BPE spells a piece in single characters; ignore_merges lets known words through whole.
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    inner.pre_tokenizer = cutting()
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([PAD, END])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token=END,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
        model_max_length=2048,
        padding_side="left",
    )
