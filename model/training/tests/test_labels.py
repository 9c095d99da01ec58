"""Labels from the corpus' tokens to the network's words, and back to scores."""
import unittest

from hearsay_training import corpus, crf, labels, limits, pieces, score, styles

NAMES = labels.IDS


def paragraph(text, *marks):
    """a paragraph whose tokens are words at spaces; marks: (role, first token, behind last)"""
    tokens, at = [], 0
    for word in text.split(" "):
        tokens.append((at, at + len(word)))
        at += len(word) + 1
    ids = [0] * len(tokens)
    for role, begin, end in marks:
        ids[begin:end] = [NAMES["B-" + role]] + [NAMES["I-" + role]] * (end - begin - 1)
    return corpus.Paragraph("made", 0, text, tokens, [ids]).prepare()


class Projection(unittest.TestCase):
    def test_a_token_cut_into_words_stays_one_span(self):
        p = paragraph("Anna can't say", ("source", 0, 1), ("cue", 1, 3))
        self.assertEqual(labels.spans(p.gold[0]), [("source", 0, 1), ("cue", 1, 5)])

    def test_spans_that_touch_stay_two(self):
        p = paragraph("yes no maybe", ("content", 0, 1), ("content", 1, 3))
        self.assertEqual(labels.spans(p.gold[0]), [("content", 0, 1), ("content", 1, 3)])

    def test_two_tokens_in_one_word_give_one_span(self):
        got = labels.project([(0, 6)], [(0, 3), (3, 6)], [NAMES["B-cue"], NAMES["I-cue"]])
        self.assertEqual(got, [NAMES["B-cue"]])

    def test_a_word_in_no_token_is_outside(self):
        got = labels.project([(0, 2), (2, 3), (3, 5)], [(0, 2), (3, 5)],
                             [NAMES["B-cue"], NAMES["I-cue"]])
        self.assertEqual(got, [NAMES["B-cue"], 0, NAMES["B-cue"]])

    def test_gold_scores_100_and_nothing_scores_0(self):
        p = paragraph("Ice is thin , the ranger's dog barked .", ("content", 0, 3),
                      ("source", 4, 7), ("cue", 7, 8))
        right = score.score([[p]], [[p.gold[0]]])
        self.assertEqual(right["exact"], {r: 100.0 for r in labels.ROLES})
        none = score.score([[p]], [[[0] * len(p.gold[0])]])
        self.assertEqual(none["overlap"], {r: 0.0 for r in labels.ROLES})

    def test_a_span_one_word_short_begins_right_but_is_not_exact(self):
        p = paragraph("the old ferry captain said so", ("source", 0, 4))
        short = list(p.gold[0])
        short[3] = 0
        got = score.score([[p]], [[short]])
        self.assertEqual([got[w]["source"] for w in score.WAYS], [0.0, 100.0, 100.0])


class Limits(unittest.TestCase):
    found = [("cue", 0.9, True), ("cue", 0.4, False), ("cue", 0.2, True)]

    def test_f1_counts_what_is_left(self):
        got = [limits.exact_f1(self.found, 4, limit) for limit in (0, 0.3, 0.5)]
        self.assertEqual([round(f, 1) for f in got], [57.1, 33.3, 40.0])

    def test_spans_are_right_where_the_gold_is(self):
        p = paragraph("Ann said no", ("source", 0, 1), ("cue", 1, 2))
        labelled = [NAMES["B-source"], 0, NAMES["B-cue"]]
        got = limits.spans(p, labelled, crf.hard_target(labelled))
        self.assertEqual(got, [("source", 1.0, True), ("cue", 1.0, False)])


class Cases(unittest.TestCase):
    def test_classes_of_words(self):
        words = ["—", "sea", "Sea", "SEA", "A", "9th", "é", "ß", "mcKay"]
        self.assertEqual([pieces.CASES[pieces.case_of(w)] for w in words],
                         ["other", "lower", "initial", "upper", "initial", "digit", "lower",
                          "lower", "initial"])


class Styles(unittest.TestCase):
    text = "“ The nets are empty , ” said Ida Moe ."
    marks = ("content", 0, 7), ("cue", 7, 8), ("source", 8, 10)

    def test_other_marks_keep_words_and_spans(self):
        p = paragraph(self.text, *self.marks)
        q = styles.apply(p, [styles.Edit(0, 1, "»"), styles.Edit(23, 24, "«")]).prepare()
        self.assertEqual(q.text, "» The nets are empty , « said Ida Moe .")
        self.assertEqual(q.gold, p.gold)

    def test_a_lost_mark_leaves_the_span_without_it(self):
        p = paragraph(self.text, *self.marks)
        q = styles.apply(p, [styles.Edit(0, 1, "")]).prepare()
        self.assertEqual(labels.spans(q.gold[0]),
                         [("content", 0, 6), ("cue", 6, 7), ("source", 7, 9)])

    def test_what_is_put_inside_a_span_belongs_to_it(self):
        p = paragraph(self.text, *self.marks)
        q = styles.apply(p, [styles.Edit(6, 6, "'"), styles.Edit(10, 10, "'")]).prepare()
        self.assertEqual(labels.spans(q.gold[0])[0], ("content", 0, 9))

    def test_what_is_put_outside_stays_outside(self):
        p = paragraph(self.text + " Rain fell .", *self.marks)
        at = p.text.index("fell")
        q = styles.apply(p, [styles.Edit(at, at, "*")]).prepare()
        self.assertEqual(q.gold[0][-4:], [0, 0, 0, 0])

    def test_the_same_seed_gives_the_same_text(self):
        a = [[paragraph(self.text, *self.marks)] for _ in range(20)]
        once, again, other = (["".join(p.text for p in x) for x in styles.restyle(a, 0.7, seed)]
                              for seed in (1, 1, 2))
        self.assertEqual(once, again)
        self.assertNotEqual(once, other)

    def test_a_transcript_has_label_colon_and_words(self):
        article = [paragraph(self.text, *self.marks) for _ in range(2)]
        turns = styles.restyle([article], 1.0, 5)[-1]
        self.assertEqual([r for r, _, _ in labels.spans(turns[0].gold[0])],
                         ["source", "cue", "content"])


if __name__ == "__main__":
    unittest.main()
