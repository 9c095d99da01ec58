"""Articles as paragraphs with what people marked in them."""
import dataclasses
import json
import os
import pathlib

from . import labels, pieces


@dataclasses.dataclass
class Paragraph:
    article: str
    begin: int          # in the article's text, characters
    text: str
    tokens: list        # (begin, end) in the article's text
    marked: list        # one list of label ids (a token each) for each annotator
    cut: pieces.Pieces = None
    gold: list = None   # the same for the network's words
    told: object = None  # what the other heads learn from it (told.py)

    def prepare(self):
        self.cut = pieces.cut(self.text)
        here = [(b - self.begin, e - self.begin) for b, e in self.tokens]
        self.gold = [labels.project(self.cut.words, here, m) for m in self.marked]
        self.told = None  # of other words, perhaps, when the text was rewritten
        return self


def folder(given=None):
    """the corpora: --corpus, $HEARSAY_SHARED/corpus, or ../shared/corpus beside the checkout"""
    if given:
        return pathlib.Path(given)
    shared = os.environ.get("HEARSAY_SHARED")
    checkout = pathlib.Path(__file__).resolve().parents[3]
    return pathlib.Path(shared or checkout.parent / "shared") / "corpus"


def article_of(document):
    """PolNeAR's ids are ARTICLE_ANNOTATOR"""
    return document.rsplit("_", 1)[0]


def read_polnear(path, merge):
    """Lists of paragraphs, a list for each article.

    merge: several annotators of one article become one article with several markings (for
    training); otherwise each is an article of its own (for scoring, as published).
    """
    path = pathlib.Path(path)
    texts, documents = {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            x = json.loads(line)
            article = article_of(x["id"])
            if article not in texts:
                with open(path.parent / "text" / (article + ".txt"), encoding="utf-8",
                          newline="") as f:
                    texts[article] = f.read()
            begin, end = x["offsets"][0][0], x["offsets"][-1][1]
            marks = [labels.IDS[label] for label in x["labels"]]
            document = documents.setdefault(article if merge else x["id"], {})
            same = document.get((begin, end))
            if same is not None and len(same.tokens) == len(marks):
                same.marked.append(marks)
                continue
            document[begin, end] = Paragraph(article, begin, texts[article][begin:end],
                                             [tuple(o) for o in x["offsets"]], [marks])
    return [[p.prepare() for _, p in sorted(d.items(), key=lambda kv: kv[0])]
            for d in documents.values()]
