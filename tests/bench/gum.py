"""Documents of the GUM corpus: the text as it was before it was cut into words, each word's
bytes in it, the mentions of somebody or something with their chains, and who says what.

With labels=True a transcript is written as a newspaper would print it: GUM keeps who speaks
beside the text ("# speaker ="), so a paragraph begins with NAME: wherever that changes."""
import pathlib
import re


class Mention:
    """words [begin, end), and which of them are its head"""

    def __init__(self, fields, begin):
        self.chain, self.begin, self.end = fields[0], begin, begin + 1
        heads = fields[5].split(",") if len(fields) > 5 else []
        self.heads = [begin + int(head) - 1 for head in heads if head.isdigit()]


class Attribution:
    """source, cue: numbers of words, as far as the corpus marks them."""

    def __init__(self, relation):
        self.source = signal(relation, "sem-atsrc")
        self.cue = signal(relation, "lex-indwd") + signal(relation, "lex-indph")


class Document:
    def __init__(self, name):
        self.name, self.genre = name, name.split("_")[1]
        self.text, self.words, self.tags, self.at = "", [], [], []
        self.mentions, self.attributions = [], []

    def bytes(self, begin, end):
        """of the words [begin, end), as a range of the text's bytes"""
        return self.at[begin][0], self.at[end - 1][1]


def signal(relation, kind):
    numbers = []
    for places in re.findall(kind + r"-([\d,-]*\d)", relation):
        for place in places.split(","):
            first, _, last = place.partition("-")
            numbers += range(int(first) - 1, int(last or first))
    return numbers


def read_entities(document, opened, text, word):
    for begins, fields, ends, closes in re.findall(r"(\()([^()]+)(\)?)|([^-()]+)\)", text):
        if begins:
            mention = Mention(fields.split("-"), word)
            document.mentions.append(mention)
            if not ends:
                opened.append(mention)
        else:
            last = max((k for k, m in enumerate(opened) if m.chain == closes), default=None)
            if last is not None:
                opened.pop(last).end = word + 1


def label_of(speaker):
    """ChiefJusticeJohnRoberts is CHIEF JUSTICE JOHN ROBERTS"""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", speaker).upper()


def read(path, labels=False):
    document = Document(path.stem)
    opened, speaker, spoke, parted = [], None, None, False
    pieces = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# newpar") and not line.startswith("# newpar_block"):
            parted = True
        elif line.startswith("# speaker ="):
            speaker = line.split("=")[1].strip()
        columns = line.split("\t")
        if len(columns) != 10 or not columns[0].isdigit():
            continue
        turned = labels and speaker not in (None, "none", spoke)
        if (parted or turned) and pieces:
            pieces.append("\n\n")
        if turned:
            pieces.append(label_of(speaker) + ": ")
        spoke, parted = speaker, False
        misc = dict(part.split("=", 1) for part in columns[9].split("|") if "=" in part)
        word = len(document.words)
        document.words.append(columns[1])
        document.tags.append(columns[4])
        pieces.append((columns[1], "SpaceAfter" not in misc))
        relations = misc.get("Discourse", "").split(";")
        document.attributions += [Attribution(r) for r in relations if r.startswith("attribution")]
        read_entities(document, opened, misc.get("Entity", ""), word)
    join(document, pieces)
    return document


def join(document, pieces):
    text = bytearray()
    for k, piece in enumerate(pieces):
        if isinstance(piece, str):
            text += piece.encode()
            continue
        word, space = piece
        document.at.append((len(text), len(text) + len(word.encode())))
        text += word.encode()
        if space and k + 1 < len(pieces) and not str(pieces[k + 1]).startswith("\n"):
            text += b" "
    document.text = text.decode()


def documents(folder, labels=False):
    """All but those whose words the corpus may not give (they are underscores)."""
    return [read(p, labels) for p in sorted(pathlib.Path(folder).glob("*.conllu")) if "_reddit_" not in p.name]
