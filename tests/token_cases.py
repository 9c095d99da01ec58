"""token_cases.py: write tests/token_cases.h, what the reference tokenizer gives for sentences of
our own. Run with the Python of build/venv-tokens, from the root: .../python tests/token_cases.py"""
import pathlib
import sys

sys.path.insert(0, "tests/bench")
from tokens import expected, reference  # noqa: E402

SENTENCES = [
    "The harbour master said the tide had turned.",
    "\"I don't know,\" O'Hara-Smith told the BBC on 3.5.2024 (at 9:30 p.m.).",
    "caf\u00e9 CAFE\u0301 na\u00efve re\u0301sume\u0301 \u00c5ngstr\u00f6m A\u030angstrom",  # composed, decomposed
    "Z\u030a\u0301\u0327 \u0301lonely mark",
    "\u6771\u4eac and \u8c48\u66f4 \u30ab\u30bf\u30ab\u30ca \u3072\u3089\u304c\u306a",  # ideographs, two of them compatibility ones
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",  # Hangul, composed and as letters
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u0421\u041a\u0410\u0417\u0410\u041b\u0410 \u0439\u043e\u0433 \u0438\u0306",
    "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1 \u039f\u0394\u039f\u03a3 what\u037e",  # the Greek question mark folds to ;
    "\u0627\u0644\u0633\u0651\u064e\u0644\u0627\u0645 \u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd \u0939\u093f\u0928\u094d\u0926\u0940",
    "\U0001f469\u200d\U0001f680 went up \U0001f355\ufe0f\U0001f3fd, \u2708\ufe0f down",  # emoji with joiners and selectors
    "co\u00adopera\u00adtion in\u200bvisible \ufeffmark \u200eleft\u200f",
    "non\u00a0breaking\u2003em\u3000wide\u202fthin\u2028line\u2029end",
    "bell\x07 nul\x00in tab\tnew\nline\r\nfeed\x0bvert\x0cform \x85next\x7f",
    "\u0130stanbul ISTANBUL \u0131s\u0131 \u00dfTRASSE \u1e9e \u01c5ungla",
    "\ufb01nancial \ufb02ow o\ufb03ce \u2167 \u00b2 m\u00b2 \u00bd",
    "\u201cCurly\u201d \u2018single\u2019 \u201elow\u201c \u00abguille\u00bb \u2039mets\u203a \u300ccorner\u300d \u2026 \u2014 \u2013",
    "$5 \u20ac1.2m \u00a33bn 50% #tag @name _under_ a=b x\u2260y a^b `tick` ~",
    "US U.S. McDonald iPhone eBay X 7th 007 A",
    "[SEP] [UNK] ##ing [unused1] <s>",
    "\u0378unassigned \U0003fffd \u07fd\u0898late marks \u2e43\u2e5dlate \u166dsign",  # what Unicode 8 did not know
    "\ufffdreplaced\ufffd \ue000private \ud7b0old",
    "a" * 99 + " " + "b" * 100 + " " + "c" * 101 + " " + "\u00e9" * 100 + " " + "\u00e9" * 101,
    "\uac00" * 50 + " " + "\uac00" * 51,
    "antidisestablishmentarianism supercalifragilisticexpialidocious zzqxj",
    "",
    " \u00a0\n",
    "\u0301",
]


def quoted(data):
    """a C string literal, in pieces so that no hexadecimal escape runs on"""
    out = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in data)
    lines, line = [], ""
    for unit in split_units(out):
        if len(line) + len(unit) > 76:
            lines.append(line)
            line = ""
        line += unit
    return "\n\t  ".join(f'"{x}"' for x in [*lines, line])


def split_units(text):
    at = 0
    while at < len(text):
        n = 4 if text[at] == "\\" else 1
        yield text[at:at + n]
        at += n


def main():
    tokenizer = reference("model/vocab.txt")
    out = ["/* Made by token_cases.py; id:begin:end:case of each piece, case -1 inside a word. */",
           "/* clang-format off */",
           "static const struct {", "\tsize_t n;", "\tconst char *text, *pieces;", "} cases[] = {"]
    for text in SENTENCES:
        data = text.encode("utf-8")
        pieces = " ".join(":".join(map(str, p)) for p in expected(tokenizer, text))
        out += [f"\t{{ {len(data)},", "\t  " + quoted(data) + ",",
                "\t  " + quoted(pieces.encode()) + " },"]
    out.append("};")
    pathlib.Path("tests/token_cases.h").write_text("\n".join(out) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
