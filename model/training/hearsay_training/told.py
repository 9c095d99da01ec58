"""What the corpora tell beside attributions: labels of a paragraph's words, for the other heads.

Each reader gives the same paragraphs as `corpus` and `unlabelled` do, so that one reading of a
text by the network serves all heads, and teachers' opinions stay theirs.  Places are character
offsets of the paragraph; `Told` counts in the network's words.
"""
import bisect
import csv
import dataclasses
import itertools
import json
import random
import re

import numpy

from . import corpus, unlabelled

KINDS = ("person", "organisation", "place", "other")
ENTITIES = ("O",) + tuple(mark + "-" + kind for kind in KINDS for mark in "BI")
IGNORED = -1

POLNEAR = {"PERSON": "person", "ORGANIZATION": "organisation", "LOCATION": "place",
           "MISC": "other"}
CROSSNER = {"person": "person", "politician": "person", "organisation": "organisation",
            "politicalparty": "organisation", "country": "place", "location": "place",
            "event": "other", "election": "other", "misc": "other"}
GUM = {"person": "person", "organization": "organisation", "place": "place", "object": "other",
       "event": "other", "abstract": "other", "animal": "other"}

HELD_OUT = 5  # one of so many sentences or debates is kept to measure check-worthiness


@dataclasses.dataclass
class Told:
    """None or empty: nothing is known.  Words are the network's, in the paragraph."""
    sentence: numpy.ndarray = None  # 1 where a sentence begins
    entity: numpy.ndarray = None    # ids of ENTITIES, IGNORED where nobody knows
    silver: bool = False            # entities by a program
    fact: list = ()                 # (word, -3..3)
    worthy: list = ()               # (begin, end, 0 or 1) of sentences
    mention: list = ()              # (word, chain): heads of all mentions, in order
    link: list = ()                 # (word, words it points to; none when empty)


class Places:
    """Finds the words that a range of characters touches."""

    def __init__(self, words):
        self.begins = numpy.array([b for b, _ in words])
        self.ends = numpy.array([e for _, e in words])

    def touched(self, begin, end):
        """(first word, behind the last)"""
        return (int(numpy.searchsorted(self.ends, begin, "right")),
                int(numpy.searchsorted(self.begins, end, "left")))


def starts(count, words):
    """1 at these of `count` words"""
    out = numpy.zeros(count, numpy.float32)
    out[[w for w in words if w < count]] = 1
    return out


def entities(places, count, spans, unknown=()):
    """Labels from (begin, end, kind); where spans cross, the longer is kept."""
    out = numpy.zeros(count, numpy.int64)
    for begin, end in unknown:
        first, last = places.touched(begin, end)
        out[first:last] = IGNORED
    taken = numpy.zeros(count, bool)
    for begin, end, kind in sorted(spans, key=lambda s: s[0] - s[1]):
        first, last = places.touched(begin, end)
        if first >= last or taken[first:last].any():
            continue
        taken[first:last] = True
        out[first:last] = ENTITIES.index("I-" + kind)
        out[first] -= 1
    return out


def runs(tags):
    """(first, behind the last, tag) of neighbours with one tag"""
    at = 0
    for tag, same in itertools.groupby(tags):
        n = len(list(same))
        yield at, at + n, tag
        at += n


# PolNeAR: sentences, entities by a program, and which spans belong together.

def polnear_links(x, at, place):
    """content's first word to its cue's, cue's first word to its source's"""
    firsts = {}  # (role, attribution) to the first tokens of its spans
    for token, (label, pairs) in enumerate(zip(x["labels"], x["att"])):
        for role, attribution in pairs:
            if label == "B-" + role:
                firsts.setdefault((role, attribution), []).append(token)
    out = {}
    for (role, attribution), tokens in firsts.items():
        if role == "source":
            continue
        goal = firsts.get(("cue" if role == "content" else "source", attribution), [])
        for token in tokens:
            out.setdefault(place(at(token)), set()).update(place(at(g)) for g in goal)
    return sorted((word, sorted(goals)) for word, goals in out.items())


def of_polnear(x, paragraph):
    places, count = Places(paragraph.cut.words), len(paragraph.cut.words)
    at = [(b - paragraph.begin, e - paragraph.begin) for b, e in x["offsets"]]
    first = lambda span: places.touched(*span)[0]
    spans = [(at[b][0], at[e - 1][1], POLNEAR[tag]) for b, e, tag in runs(x["ner"])
             if tag in POLNEAR]
    return Told(sentence=starts(count, [first(at[s]) for s in x["sentences"]]),
                entity=entities(places, count, spans), silver=True,
                link=polnear_links(x, at.__getitem__, first))


def tell_polnear(path, articles):
    known = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            x = json.loads(line)
            known.setdefault((corpus.article_of(x["id"]), x["offsets"][0][0]), x)
    for paragraph in itertools.chain(*articles):
        x = known.get((paragraph.article, paragraph.begin))
        if x is not None and x["offsets"][-1][1] == paragraph.begin + len(paragraph.text):
            paragraph.told = of_polnear(x, paragraph)


# GUM: sentences, named mentions, chains of mentions.

@dataclasses.dataclass
class Token:
    begin: int
    end: int
    tag: str
    form: str
    head: int     # of the sentence's tokens, -1 root


@dataclasses.dataclass
class Mention:
    kind: str
    chain: str
    first: int    # tokens of the paragraph
    last: int = None


BRACKET = re.compile(r"\(([^()]+)(\)?)|([^()]+)\)")


class Document:
    """a GUM paragraph as it is read"""

    def __init__(self):
        self.text, self.tokens, self.mentions = "", [], []
        self.sentences, self.open = [], {}

    def sentence(self, text, rows):
        at = len(self.text) + bool(self.text)
        self.text = (self.text + " " + text).strip()
        self.sentences.append(at)
        base, place = len(self.tokens), at
        for row in rows:
            place = self.text.index(row[1], place)
            head = int(row[6]) - 1
            self.tokens.append(Token(place, place + len(row[1]), row[3], row[1],
                                     base + head if head >= 0 else -1))
            place += len(row[1])
            self.brackets(row[9])

    def brackets(self, misc):
        found = re.search(r"(?:^|\|)Entity=([^|]+)", misc)
        for opened, at_once, closed in BRACKET.findall(found.group(1)) if found else ():
            if opened:
                chain, kind = (opened.split("-") + ["", ""])[:2]
                m = Mention(kind, chain, len(self.tokens) - 1)
                self.mentions.append(m)
                self.open.setdefault(chain, []).append(m)
            if closed or at_once:
                chain = closed or opened.split("-")[0]
                if self.open.get(chain):
                    self.open[chain].pop().last = len(self.tokens)

    def head(self, m):
        """the token in the mention that hangs outside of it"""
        for t in range(m.first, m.last):
            if not m.first <= self.tokens[t].head < m.last:
                return t
        return m.last - 1

    def name(self, m, head):
        """the tokens of the name around a mention's head, or None"""
        if self.tokens[head].tag != "PROPN":
            return None
        first, last = head, head + 1
        while first > m.first and self.tokens[first - 1].tag == "PROPN":
            first -= 1
        while last < m.last and self.tokens[last].tag == "PROPN":
            last += 1
        if m.kind == "organization":  # Department of Justice
            on = last
            while on < m.last and self.tokens[on].form in ("of", "the", "for", "and"):
                on += 1
            if last < on < m.last and self.tokens[last].form == "of":
                while on < m.last and self.tokens[on].tag == "PROPN":
                    on += 1
                    last = on
        return first, last


def of_gum(d, paragraph):
    places, count = Places(paragraph.cut.words), len(paragraph.cut.words)
    token = lambda t: (d.tokens[t].begin, d.tokens[t].end)
    spans, mentions = [], {}
    for m in d.mentions:
        if m.last is None:
            continue
        head = d.head(m)
        name = d.name(m, head)
        if name and m.kind in GUM:
            spans.append((token(name[0])[0], token(name[1] - 1)[1], GUM[m.kind]))
        word = places.touched(*token(name[1] - 1 if name else head))[0]
        mentions.setdefault(word, m.chain)
    unknown = [(t.begin, t.end) for t in d.tokens if t.tag == "ADJ" and t.form[:1].isupper()]
    return Told(sentence=starts(count, [places.touched(s, s + 1)[0] for s in d.sentences]),
                entity=entities(places, count, spans, unknown), mention=sorted(mentions.items()))


def gum_documents(path):
    """a GUM file's paragraphs, cut as unlabelled.gum cuts them"""
    out, text, rows, chain = [], None, [], {}
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        if line.startswith("# newpar") and not line.startswith("# newpar_") or not out:
            out.append(Document())
            out[-1].open = chain  # a mention may go on in the next paragraph; then it is lost
        if line.startswith("# text = "):
            text = line[len("# text = "):]
        elif line[:1].isdigit():
            columns = line.split("\t")
            if columns[0].isdigit():
                rows.append(columns)
        elif not line and rows:
            out[-1].sentence(text, rows)
            rows = []
    return out


def gum(folder, split="train"):
    for path in sorted(folder.glob(f"gum/dep/{split}/*.conllu")):
        documents = gum_documents(path)
        article = unlabelled.article(path.stem, [d.text for d in documents])
        for paragraph in article:
            paragraph.told = of_gum(documents[paragraph.begin], paragraph)
        yield article


# Sentences that stand alone or a few together: each with its place in the paragraph.

def placed(sentences, count, between=" "):
    """(paragraph's text, [(begin, sentence's index)]) of `count` sentences each"""
    for at in range(0, len(sentences), count):
        some, text, places = sentences[at:at + count], "", []
        for i, sentence in enumerate(some):
            text += between if i else ""
            places.append((len(text), at + i))
            text += sentence
        yield text, places


def plain(tokens):
    """(text with plain marks, each token's (begin, end) in it)"""
    text = " ".join(tokens)
    origin = list(range(len(text)))  # where each character of what comes out was
    for theirs in unlabelled.MARKS:
        at = text.find(theirs)
        while at >= 0:
            text = text[:at] + '"' + text[at + len(theirs):]
            del origin[at + 1:at + len(theirs)]
            at = text.find(theirs, at + 1)
    out, begin = [], 0
    for token in tokens:
        at = bisect.bisect_right(origin, begin) - 1
        end = bisect.bisect_left(origin, begin + len(token))
        out.append((at, max(at + 1, end)))
        begin += len(token) + 1
    return text, out


def factuality(folder, corpus_name, split="train"):
    path = folder / "factuality" / corpus_name / (split + ".jsonl")
    told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    cut = [plain(x["text"].split(" ")) for x in told]
    for begin in range(0, len(told), 40):
        some = range(begin, min(begin + 40, len(told)))
        groups = list(placed([cut[i][0] for i in some], 2))
        article = unlabelled.article(f"{corpus_name} {begin}", [text for text, _ in groups])
        for paragraph in article:
            places, facts = Places(paragraph.cut.words), {}
            for at, sentence in groups[paragraph.begin][1]:
                tokens = cut[begin + sentence][1]
                for t in told[begin + sentence]["targets"]:
                    place = tokens[t["span1"][0]]
                    facts[places.touched(at + place[0], at + place[1])[0]] = t["label"]
            paragraph.told = Told(fact=sorted(facts.items()))
        yield article


def crossner(folder, split="train"):
    path = folder / "ner/crossner-politics" / (split + ".txt")
    sentences = [[line.split("\t") for line in block.splitlines() if line.strip()]
                 for block in path.read_text(encoding="utf-8").split("\n\n") if block.strip()]
    cut = [plain([t[0] for t in s]) for s in sentences]
    for begin in range(0, len(sentences), 40):
        some = range(begin, min(begin + 40, len(sentences)))
        article = unlabelled.article(f"politics {begin}", [cut[i][0] for i in some])
        for paragraph in article:
            i = begin + paragraph.begin
            paragraph.told = of_crossner(sentences[i], cut[i][1], paragraph)
        yield article


def of_crossner(sentence, at, paragraph):
    spans = []
    for (begin, end), (_, label) in zip(at, sentence):
        if label[0] == "B":
            spans.append([begin, end, CROSSNER[label[2:]]])
        elif label[0] == "I" and spans:
            spans[-1][1] = end
    places = Places(paragraph.cut.words)
    return Told(entity=entities(places, len(paragraph.cut.words), spans))


def debates(folder, held_out=False):
    """transcripts with check-worthy sentences; every fifth, by name, is kept to measure"""
    with open(folder / "checkworthy/CT19-T1-Training.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    kept = sorted({r["file_name"] for r in rows})[::HELD_OUT]
    for name, lines in itertools.groupby(rows, lambda r: r["file_name"]):
        groups = []  # (text, places) and the labels that the places count
        for speaker, of in itertools.groupby(lines, lambda r: r["speaker"]):
            turn = list(of)
            for text, places in placed([r["text"] for r in turn], 6):
                label = f"{speaker}: "
                groups.append((label + text, [(at + len(label), len(turn[i]["text"]),
                                               int(turn[i]["label"])) for at, i in places]))
        article = unlabelled.article(name, [text for text, _ in groups])
        for paragraph in article:
            if (name in kept) == held_out:
                places = Places(paragraph.cut.words)
                paragraph.told = Told(worthy=[(*places.touched(at, at + n), label) for at, n, label
                                              in groups[paragraph.begin][1]])
        yield article


def claims(folder, held_out=False):
    """ClaimBuster's sentences, each a paragraph; a fifth, by number, is kept to measure"""
    path = folder / "checkworthy/claimbuster-train.json"
    rows = [r for r in json.loads(path.read_text(encoding="utf-8"))
            if (r["sentence_id"] % HELD_OUT == 0) == held_out]
    random.Random(1).shuffle(rows)
    for begin in range(0, len(rows), 40):
        some = rows[begin:begin + 40]
        article = unlabelled.article(f"claims {begin}", [r["text"] for r in some])
        for paragraph in article:
            label = int(some[paragraph.begin]["label"])
            paragraph.told = Told(worthy=[(0, len(paragraph.cut.words), label)])
        yield article


def more(folder):
    """What unlabelled.articles gives, with all that is told of it; and, apart, what is there for
    the other heads alone: ClaimBuster, and once more the corpora that are small."""
    with_facts = lambda: [a for name in ("uw", "meantime") for a in factuality(folder, name)]
    small = with_facts() + list(crossner(folder))
    texts = list(gum(folder)) + list(debates(folder)) + small + list(unlabelled.cases(folder))
    return [a for a in texts if a], [a for a in [*small, *claims(folder)] if a]
