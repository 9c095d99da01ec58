"""tokens.py BENCH_TOKEN VOCABULARY FOLDER ...: compare piece ids, byte spans, first pieces of
words and their case classes with the reference tokenizer's, file by file."""
import pathlib
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

BATCH = 200  # files a run of the driver


def reference(vocabulary):
    pieces = pathlib.Path(vocabulary).read_text(encoding="utf-8").splitlines()
    model = WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]",
                      max_input_chars_per_word=100)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = BertNormalizer(clean_text=True, handle_chinese_chars=True,
                                          strip_accents=None, lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


def case_class(word):
    if not word[:1].isalpha() and not word[:1].isdigit():
        return 0
    if word[:1].isdigit():
        return 4
    return 1 if word.islower() else 3 if word.isupper() and len(word) > 1 else 2


def expected(tokenizer, text):
    """[(id, begin, end, case or -1)], begin and end in bytes"""
    byte = [0]
    for c in text:
        byte.append(byte[-1] + len(c.encode("utf-8")))
    e = tokenizer.encode(text, add_special_tokens=False)
    words = {}
    for (begin, end), w in zip(e.offsets, e.word_ids):
        words[w] = (words.get(w, (begin,))[0], end)
    out, previous = [], None
    for i, (begin, end), w in zip(e.ids, e.offsets, e.word_ids):
        how = -1 if w == previous else case_class(text[slice(*words[w])])
        out.append((i, byte[begin], byte[end], how))
        previous = w
    return out


def documents(folders):
    """(name, text): .txt as they are, .conllu from words and SpaceAfter"""
    for folder in map(pathlib.Path, folders):
        for path in sorted(folder.rglob("*.txt")):
            yield path.name, path.read_bytes().decode("utf-8")
        for path in sorted(folder.rglob("*.conllu")):
            yield path.name, from_conllu(path)


def from_conllu(path):
    out = []
    last = 0  # last word of a multi-word token
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line:
            out.append("\n")
            last = 0
        if not line or line.startswith("#"):
            continue
        f = line.split("\t")
        if "-" in f[0]:
            last = int(f[0].split("-")[1])
        elif "." in f[0] or int(f[0]) <= last:
            continue
        out.append(f[1] + ("" if "SpaceAfter=No" in f[9] else " "))
    return "".join(out)


def ours(driver, vocabulary, texts):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, text in enumerate(texts):
            paths.append(f"{folder}/{i}")
            pathlib.Path(paths[-1]).write_bytes(text.encode("utf-8"))
        run = subprocess.run([driver, "--print", vocabulary, *paths], check=True,
                             stdout=subprocess.PIPE)
    for line in run.stdout.decode().splitlines():
        yield [tuple(map(int, piece.split(":"))) for piece in line.split()]


def main():
    driver, vocabulary, folders = sys.argv[1], sys.argv[2], sys.argv[3:]
    tokenizer = reference(vocabulary)
    every = list(documents(folders))
    count = dict.fromkeys(("documents", "pieces", "words", "differences"), 0)
    for at in range(0, len(every), BATCH):
        batch = every[at:at + BATCH]
        for (name, text), mine in zip(batch, ours(driver, vocabulary, [t for _, t in batch])):
            want = expected(tokenizer, text)
            count["documents"] += 1
            count["pieces"] += len(want)
            count["words"] += sum(p[3] >= 0 for p in want)
            bad = [(a, b) for a, b in zip(want, mine) if a != b]
            count["differences"] += len(bad) + abs(len(want) - len(mine))
            if bad or len(want) != len(mine):
                print(f"{name}: {len(bad)} of {len(want)} pieces differ (ours: {len(mine)})"
                      + (f", first: reference {bad[0][0]}, ours {bad[0][1]}" if bad else ""))
    print("tokens: " + ", ".join(f"{v:,} {k}" for k, v in count.items()))
    sys.exit(count["differences"] > 0)


if __name__ == "__main__":
    main()
