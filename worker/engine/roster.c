/*
 * An index leads from a word to those in whose name it stands.  Of a word that very
 * many share only the newest are looked at, so that time stays in proportion.
 */
#include "roster.h"

#include <assert.h>
#include <string.h>

#include "classes.h"

enum { LOOKED_AT = 64, TITLE_TERMS = 16, TIED = 6, APART = 2 };

struct node {
	uint32_t word;
	int who;
	struct node *next;
};

struct holder {
	uint32_t word;
	int who;
	struct holder *next;
};

struct index {
	size_t buckets, room;
	struct node **names;
	struct holder **titles;
};

/* ------------------------------------------------------------------ likeness */

enum grade { NOT_ALIKE, FIRST_NAME, MIDDLE_NAME, SURNAME, SAME };

static uint32_t
last_word(const struct sight *s)
{
	return s->word[s->n - 1];
}

static bool
first_names_agree(const struct sight *a, const struct sight *b)
{
	return a->word[0] == b->word[0] || (a->full != 0 && a->full == b->word[0]) ||
	       (b->full != 0 && b->full == a->word[0]) ||
	       ((a->one_letter || b->one_letter) && a->letter == b->letter);
}

/* All words of `part` beside each other in `whole`. */
static bool
is_within(const struct sight *part, const struct sight *whole)
{
	for (size_t at = 0; at + part->n <= whole->n; at++)
		if (memcmp(part->word, whole->word + at, part->n * sizeof *part->word) ==
		    0)
			return true;
	return false;
}

/* A single word beside a name of several. */
static enum grade
single_grade(const struct sight *one, const struct sight *name)
{
	if (one->acronym && name->initials == one->word[0])
		return SAME;
	if (one->word[0] == last_word(name))
		return SURNAME;
	if (first_names_agree(one, name))
		return one->one_letter || name->one_letter ? NOT_ALIKE : FIRST_NAME;
	return is_within(one, name) ? MIDDLE_NAME : NOT_ALIKE;
}

static enum grade
grade(const struct sight *a, const struct sight *b)
{
	if (a->gender != GENDER_UNKNOWN && b->gender != GENDER_UNKNOWN &&
	    a->gender != b->gender)
		return NOT_ALIKE;
	if (a->n == 1 && b->n == 1)
		return a->word[0] == b->word[0] ? SAME : NOT_ALIKE;
	if (a->n == 1)
		return single_grade(a, b);
	if (b->n == 1)
		return single_grade(b, a);
	if (is_within(a, b) || is_within(b, a))
		return SAME;
	if (last_word(a) == last_word(b) && first_names_agree(a, b) && !a->company &&
	    !b->company)
		return SAME;
	return NOT_ALIKE;
}

/* ------------------------------------------------------------------ the index */

static void
index_word(struct arena *a, struct roster *r, uint32_t word, int who)
{
	struct node **head = &r->index->names[word & (r->index->buckets - 1)], *n;
	int looked = 0;

	for (n = *head; n != NULL && looked++ < LOOKED_AT; n = n->next)
		if (n->word == word && n->who == who)
			return;
	n = arena_raw(a, sizeof *n);
	*n = (struct node){ word, who, *head };
	*head = n;
}

static void
index_name(struct arena *a, struct roster *r, const struct sight *s, int who)
{
	for (size_t k = 0; k < s->n; k++)
		index_word(a, r, s->word[k], who);
	if (s->full != 0)
		index_word(a, r, s->full, who);
	if (s->initials != 0)
		index_word(a, r, s->initials, who);
}

/* Those whose name it could be, all as likely by their words. */
struct finding {
	const struct roster *r;
	const struct sight *name;
	enum grade best;
	int n, who[TIED];
};

static void
take(struct finding *f, int who, enum grade g)
{
	if (g > f->best)
		f->n = 0;
	f->best = g;
	for (int i = 0; i < f->n; i++)
		if (f->who[i] == who)
			return;
	if (f->n < TIED)
		f->who[f->n++] = who;
}

static void
consider(struct finding *f, uint32_t word)
{
	const struct index *x = f->r->index;
	int looked = 0;

	for (const struct node *n = x->names[word & (x->buckets - 1)];
	     n != NULL && looked++ < LOOKED_AT; n = n->next) {
		const struct who *w = &f->r->v[n->who];
		enum grade g;

		assert(f->r->v != NULL); /* who is in the index is in the list */

		if (n->word != word)
			continue;
		g = grade(f->name, w->best);
		if (f->name->kind == SIGHT_SOMEBODY &&
		    (!w->company || last_word(f->name) != last_word(w->best)))
			continue; /* "the Obama administration" is not Obama */
		if (g == NOT_ALIKE || g < f->best ||
		    (f->name->gender != GENDER_UNKNOWN && w->gender != GENDER_UNKNOWN &&
		     f->name->gender != w->gender))
			continue;
		take(f, n->who, g);
	}
}

static struct finding
find(const struct roster *r, const struct sight *name)
{
	struct finding f = { r, name, NOT_ALIKE, 0, { 0 } };

	if (name->n == 0)
		return f;
	consider(&f, last_word(name));
	if (f.n == 0 && name->n > 1)
		consider(&f, name->word[0]);
	if (f.n == 0 && name->full != 0)
		consider(&f, name->full);
	return f;
}

int
roster_find(const struct roster *r, const struct sight *name)
{
	struct finding f = find(r, name);

	return f.n == 0 ? WHO_UNKNOWN : f.n > 1 ? WHO_SEVERAL : f.who[0];
}

/* ------------------------------------------------------------------ who there is */

uint32_t
roster_title_word(const char *v, const struct term *t)
{
	char word[32];

	term_fold(v, t->at, word);
	return classes_full_name(word) != NULL ? term_hash(classes_full_name(word))
	                                       : t->hash;
}

static void
index_title(struct arena *a, struct roster *r, const char *v, struct span title, int who)
{
	struct term t[TITLE_TERMS];
	uint8_t gap;
	size_t n = term_read(v, title, t, TITLE_TERMS, &gap);

	for (size_t k = 0; k < n; k++) {
		uint32_t word = roster_title_word(v, &t[k]);
		struct holder **head = &r->index->titles[word & (r->index->buckets - 1)],
		              *h;

		if ((t[k].class & (TITLE | HUMAN)) == 0)
			continue;
		h = arena_raw(a, sizeof *h);
		*h = (struct holder){ word, who, *head };
		*head = h;
	}
}

/* "Mr." says whether it is a man, and is no title to show. */
static bool
says_something(const char *v, struct span title)
{
	static const char *const plain[] = { "mr", "mrs", "ms", "miss", "mister" };
	char word[32];

	term_fold(v, title, word);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (strcmp(word, plain[i]) == 0)
			return false;
	return title.end > title.begin;
}

/* A name of this one was seen: what it adds to what is known. */
static void
learn(struct arena *a, struct roster *r, const char *v, const struct sight *s, int who)
{
	struct who *w = &r->v[who];

	w->seen++;
	w->in_places += s->after_in;
	w->human |= s->human;
	w->company |= s->company;
	w->crowd |= s->crowd;
	w->sure |= !s->first || s->n > 1 || s->human;
	w->definite |= s->definite && s->title.end == 0;
	if (w->gender == GENDER_UNKNOWN)
		w->gender = s->gender;
	if (s->n > w->best->n) {
		w->best = s;
		index_name(a, r, s, who);
	}
	if (!says_something(v, s->title))
		return;
	if (w->title.end == 0)
		w->title = s->title;
	index_title(a, r, v, s->title, who);
}

int
roster_add(struct arena *a, struct roster *r, const struct sight *name)
{
	int who = (int)r->n;

	r->v = arena_grow(a, r->v, r->n, &r->index->room, sizeof *r->v);
	r->v[r->n++] = (struct who){ .best = name, .named = name->kind == SIGHT_NAME };
	index_name(a, r, name, who);
	return who;
}

/* The word that opens a sentence may be no name: "Historians doubt it." */
static bool
is_doubtful(const char *v, const struct sights *s, const struct sight *name)
{
	char word[32];
	size_t n;
	uint32_t class;

	if (!name->first || name->n > 1 || name->title.end > 0)
		return false;
	term_fold(v, name->at, word);
	n = strlen(word);
	class = classes_of(word);
	if (class & PARTISAN || name->signs)
		return false;
	return sights_lower(s, name->word[0]) ||
	       (class & (TITLE | HUMAN | CROWD | PAPER | BODY)) != 0 ||
	       (n > 4 && word[n - 1] == 's' && !name->possessive &&
	        strchr("sui", word[n - 2]) == NULL);
}

static void
meet(struct arena *a, struct roster *r, const char *v, const struct sights *all,
     struct sight *s)
{
	const struct sight *before = s > all->v ? s - 1 : NULL;

	s->who = roster_find(r, s);
	if (s->who == WHO_UNKNOWN && s->alias && before != NULL &&
	    before->kind == SIGHT_NAME && before->who >= 0) {
		s->who = before->who;
		index_name(a, r, s, s->who);
	}
	if (s->who == WHO_UNKNOWN && !is_doubtful(v, all, s))
		s->who = roster_add(a, r, s);
	if (s->who >= 0)
		learn(a, r, v, s, s->who);
}

/*
 * A name that several have is that of the one spoken of before; of two of them, of the
 * one spoken of here when the other was last named APART paragraphs before that.
 */
static int
nearest(const struct finding *f, const struct sight *s)
{
	int best = -1;
	uint32_t first = 0, second = 0; /* the paragraphs they were named in, from 1 */

	for (int i = 0; i < f->n; i++) {
		uint32_t at = f->r->v[f->who[i]].last;

		if (at > first) {
			second = first;
			first = at;
			best = i;
		} else if (at > second) {
			second = at;
		}
	}
	if (best < 0 || (second > 0 && first < second + APART) ||
	    (second > 0 && s->paragraph + 1 > first + APART))
		return WHO_SEVERAL;
	return f->who[best];
}

static void
tell_apart(struct arena *a, struct roster *r, const char *v, struct sights *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct sight *name = &s->v[i];

		if (name->kind == SIGHT_NAME && name->who == WHO_SEVERAL) {
			struct finding f = find(r, name);

			if ((name->who = nearest(&f, name)) >= 0)
				learn(a, r, v, name, name->who);
		}
		assert(name->who < (int)r->n && (name->who < 0 || r->v != NULL));
		if (name->kind == SIGHT_NAME && name->who >= 0)
			r->v[name->who].last = name->paragraph + 1;
	}
}

struct roster
roster_read(struct arena *a, const char *v, struct sights *s)
{
	struct roster r = { .index = arena_alloc(a, sizeof *r.index) };

	for (r.index->buckets = 64; r.index->buckets < s->n; r.index->buckets *= 2)
		;
	r.index->names = arena_alloc(a, r.index->buckets * sizeof *r.index->names);
	r.index->titles = arena_alloc(a, r.index->buckets * sizeof *r.index->titles);
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].kind == SIGHT_NAME && s->v[i].n > 1)
			meet(a, &r, v, s, &s->v[i]);
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].kind == SIGHT_NAME && s->v[i].n == 1)
			meet(a, &r, v, s, &s->v[i]);
	tell_apart(a, &r, v, s);
	return r;
}

int
roster_holder(const struct roster *r, uint32_t word, const struct holder **at)
{
	const struct holder *h =
	    *at == NULL ? r->index->titles[word & (r->index->buckets - 1)] : (*at)->next;

	for (int looked = 0; h != NULL && h->word != word; looked++)
		h = looked < LOOKED_AT ? h->next : NULL;
	*at = h;
	return h == NULL ? WHO_UNKNOWN : h->who;
}
