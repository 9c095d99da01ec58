/*
 * The cue says most: "denied", "urged", "cast doubt on".  Where its verb is a plain one
 * ("said"), the content is looked at: a question is asked, an imperative is an order,
 * "that is a lie" denies.  Where the verb is negated, "did not say whether", the source
 * does not stand for the content; what stands then is written in negated().
 */
#include "stance.h"

#include <math.h>
#include <string.h>

#include "certainty.h"
#include "letter.h"
#include "lexicon.h"

enum { BEHIND = 24 }; /* bytes behind a cue that may finish its phrase: called [for] */

struct scene {
	const struct attribution *x;
	struct prose cue; /* and the words behind it */
	size_t cue_n;     /* lexemes of the cue itself */
	struct prose content;
	size_t begin; /* of the content: its first word */
	float learned;
};

struct verdict {
	const struct cue_word *word; /* NULL: none that is known */
	bool negated;                /* "did not", "declined to" */
	bool never;
};

static bool
is_question_word(const struct prose *p, size_t i)
{
	static const char *const all[] = { "whether", "if",    "what", "who",
		                           "how",     "why",   "when", "where",
		                           "which",   "whose", NULL };

	return prose_in(p, i, all);
}

static bool
is_pronoun(const struct prose *p, size_t i)
{
	static const char *const all[] = { "it",    "they",  "that", "this",
		                           "these", "those", NULL };

	return prose_in(p, i, all);
}

/* Denials are about something that somebody says. */
static bool
is_claim_noun(const struct prose *p, size_t i)
{
	static const char *const all[] = { "claim",       "allegation", "accusation",
		                           "report",      "charge",     "rumour",
		                           "rumor",       "suggestion", "story",
		                           "idea",        "notion",     "assertion",
		                           "insinuation", "complaint",  "article",
		                           "theory",      "figure",     NULL };

	for (const char *const *word = all; *word != NULL; word++)
		if (lexicon_is(p, i, *word))
			return true;
	return false;
}

static bool
is_falsity(const struct prose *p, size_t i)
{
	static const char *const all[] = {
		"false",       "untrue",  "baseless",     "unfounded", "groundless",
		"nonsense",    "rubbish", "fabricated",   "lie",       "lies",
		"fiction",     "fake",    "fantasy",      "invented",  "bogus",
		"fabrication", "hoax",    "fabrications", "incorrect", "inaccurate",
		"myth",        "slander", "meritless",    NULL
	};

	return prose_in(p, i, all);
}

static bool
is_truth(const struct prose *p, size_t i)
{
	static const char *const all[] = { "true", "correct", "accurate", "case", NULL };
	static const char *const at_end[] = { "so", "right", "possible", "happened",
		                              NULL };

	/* Not so fast; not the right person. */
	return prose_in(p, i, all) ||
	       (prose_in(p, i, at_end) &&
	        (i + 1 >= p->n || p->v[i + 1].kind == LEXEME_MARK));
}

/* ------------------------------------------------------------------- the content */

/* Past quotation marks and "that". */
static size_t
first_word(const struct prose *p)
{
	size_t i = 0;

	while (i < p->n && p->v[i].kind == LEXEME_MARK)
		i++;
	return prose_is(p, i, "that") && !prose_is(p, i + 1, "is") &&
	               !prose_is(p, i + 1, "'s") && !prose_is(p, i + 1, "was")
	           ? i + 1
	           : i;
}

static bool
ends_sentence(const struct prose *p, size_t i)
{
	static const char *const marks[] = { ".", "!", "?", "\u2026", NULL };

	return prose_in(p, i, marks);
}

/* Are all of its sentences questions? */
static bool
is_question(const struct prose *p)
{
	bool asks = false;

	for (size_t i = 0; i < p->n; i++) {
		if (!ends_sentence(p, i))
			continue;
		if (!prose_is(p, i, "?"))
			return false;
		asks = true;
	}
	return asks;
}

/* Verbs that begin an order; none that is as often a noun at a sentence's beginning. */
static bool
is_imperative_verb(const struct prose *p, size_t i)
{
	static const char *const all[] = {
		"leave",   "go",     "stop",   "take",    "keep",     "stay",
		"let",     "let's",  "get",    "give",    "come",     "look",
		"make",    "put",    "read",   "bring",   "send",     "tell",
		"ask",     "call",   "wait",   "listen",  "remember", "forget",
		"imagine", "try",    "turn",   "open",    "close",    "shut",
		"pay",     "vote",   "write",  "join",    "follow",   "hold",
		"stand",   "sit",    "run",    "move",    "buy",      "sell",
		"show",    "start",  "think",  "be",      "do",       "don't",
		"never",   "please", "avoid",  "check",   "consider", "remove",
		"release", "resign", "return", "see",     "speak",    "watch",
		"wear",    "use",    "throw",  "pull",    "drop",     "build",
		"protect", "save",   "beware", "prepare", "ensure",   "enjoy",
		"fix",     "hurry",  "ignore", "learn",   "kill",     "arrest",
		NULL
	};

	return prose_in(p, i, all);
}

/* "Look, we have no choice", "Leave is paid": not an order. */
static bool
goes_on_as_order(const struct prose *p, size_t i)
{
	static const char *const verbs[] = { "is",  "are",  "was",  "were",  "has",
		                             "had", "have", "will", "would", ",",
		                             "'s",  "of",   NULL };

	return i < p->n && !prose_in(p, i, verbs) && !ends_sentence(p, i);
}

/* You will not think of it; you must leave. */
static bool
is_you_must(const struct prose *p, size_t i)
{
	static const char *const musts[] = { "must", "should", "need", "shall", NULL };

	return prose_is(p, i, "you") && prose_in(p, i + 1, musts);
}

static bool
is_order_at(const struct prose *p, size_t i)
{
	bool never = prose_is(p, i, "never") || prose_is(p, i, "please") ||
	             prose_is(p, i, "don't") || prose_is(p, i, "do") ||
	             prose_is(p, i, "just");

	if (prose_is(p, i, "do") && !prose_is(p, i + 1, "not"))
		return false;
	if (is_you_must(p, i))
		return true;
	if (never && prose_is(p, i, "never"))
		return is_imperative_verb(p, i + 1);
	return never ? goes_on_as_order(p, i + 1)
	             : is_imperative_verb(p, i) &&
	                   (goes_on_as_order(p, i + 1) || prose_is(p, i + 1, "!"));
}

/* Does each of its sentences begin as an order does? */
static bool
is_order(const struct prose *p, size_t begin)
{
	bool at_begin = true, orders = false;

	for (size_t i = begin; i < p->n; i++) {
		if (ends_sentence(p, i)) {
			at_begin = true;
		} else if (at_begin && p->v[i].kind == LEXEME_WORD) {
			if (!is_order_at(p, i))
				return false;
			orders = true;
			at_begin = false;
		}
	}
	return orders;
}

/* Whoever is asked or told: no verb, and nobody who does something. */
static bool
may_be_told(const struct prose *p, size_t i)
{
	static const char *const others[] = { "i",     "he",  "she",  "they",
		                              "we",    "it",  "that", "will",
		                              "would", "may", "can",  NULL };
	size_t n = strlen(p->v[i].low);

	return p->v[i].kind == LEXEME_WORD && !prose_in(p, i, others) &&
	       !is_question_word(p, i) && !lexicon_is(p, i, "be") &&
	       !lexicon_is(p, i, "have") && !lexicon_is(p, i, "do") &&
	       !(n > 3 && memcmp(p->v[i].low + n - 2, "ed", 2) == 0);
}

/* To stop at once; but not: to be a mistake. */
static bool
is_to(const struct prose *p, size_t i)
{
	i += prose_is(p, i, "not");
	return prose_is(p, i, "to") && !prose_is(p, i + 1, "be") &&
	       !prose_is(p, i + 1, "have");
}

/* The same with who is told to: them not to shout. */
static bool
is_to_do(const struct prose *p, size_t i)
{
	for (size_t k = 0; k < 4 && i + k < p->n; k++) {
		if (prose_is(p, i + k, "to"))
			return !prose_is(p, i + k + 1, "have") &&
			       (k > 0 || !prose_is(p, i + k + 1, "be"));
		if (!may_be_told(p, i + k))
			return false;
	}
	return false;
}

/* She had not; it would not; “We didn't.” */
static bool
ends_in_not(const struct prose *p, size_t begin)
{
	size_t end = p->n, n;

	while (end > begin && p->v[end - 1].kind == LEXEME_MARK)
		end--;
	if (end < begin + 2 || end - begin > 8)
		return false;
	n = strlen(p->v[end - 1].low);
	return prose_is(p, end - 1, "not") ||
	       (n > 3 && strcmp(p->v[end - 1].low + n - 3, "n't") == 0);
}

/* "No," she said; "Never." */
static bool
is_no(const struct prose *p, size_t i)
{
	static const char *const all[] = { "no",      "never",  "nonsense",
		                           "rubbish", "wrong",  "false",
		                           "lies",    "untrue", NULL };
	static const char *const absolutely[] = { "absolutely", "certainly", "definitely",
		                                  "of", NULL };

	if (prose_in(p, i, absolutely))
		return prose_is(p, i + 1, "not") || prose_is(p, i + 2, "not");
	return prose_in(p, i, all) &&
	       (i + 1 >= p->n ||
	        (p->v[i + 1].kind == LEXEME_MARK && !prose_is(p, i + 1, "-")));
}

/* From a subject on: is false; is not true. */
static bool
is_called_false(const struct prose *p, size_t i)
{
	bool negated = false;

	for (size_t k = i; k < p->n && k < i + 7; k++) {
		if (ends_sentence(p, k) || prose_is(p, k, ","))
			return false;
		if (lexicon_negates(p, k))
			negated = !negated;
		else if (is_falsity(p, k))
			return !negated;
		else if (is_truth(p, k))
			return negated;
	}
	return false;
}

/* “That is a lie”; the claims were baseless; the reports “fantasy”. */
static bool
is_denial(const struct prose *p, size_t begin)
{
	if (is_no(p, begin) || ends_in_not(p, begin) ||
	    (prose_is(p, begin, "nothing") &&
	     (prose_is(p, begin + 1, "was") || prose_is(p, begin + 1, "happened"))))
		return true;
	for (size_t i = begin; i < p->n && i < begin + 6; i++) {
		bool pronoun = i == begin && is_pronoun(p, i) &&
		               (lexicon_is(p, i + 1, "be") || prose_is(p, i + 1, "'s"));

		if ((pronoun || is_claim_noun(p, i)) && is_called_false(p, i + 1))
			return true;
	}
	return false;
}

/* ----------------------------------------------------------------------- the cue */

/* Does a word found later in the cue say more than the one there is? */
static bool
says_more(const struct cue_word *old, const struct cue_word *new)
{
	return old == NULL || (old->stance == ASSERTS && old->shape != WISHING) ||
	       (new->stance != ASSERTS &&new->stance != old->stance);
}

static struct verdict
judge_cue(const struct scene *s)
{
	struct verdict v = { NULL };

	for (size_t i = 0, n = 1; i < s->cue_n; i += n) {
		const struct cue_word *w = lexicon_cue(&s->cue, i, &n);

		if (w == NULL)
			n = 1;
		if (w != NULL && w->shape != NEGATING && says_more(v.word, w))
			v.word = w;
		else if (w != NULL
		             ? w->shape == NEGATING
		             : lexicon_negates(&s->cue, i) || prose_is(&s->cue, i, "yet"))
			v.negated = true;
		/* "didn't" is a form of "do", which is no cue word */
		v.never = v.never || prose_is(&s->cue, i, "never");
	}
	return v;
}

static struct attitude
attitude(enum stance stance, float certainty)
{
	return (struct attitude){ stance, certainty };
}

/* What it is when the cue's verb is negated. */
static struct attitude
negated(const struct scene *s, const struct verdict *v)
{
	const struct cue_word *w = v->word;

	if (w == NULL)
		return attitude(DOUBTS, 0);
	if (w->stance == DENIES || w->stance == DOUBTS)
		return attitude(ASSERTS, w->stance == DENIES ? 1 : 2); /* not ruled out */
	if (strcmp(w->words, "agree") == 0 || strcmp(w->words, "accept") == 0)
		return attitude(DENIES, -2);
	if (w->stance != ASSERTS)
		return attitude(DOUBTS, 0);
	if (w->shape == THINKING)
		return attitude(DOUBTS, -1.5F);
	if (w->shape == WISHING && !prose_is(&s->content, s->begin, "to"))
		return attitude(ORDERS, 0); /* does not want it built */
	if (v->never && !is_question_word(&s->content, s->begin))
		return attitude(DENIES, -2); /* never said that */
	return attitude(DOUBTS, 0);          /* did not say whether */
}

/* Asked whether, asked “Why?”; but asked for help, asked them to go. */
static enum stance
asked(const struct scene *s)
{
	const struct prose *p = &s->content;

	if (is_question(p) || is_question_word(p, s->begin))
		return ASKS;
	if (s->x->kind != DIRECT &&
	    (prose_is(p, 0, "that") || prose_is(p, s->begin, "for") ||
	     is_to_do(p, s->begin)))
		return ORDERS;
	return s->x->kind == DIRECT && is_order(p, s->begin) ? ORDERS : ASKS;
}

/* Said to go; told them to go; “Go!” */
static bool
is_told(const struct scene *s, const struct cue_word *w)
{
	const struct prose *p = &s->content;

	if (s->x->kind == DIRECT)
		return is_order(p, s->begin);
	if (w == NULL)
		return false;
	return w->shape == TELLING ? is_to_do(p, s->begin) : is_to(p, s->begin);
}

/* What plain words of speech, or none at all, make of the content. */
static enum stance
said(const struct scene *s, const struct cue_word *w)
{
	if (is_question(&s->content))
		return ASKS;
	if (is_told(s, w))
		return ORDERS;
	return is_denial(&s->content, s->begin) ? DENIES : ASSERTS;
}

static enum stance
stance(const struct scene *s, const struct cue_word *w)
{
	const struct prose *p = &s->content;

	if (w == NULL || w->shape == SAYING || w->shape == TELLING)
		return said(s, w);
	if (w->shape == ASKING)
		return asked(s);
	if (w->shape == WISHING)
		return !prose_is(p, s->begin, "to") && is_to_do(p, s->begin) ? ORDERS
		                                                             : ASSERTS;
	if (strcmp(w->words, "call") == 0 && is_denial(p, s->begin))
		return DENIES;
	return w->stance;
}

/* How sure the content is as it is worded: the network judges events, "did not RESIGN" at
 * -3, and is turned round where the words are. */
static float
certainty_as_worded(const struct scene *s, bool *ret_negated)
{
	float rule = certainty_of(&s->content, ret_negated);

	if (isnan(s->learned))
		return rule;
	return (rule + (*ret_negated ? -s->learned : s->learned)) / 2;
}

static struct attitude
judge(const struct scene *s)
{
	struct verdict v = judge_cue(s);
	struct attitude out;
	bool turned;
	float worded;

	if (v.negated)
		return negated(s, &v);
	worded = certainty_as_worded(s, &turned);
	out.stance = stance(s, v.word);
	out.certainty = v.word != NULL && v.word->stance == out.stance
	                    ? v.word->certainty
	                    : (float[]){ 3, -3, -1, 0, 0 }[out.stance];
	if (out.stance == ASSERTS)
		out.certainty = fminf(out.certainty, worded);
	if (out.stance == DENIES && turned &&
	    (v.word == NULL || v.word->stance != DENIES))
		out.certainty =
		    fminf(3, worded); /* "it would not": sure of these words */
	return out;
}

/* ----------------------------------------------------------------------- the door */

/* The cue's spans, the last of them with what stands behind it. */
static struct spans
lengthened(struct arena *a, const struct spans *cue, const char *text, size_t text_n)
{
	struct spans out = { cue->n, arena_raw(a, cue->n * sizeof *cue->v) };
	struct span *last;

	if (cue->n == 0)
		return out;
	memcpy(out.v, cue->v, cue->n * sizeof *cue->v);
	last = &out.v[cue->n - 1];
	if (text_n - last->end <= BEHIND)
		last->end = (uint32_t)text_n;
	else
		last->end = (uint32_t)letter_before(text, last->end + BEHIND);
	return out;
}

static size_t
count_within(const struct prose *p, const struct spans *cue)
{
	size_t n = 0;

	while (n < p->n && p->v[n].at.begin < cue->v[cue->n - 1].end)
		n++;
	return n;
}

/* The word that begins at this byte, or holds it. */
static size_t
word_at(const struct tokens *t, uint32_t byte)
{
	size_t low = 0, high = t->n_words;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (t->word[middle].at.end <= byte)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

float
stance_learned(struct arena *a, const char *text, const struct tokens *t,
               const struct reading *r, const struct attribution *x)
{
	size_t mark = arena_mark(a), word = t->n_words, head;
	struct prose p;

	if (!reading_has(r, HEAD_FACTUALITY))
		return NAN;
	p = prose_read(a, text, &x->content);
	head = certainty_head(&p);
	if (head < p.n)
		word = word_at(t, p.v[head].at.begin);
	arena_release(a, mark);
	return word < t->n_words ? reading_factuality(r, word) : NAN;
}

struct attitude
stance_of(struct arena *a, const char *text, size_t text_n, const struct attribution *x,
          float learned)
{
	size_t mark = arena_mark(a);
	struct spans cue = lengthened(a, &x->cue, text, text_n);
	struct scene s = { .x = x, .learned = learned };
	struct attitude out;

	s.cue = prose_read(a, text, &cue);
	s.cue_n = x->cue.n > 0 ? count_within(&s.cue, &x->cue) : 0;
	s.content = prose_read(a, text, &x->content);
	s.begin = first_word(&s.content);
	out = judge(&s);
	arena_release(a, mark);
	return out;
}
