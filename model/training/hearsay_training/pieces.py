"""Text to pieces: what worker/engine/token.c does in C, here by the reference tokenizer."""
import dataclasses
import functools
import pathlib

import tokenizers

CASES = ("other", "lower", "initial", "upper", "digit")
VOCABULARY = pathlib.Path(__file__).resolve().parents[2] / "vocab.txt"


@functools.lru_cache(maxsize=1)
def vocabulary():
    """piece to id: a piece a line, the id is the line's number from 0"""
    lines = VOCABULARY.read_text(encoding="utf-8").split("\n")
    return {piece: i for i, piece in enumerate(lines) if piece}


@functools.lru_cache(maxsize=1)
def tokenizer():
    t = tokenizers.Tokenizer(tokenizers.models.WordPiece(
        vocabulary(), unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return t


def special(piece):
    return vocabulary()[piece]


CLS, SEP, PAD, BREAK = "[CLS]", "[SEP]", "[PAD]", "[unused1]"


def case_of(word):
    """How a word is written, which an uncased vocabulary has lost: an index into CASES."""
    if not (word[:1].isalpha() or word[:1].isdigit()):
        return 0
    if word[0].isdigit():
        return 4
    if word.islower():
        return 1
    return 3 if word.isupper() and len(word) > 1 else 2


@dataclasses.dataclass
class Pieces:
    ids: list    # of each piece
    words: list  # (begin, end) of each word, in characters
    first: list  # the first piece of each word
    cases: list  # of each word

    def word_end(self, word):
        """the piece behind a word's last"""
        return self.first[word + 1] if word + 1 < len(self.first) else len(self.ids)


def cut(text):
    encoded = tokenizer().encode(text, add_special_tokens=False)
    words, first, before = [], [], None
    for i, ((begin, end), word) in enumerate(zip(encoded.offsets, encoded.word_ids)):
        if word != before:
            words.append((begin, end))
            first.append(i)
        else:
            words[-1] = (words[-1][0], end)
        before = word
    return Pieces(encoded.ids, words, first, [case_of(text[b:e]) for b, e in words])
