"""The chain against counting by hand, int8 there and back, a run stopped and gone on with."""
import itertools
import pathlib
import tempfile
import unittest

import numpy
import safetensors.numpy
import torch

from hearsay_training import (corpus, crf, export, labels, lessons, network, predict, quantize,
                              train, windows)

TINY = network.Shape(layers=2, hidden=64, heads=4, ffn=128)


def possible(n):
    for labelling in itertools.product(range(labels.COUNT), repeat=n):
        if all(labels.may_follow(a, b) for a, b in zip((None,) + labelling, labelling)):
            yield labelling


def tiny(seed=3, shape=TINY):
    torch.manual_seed(seed)
    net = network.Tagger(shape)
    for p in net.parameters():
        torch.nn.init.normal_(p, std=0.3)
    with torch.no_grad():
        net.embeddings.case.weight[windows.NO_CASE] = 0
    return net


class Chain(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        no_start, no_step = crf.forbidden()
        self.scores = torch.randn(1, 3, labels.COUNT)
        self.start = torch.randn(labels.COUNT) + no_start
        self.step = torch.randn(labels.COUNT, labels.COUNT) + no_step
        self.lengths = torch.tensor([3])

    def value(self, y):
        value = self.start[y[0]] + sum(self.scores[0, t, k] for t, k in enumerate(y))
        return value + sum(self.step[a, b] for a, b in zip(y, y[1:]))

    def all(self):
        values = torch.stack([self.value(y) for y in possible(3)])
        return values, torch.softmax(values, 0)

    def test_sum_over_all_labellings(self):
        got = crf.log_partition(self.scores, self.lengths, self.start, self.step)
        self.assertAlmostEqual(got.item(), torch.logsumexp(self.all()[0], 0).item(), places=4)

    def test_best_is_the_highest(self):
        best = max(possible(3), key=self.value)
        got = crf.best(self.scores[0].numpy(), self.start.numpy(), self.step.numpy())
        self.assertEqual(tuple(got), best)

    def test_marginals_are_sums_of_probabilities(self):
        single, pair = crf.marginals(self.scores, self.lengths, self.start, self.step)
        chances = self.all()[1]
        for k in range(labels.COUNT):
            of = [p for y, p in zip(possible(3), chances) if y[1] == k]
            self.assertAlmostEqual(single[0, 1, k].item(), float(sum(of)), places=4)
        of = [p for y, p in zip(possible(3), chances) if y[1:] == (3, 4)]
        self.assertAlmostEqual(pair[0, 1, 3, 4].item(), float(sum(of)), places=4)

    def test_chance_of_a_span_is_that_of_all_labellings_with_it(self):
        single, pair = (x[0].numpy() for x in crf.marginals(self.scores, self.lengths, self.start,
                                                            self.step))
        chances = self.all()[1]
        for begin, end in ((0, 1), (0, 2), (1, 3), (2, 3), (0, 3)):
            of = [p for y, p in zip(possible(3), chances)
                  if ("cue", begin, end) in labels.spans(y)]
            got = crf.span_chance(single, pair, labels.IDS["B-cue"], begin, end)
            self.assertAlmostEqual(got, float(sum(of)), places=4)

    def test_cross_entropy_of_one_labelling_is_its_negative_log(self):
        y = [1, 2, 5]
        single, pair = (torch.tensor(x)[None] for x in crf.hard_target(y))
        got = crf.cross_entropy(self.scores, self.lengths, self.start, self.step, single, pair)
        want = torch.logsumexp(self.all()[0], 0) - self.value(y)
        self.assertAlmostEqual(got.item(), want.item(), places=4)

    def test_cross_entropy_is_least_where_the_chain_is_the_target(self):
        target = crf.marginals(self.scores, self.lengths, self.start, self.step)
        scores = self.scores.clone().requires_grad_()
        crf.cross_entropy(scores, self.lengths, self.start, self.step, *target).sum().backward()
        self.assertLess(scores.grad.abs().max().item(), 1e-4)

    def test_padding_changes_nothing(self):
        longer = torch.cat([self.scores, torch.randn(1, 4, labels.COUNT)], 1)
        got = crf.log_partition(longer, self.lengths, self.start, self.step)
        want = crf.log_partition(self.scores, self.lengths, self.start, self.step)
        self.assertAlmostEqual(got.item(), want.item(), places=5)

    def test_a_target_cut_inside_a_span_begins_it_again(self):
        single, pair = crf.cut_target(*crf.hard_target([1, 2, 2, 0]), 1, 4)
        want = crf.hard_target([1, 2, 0])
        numpy.testing.assert_array_equal(single, want[0])
        numpy.testing.assert_array_equal(pair, want[1])


class Int8(unittest.TestCase):
    def test_a_layer_computes_as_whole_numbers_do(self):
        torch.manual_seed(2)
        layer = quantize.Linear(64, 32)
        x = torch.randn(5, 64)
        rows, scale = quantize.whole(layer.weight)
        step = x.abs().amax(1, keepdim=True) / 127
        sums = torch.round(x / step).long() @ rows.long().T
        layer.int8 = True
        torch.testing.assert_close(layer(x), sums * step * scale + layer.bias)

    def test_gradients_pass_through_the_rounding(self):
        x = torch.randn(4, 16, requires_grad=True)
        quantize.rounded(x).sum().backward()
        torch.testing.assert_close(x.grad, torch.ones(4, 16))

    def test_exported_and_read_again_it_computes_the_same(self):
        net = tiny().eval()
        text = corpus.Paragraph("made", 0, "Snow fell, said Ola.", [], []).prepare()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.safetensors"
            meta = export.write(net, path, "x-1")
            again = export.read(path).eval()
            self.assertEqual(export.content_hash(export.tensors_of(again)), meta["content"])
        got, want = (predict.scores(quantize.simulate(n), [[text.cut]], fast=False)[0][0]
                     for n in (again, net))
        numpy.testing.assert_allclose(got, want, atol=1e-4)


    def test_the_shipped_file_read_and_exported_again_is_the_same(self):
        shipped = pathlib.Path(__file__).resolve().parents[2] / "hearsay-en.safetensors"
        with tempfile.TemporaryDirectory() as folder:
            again = pathlib.Path(folder) / "again.safetensors"
            export.write(export.read(shipped), again, "again")
            one, other = (safetensors.numpy.load_file(p) for p in (shipped, again))
        self.assertEqual(sorted(one), sorted(other))
        for name in one:
            numpy.testing.assert_array_equal(one[name], other[name], err_msg=name)


class Distances(unittest.TestCase):
    def test_near_ones_have_their_own_bucket_and_sides_differ(self):
        b = network.distance_buckets(300, 32)
        self.assertEqual(b[100, 93:108].tolist(),
                         [7, 6, 5, 4, 3, 2, 1, 0, 17, 18, 19, 20, 21, 22, 23])
        self.assertEqual((b[299, 0].item(), b[0, 299].item()), (15, 31))


class Runs(unittest.TestCase):
    def article(self):
        text = "Rain will come, said Kari Vik. \"Bring boots,\" she added."
        tokens = [(0, 14), (16, 20), (21, 29), (31, 45), (46, 49), (50, 55)]
        marks = [labels.IDS["B-" + r] for r in
                 ("content", "cue", "source", "content", "source", "cue")]
        return [corpus.Paragraph("made", 0, text, tokens, [marks]).prepare() for _ in range(8)]

    def run_to(self, folder, stops):
        """train in as many goes as stops says, each leaving off after a step"""
        path = pathlib.Path(folder)
        network.save(tiny(), path / "base.safetensors")
        plan = train.Plan(init=str(path / "base.safetensors"), epochs=2, lr=1e-3, size=60,
                          budget=120)
        what = lessons.Lessons([self.article()], styled=0.5)
        for _ in range(stops):
            run = train.Run(plan, what, path / "run", lambda *_: None)
            if run.train(60, [self.article()], stop_after=1e-9):
                break
        run = train.Run(plan, what, path / "run", lambda *_: None)
        run.train(60, [self.article()])
        return network.load(path / "run/epoch-2.safetensors").state_dict()

    def test_a_run_stopped_at_each_step_ends_as_one_that_was_not(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            whole, pieces = self.run_to(one, 0), self.run_to(other, 5)
        for name in whole:
            torch.testing.assert_close(whole[name], pieces[name], rtol=0, atol=0)


if __name__ == "__main__":
    unittest.main()
