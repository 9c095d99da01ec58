"""What the corpora tell beside attributions, what heads learn from it, and what they are given."""
import pathlib
import tempfile
import unittest

import numpy
import torch

from hearsay_training import batches, corpus, export, labels, measure, network, pieces, tasks
from hearsay_training import told, windows

GUM = """# newpar
# text = Anna Vik left.
1\tAnna\tAnna\tPROPN\tNNP\t_\t3\tnsubj\t_\tEntity=(1-person-new-cf1-1-coref-Anna_Vik
2\tVik\tVik\tPROPN\tNNP\t_\t1\tflat\t_\tEntity=1)
3\tleft\tleave\tVERB\tVBD\t_\t0\troot\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_

# text = She saw the Norwegian Ministry of Fish.
1\tShe\tshe\tPRON\tPRP\t_\t2\tnsubj\t_\tEntity=(1-person-giv-cf1-1-ana)
2\tsaw\tsee\tVERB\tVBD\t_\t0\troot\t_\t_
3\tthe\tthe\tDET\tDT\t_\t5\tdet\t_\tEntity=(2-organization-new-cf2-3-sgl
4\tNorwegian\tNorwegian\tADJ\tJJ\t_\t5\tamod\t_\t_
5\tMinistry\tMinistry\tPROPN\tNNP\t_\t2\tobj\t_\t_
6\tof\tof\tADP\tIN\t_\t7\tcase\t_\t_
7\tFish\tFish\tPROPN\tNNP\t_\t5\tnmod\t_\tEntity=(3-animal-new-cf3-1-sgl)2)|SpaceAfter=No
8\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_
"""

SHAPE = network.Shape(layers=1, hidden=64, heads=4, ffn=128, multi=True)


def words_of(paragraph):
    return [paragraph.text[b:e] for b, e in paragraph.cut.words]


def made(text, known):
    p = corpus.Paragraph("made", 0, text, [], []).prepare()
    p.told = known
    return p


class Readers(unittest.TestCase):
    def gum(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "gum/dep/train"
            path.mkdir(parents=True)
            (path / "GUM_news_made.conllu").write_text(GUM, encoding="utf-8")
            (article,) = told.gum(pathlib.Path(folder))
        (p,) = article
        return p, words_of(p)

    def test_gum_tells_where_sentences_begin(self):
        p, words = self.gum()
        begins = [words[i] for i in numpy.flatnonzero(p.told.sentence)]
        self.assertEqual(begins, ["Anna", "She"])

    def test_gum_names_are_proper_nouns_around_a_head(self):
        p, words = self.gum()
        found = {(" ".join(words[b:e]), kind) for b, e, kind in
                 measure.names(numpy.where(p.told.entity < 0, 0, p.told.entity))}
        self.assertEqual(found, {("Anna Vik", "person"), ("Ministry of Fish", "organisation")})
        self.assertEqual(p.told.entity[words.index("Norwegian")], told.IGNORED)

    def test_gum_mentions_stand_at_their_heads(self):
        p, words = self.gum()
        got = [(words[w], chain) for w, chain in p.told.mention]
        self.assertEqual(got, [("Vik", "1"), ("She", "1"), ("Fish", "2")])  # a name's last word

    def test_links_go_from_content_to_cue_and_from_cue_to_source(self):
        x = {"labels": ["B-source", "B-cue", "B-content", "I-content", "B-cue", "B-content"],
             "att": [[["source", "A"], ["source", "B"]], [["cue", "A"]], [["content", "A"]],
                     [["content", "A"]], [["cue", "B"]], [["content", "B"]]]}
        got = told.polnear_links(x, lambda t: t, lambda t: t)
        self.assertEqual(got, [(1, [0]), (2, [1]), (4, [0]), (5, [4])])

    def test_a_cue_without_a_source_points_nowhere(self):
        x = {"labels": ["B-cue", "B-content"], "att": [[["cue", "A"]], [["content", "A"]]]}
        self.assertEqual(told.polnear_links(x, lambda t: t, lambda t: t), [(0, []), (1, [0])])

    def test_plain_marks_keep_each_token_in_its_place(self):
        tokens = ["``", "No", "''", ",", "he", "'", "'", "said"]
        text, at = told.plain(tokens)
        self.assertEqual(text, '" No " , he " said')
        self.assertEqual([text[b:e] for b, e in at], ['"', "No", '"', ",", "he", '"', '"', "said"])

    def test_the_longer_of_names_that_cross_is_kept(self):
        cut = pieces.cut("Bank of Oslo fell")
        got = told.entities(told.Places(cut.words), 4, [(8, 12, "place"), (0, 12, "organisation")])
        self.assertEqual([told.ENTITIES[i] for i in got],
                         ["B-organisation", "I-organisation", "I-organisation", "O"])


class Collected(unittest.TestCase):
    def article(self):
        one = made("Anna Vik left", told.Told(
            sentence=told.starts(3, [0]), entity=numpy.array([1, 2, 0]), fact=[(2, 3.0)],
            mention=[(1, "a")]))
        other = made("She fell", told.Told(worthy=[(0, 2, 1)], mention=[(0, "a"), (1, "b")],
                                           link=[(1, [0]), (0, [])]))
        return [one, made("Nobody knows", None), other]

    def collect(self, size):
        article = self.article()
        wins = windows.pack([p.cut for p in article], size)
        batch = batches.collate(wins)
        return tasks.collect(batch, lambda row, part: article[part.paragraph]), batch

    def test_everything_told_of_a_window_is_there(self):
        what, batch = self.collect(60)
        n = batch.ids.shape[1]
        self.assertEqual([v for _, v in what.sentence], [1.0, 0.0, 0.0])
        self.assertEqual([(label, weight) for _, label, weight in what.entity],
                         [(1, 1.0), (2, 1.0), (0, 1.0)])
        self.assertEqual(what.fact, [(batch.parts[0][1].first[2], 3.0)])
        self.assertEqual([(len(places), label) for places, label in what.worthy], [(2, 1)])
        ((offered, asked),) = what.antecedent
        self.assertEqual(len(offered), 7)  # of the paragraph that nobody told of, too
        self.assertEqual([goals for _, goals in asked], [[], [2], []])
        self.assertEqual(len(what.link[0][1]), 2)
        self.assertTrue(all(p < n for p, _ in what.sentence))

    def test_another_window_offers_no_antecedent(self):
        what, _ = self.collect(7)
        self.assertGreater(len(what.antecedent), 1)
        self.assertTrue(all(not goals for _, asked in what.antecedent for _, goals in asked))

    def test_a_sentence_that_is_cut_tells_nothing(self):
        p = made("one two three four five six", told.Told(worthy=[(0, 6, 1)]))
        batch = batches.collate(windows.pack([p.cut], 6))
        self.assertEqual(tasks.collect(batch, lambda row, part: p).worthy, [])


class Learning(unittest.TestCase):
    def test_every_head_learns_what_it_is_told(self):
        torch.manual_seed(5)
        heads = tasks.Heads(64)
        x = torch.randn(12, 64)
        what = tasks.Told(
            sentence=[(0, 1.0), (1, 0.0), (5, 1.0)], entity=[(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0)],
            fact=[(2, -3.0), (3, 2.5)], worthy=[([0, 1, 2], 1), ([5, 6], 0)],
            antecedent=[(list(range(12)), [(4, [1, 2]), (7, [])])],
            link=[(list(range(12)), [(3, [9]), (9, [])])])
        learn = torch.optim.Adam(heads.parameters(), 0.02)
        for _ in range(150):
            loss = tasks.together(tasks.losses(heads, x, what))
            learn.zero_grad()
            loss.backward()
            learn.step()
        self.assertEqual(set(tasks.losses(heads, x, what)), set(tasks.WEIGHT))
        for name, loss in tasks.losses(heads, x, what).items():
            self.assertLess(loss.item(), 0.05, name)
        self.assertGreater(heads.worthy(x[:3]).item(), 0)

    def test_no_word_after_the_one_asked_is_its_antecedent(self):
        head = tasks.Pair(8)
        x = torch.randn(4, 8)

        def loss(places):
            return tasks.pair_loss(head, x, [(places, [(1, [0])])], True).item()

        self.assertAlmostEqual(loss([0, 1, 2, 3]), loss([0, 1]), places=6)

    def test_mixed_batches_learn_attribution_only_where_it_is_known(self):
        from hearsay_training import lessons
        known = corpus.Paragraph("made", 0, "Ann said so", [(0, 3), (4, 8), (9, 11)],
                                 [[labels.IDS["B-source"], labels.IDS["B-cue"], 0]]).prepare()
        claim = made("Taxes rose", told.Told(worthy=[(0, 2, 1)]))
        what = lessons.Lessons([[known]], others=[[claim]])
        batch, (single, _), weights = what.batch(what.windows(60, 1))
        by_words = dict(zip(batch.words.tolist(), weights))
        self.assertEqual(by_words, {3: 1, 2: 0})
        self.assertEqual(single.sum().item(), 3.0)


class Exported(unittest.TestCase):
    def test_heads_travel_by_their_names(self):
        torch.manual_seed(2)
        net = network.Tagger(SHAPE).eval()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.safetensors"
            export.write(net, path, "x-1")
            again = export.read(path).eval()
            with export.safetensors.safe_open(path, "np") as f:
                names = set(f.keys())
                self.assertEqual(f.get_slice("head.antecedent.to.weight").get_shape(), [64, 64])
        for name in ("sentence.weight", "entity.bias", "factuality.weight", "checkworthy.weight",
                     "antecedent.from.weight", "antecedent.from.bias", "antecedent.none.weight",
                     "link.to.weight", "link.none.bias"):
            self.assertIn("head." + name, names)
        for name, value in net.heads.state_dict().items():
            torch.testing.assert_close(again.heads.state_dict()[name], value)

    def test_a_network_of_attribution_alone_gets_heads_when_asked(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.safetensors"
            network.save(network.Tagger(network.Shape(1, 64, 4, 128)), path)
            self.assertFalse(hasattr(network.load(path), "heads"))
            self.assertTrue(hasattr(network.load(path, multi=True), "heads"))


class Measures(unittest.TestCase):
    def test_average_precision(self):
        self.assertAlmostEqual(measure.average_precision([(0.9, 1), (0.8, 0), (0.7, 1)]),
                               100 * (1 + 2 / 3) / 2)

    def test_names_that_do_not_begin_are_names_all_the_same(self):
        self.assertEqual(measure.names([0, 2, 2, 1, 4, 3]),
                         {(1, 3, "person"), (3, 4, "person"), (4, 5, "organisation"),
                          (5, 6, "organisation")})

    def test_an_interval_holds_its_value(self):
        units = [(1, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 0)]
        value, low, high = measure.interval(units, measure.f1_of)
        self.assertTrue(low <= value <= high)

    def test_reading_gives_each_word_what_the_heads_say(self):
        torch.manual_seed(4)
        net = network.Tagger(SHAPE).eval()
        p = made("Ann left. She fell.", told.Told(mention=[(0, "a"), (3, "a")]))
        ((said,),) = measure.read(net, [[p]], fast=False)
        (window,) = windows.pack([p.cut], 320)
        batch = batches.collate([window])
        with torch.no_grad():
            x = net.read(batch, fast=False)[0, window.parts[0].first]
            want = net.heads.worthy(x[:3]).sigmoid().item()
            self.assertAlmostEqual(measure.worthy(said, 0, 3), want, places=5)
            numpy.testing.assert_allclose(said.sentence, net.heads.sentence(x)[:, 0], atol=1e-5)
        self.assertEqual([(pronoun, gold) for pronoun, _, _, gold in said.mention],
                         [(False, False), (True, True)])


if __name__ == "__main__":
    unittest.main()
