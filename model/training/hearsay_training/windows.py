"""Packing paragraphs into windows, by the rules of worker/engine/window.c.

Whole paragraphs, as many as fit, with a mark between them.  A paragraph that does not fit
into a window of its own is cut at words.  When articles are read (overlap 64) the parts of
a cut paragraph overlap, and a word is kept from the part in which it stands further from the cut;
when the network learns (overlap 0) they touch.
"""
import dataclasses

from . import pieces

NO_CASE = len(pieces.CASES)  # where no word begins


@dataclasses.dataclass
class Part:
    paragraph: int  # index into the article
    word: int       # words of the paragraph that stand in the window …
    end: int
    keep: int       # … and those to read from it: each word is kept exactly once
    keep_end: int
    at: int         # piece of the window at which `word` begins
    first: list     # first piece of each word, in the window


@dataclasses.dataclass
class Window:
    ids: list
    cases: list
    parts: list


def part_end(cut, word, most):
    """behind the last word of a part that begins at `word`"""
    end = word
    while end < len(cut.first) and cut.word_end(end) - cut.first[word] <= most:
        end += 1
    return max(end, word + 1)


def word_at(cut, word, end, piece):
    while word < end and cut.first[word] < piece:
        word += 1
    return word


def advance(cut, word, end, overlap):
    """(where the next part begins, where its kept words begin)"""
    if end == len(cut.first):
        return end, end
    limit = cut.first[end]
    following = word_at(cut, word, end, limit - overlap) if overlap else end
    keep = word_at(cut, following, end, (cut.first[following] + limit) // 2)
    return following, keep


def pack(cuts, size, overlap=0):
    """Windows of at most `size` pieces, the first and last mark included, of an article given
    as the Pieces of its paragraphs."""
    cls, sep, gap = (pieces.special(p) for p in (pieces.CLS, pieces.SEP, pieces.BREAK))
    out, window = [], None

    def close():
        if window is not None:
            window.ids.append(sep)
            window.cases.append(NO_CASE)
            out.append(window)

    for number, cut in enumerate(cuts):
        word = keep = 0
        while word < len(cut.first):
            end = part_end(cut, word, size - 2)
            begin = cut.first[word]
            ids = cut.ids[begin:min(cut.word_end(end - 1), begin + size - 2)]
            if window is None or len(window.ids) + 1 + len(ids) + 1 > size:
                close()
                window = Window([cls], [NO_CASE], [])
            else:
                window.ids.append(gap)
                window.cases.append(NO_CASE)
            at = len(window.ids)
            cases = [NO_CASE] * len(ids)
            for w in range(word, end):
                cases[cut.first[w] - begin] = cut.cases[w]
            following, next_keep = advance(cut, word, end, overlap)
            window.parts.append(Part(number, word, end, keep, next_keep, at,
                                     [cut.first[w] - begin + at for w in range(word, end)]))
            window.ids.extend(ids)
            window.cases.extend(cases)
            word, keep = following, next_keep
    close()
    return out
