"""Packing: what it promises, and that the engine's C packs the same."""
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from hearsay_training import pieces, windows

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]


def paragraph(counts):
    """words of so many pieces each"""
    first, ids = [], []
    for n in counts:
        first.append(len(ids))
        ids += [7] * n
    return pieces.Pieces(ids, [(i, i + 1) for i in range(len(counts))], first, [1] * len(counts))


def article(chance):
    lengths = [chance.choice((1, 5, 40, 200, 900)) for _ in range(chance.randrange(1, 9))]
    return [[chance.choice((1, 1, 1, 2, 3, 9, 60)) for _ in range(n)] for n in lengths]


class Packing(unittest.TestCase):
    def setUp(self):
        self.articles = [article(random.Random(seed)) for seed in range(40)]

    def test_no_window_is_longer_than_its_size(self):
        for counts in self.articles:
            for size, overlap in ((320, 64), (320, 0), (128, 0)):
                for w in windows.pack([paragraph(c) for c in counts], size, overlap):
                    self.assertLessEqual(len(w.ids), size)
                    self.assertEqual(len(w.ids), len(w.cases))

    def test_each_word_is_kept_once_and_in_order(self):
        for counts in self.articles:
            for overlap in (0, 64):
                kept = [(part.paragraph, word)
                        for w in windows.pack([paragraph(c) for c in counts], 320, overlap)
                        for part in w.parts for word in range(part.keep, part.keep_end)]
                self.assertEqual(kept, [(p, w) for p, c in enumerate(counts)
                                        for w in range(len(c))])

    def test_parts_of_a_long_paragraph_overlap_only_when_told_to(self):
        long = [paragraph([1] * 1000)]
        touching = [part for w in windows.pack(long, 320) for part in w.parts]
        self.assertEqual([p.word for p in touching[1:]], [p.end for p in touching[:-1]])
        lapping = [part for w in windows.pack(long, 320, 64) for part in w.parts]
        self.assertEqual([p.word + 64 for p in lapping[1:]], [p.end for p in lapping[:-1]])

    def test_first_pieces_stand_where_the_part_says(self):
        for w in windows.pack([paragraph([2, 1, 3]), paragraph([1])], 320):
            self.assertEqual([p.first for p in w.parts], [[1, 3, 4], [8]])
            self.assertEqual([i for i, c in enumerate(w.cases) if c != windows.NO_CASE],
                             [1, 3, 4, 8])

    @unittest.skipUnless(shutil.which("cc"), "no C compiler here")
    def test_the_engine_packs_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "pack"
            sources = ["model/training/tests/pack.c", "worker/engine/window.c", "lib/arena.c",
                       "lib/err.c"]
            subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-Iinclude",
                            "-Iworker/engine", "-pthread", "-o", str(program), *sources],
                           cwd=CHECKOUT, check=True)
            for counts in self.articles:
                told = "320\n" + "\n".join(" ".join(map(str, [len(c)] + c)) for c in counts)
                out = subprocess.run([program], input=told, text=True, capture_output=True,
                                     check=True).stdout
                theirs = [tuple(map(int, line.split())) for line in out.splitlines()]
                ours = [(n, p.paragraph, p.word, p.end, p.keep, p.keep_end, p.at)
                        for n, w in enumerate(windows.pack([paragraph(c) for c in counts], 320, 64))
                        for p in w.parts]
                self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
