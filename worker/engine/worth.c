/*
 * One pass over a sentence's words notes its traits; their weighted sum, squeezed into
 * 0 .. 1, is its worth.  Numbers are seen by their figures and names here, not parsed:
 * it is only asked whether there are any.
 */
#include "worth.h"

#include <math.h>
#include <string.h>

#include "lexicon.h"

/*
 * Those of a fit to four fifths of ClaimBuster's debates, rounded, with forecasts,
 * questions and what is very short held lower, as news has more of them.
 */
static const float weights[WORTH_TRAITS] = {
	[WORTH_ALWAYS] = -1.5F,   [WORTH_NUMBER] = 1.5F,    [WORTH_NUMBERS] = 0.7F,
	[WORTH_MONEY] = 0.8F,     [WORTH_PER_CENT] = 1.6F,  [WORTH_DATE] = 0.4F,
	[WORTH_COMPARES] = 0.8F,  [WORTH_NAME] = 0.6F,      [WORTH_NAMES] = 0.4F,
	[WORTH_PAST] = 1.1F,      [WORTH_PERFECT] = 0.2F,   [WORTH_IS] = -0.1F,
	[WORTH_WILL] = -0.9F,     [WORTH_SHOULD] = -0.8F,   [WORTH_MAY] = -0.8F,
	[WORTH_I] = -0.9F,        [WORTH_WE] = -0.1F,       [WORTH_YOU] = -0.4F,
	[WORTH_QUESTION] = -2.0F, [WORTH_OPINION] = -1.0F,  [WORTH_SHORT] = -0.3F,
	[WORTH_LENGTH] = 0.7F,    [WORTH_COURTESY] = -0.6F, [WORTH_NOT] = 0.0F,
	[WORTH_MATTER] = 0.5F,    [WORTH_ALL] = 0.0F,       [WORTH_DEED] = 1.0F,
};

enum { SHORT = 6, LONG = 40 };

static const char *const number_words[] = {
	"two",     "three",    "four",     "five",     "six",       "seven",  "eight",
	"nine",    "ten",      "twelve",   "twenty",   "thirty",    "forty",  "fifty",
	"hundred", "thousand", "million",  "billion",  "trillion",  "half",   "third",
	"quarter", "dozen",    "millions", "billions", "thousands", "thirds", NULL
};
static const char *const money_words[] = { "$",       "\u00a3", "\u20ac",
	                                   "dollars", "dollar", "euros",
	                                   "pounds",  "cents",  NULL };
static const char *const per_cent_words[] = { "%", "percent", "cent", "percentage",
	                                      NULL };
static const char *const date_words[] = { "year",      "years",     "month",   "months",
	                                  "week",      "weeks",     "ago",     "since",
	                                  "yesterday", "today",     "january", "february",
	                                  "march",     "april",     "june",    "july",
	                                  "august",    "september", "october", "november",
	                                  "december",  "century",   "decade",  "decades",
	                                  NULL };
static const char *const compare_words[] = {
	"more",   "less",    "fewer",   "than",     "most",      "least",    "highest",
	"lowest", "largest", "biggest", "worst",    "best",      "average",  "record",
	"rate",   "times",   "doubled", "tripled",  "rose",      "risen",    "fell",
	"fallen", "grew",    "grown",   "increase", "increased", "decrease", "decreased",
	"cut",    "higher",  "lower",   "number",   "majority",  "first",    "last",
	"only",   "double",  "half",    "total",    NULL
};
static const char *const matter_words[] = {
	"jobs",         "job",       "tax",      "taxes",     "budget",   "deficit",
	"debt",         "spending",  "votes",    "deaths",    "killed",   "died",
	"unemployment", "wages",     "income",   "insurance", "health",   "schools",
	"crime",        "troops",    "war",      "nuclear",   "oil",      "trade",
	"law",          "bill",      "program",  "programs",  "border",   "immigrants",
	"economy",      "inflation", "interest", "poverty",   "prices",   "weapons",
	"social",       "security",  "people",   "workers",   "families", "businesses",
	"energy",       "drug",      "drugs",    "congress",  "court",    "company",
	"hospital",     "cost",      "costs",    "money",     "homes",    "patients",
	"police",       NULL
};
static const char *const deed_words[] = {
	"voted",    "signed",  "spent",    "passed",   "supported", "opposed", "vetoed",
	"lost",     "created", "raised",   "paid",     "built",     "gave",    "took",
	"sent",     "closed",  "opened",   "won",      "sold",      "bought",  "cut",
	"said",     "called",  "proposed", "killed",   "invaded",   "cost",    "costs",
	"received", "made",    "ran",      "released", "approved",  "banned",  "hired",
	"fired",    "earned",  "gained",   "doubled",  NULL
};
static const char *const opinion_words[] = {
	"think",      "believe",    "feel",   "hope",    "want",      "like",
	"love",       "great",      "good",   "bad",     "wonderful", "terrible",
	"important",  "shame",      "shamed", "sad",     "wrong",     "right",
	"beautiful",  "strong",     "better", "should",  "proud",     "disgrace",
	"ridiculous", "fantastic",  "tough",  "serious", "nice",      "happy",
	"sorry",      "dream",      "values", "future",  "disaster",  "disgusting",
	"amazing",    "incredible", "unfair", "fair",    "sure",      NULL
};
static const char *const courtesy_words[] = {
	"thank",    "thanks", "please",   "welcome",   "evening", "tonight",
	"sir",      "let",    "hello",    "goodbye",   "ladies",  "gentlemen",
	"applause", "excuse", "question", "okay",      "ok",      "listen",
	"look",     "well",   "yes",      "gentleman", NULL
};
static const char *const all_words[] = { "every",  "all",      "never",  "always",
	                                 "nobody", "everyone", "entire", "nothing",
	                                 "none",   NULL };
static const char *const will_words[] = { "will",     "'ll",      "won't",
	                                  "going",    "would",    "shall",
	                                  "forecast", "tomorrow", NULL };
static const char *const should_words[] = { "should", "must",  "need",
	                                    "needs",  "ought", NULL };
static const char *const may_words[] = { "may",    "might",    "could", "perhaps",
	                                 "maybe",  "probably", "if",    "possibly",
	                                 "likely", NULL };
static const char *const i_words[] = { "i", "me", "my", "'m", NULL };
static const char *const we_words[] = { "we", "our", "us", NULL };
static const char *const you_words[] = { "you", "your", NULL };
static const char *const is_words[] = { "is", "are", "'s", "'re", NULL };
static const char *const past_words[] = { "was", "were", "had", "did", "didn't", NULL };
static const char *const perfect_words[] = { "has", "have", "'ve", "been", NULL };

static const struct {
	enum worth_trait trait;
	const char *const *words;
} lists[] = {
	{ WORTH_NUMBER, number_words },
	{ WORTH_MONEY, money_words },
	{ WORTH_PER_CENT, per_cent_words },
	{ WORTH_DATE, date_words },
	{ WORTH_COMPARES, compare_words },
	{ WORTH_MATTER, matter_words },
	{ WORTH_DEED, deed_words },
	{ WORTH_OPINION, opinion_words },
	{ WORTH_COURTESY, courtesy_words },
	{ WORTH_ALL, all_words },
	{ WORTH_WILL, will_words },
	{ WORTH_SHOULD, should_words },
	{ WORTH_MAY, may_words },
	{ WORTH_I, i_words },
	{ WORTH_WE, we_words },
	{ WORTH_YOU, you_words },
	{ WORTH_IS, is_words },
	{ WORTH_PAST, past_words },
	{ WORTH_PERFECT, perfect_words },
};

static bool
ends_sentence(const struct prose *p, size_t i)
{
	return prose_is(p, i, ".") || prose_is(p, i, "?") || prose_is(p, i, "!");
}

static bool
is_past_form(const struct prose *p, size_t i)
{
	size_t n = strlen(p->v[i].low);

	return n > 4 && memcmp(p->v[i].low + n - 2, "ed", 2) == 0;
}

/* What one word adds. */
static void
note(const struct prose *p, size_t i, float t[WORTH_TRAITS])
{
	const struct lexeme *x = &p->v[i];

	for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
		if (prose_in(p, i, lists[k].words))
			t[lists[k].trait] += 1;
	if (x->kind == LEXEME_NUMBER)
		t[WORTH_NUMBER] += 1;
	if (x->kind == LEXEME_WORD && is_past_form(p, i))
		t[WORTH_PAST] += 1;
	if (x->capital && i > 0 && x->low[1] != '\0' && p->v[i - 1].kind == LEXEME_WORD)
		t[WORTH_NAME] += 1;
	if (lexicon_negates(p, i))
		t[WORTH_NOT] += 1;
	if (prose_is(p, i, "?"))
		t[WORTH_QUESTION] += 1;
}

void
worth_traits(const struct prose *p, float ret[WORTH_TRAITS])
{
	memset(ret, 0, WORTH_TRAITS * sizeof *ret);
	for (size_t i = 0; i < p->n; i++)
		note(p, i, ret);
	ret[WORTH_NUMBERS] = ret[WORTH_NUMBER] > 1 ? 1 : 0;
	ret[WORTH_NAMES] = ret[WORTH_NAME] > 1 ? 1 : 0;
	for (size_t i = 0; i < WORTH_TRAITS; i++)
		ret[i] = ret[i] > 0 ? 1 : 0;
	ret[WORTH_ALWAYS] = 1;
	ret[WORTH_SHORT] = p->n < SHORT ? 1 : 0;
	ret[WORTH_LENGTH] = fminf(1, (float)p->n / LONG);
}

static float
worth_of_sentence(const struct prose *p)
{
	float t[WORTH_TRAITS], sum = 0;

	worth_traits(p, t);
	for (size_t i = 0; i < WORTH_TRAITS; i++)
		sum += weights[i] * t[i];
	return 1 / (1 + expf(-sum));
}

float
worth_of(const struct prose *p)
{
	float most = 0;
	size_t from = 0;

	for (size_t i = 0; i < p->n; i++) {
		/* A stop before a small letter is an abbreviation's. */
		bool ends = i + 1 == p->n ||
		            (ends_sentence(p, i) && !p->v[i + 1].touches &&
		             (p->v[i + 1].kind != LEXEME_WORD || p->v[i + 1].capital));

		if (!ends)
			continue;
		most = fmaxf(most, worth_of_sentence(
		                       &(struct prose){ i + 1 - from, p->v + from }));
		from = i + 1;
	}
	return most;
}
