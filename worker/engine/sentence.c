/*
 * A sentence begins behind a stop, a question or an exclamation mark and what
 * closes with it (“Go!” | He went.), after white space, with a word that is not
 * in lower case.  A stop may belong to an abbreviation instead:
 *
 *     Mr. Ames came.           a title never ends a sentence
 *     J. P. Ames came.         nor does an initial
 *     Ames Inc. Chairman Roy   others do before a word that often begins one:
 *     in the U.S. | The bill
 *     No. 5 is alive           a number's does not, an answer's does: No. | He is.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "letter.h"
#include "sentence.h"

/* How far back the stop may be hidden behind closing marks: `.'")` */
enum { CLOSING = 4 };

static const char *const titles[] = {
	"Adm", "Asst", "Atty", "Brig", "Capt", "Cmdr", "Col",  "Cpl", "Det", "Dr",
	"Fr",  "Ft",   "Gen",  "Gov",  "Hon",  "Insp", "Lt",   "Maj", "Mme", "Mr",
	"Mrs", "Ms",   "Msgr", "Mt",   "Pfc",  "Pres", "Prof", "Pvt", "Rep", "Reps",
	"Rev", "Sen",  "Sens", "Sgt",  "St",   "Supt", "vs",
};

static const char *const abbreviations[] = {
	"Apr",  "Ariz", "Ark",  "Assn", "Aug", "Ave",  "Blvd", "Bros", "Calif",
	"Co",   "Colo", "Conn", "Corp", "Dec", "Del",  "Dept", "Dist", "Ed",
	"Est",  "Feb",  "Fla",  "Ga",   "Ill", "Inc",  "Ind",  "Jan",  "Jr",
	"Jul",  "Jun",  "Kan",  "Ky",   "La",  "Ltd",  "Mass", "Md",   "Mich",
	"Minn", "Miss", "Mo",   "Mont", "Neb", "Nev",  "Nov",  "Oct",  "Okla",
	"Ore",  "Pa",   "Sep",  "Sept", "Sr",  "Tenn", "Tex",  "Univ", "Va",
	"Vt",   "Wash", "Wis",  "Wyo",  "al",  "dept", "est",  "etc",
};

static const char *const openers[] = {
	"A",    "After", "All",   "An",   "And",  "As",    "Asked", "At",
	"Both", "But",   "By",    "For",  "From", "He",    "Her",   "His",
	"How",  "I",     "If",    "In",   "It",   "Its",   "Last",  "Many",
	"Most", "No",    "Not",   "Now",  "On",   "One",   "Or",    "Our",
	"She",  "Since", "So",    "Some", "Such", "That",  "The",   "Their",
	"Then", "There", "These", "They", "This", "Those", "To",    "We",
	"What", "When",  "While", "Who",  "Why",  "With",  "Yet",   "You",
};

static const char *const numbers[] = { "No", "Nos", "no", "nos" };

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct reader {
	const char *text;
	const struct tokens *t;
	struct paragraph p;
	const struct quotes *q;
};

static uint32_t
first_letter(const struct reader *r, size_t w)
{
	size_t bytes;

	return letter_at(r->text + r->t->word[w].at.begin, &bytes);
}

static bool
listed(const struct reader *r, size_t w, const char *const *list, size_t n)
{
	struct span at = r->t->word[w].at;
	size_t bytes = at.end - at.begin;

	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == bytes &&
		    memcmp(r->text + at.begin, list[i], bytes) == 0)
			return true;
	return false;
}

/* A letter that a stop follows, as those of U.S. and of J. P. */
static bool
is_initial(const struct reader *r, size_t w)
{
	struct span at = r->t->word[w].at;

	return at.end - at.begin == 1 && isalpha((unsigned char)r->text[at.begin]);
}

static bool
is_stop(const struct reader *r, size_t w)
{
	return first_letter(r, w) == '.';
}

static bool
touch(const struct reader *r, size_t w)
{
	return r->t->word[w].at.end == r->t->word[w + 1].at.begin;
}

/* Could the stop at `stop` be part of an abbreviation, where word w follows it? */
static bool
abbreviates(const struct reader *r, size_t stop, size_t w)
{
	size_t before = stop - 1;
	bool opener = listed(r, w, openers, COUNT(openers));

	if (stop == r->p.word || !touch(r, before))
		return false;
	if (listed(r, before, titles, COUNT(titles)))
		return true;
	if (listed(r, before, numbers, COUNT(numbers)))
		return letter_case(first_letter(r, w)) == LETTER_DIGIT;
	if (!is_initial(r, before))
		return listed(r, before, abbreviations, COUNT(abbreviations)) && !opener;
	if (before >= r->p.word + 2 && is_stop(r, before - 1) && touch(r, before - 1))
		return !opener; /* U.S., a.m. */
	return true;
}

static bool
closing(const struct reader *r, size_t w)
{
	uint32_t c = first_letter(r, w);

	return r->q->mark[w - r->p.word] == QUOTE_CLOSES || c == ')' || c == ']' ||
	       c == 0x201d;
}

static bool
may_begin(const struct reader *r, size_t w)
{
	enum letter_case k;

	while (w + 1 < r->p.end &&
	       (r->q->mark[w - r->p.word] == QUOTE_OPENS || first_letter(r, w) == '(' ||
	        first_letter(r, w) == '['))
		w++;
	k = letter_case(first_letter(r, w));
	return k != LETTER_LOWER;
}

static bool
bullet(uint32_t c)
{
	return c == 0x2022 || c == 0x25cf || c == 0x25aa || c == '*';
}

/* White space before word w, w > p.word: none, some, or a line's end in it. */
static bool
on_new_line(const struct reader *r, size_t w)
{
	size_t from = r->t->word[w - 1].at.end, to = r->t->word[w].at.begin;

	return memchr(r->text + from, '\n', to - from) != NULL;
}

static bool
begins(const struct reader *r, size_t w)
{
	size_t end = w - 1;
	uint32_t c;

	if (touch(r, w - 1))
		return false;
	if (bullet(first_letter(r, w)) && on_new_line(r, w))
		return true;
	for (size_t i = 0; i < CLOSING && end > r->p.word && closing(r, end); i++)
		end--;
	c = first_letter(r, end);
	if (c != '.' && c != '?' && c != '!' && c != 0x2026 && c != 0x3002)
		return false;
	return may_begin(r, w) && (c != '.' || !abbreviates(r, end, w));
}

uint32_t *
sentence_number(struct arena *a, const char *text, const struct tokens *t,
                struct paragraph p, const struct quotes *q)
{
	const struct reader r = { .text = text, .t = t, .p = p, .q = q };
	uint32_t *v = arena_raw(a, (p.end - p.word) * sizeof *v), number = 0;

	for (size_t w = p.word; w < p.end; w++)
		v[w - p.word] = number += w > p.word && begins(&r, w);
	return v;
}
