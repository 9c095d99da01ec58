/*
 * A name is a run of capitalised words that are no function words:
 *
 *     Andres Manuel Lopez Obrador       Ludwig van Beethoven
 *     Bank of England                   "of", "for", "the" inside a body's name
 *     Customs and Border Patrol         "and" only where what follows ends a body's
 *
 * Titles are split off at its front ("Interior Secretary | Olga Sanchez Cordero"), and
 * read before it in small letters ("engineer Ruth Baumann") or beside it ("Talia
 * Brandt, the regional governor,").
 */
#include "name.h"

#include <string.h>

#include "classes.h"
#include "letter.h"

enum { LOWER_BITS = 1 << 16, RUN_MAX = 12, BESIDE_MAX = 14, TITLE_MAX = 6 };

struct looking {
	struct arena *arena;
	const char *v;
	struct sights *s;
	size_t room;
	struct term *t;  /* of the paragraph */
	size_t n, terms; /* how many there are, and how many there is room for */
	uint8_t last_gap;
	uint32_t sentence, paragraph;
	bool closes;   /* the paragraph before was "Yours," */
	bool headline; /* capitals say nothing about names */
};

static const char *const connectors[] = { "of", "for", "the", "on" };

static bool
is_word(const struct term *t, const char *word)
{
	return t->hash == term_hash(word);
}

static bool
is_one_of(const struct term *t, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_word(t, words[i]))
			return true;
	return false;
}

#define IS_ONE_OF(t, words) is_one_of((t), (words), sizeof(words) / sizeof *(words))

static bool
follows_closely(const struct term *t)
{
	return t->gap == GAP_SPACE;
}

static bool
is_capital(const struct looking *l, const struct term *t)
{
	if (l->headline)
		return false;
	if (t->form == TERM_UPPER && t->at.end - t->at.begin > 1)
		return true;
	if (t->form != TERM_INITIAL && t->form != TERM_UPPER)
		return false;
	if (t->class & (MAN | WOMAN))
		return !(t->begins && (t->class & (LITTLE | DATE)));
	return (t->class & (LITTLE | DATE)) == 0;
}

/* ----------------------------------------------------------------------- runs */

static uint32_t
classes(const struct looking *l, size_t from, size_t to)
{
	uint32_t all = 0;

	for (size_t i = from; i < to; i++)
		all |= l->t[i].class;
	return all;
}

/* "and Border Patrol" behind "Customs": one name when the right ends a body's. */
static bool
and_joins(const struct looking *l, size_t begin, size_t and)
{
	size_t end = and+1;

	while (end < l->n && end < and+4 && follows_closely(&l->t[end]) &&
	       is_capital(l, &l->t[end]))
		end++;
	return end > and+1 && (l->t[end - 1].class & COMPANY) != 0 &&
	       (classes(l, begin, and) & (MAN | WOMAN | TITLE | HIS | HER)) == 0;
}

/* How many small words at k lead on to a capital that is part of the same name: 0 to 2.
 */
static size_t
bridge(const struct looking *l, size_t begin, size_t k)
{
	size_t n = 0;
	bool body = (l->t[k - 1].class & TITLE) != 0 ||
	            ((classes(l, begin, k) & COMPANY) != 0 &&
	             (l->t[begin].class & (MAN | WOMAN | TITLE)) == 0);

	while (n < 2 && k + n < l->n && follows_closely(&l->t[k + n]) &&
	       l->t[k + n].form == TERM_LOWER &&
	       ((l->t[k + n].class & PARTICLE) ||
	        (body && IS_ONE_OF(&l->t[k + n], connectors))))
		n++;
	if (n == 0 && k < l->n && follows_closely(&l->t[k]) && is_word(&l->t[k], "and") &&
	    and_joins(l, begin, k))
		n = 1;
	if (n == 0 || k + n >= l->n || !follows_closely(&l->t[k + n]) ||
	    !is_capital(l, &l->t[k + n]))
		return 0;
	return n;
}

/* Behind the run of name words that begins at `begin`. */
static size_t
run_end(const struct looking *l, size_t begin)
{
	size_t end = begin + 1;

	while (end < l->n && end < begin + RUN_MAX && !l->t[end - 1].possessive) {
		size_t over = 0;

		if (!follows_closely(&l->t[end]))
			break;
		if (!is_capital(l, &l->t[end]) && (over = bridge(l, begin, end)) == 0)
			break;
		if (l->t[end].begins)
			break;
		end += over + 1;
	}
	return end;
}

static bool
is_suffix(const struct term *t)
{
	static const char *const suffixes[] = { "jr", "sr", "ii", "iii", "iv" };

	return IS_ONE_OF(t, suffixes);
}

/* Where the name begins in a run that may begin with titles: "Chief Executive | Dana". */
static size_t
name_begin(const struct looking *l, size_t begin, size_t end)
{
	size_t last = end, name = begin;

	while (last > begin + 1 && is_suffix(&l->t[last - 1]))
		last--;
	if (l->t[begin].class & (MAN | WOMAN) && !(l->t[begin].class & (HIS | HER)))
		return begin;
	for (size_t k = begin; k + 1 < last; k++) {
		if ((l->t[k].class & (TITLE | HIS | HER)) == 0)
			continue;
		name = k + 1;
		/* "Secretary of State Mike Pompeo": to the first first name */
		if (is_word(&l->t[name], "of") || is_word(&l->t[name], "for")) {
			while (name < last && !(l->t[name].class & (MAN | WOMAN)))
				name++;
			if (name == last)
				return begin;
		}
		if (l->t[name].class & (MAN | WOMAN))
			break;
	}
	if (name > begin && l->t[end - 1].class & COMPANY &&
	    !(l->t[name].class & (MAN | WOMAN)))
		return begin;
	return name;
}

/* --------------------------------------------------------------- titles around it */

/* "State Department spokeswoman" before a name: where that begins. */
static size_t
title_before(const struct looking *l, size_t name)
{
	size_t at = name, begin = name;

	if (name == 0 || !follows_closely(&l->t[name]) || l->t[name - 1].possessive ||
	    (l->t[name - 1].class & (TITLE | HUMAN | HIS | HER)) == 0)
		return name;
	while (at > 0 && name - at < TITLE_MAX) {
		const struct term *t = &l->t[at - 1];

		if (t->class & LITTLE && !(t->class & (MAN | WOMAN | TITLE)) &&
		    !is_word(t, "first") && !is_word(t, "former") &&
		    !(is_word(t, "and") && at > 1 && (l->t[at - 2].class & TITLE)))
			break;
		begin = --at;
		if (!follows_closely(t) || t->begins)
			break;
	}
	return begin;
}

static bool
ends_in(const struct looking *l, const struct term *t, const char *end)
{
	char word[32];
	size_t n, k = strlen(end);

	term_fold(l->v, t->at, word);
	n = strlen(word);
	return n > k && strcmp(word + n - k, end) == 0;
}

static bool
begins_role(const struct term *t)
{
	static const char *const determiners[] = { "the", "a",     "an",  "his", "her",
		                                   "its", "their", "our", "one" };

	return IS_ONE_OF(t, determiners) || (t->class & LITTLE) == 0;
}

/* ", the regional governor," behind the name, which ends before `end`; else empty. */
static struct span
title_beside(const struct looking *l, size_t end)
{
	static const char *const articles[] = { "the", "a",     "an",  "his",
		                                "her", "their", "its", "our" };
	static const char *const relatives[] = { "who", "whose", "which", "that",
		                                 "where" };
	struct span none = { 0, 0 };
	size_t at = end, to;
	bool role = false, determined;

	if (at < l->n && l->t[at].gap == (GAP_COMMA | GAP_SPACE) &&
	    l->t[at].form == TERM_DIGIT)
		at++; /* "Robert Achterberg, 61, a farmer," */
	if (at >= l->n || l->t[at].gap != (GAP_COMMA | GAP_SPACE) ||
	    !begins_role(&l->t[at]))
		return none;
	determined = (l->t[at].class & LITTLE) != 0;
	for (to = at; to < l->n && to < at + BESIDE_MAX; to++) {
		if (to > at && !(l->t[to].gap == GAP_SPACE || l->t[to].gap == GAP_OTHER))
			break;
		if (IS_ONE_OF(&l->t[to], relatives))
			break;
		role |= to < at + (determined ? 5 : 3) &&
		        (l->t[to].class & (TITLE | HUMAN)) != 0;
		if (!role && !determined && l->t[to].class & LITTLE)
			return none; /* "Lene Dahl, shook her head" */
	}
	if (!role || to == at + BESIDE_MAX || ends_in(l, &l->t[at], "ed"))
		return none;
	if (IS_ONE_OF(&l->t[at], articles) && at + 1 < to)
		at++;
	return (struct span){ l->t[at].at.begin, l->t[to - 1].at.end };
}

/* ---------------------------------------------------------------------- sights */

static struct sight *
add(struct looking *l, enum sight_kind kind, size_t at)
{
	struct sight *s;

	l->s->v = arena_grow(l->arena, l->s->v, l->s->n, &l->room, sizeof *l->s->v);
	s = &l->s->v[l->s->n++];
	*s = (struct sight){ .kind = (uint8_t)kind,
		             .at = l->t[at].at,
		             .sentence = l->sentence,
		             .paragraph = l->paragraph,
		             .quoted = l->t[at].quoted,
		             .first = l->t[at].begins,
		             .possessive = l->t[at].possessive,
		             .who = WHO_UNKNOWN };
	return s;
}

/* Nothing before it in its sentence, or a comma, a quotation or a little word. */
static bool
is_subject(const struct looking *l, size_t at)
{
	static const char *const leads[] = { "and",   "but",      "that",    "as",
		                             "when",  "while",    "because", "so",
		                             "if",    "although", "says",    "said",
		                             "added", "asked" };

	return at == 0 || l->t[at].begins || (l->t[at].gap & (GAP_COMMA | GAP_QUOTE)) ||
	       IS_ONE_OF(&l->t[at - 1], leads);
}

static bool
is_after_in(const struct looking *l, size_t at)
{
	static const char *const in[] = { "in", "at", "from",   "near",   "to",
		                          "of", "on", "across", "around", "through" };

	if (at > 0 && is_word(&l->t[at - 1], "the"))
		at--;
	return at > 0 && IS_ONE_OF(&l->t[at - 1], in);
}

static void
note_words(const struct looking *l, struct sight *s, size_t begin, size_t end)
{
	char acronym[NAME_WORDS + 1], word[32];
	size_t letters = 0;

	for (size_t k = begin; k < end; k++) {
		const struct term *t = &l->t[k];

		if (is_suffix(t) && k > begin)
			continue;
		if (s->n < NAME_WORDS)
			s->word[s->n++] = t->hash;
		else
			s->word[NAME_WORDS - 1] = t->hash;
		if (t->form != TERM_LOWER && letters < NAME_WORDS &&
		    (uint8_t)l->v[t->at.begin] < 0x80)
			acronym[letters++] = (char)(l->v[t->at.begin] | 0x20);
	}
	acronym[letters] = '\0';
	s->initials = letters > 1 ? term_hash(acronym) : 0;
	s->acronym = end == begin + 1 && l->t[begin].form == TERM_UPPER;
	term_fold(l->v, l->t[begin].at, word);
	s->letter = (uint8_t)word[0];
	s->one_letter = word[1] == '\0';
	s->full =
	    classes_full_name(word) != NULL ? term_hash(classes_full_name(word)) : 0;
}

static uint8_t
gender_of(uint32_t title, uint32_t first_name)
{
	if (title & HIS && !(title & HER))
		return GENDER_MAN;
	if (title & HER && !(title & HIS))
		return GENDER_WOMAN;
	if ((first_name & MAN) && !(first_name & WOMAN))
		return GENDER_MAN;
	return first_name & WOMAN && !(first_name & MAN) ? GENDER_WOMAN : GENDER_UNKNOWN;
}

/* "spokeswoman", "mother"; "businessman", "uncle". */
static uint8_t
gender_of_noun(const char *v, struct span at)
{
	static const char *const women[] = { "woman", "mother",  "sister",     "daughter",
		                             "wife",  "aunt",    "girl",       "queen",
		                             "niece", "mom",     "mum",        "widow",
		                             "bride", "actress", "girlfriend", "lady" };
	static const char *const men[] = { "father", "brother",   "son",     "husband",
		                           "uncle",  "boy",       "king",    "nephew",
		                           "dad",    "boyfriend", "widower", "guy" };
	char word[32];
	size_t n;

	term_fold(v, at, word);
	n = strlen(word);
	for (size_t i = 0; i < sizeof women / sizeof *women; i++)
		if (n >= strlen(women[i]) &&
		    strcmp(word + n - strlen(women[i]), women[i]) == 0)
			return GENDER_WOMAN;
	for (size_t i = 0; i < sizeof men / sizeof *men; i++)
		if (strcmp(word, men[i]) == 0)
			return GENDER_MAN;
	return n > 3 && strcmp(word + n - 3, "man") == 0 ? GENDER_MAN : GENDER_UNKNOWN;
}

/* "NAME:" or "NAME, TITLE:" at the head of a paragraph. */
static bool
is_label(const struct looking *l, size_t begin, size_t end)
{
	size_t to = end;

	if (begin > 0 && !(begin == 1 && (l->t[0].class & (HIS | HER | TITLE))))
		return false;
	if (to < l->n && l->t[to].gap == (GAP_COMMA | GAP_SPACE))
		for (to++; to < l->n && to < end + 6 && follows_closely(&l->t[to]) &&
		           l->t[to].form == l->t[end].form;
		     to++)
			;
	return to < l->n && (l->t[to].gap & ~(GAP_SPACE | GAP_QUOTE)) == GAP_COLON;
}

/* "Senators", "Officials": more than one of those who have the title. */
static bool
is_crowd(const struct looking *l, const struct term *t)
{
	char word[32];
	size_t n;

	term_fold(l->v, t->at, word);
	n = strlen(word);
	if (n < 4 || word[n - 1] != 's' || word[n - 2] == 's' ||
	    (t->class & (TITLE | MAN | WOMAN)))
		return (t->class & PARTISAN) != 0;
	word[n - 1] = '\0';
	return (t->class & PARTISAN) ||
	       (classes_of(word) & (TITLE | HUMAN | NATION)) != 0;
}

static bool
is_valediction(const struct term *t)
{
	static const char *const words[] = { "yours",   "sincerely", "respectfully",
		                             "regards", "best",      "faithfully",
		                             "love",    "cheers",    "warmly",
		                             "kind",    "truly" };

	return IS_ONE_OF(t, words);
}

/* "By Ada Orr"; "Ada Orr" below "Yours,"; "Respectfully, Ada Orr". */
static bool
is_signature(const struct looking *l, size_t begin, size_t end)
{
	if (end < l->n && !(begin == 1 && (l->t[end].gap & GAP_COMMA)))
		return false;
	if (begin == 0)
		return l->closes;
	return begin <= 3 &&
	       (is_word(&l->t[begin - 1], "by") ||
	        ((l->t[begin].gap & GAP_COMMA) && is_valediction(&l->t[begin - 1])));
}

/* "the Prime Minister": a title in capitals, and nobody's name. */
static bool
is_title_only(const struct looking *l, size_t begin, size_t end)
{
	static const char *const before[] = { "the",   "a",   "an",  "his",  "her",
		                              "their", "our", "its", "this", "former" };

	if (begin == 0 || !IS_ONE_OF(&l->t[begin - 1], before))
		return false;
	if (end > begin + 2 && (l->t[begin].class & TITLE) &&
	    is_word(&l->t[begin + 1], "of"))
		return true; /* "the Secretary of State" */
	if ((l->t[end - 1].class & TITLE) == 0 || (classes(l, begin, end) & COMPANY))
		return false;
	for (size_t k = begin; k < end; k++)
		if (l->t[k].class & (MAN | WOMAN) && !(l->t[k].class & TITLE))
			return false;
	return true;
}

/* The name in terms [begin, end), a run. */
static void
name_found(struct looking *l, size_t begin, size_t end)
{
	size_t name = name_begin(l, begin, end);
	size_t title = name > begin ? begin : title_before(l, name);
	struct sight *s = add(l, SIGHT_NAME, name);
	uint32_t title_class = classes(l, title, name);

	if (name > begin &&
	    begin > 0) /* "Mexican | President": what stands before, too */
		title = title_before(l, begin) < begin ? title_before(l, begin) : begin;
	s->at.end = l->t[end - 1].at.end;
	s->first = l->t[title].begins;
	s->possessive = l->t[end - 1].possessive;
	note_words(l, s, name, end);
	s->title = title < name
	               ? (struct span){ l->t[title].at.begin, l->t[name - 1].at.end }
	               : title_beside(l, end);
	s->title_beside = title == name && s->title.end > 0;
	s->gender = gender_of(title_class, l->t[name].class);
	s->subject = is_subject(l, title);
	s->after_in = is_after_in(l, title);
	s->labels = is_label(l, begin, end);
	s->signs = is_signature(l, begin, end);
	s->company = (classes(l, name, end) & COMPANY) != 0;
	s->crowd = is_crowd(l, &l->t[end - 1]);
	s->definite = title > 0 && is_word(&l->t[title - 1], "the");
	s->alias = name == begin && l->t[name].gap == (GAP_OPEN | GAP_SPACE) &&
	           name > 0 && end == name + 1;
	s->human = (s->title.end > 0 && !s->crowd) ||
	           ((l->t[name].class & (MAN | WOMAN)) != 0 && !s->company) ||
	           (end + 1 < l->n && l->t[end].form == TERM_DIGIT &&
	            l->t[end].gap == (GAP_COMMA | GAP_SPACE) &&
	            l->t[end].at.end - l->t[end].at.begin == 2);
}

/* "a trucker", "her lawyer", "the archivist": the noun is at k. */
static bool
is_somebody(const struct looking *l, size_t k)
{
	if ((l->t[k].class & (TITLE | HUMAN)) == 0 || l->t[k].form != TERM_LOWER ||
	    (k + 1 < l->n && follows_closely(&l->t[k + 1]) &&
	     (is_capital(l, &l->t[k + 1]) || l->t[k + 1].class & (TITLE | HUMAN))))
		return false;
	for (size_t back = 1; back <= 4 && back <= k; back++) {
		const struct term *t = &l->t[k - back];

		if (t->class & LITTLE)
			return is_word(t, "a") || is_word(t, "an") || is_word(t, "the") ||
			       is_word(t, "his") || is_word(t, "her") ||
			       is_word(t, "their") || is_word(t, "one");
		if (t->possessive)
			return true;
		if (!follows_closely(&l->t[k - back + 1]))
			return false;
	}
	return false;
}

static void
small_word(struct looking *l, size_t k)
{
	const struct term *t = &l->t[k];

	if (t->form == TERM_LOWER)
		l->s->lower[t->hash % LOWER_BITS / 32] |= 1u << t->hash % 32;
	if (is_word(t, "he"))
		add(l, SIGHT_HE, k)->subject = true;
	else if (is_word(t, "she"))
		add(l, SIGHT_SHE, k)->subject = true;
	else if (is_word(t, "i") || is_word(t, "i'm") || is_word(t, "i've") ||
	         is_word(t, "i'll") || is_word(t, "i'd"))
		add(l, SIGHT_I, k);
	else if (is_somebody(l, k))
		add(l, SIGHT_SOMEBODY, k)->gender = gender_of_noun(l->v, t->at);
}

static bool
modifies(const struct looking *l, size_t begin, size_t end)
{
	return end == begin + 1 && (l->t[begin].class & NATION) && end < l->n &&
	       follows_closely(&l->t[end]) && l->t[end].form == TERM_LOWER &&
	       !(l->t[end].class & LITTLE);
}

/* Capitals say nothing about names where most words have them. */
static bool
is_headline(const struct looking *l)
{
	static const char *const small[] = { "a",    "an", "the",  "of",  "in",
		                             "on",   "to", "for",  "at",  "by",
		                             "with", "as", "from", "and", "or" };
	size_t capital = 0, words = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (IS_ONE_OF(&l->t[i], small))
			continue;
		words++;
		capital += l->t[i].form != TERM_LOWER && l->t[i].form != TERM_DIGIT;
		if (l->t[i].gap & GAP_STOP)
			return false;
	}
	return words > 4 && capital * 10 >= words * 9 && l->n < 30;
}

static void
look_at_paragraph(struct looking *l)
{
	size_t k = 0;

	l->headline = is_headline(l);
	while (k < l->n && l->s->n < SIGHTS_MAX) {
		size_t end = k + 1;

		l->sentence += l->t[k].begins;
		if (is_capital(l, &l->t[k])) {
			end = run_end(l, k);
			if (is_title_only(l, k, end))
				add(l, SIGHT_SOMEBODY, end - 1)->gender =
				    gender_of_noun(l->v, l->t[end - 1].at);
			else if (!modifies(l, k, end))
				name_found(l, k, end);
		} else {
			small_word(l, k);
		}
		k = end;
	}
	l->closes = l->n > 0 && l->n <= 4 && is_valediction(&l->t[l->n > 2 ? 1 : 0]);
}

/* For as many terms as the paragraph can have: they are parted by a byte at least. */
static void
make_room(struct looking *l, struct span where)
{
	size_t most = (where.end - where.begin) / 2 + 1;

	if (most <= l->terms)
		return;
	l->terms = most * 2;
	l->t = arena_raw(l->arena, l->terms * sizeof *l->t);
}

static void
take_hint(struct sight *s, enum entity_kind kind)
{
	bool titled = s->title.end > s->title.begin;

	switch (kind) {
	case ENTITY_PERSON:
		s->human = !s->crowd;
		s->company = false;
		break;
	case ENTITY_ORGANISATION:
		s->company = !titled;
		s->human = titled && s->human;
		break;
	case ENTITY_PLACE:
		s->after_in = true;
		s->human = titled && s->human;
		break;
	case ENTITY_OTHER:
		break;
	}
}

/* Both are in the order of the text. */
static void
take_hints(struct sights *s, const struct hints *h)
{
	size_t i = 0;

	for (size_t k = 0; k < s->n; k++) {
		struct span at = s->v[k].at;

		while (i < h->n_names && h->name[i].at.end <= at.begin)
			i++;
		if (i < h->n_names && h->name[i].at.begin < at.end &&
		    s->v[k].kind == SIGHT_NAME)
			take_hint(&s->v[k], h->name[i].kind);
	}
}

struct sights
sights_read(struct arena *a, const struct text *text, const struct hints *h)
{
	struct sights s = { .lower = arena_alloc(a, LOWER_BITS / 8) };
	struct looking l = { .arena = a, .v = text->v, .s = &s };
	struct span where;
	size_t at = 0;

	while (text_paragraph(text, &at, &where)) {
		make_room(&l, where);
		l.n = term_read(text->v, where, l.t, l.terms, &l.last_gap);
		look_at_paragraph(&l);
		s.questions += text->v[where.end - 1] == '?';
		l.paragraph++;
	}
	take_hints(&s, h);
	return s;
}

bool
sights_lower(const struct sights *s, uint32_t hash)
{
	return (s->lower[hash % LOWER_BITS / 32] >> hash % 32 & 1) != 0;
}

size_t
sights_at(const struct sights *s, uint32_t at)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->v[middle].at.end > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}
