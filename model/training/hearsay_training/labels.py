"""Labels of words: BIO of source, cue and content, and how they get from one cutting of a
text into words to another."""

ROLES = ("source", "cue", "content")
LABELS = ("O",) + tuple(mark + "-" + role for role in ROLES for mark in "BI")
COUNT = len(LABELS)
IDS = {label: i for i, label in enumerate(LABELS)}
INSIDE = tuple(i for i in range(COUNT) if LABELS[i][0] == "I")


def may_follow(before, after):
    """An I-x follows only its B-x or another I-x; before is None at a paragraph's start."""
    if after not in INSIDE:
        return True
    return before is not None and before in (after - 1, after)


def begin_of(label):
    """I-x as B-x, for a word that has lost the one before it."""
    return label - 1 if label in INSIDE else label


def spans(labels):
    """[(role, first word, word behind the last)] of a sequence of label ids"""
    out, role, start = [], None, 0
    for i, label in enumerate(list(labels) + [0]):
        name = LABELS[label]
        if role is not None and name == "I-" + role:
            continue
        if role is not None:
            out.append((role, start, i))
            role = None
        if name[0] == "B":
            role, start = name[2:], i
    return out


def project(words, tokens, token_labels):
    """Labels of words, given labels of tokens; both are (begin, end) of the same text, in order.

    The corpus and the network cut text differently ("don't" is two tokens there and three
    words here).  A word takes the role of the tokens it touches, the later role of ROLES
    where it touches several, and begins a span when one begins in it.
    """
    out, before, t = [], 0, 0
    for begin, end in words:
        while t < len(tokens) and tokens[t][1] <= begin:
            t += 1
        role, begins, i = 0, False, t
        while i < len(tokens) and tokens[i][0] < end:
            label = token_labels[i]
            role = max(role, begin_of(label))
            begins = begins or (label not in INSIDE and label != 0 and tokens[i][0] >= before)
            i += 1
        goes_on = role and out and out[-1] in (role, role + 1) and not begins
        out.append(role + 1 if goes_on else role)
        before = end
    return out
