"""Training text rewritten into ways of quoting that it lacks.

The corpus has American news with straight and curly double marks.  A share of the articles of
each epoch is rewritten: other marks, lost closing marks, marks of distance around words that
nobody said, an emoji inside a quotation, headlines in capitals, and quotations laid out as a
transcript.  What annotators marked moves along.  Spaces and accents need no rewriting: the
pieces are the same with and without them.
"""
import dataclasses
import random
import re

from . import corpus, labels

PAIRS = [('"', '"'), ("“", "”"), ("'", "'"), ("‘", "’"), ("«", "»"), ("»", "«"), ("„", "“"),
         ("„", "”"), ("「", "」"), ("‹", "›"), ("”", "”"), ("``", "''")]
EMOJI = "😀😡👍🙏❤🔥"
LOSE_CLOSING, DISTANCE, PICTURE, HEADLINE, NO_MARKS = 0.06, 0.04, 0.05, 0.4, 0.02
NOT_A_NAME = {"he", "she", "they", "i", "we", "it", "you", "the", "a", "an", "his", "her", "this"}
ROLES_ON_AIR = ["", "", "", ", HOST", ", ANCHOR", ", CORRESPONDENT", ", MODERATOR", " (ON CAMERA)",
                " (VOICE-OVER)", ", FMR. GOVERNOR", ", REPORTER"]


@dataclasses.dataclass
class Edit:
    """text[begin:end) becomes `new`; what is put between two tokens is a token of its own"""
    begin: int
    end: int
    new: str


def marks_of(text):
    """[(place, opens?)] of double quotation marks"""
    out = []
    for m in re.finditer('["“”]', text):
        before = text[m.start() - 1:m.start()]
        opens = m.group() == "“" or (m.group() == '"' and (not before or before in " \n\t([—–-"))
        out.append((m.start(), opens))
    return out


def inserted_label(marks, following):
    """a token put before token `following` goes on with the span that runs through there"""
    after = marks[following] if following < len(marks) else 0
    return after if after in labels.INSIDE else 0


def move(text, edits):
    """(the text with edits made; the new place of each old one where a token begins there, and
    where one ends there; the places of what was put in)"""
    at_place = {}
    for edit in edits:
        at_place.setdefault(edit.begin, []).append(edit)
    out, length, begins, ends, added, i = [], 0, {}, {}, [], 0
    while i <= len(text):
        ends[i] = length
        following = text[i:i + 1]
        for edit in sorted(at_place.get(i, ()), key=lambda e: e.end):
            if edit.end > i:
                begins[i] = length
                following, i = edit.new, edit.end - 1
                break
            out.append(edit.new)
            added.append((edit.begin, length, length + len(edit.new)))
            length += len(edit.new)
        begins.setdefault(i, length)
        out.append(following)
        length += len(following)
        i += 1
    return "".join(out), begins, ends, added


def apply(paragraph, edits):
    """The paragraph with edits made, its tokens and markings moved along."""
    base = paragraph.begin
    text, begins, ends, added = move(paragraph.text, edits)
    # (begin, end, its label for each annotator)
    tokens = [(begins[b - base], ends[e - base], [m[i] for m in paragraph.marked])
              for i, (b, e) in enumerate(paragraph.tokens)]
    tokens = [t for t in tokens if t[0] < t[1]]
    for place, begin, end in added:
        following = sum(b - base < place for b, _ in paragraph.tokens)
        tokens.append((begin, end, [inserted_label(m, following) for m in paragraph.marked]))
    tokens.sort(key=lambda t: t[:2])
    marked = [[t[2][k] for t in tokens] for k in range(len(paragraph.marked))]
    return corpus.Paragraph(paragraph.article, base, text,
                            [(b + base, e + base) for b, e, _ in tokens], marked)


def mark_edits(paragraph, pair, chance):
    """other marks, some of the closing ones lost; rarely all lost"""
    none, out = chance.random() < NO_MARKS, []
    for place, opens in marks_of(paragraph.text):
        lost = none or (not opens and chance.random() < LOSE_CLOSING)
        out.append(Edit(place, place + 1, "" if lost else pair[0] if opens else pair[1]))
    return out


def distance_edits(paragraph, pair, chance):
    """“marks of distance” around one or two words in a sentence's middle"""
    places = [(b - paragraph.begin, e - paragraph.begin) for b, e in paragraph.tokens]
    words = [i for i, (b, e) in enumerate(places[:-1])
             if i and paragraph.text[b:e].isalpha() and paragraph.text[b:e].islower()
             and e - b > 3]
    if not words or chance.random() > DISTANCE * len(places) / 20:
        return []
    first = chance.choice(words)
    last = first + 1 if first + 1 in words and chance.random() < 0.5 else first
    return [Edit(places[first][0], places[first][0], pair[0]),
            Edit(places[last][1], places[last][1], pair[1])]


def picture_edits(paragraph, chance):
    """an emoji between two words of a content"""
    inside = [i for i, label in enumerate(paragraph.marked[0] if paragraph.marked else [])
              if labels.LABELS[label] == "I-content"]
    if not inside or chance.random() > PICTURE:
        return []
    place = paragraph.tokens[chance.choice(inside)][0] - paragraph.begin
    return [Edit(place, place, chance.choice(EMOJI) + " ")]


def capitals(paragraph):
    text = "".join(c.upper() if len(c.upper()) == 1 else c for c in paragraph.text)
    return dataclasses.replace(paragraph, text=text, cut=None, gold=None)


def rewrite(paragraph, pair, headline, chance):
    edits = (mark_edits(paragraph, pair, chance) + distance_edits(paragraph, pair, chance)
             + picture_edits(paragraph, chance))
    out = apply(paragraph, edits) if edits else paragraph
    if headline and len(paragraph.tokens) < 20:
        out = capitals(out)
    if out is paragraph:
        return paragraph
    if any(e.begin == e.end or not e.new for e in edits):
        # Not word for word the same any more: a teacher's opinion of it does not fit.
        out.article = "rewritten " + out.article
    return out.prepare()


def turn(paragraph, chance):
    """A paragraph with one named source and something quoted, as a turn of a transcript.  The
    colon behind the speaker's label is the cue, as PolNeAR's annotators have it."""
    if not paragraph.marked:
        return None
    found = labels.spans(paragraph.marked[0])
    here = lambda s, e: paragraph.text[paragraph.tokens[s][0] - paragraph.begin:
                                       paragraph.tokens[e - 1][1] - paragraph.begin]
    sources = [here(s, e) for role, s, e in found if role == "source"]
    said = [here(s, e).strip('"“” ') for role, s, e in found
            if role == "content" and here(s, e)[:1] in '"“' and e - s > 5]
    if len(sources) != 1 or not said:
        return None
    words = sources[0].split()
    if len(words) > 4 or words[0].lower() in NOT_A_NAME or not all(w[0].isupper() for w in words):
        return None
    name = sources[0].upper() if chance.random() < 0.7 else sources[0]
    label = name + chance.choice(ROLES_ON_AIR) + ":"
    text = label + " " + " ".join(said)
    tokens = [(0, len(name)), (len(label) - 1, len(label)), (len(label) + 1, len(text))]
    marks = [labels.IDS["B-source"], labels.IDS["B-cue"], labels.IDS["B-content"]]
    return corpus.Paragraph("transcript", 0, text, tokens, [marks]).prepare()


def restyle(articles, share, seed):
    """A share of the articles rewritten, and a transcript made of each of some others; the same
    for the same seed."""
    out, chance = [], random.Random(seed)
    for article in articles:
        if chance.random() >= share:
            out.append(article)
            continue
        pair, headline = chance.choice(PAIRS), chance.random() < HEADLINE
        out.append([rewrite(p, pair, headline and i == 0, chance)
                    for i, p in enumerate(article)])
        turns = [t for t in (turn(p, chance) for p in article) if t]
        if len(turns) > 1:
            out.append(turns)
    return out
