/*
 * Rules of print, each with an example.  None looks at more than a mention, its
 * neighbours and the quotations that touch it, so the work is linear.
 *
 * Tried on the development articles, and left out since they cost more than they gave: a
 * colon behind a cue that belongs to it, every relative clause behind a source, "I" and
 * "we" as sources outside quotations, sources behind "if".
 */
#include "amend.h"

#include "letter.h"

enum { LEAD = 3 }; /* bytes before an article's first word: at most a byte order mark */

struct desk {
	struct passage *p;
	struct quoted *quoted;
	size_t n_quoted;
	struct mention *v;
	size_t n;
	struct arena *a;
};

/* --------------------------------------------------------------------- contents */

/* Where the free words around mention m begin and end. */
static size_t
free_from(const struct desk *d, size_t m)
{
	return m > 0 ? d->v[m - 1].end : d->p->words.word;
}

static size_t
free_to(const struct desk *d, size_t m)
{
	return m + 1 < d->n ? d->v[m + 1].word : d->p->words.end;
}

static bool
only_marks(const struct passage *p, size_t from, size_t to)
{
	for (; from < to; from++)
		if (phrase_is_word(p, from))
			return false;
	return true;
}

/*
 * Toll said ['the wall moved. Then the lamps went out].'  A content keeps both marks
 * of a quotation that it has nearly all of.
 */
static void
fit_to_quotation(const struct desk *d, size_t m, const struct quoted *q)
{
	struct mention *x = &d->v[m];

	if (!q->closed)
		return;
	if (q->begin < x->word && x->end + 2 >= q->end && free_from(d, m) <= q->begin &&
	    only_marks(d->p, q->begin, x->word))
		x->word = q->begin;
	if (x->word <= q->begin && x->end < q->end && q->begin < x->end &&
	    free_to(d, m) >= q->end && only_marks(d->p, x->end, q->end))
		x->end = q->end;
}

/*
 * [»We found the leak.« So] the engineer told us: a content that begins as a quotation
 * ends with its sentence.
 */
static void
cut_behind_quotation(const struct desk *d, size_t m, const struct quoted *q)
{
	struct mention *x = &d->v[m];

	if (q->closed && q->begin == x->word && q->end < x->end &&
	    phrase_begins(d->p, q->end) && x->end - q->end <= 2)
		x->end = q->end;
}

/* His clerk believed [the opposite: 'It leaks already.'] */
static void
cut_before_colon(const struct desk *d, size_t m, const struct quoted *q)
{
	struct mention *x = &d->v[m];

	if (q->closed && q->end == x->end && q->begin > x->word + 1 &&
	    q->begin <= x->word + 4 && phrase_letter(d->p, q->begin - 1) == ':')
		x->word = q->begin;
}

static void
fit_contents(struct desk *d)
{
	size_t k = 0;

	for (size_t m = 0; m < d->n; m++) {
		if (d->v[m].role != CONTENT)
			continue;
		while (k < d->n_quoted && d->quoted[k].end <= d->v[m].word)
			k++;
		for (size_t i = k; i < d->n_quoted && d->quoted[i].begin < d->v[m].end;
		     i++) {
			fit_to_quotation(d, m, &d->quoted[i]);
			cut_behind_quotation(d, m, &d->quoted[i]);
			cut_before_colon(d, m, &d->quoted[i]);
		}
	}
}

/* -------------------------------------------------------------- cues and sources */

static const char *const times[] = {
	"monday", "tuesday",   "wednesday", "thursday", "friday",  "saturday", "sunday",
	"today",  "yesterday", "tonight",   "later",    "earlier", "recently", NULL,
};

/* "[later said]", "[said late Tuesday]": when it was said is no part of the cue. */
static void
trim_cue(const struct passage *p, struct mention *x)
{
	static const char *const on[] = { "on", "late", "early", "last", NULL };

	while (x->end > x->word + 1 && phrase_one_of(p, x->word, times))
		x->word++;
	if (x->end == x->word + 1 || !phrase_one_of(p, x->end - 1, times))
		return;
	x->end--;
	while (x->end > x->word + 1 && phrase_one_of(p, x->end - 1, on))
		x->end--;
}

/* "[Emeka Udo, the auctioneer]": a short apposition, which ends in no name. */
static bool
is_apposition(const struct passage *p, size_t comma, size_t end)
{
	static const char *const articles[] = { "the", "a",   "an",    "his",
		                                "her", "its", "their", NULL };

	return end - comma <= 4 && phrase_one_of(p, comma + 1, articles) &&
	       p->tokens->word[end - 1].how == WORD_LOWER;
}

/* "[Farah Lodhi, whose charity runs “wellness walks”,]": what is quoted there is not
 * said. */
static void
trim_source(const struct passage *p, struct mention *x)
{
	static const char *const whose[] = { "who", "whose", "which", NULL };
	size_t end = x->end;
	bool quoted = false;

	if (end > x->word + 1 && phrase_letter(p, end - 1) == ',')
		end--;
	for (size_t comma = end; comma-- > x->word + 1;) {
		quoted |= phrase_mark(p, comma) != QUOTE_NONE;
		if (phrase_letter(p, comma) != ',' || comma + 1 >= end)
			continue;
		if ((quoted && phrase_one_of(p, comma + 1, whose)) ||
		    is_apposition(p, comma, end)) {
			x->end = comma;
			return;
		}
	}
}

static void
trim(struct desk *d)
{
	for (size_t m = 0; m < d->n; m++) {
		if (d->v[m].role == CUE)
			trim_cue(d->p, &d->v[m]);
		if (d->v[m].role == SOURCE)
			trim_source(d->p, &d->v[m]);
	}
}

/* ---------------------------------------------------------- what was passed over */

static size_t
words_in(const struct passage *p, size_t from, size_t to)
{
	size_t n = 0;

	for (; from < to; from++)
		n += phrase_is_word(p, from);
	return n;
}

static bool
is_sentence(const struct passage *p, const struct quoted *q)
{
	uint32_t last;
	size_t w = q->end - 1;

	while (w > q->begin && phrase_mark(p, w) != QUOTE_NONE)
		w--;
	last = phrase_letter(p, w);
	return q->closed && phrase_begins(p, q->begin) &&
	       words_in(p, q->begin, q->end) >= 3 &&
	       (last == '.' || last == '!' || last == '?' || last == ',');
}

static bool
has_cue(const struct desk *d)
{
	for (size_t m = 0; m < d->n; m++)
		if (d->v[m].role == CUE)
			return true;
	return false;
}

/* [»We ran out of steel.«] That is what Baumann told the council. */
static void
add_quotations(struct desk *d)
{
	struct mention *v = arena_raw(d->a, (d->n + d->n_quoted + 1) * sizeof *v);
	size_t n = 0, m = 0;

	if (!has_cue(d))
		return;
	for (size_t k = 0; k < d->n_quoted; k++) {
		const struct quoted *q = &d->quoted[k];

		while (m < d->n && d->v[m].end <= q->begin)
			v[n++] = d->v[m++];
		if ((m == d->n || d->v[m].word >= q->end) && is_sentence(d->p, q))
			v[n++] = (struct mention){ CONTENT, q->begin, q->end, 0.5F };
	}
	while (m < d->n)
		v[n++] = d->v[m++];
	d->v = v;
	d->n = n;
}

/* ------------------------------------------------------------------ what is none */

/* "the [so-called] reform" */
static bool
is_so_called(const struct passage *p, const struct mention *x)
{
	static const char *const so[] = { "so", NULL };

	return x->role == CUE && x->end - x->word == 3 && phrase_one_of(p, x->word, so);
}

/* "[Nobody] [would say] that ...": what nobody says is not said. */
static bool
is_nobody(const struct desk *d, size_t m)
{
	static const char *const no[] = { "no", "nobody", "none", NULL };
	static const char *const would[] = { "would", "could", "should", "can",
		                             "will",  "may",   "might",  NULL };

	return d->v[m].role == SOURCE && phrase_one_of(d->p, d->v[m].word, no) &&
	       m + 1 < d->n && d->v[m + 1].role == CUE &&
	       phrase_one_of(d->p, d->v[m + 1].word, would);
}

/* “We ran out of steel.” [That] is what Baumann told the council. */
static bool
is_that(const struct desk *d, size_t m)
{
	static const char *const that[] = { "what", "that", "so", "this", NULL };
	const struct mention *x = &d->v[m];

	return x->role == CONTENT && x->end == x->word + 1 && m > 0 &&
	       phrase_one_of(d->p, x->word, that) && d->v[m - 1].role == CONTENT &&
	       phrase_mark(d->p, d->v[m - 1].end - 1) == QUOTE_CLOSES;
}

static bool
same_sentence(const struct desk *d, size_t m, size_t other)
{
	return m < d->n && other < d->n &&
	       phrase_sentence(d->p, d->v[m].word) ==
	           phrase_sentence(d->p, d->v[other].word);
}

/* The archivist answered: “I count boxes,” [she] [said].  Said twice, of one quotation.
 */
static bool
is_second_tag(const struct desk *d, size_t m)
{
	static const char *const pronouns[] = { "he", "she", "they", "it", NULL };
	const struct mention *x = &d->v[m];
	size_t first = m, last = m;

	if (x->role != SOURCE || x->end != x->word + 1 ||
	    !phrase_one_of(d->p, x->word, pronouns))
		return false;
	if (m > 0 && d->v[m - 1].role == CUE)
		first = m - 1; /* "said she" */
	else if (m + 1 < d->n && d->v[m + 1].role == CUE)
		last = m + 1;
	if (first == last || first < 2 || d->v[first - 1].role != CONTENT ||
	    d->v[first - 2].role != CUE || !same_sentence(d, first - 2, m) ||
	    (last + 1 < d->n && same_sentence(d, m, last + 1)))
		return false;
	return only_marks(d->p, d->v[first - 2].end, d->v[first - 1].word) &&
	       only_marks(d->p, d->v[first - 1].end, d->v[first].word) &&
	       d->v[first].end == d->v[last].word &&
	       phrase_mark(d->p, d->v[first - 1].word) == QUOTE_OPENS;
}

/* With the cue and the content that follow a source in its sentence. */
static void
drop_with_rest(const struct desk *d, size_t m, bool *gone)
{
	gone[m] = true;
	for (size_t k = m + 1; k < m + 3 && same_sentence(d, m, k); k++) {
		if (d->v[k].role == SOURCE || d->v[k].role == d->v[k - 1].role)
			return;
		gone[k] = true;
	}
}

static void
judge(const struct desk *d, size_t m, bool *gone)
{
	if (is_so_called(d->p, &d->v[m]) || is_nobody(d, m))
		drop_with_rest(d, m, gone);
	if (is_that(d, m))
		gone[m] = true;
	if (is_second_tag(d, m)) {
		gone[m] = true;
		gone[d->v[m - 1].role == CUE ? m - 1 : m + 1] = true;
	}
}

static void
drop_what_is_none(struct desk *d)
{
	bool *gone = arena_alloc(d->a, d->n + 3);
	size_t n = 0;

	for (size_t m = 0; m < d->n; m++)
		judge(d, m, gone);
	for (size_t m = 0; m < d->n; m++)
		if (!gone[m])
			d->v[n++] = d->v[m];
	d->n = n;
}

/* DAM ‘WAS KNOWN TO BE CRACKED’: a headline that names nobody quotes nobody. */
static bool
is_headline(const struct desk *d)
{
	size_t end = d->p->words.end;
	uint32_t last;

	if (d->p->tokens->word[d->p->words.word].at.begin > LEAD)
		return false;
	for (size_t m = 0; m < d->n; m++)
		if (d->v[m].role != CONTENT)
			return false;
	while (end > 1 && phrase_mark(d->p, end - 1) != QUOTE_NONE)
		end--;
	last = phrase_letter(d->p, end - 1);
	return last != '.' && last != '!' && last != '?' && last != ',';
}

void
amend(struct arena *a, struct passage *p)
{
	struct desk d = { .p = p, .a = a, .v = p->mention, .n = p->mentions };

	if (d.n == 0)
		return;
	d.quoted = phrase_quotations(a, p, &d.n_quoted);
	fit_contents(&d);
	trim(&d);
	add_quotations(&d);
	drop_what_is_none(&d);
	p->mention = d.v;
	p->mentions = is_headline(&d) ? 0 : d.n;
}
