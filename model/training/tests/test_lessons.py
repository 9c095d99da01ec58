"""What a run learns from: annotators, opinions, both."""
import pathlib
import tempfile
import unittest

import numpy

from hearsay_training import corpus, crf, labels, lessons

BEGIN, INSIDE = labels.IDS["B-source"], labels.IDS["I-source"]


def paragraph(*marked):
    text = "Old Tom waited"
    return corpus.Paragraph("made", 0, text, [(0, 3), (4, 7), (8, 14)],
                            [list(m) for m in marked]).prepare()


class Targets(unittest.TestCase):
    def opinion(self, folder, p, labelling):
        lessons.Opinion.write(pathlib.Path(folder) / "0.npz", [p], [crf.hard_target(labelling)])
        return lessons.Opinion(pathlib.Path(folder))

    def test_annotators_count_equally(self):
        p = paragraph([BEGIN, INSIDE, 0], [0, BEGIN, 0])
        single, pair = lessons.Lessons([[p]]).target(p)
        numpy.testing.assert_allclose(single[0, [0, BEGIN]], [0.5, 0.5])
        numpy.testing.assert_allclose(single[1, [BEGIN, INSIDE]], [0.5, 0.5])
        self.assertEqual(pair[0, 0, BEGIN], 0.5)

    def test_an_opinion_has_its_share(self):
        p = paragraph([BEGIN, INSIDE, 0])
        with tempfile.TemporaryDirectory() as folder:
            opinion = self.opinion(folder, p, [0, BEGIN, 0])
        single, _ = lessons.Lessons([[p]], opinion=opinion, trust=0.25).target(p)
        numpy.testing.assert_allclose(single[0, [0, BEGIN]], [0.25, 0.75])

    def test_without_annotation_the_opinion_is_all(self):
        p = paragraph()
        with tempfile.TemporaryDirectory() as folder:
            opinion = self.opinion(folder, p, [0, BEGIN, 0])
        what = lessons.Lessons([], [[p]], opinion)
        numpy.testing.assert_allclose(what.target(p)[0], crf.hard_target([0, BEGIN, 0])[0])

    def test_text_that_nobody_has_an_opinion_of_is_refused(self):
        with self.assertRaises(SystemExit):
            lessons.Lessons([], [[paragraph()]]).target(paragraph())

    def test_a_part_weighs_as_many_as_annotated_it(self):
        what = lessons.Lessons([[paragraph([0, 0, 0], [BEGIN, INSIDE, 0]), paragraph([0, 0, 0])]])
        _, (single, pair), weights = what.batch(what.windows(60, 1))
        self.assertEqual(sorted(weights), [1, 2])
        self.assertEqual((tuple(single.shape), tuple(pair.shape)), ((2, 3, 7), (2, 2, 7, 7)))


if __name__ == "__main__":
    unittest.main()
