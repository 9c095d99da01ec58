/*
 * A cue is the heart of an attribution; contents and sources go to cues:
 *
 * - a content to the nearest cue of its sentence; one whose sentence has none
 *   goes on with what was quoted before it ("I will," she said. "Today.");
 * - a source to the nearest cue of its sentence, at most once;
 * - a cue that got no source of its own shares one: Ames [praised] the plan and
 *   [called] it bold, [adding] that ...; but not when it is passive: Ames said
 *   the plan [was expected] to fail.
 *
 * Only the cues next to a mention are ever looked at, so the work is linear.
 *
 * Where the weights have a head for it (reading_link), what it is sure of comes first,
 * and these rules serve the rest.
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "attribute.h"
#include "letter.h"

enum { NOBODY = -1 };

/* The rules are right more often than a link that the network is less sure of: on PolNeAR
 * dev, with the first weights that had the head, 0.5 lost 1.7 F1 of whole attributions.
 */
static const float SURE_LINK = 0.95f;

/* Mentions go by their numbers here, NOBODY where there is none. */
struct beside {
	int before, after; /* the mentions of a role before and after a mention */
};

/* An attribution under way. */
struct draft {
	int cue, source; /* the first source it owns */
	int shared;      /* or the one that it shares with its owner */
	bool has_content;
};

struct linker {
	const struct passage *p;
	struct beside *cue, *source; /* of each mention */
	int *owner;                  /* of each mention: its draft */
	struct draft *draft;
	bool learned;          /* does the reading know of links? */
	int n;                 /* drafts */
	int last, last_quoted; /* drafts that a content without a cue continues */
};

static const struct mention *
mention(const struct linker *l, int m)
{
	return &l->p->mention[m];
}

static uint32_t
sentence_of(const struct linker *l, size_t word)
{
	return l->p->sentence[word - l->p->words.word];
}

/* Words between two mentions. */
static size_t
gap(const struct linker *l, int a, int b)
{
	const struct mention *x = mention(l, a), *y = mention(l, b);

	if (x->word > y->word)
		return gap(l, b, a);
	return y->word > x->end ? y->word - x->end : 0;
}

/* Does b begin in a sentence that a stands in, or next to a? */
static bool
near(const struct linker *l, int a, int b)
{
	const struct mention *x = mention(l, a);
	uint32_t s = sentence_of(l, mention(l, b)->word);

	return (sentence_of(l, x->word) <= s && s <= sentence_of(l, x->end - 1)) ||
	       gap(l, a, b) == 0;
}

/* Of the mentions b and c (or NOBODY), the one nearer to a; the first of equals. */
static int
nearer(const struct linker *l, int a, int b, int c)
{
	if (b == NOBODY || c == NOBODY)
		return b == NOBODY ? c : b;
	return gap(l, a, c) < gap(l, a, b) ? c : b;
}

static int
if_near(const struct linker *l, int a, int b)
{
	return b != NOBODY && near(l, a, b) ? b : NOBODY;
}

/* The cue of its own sentence that mention m is nearest to. */
static int
nearest_cue(const struct linker *l, int m)
{
	return nearer(l, m, if_near(l, m, l->cue[m].before),
	              if_near(l, m, l->cue[m].after));
}

static bool
in_quotes(const struct linker *l, int m)
{
	const struct mention *x = mention(l, m);

	return l->p->quotes.depth[x->word - l->p->words.word] > 0;
}

/* The mention that a word stands in, or NOBODY. */
static int
mention_at(const struct linker *l, size_t word)
{
	size_t low = 0, high = l->p->mentions;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (l->p->mention[middle].end <= word)
			low = middle + 1;
		else
			high = middle;
	}
	return low < l->p->mentions && l->p->mention[low].word <= word ? (int)low
	                                                               : NOBODY;
}

/* The mention in this role that the network is sure m belongs to, or NOBODY. */
static int
pointed(const struct linker *l, int m, enum role role)
{
	struct pointer p[POINTERS];
	float none, sure[POINTERS] = { 0 };
	int to[POINTERS];
	size_t n =
	    l->learned ? reading_link(l->p->reading, mention(l, m)->word, p, &none) : 0;

	for (size_t i = 0; i < n; i++) {
		to[i] = mention_at(l, p[i].word);
		if (to[i] == NOBODY || to[i] == m || mention(l, to[i])->role != role)
			continue;
		for (size_t k = 0; k <= i; k++)
			if (to[k] == to[i]) {
				sure[k] += p[i].chance;
				if (sure[k] >= SURE_LINK)
					return to[k];
				break;
			}
	}
	return NOBODY;
}

/* Is the network sure that a cue has no source? */
static bool
has_no_source(const struct linker *l, int cue)
{
	struct pointer p[POINTERS];
	float none = 0;

	if (l->learned &&
	    reading_link(l->p->reading, mention(l, cue)->word, p, &none) == 0)
		return false;
	return none >= SURE_LINK;
}

static struct beside *
find_beside(const struct passage *p, struct arena *a, enum role role)
{
	struct beside *v = arena_raw(a, p->mentions * sizeof *v);
	int found = NOBODY, n = (int)p->mentions;

	for (int m = 0; m < n; m++) {
		v[m].before = found;
		if (p->mention[m].role == role)
			found = m;
	}
	found = NOBODY;
	for (int m = n; m-- > 0;) {
		v[m].after = found;
		if (p->mention[m].role == role)
			found = m;
	}
	return v;
}

static int
new_draft(struct linker *l, int cue)
{
	l->draft[l->n] = (struct draft){ .cue = cue, .source = NOBODY, .shared = NOBODY };
	return l->n++;
}

static void
start_from_cues(struct linker *l)
{
	for (int m = 0; m < (int)l->p->mentions; m++)
		if (mention(l, m)->role == CUE)
			l->owner[m] = new_draft(l, m);
}

/* “Is it safe?” Noor Haddad asked: the tag of a question may look like a sentence of its
 * own. */
static bool
tag_follows(const struct linker *l, int m)
{
	const struct mention *x = mention(l, m);
	int next = m + 1;

	if (next >= (int)l->p->mentions || mention(l, next)->role == CONTENT ||
	    l->cue[m].after == NOBODY || gap(l, m, next) > 0)
		return false;
	return l->p->quotes.mark[x->end - 1 - l->p->words.word] == QUOTE_CLOSES;
}

/*
 * Ames urged the party [to wait] and tried [to calm it]: a content between two cues
 * is the first one's, when that has none yet and the second has one behind it.
 */
static bool
is_of_cue_before(const struct linker *l, int m)
{
	int before = l->cue[m].before, after = m + 1, next = m + 2;

	return before != NOBODY && near(l, m, before) && l->cue[m].after == after &&
	       !l->draft[l->owner[before]].has_content && next < (int)l->p->mentions &&
	       mention(l, next)->role == CONTENT && near(l, next, after);
}

static int
draft_for_content(struct linker *l, int m)
{
	int cue = pointed(l, m, CUE);

	if (cue == NOBODY)
		cue = is_of_cue_before(l, m) ? l->cue[m].before : nearest_cue(l, m);
	if (cue == NOBODY && tag_follows(l, m))
		cue = l->cue[m].after;
	if (cue != NOBODY)
		return l->owner[cue];
	if (in_quotes(l, m) && l->last_quoted != NOBODY)
		return l->last_quoted;
	if (l->last != NOBODY)
		return l->last;
	cue = nearer(l, m, l->cue[m].before, l->cue[m].after);
	return cue != NOBODY ? l->owner[cue] : new_draft(l, NOBODY);
}

static void
link_contents(struct linker *l)
{
	for (int m = 0; m < (int)l->p->mentions; m++) {
		if (mention(l, m)->role != CONTENT)
			continue;
		l->owner[m] = l->last = draft_for_content(l, m);
		l->draft[l->last].has_content = true;
		if (in_quotes(l, m))
			l->last_quoted = l->last;
	}
}

static void
own(struct linker *l, int source, int draft)
{
	l->owner[source] = draft;
	if (l->draft[draft].source == NOBODY)
		l->draft[draft].source = source;
}

/* A source that several cues point to is the first one's, and shared by the others. */
static void
link_pointed_sources(struct linker *l)
{
	for (int d = 0; d < l->n; d++) {
		int cue = l->draft[d].cue,
		    source = cue == NOBODY ? NOBODY : pointed(l, cue, SOURCE);

		if (source == NOBODY)
			continue;
		if (l->owner[source] == NOBODY)
			own(l, source, d);
		else
			l->draft[d].shared = source;
	}
}

/* Where there is no cue at all, a source owns what follows: a transcript's HALE: We won.
 */
static void
link_sources(struct linker *l)
{
	for (int m = 0; m < (int)l->p->mentions; m++) {
		int cue = NOBODY;

		if (mention(l, m)->role != SOURCE || l->owner[m] != NOBODY)
			continue;
		cue = nearest_cue(l, m);
		if (cue != NOBODY)
			own(l, m, l->owner[cue]);
		else if (l->n == 1 && l->draft[0].cue == NOBODY)
			own(l, m, 0);
	}
}

/* was expected, has been accused of, is known; and [asked] whether he would go, he said
 * no */
static bool
is_passive(const struct linker *l, int cue)
{
	static const char *const be[] = { "is", "are",  "was",   "were",
		                          "be", "been", "being", NULL };
	static const char *const asked[] = { "asked", NULL };
	const struct mention *x = mention(l, cue);
	bool has_be = false;

	if (phrase_one_of(l->p, x->word, asked))
		return true;
	for (size_t w = x->word; w < x->end; w++) {
		if (has_be && (phrase_ends(l->p, w, "ed") || phrase_ends(l->p, w, "en") ||
		               phrase_ends(l->p, w, "wn")))
			return true;
		has_be = has_be || phrase_one_of(l->p, w, be);
	}
	return false;
}

static bool
may_share(const struct linker *l, int cue, int source)
{
	int owner = l->draft[l->owner[source]].cue;

	if (phrase_ends(l->p, mention(l, cue)->word, "ing"))
		return true;
	return source < owner && owner < cue && !is_passive(l, cue);
}

static void
share_sources(struct linker *l)
{
	for (int d = 0; d < l->n; d++) {
		int cue = l->draft[d].cue, source, before, after;

		if (cue == NOBODY || l->draft[d].source != NOBODY ||
		    l->draft[d].shared != NOBODY || has_no_source(l, cue))
			continue;
		before = l->source[cue].before;
		after = l->source[cue].after;
		if (before != NOBODY && !near(l, before, cue))
			before = NOBODY;
		if (after != NOBODY && !near(l, after, cue))
			after = NOBODY;
		source = nearer(l, cue, before, after);
		if (source != NOBODY && may_share(l, cue, source))
			l->draft[d].shared = source;
	}
}

/*
 * The bytes of a mention.  An accent written as a character of its own is no
 * part of any word, but of what is shown.
 */
static struct span
bytes_of(const struct linker *l, int m)
{
	const struct tokens *t = l->p->tokens;
	const struct mention *x = mention(l, m);
	struct span at = { t->word[x->word].at.begin, t->word[x->end - 1].at.end };
	uint32_t limit = x->end < t->n_words ? t->word[x->end].at.begin : at.end;
	size_t n;

	while (at.end < limit && letter_at(l->p->text + at.end, &n) >= 0x300 &&
	       letter_class(letter_at(l->p->text + at.end, &n)) == LETTER_DROPPED)
		at.end += (uint32_t)n;
	return at;
}

/* Words in quotation marks and others, in a content. */
struct tally {
	size_t quoted, plain;
};

static void
count_words(const struct linker *l, int m, struct tally *tally)
{
	const struct mention *x = mention(l, m);
	size_t bytes;

	for (size_t w = x->word; w < x->end; w++) {
		uint32_t c =
		    letter_at(l->p->text + l->p->tokens->word[w].at.begin, &bytes);

		if (letter_case(c) == LETTER_OTHER)
			continue;
		if (l->p->quotes.depth[w - l->p->words.word] > 0)
			tally->quoted++;
		else
			tally->plain++;
	}
}

/* In a transcript a label, without a cue, quotes by itself. */
static bool
is_turn(const struct linker *l, const struct draft *d)
{
	return l->p->turn && d->cue == NOBODY && d->source != NOBODY &&
	       mention(l, d->source)->word == l->p->words.word;
}

static enum quotation
kind_of(const struct tally *tally, bool turn)
{
	if (turn)
		return DIRECT;
	if (tally->quoted == 0)
		return INDIRECT;
	return tally->plain == 0 ? DIRECT : MIXED;
}

/* A finished draft. */
struct result {
	struct attribution attribution;
	struct tally tally;
	size_t room[ROLES];
};

static struct spans *
list_of(struct attribution *x, enum role role)
{
	return role == SOURCE ? &x->source : role == CUE ? &x->cue : &x->content;
}

static void
take(const struct linker *l, struct arena *a, struct result *r, int m)
{
	const struct mention *x = mention(l, m);
	struct spans *list = list_of(&r->attribution, x->role);

	if (list->v == NULL)
		list->v = arena_raw(a, r->room[x->role] * sizeof *list->v);
	assert(list->n < r->room[x->role]);
	list->v[list->n++] = bytes_of(l, m);
	if (x->sure < r->attribution.confidence)
		r->attribution.confidence = x->sure;
	if (x->role == CONTENT)
		count_words(l, m, &r->tally);
}

static struct result *
finish(const struct linker *l, struct arena *a)
{
	struct result *v = arena_alloc(a, (size_t)l->n * sizeof *v);

	for (int d = 0; d < l->n; d++) {
		v[d].attribution.confidence = 1;
		v[d].attribution.parent = v[d].attribution.speaker = NO_INDEX;
		v[d].attribution.speaker_reason = "";
		v[d].room[SOURCE] = l->draft[d].shared != NOBODY;
	}
	for (int m = 0; m < (int)l->p->mentions; m++)
		if (l->owner[m] != NOBODY)
			v[l->owner[m]].room[mention(l, m)->role]++;
	for (int m = 0; m < (int)l->p->mentions; m++)
		if (l->owner[m] != NOBODY)
			take(l, a, &v[l->owner[m]], m);
	for (int d = 0; d < l->n; d++) {
		if (l->draft[d].shared != NOBODY)
			take(l, a, &v[d], l->draft[d].shared);
		v[d].attribution.kind = kind_of(&v[d].tally, is_turn(l, &l->draft[d]));
	}
	return v;
}

static uint32_t
first_byte(const struct attribution *x)
{
	uint32_t first = UINT32_MAX;

	if (x->source.n > 0)
		first = x->source.v[0].begin;
	if (x->cue.n > 0 && x->cue.v[0].begin < first)
		first = x->cue.v[0].begin;
	if (x->content.n > 0 && x->content.v[0].begin < first)
		first = x->content.v[0].begin;
	return first;
}

/* They are nearly in order: only a shared source may stand before other cues. */
static struct attribution *
in_order(struct arena *a, const struct result *r, size_t n)
{
	struct attribution *v = arena_raw(a, n * sizeof *v);

	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at > 0 && first_byte(&v[at - 1]) > first_byte(&r[i].attribution);
		     at--)
			v[at] = v[at - 1];
		v[at] = r[i].attribution;
	}
	return v;
}

struct attribution *
attribute(struct arena *a, const struct passage *p, size_t *ret_n)
{
	struct linker l = { .p = p, .last = NOBODY, .last_quoted = NOBODY };

	l.cue = find_beside(p, a, CUE);
	l.source = find_beside(p, a, SOURCE);
	l.owner = arena_raw(a, p->mentions * sizeof *l.owner);
	l.draft = arena_raw(a, p->mentions * sizeof *l.draft);
	for (size_t m = 0; m < p->mentions; m++)
		l.owner[m] = NOBODY;
	l.learned = p->reading != NULL && reading_has(p->reading, HEAD_LINK);
	start_from_cues(&l);
	link_contents(&l);
	link_pointed_sources(&l);
	link_sources(&l);
	share_sources(&l);
	*ret_n = (size_t)l.n;
	return in_order(a, finish(&l, a), (size_t)l.n);
}
