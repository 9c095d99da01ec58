"""Text that nobody has annotated for attributions, for teachers to give their opinion of.

All from the training parts of the corpora: GUM's seventeen kinds of text, political debates,
news sentences of the factuality corpora, biographies of politicians, and a detective's cases,
which are full of quoted speech.  Where a corpus has only tokens, spaces go between them all: the
pieces are the same.
"""
import csv
import itertools
import json

from . import corpus

SENTENCES_TOGETHER = 4  # of corpora whose sentences stand alone or in order, a paragraph


def paragraph(article, begin, text):
    return corpus.Paragraph(article, begin, text, [], []).prepare()


def article(name, texts):
    return [paragraph(name, i, text) for i, text in enumerate(texts) if text.strip()]


def together(sentences, count=SENTENCES_TOGETHER):
    for i in range(0, len(sentences), count):
        yield " ".join(sentences[i:i + count])


MARKS = "``", "''", "' '"  # of treebanks


def plain_marks(text):
    for theirs in MARKS:
        text = text.replace(theirs, '"')
    return text


def gum(folder):
    for path in sorted(folder.glob("gum/dep/train/*.conllu")):
        texts = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# newpar") and not line.startswith("# newpar_") or not texts:
                texts.append("")
            if line.startswith("# text = "):
                texts[-1] = (texts[-1] + " " + line[len("# text = "):]).strip()
        yield article(path.stem, texts)


def debates(folder):
    """each speaker's turn a paragraph, with the label that a transcript has"""
    with open(folder / "checkworthy/CT19-T1-Training.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    for name, lines in itertools.groupby(rows, lambda r: r["file_name"]):
        turns = [(speaker, [r["text"] for r in of])
                 for speaker, of in itertools.groupby(lines, lambda r: r["speaker"])]
        yield article(name, [f"{speaker}: {text}" for speaker, said in turns
                             for text in together(said, 6)])


def news_sentences(folder):
    for name in ("uw", "meantime"):
        lines = (folder / "factuality" / name / "train.jsonl").read_text(encoding="utf-8")
        texts = [plain_marks(json.loads(line)["text"]) for line in lines.splitlines()]
        for i in range(0, len(texts), 40):
            yield article(f"{name} {i}", together(texts[i:i + 40], 2))


def column_sentences(path, token):
    """sentences of a file with a token a line; token(line) is (document, word) or None"""
    out, words, document = [], [], None
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        found = token(line) if line.strip() else None
        if found is None:
            if words:
                out.append((document, plain_marks(" ".join(words))))
            words = []
            continue
        document, words = found[0], words + [found[1]]
    return out


def politics(folder):
    def token(line):
        return "politics", line.split("\t")[0]

    texts = [t for _, t in column_sentences(folder / "ner/crossner-politics/train.txt", token)]
    for i in range(0, len(texts), 40):
        yield article(f"politics {i}", texts[i:i + 40])


def cases(folder):
    def token(line):
        columns = line.split("\t")
        return columns[0], columns[3]

    found = column_sentences(folder / "negation/cd-sco-train.txt", token)
    for name, of in itertools.groupby(found, lambda s: s[0]):
        yield article(name, together([text for _, text in of]))


def articles(folder):
    return [a for source in (gum, debates, news_sentences, politics, cases)
            for a in source(folder) if a]
