/*
 * English endings, taken off every way that they may have been put on.
 */
#include "lemma.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of the alphabet. */
static const struct form {
	const char *form, *base;
} irregular[] = {
	{ "'m", "be" },
	{ "'re", "be" },
	{ "'ve", "have" },
	{ "am", "be" },
	{ "are", "be" },
	{ "aren't", "be" },
	{ "beaten", "beat" },
	{ "became", "become" },
	{ "been", "be" },
	{ "began", "begin" },
	{ "begun", "begin" },
	{ "being", "be" },
	{ "brought", "bring" },
	{ "built", "build" },
	{ "came", "come" },
	{ "did", "do" },
	{ "didn't", "do" },
	{ "does", "do" },
	{ "doesn't", "do" },
	{ "don't", "do" },
	{ "done", "do" },
	{ "fallen", "fall" },
	{ "fell", "fall" },
	{ "felt", "feel" },
	{ "forbade", "forbid" },
	{ "forbidden", "forbid" },
	{ "foresaw", "foresee" },
	{ "foreseen", "foresee" },
	{ "forgot", "forget" },
	{ "forgotten", "forget" },
	{ "fought", "fight" },
	{ "found", "find" },
	{ "gave", "give" },
	{ "given", "give" },
	{ "gone", "go" },
	{ "got", "get" },
	{ "had", "have" },
	{ "hadn't", "have" },
	{ "has", "have" },
	{ "hasn't", "have" },
	{ "haven't", "have" },
	{ "heard", "hear" },
	{ "held", "hold" },
	{ "is", "be" },
	{ "isn't", "be" },
	{ "kept", "keep" },
	{ "knew", "know" },
	{ "known", "know" },
	{ "laid", "lay" },
	{ "learnt", "learn" },
	{ "led", "lead" },
	{ "left", "leave" },
	{ "lost", "lose" },
	{ "made", "make" },
	{ "meant", "mean" },
	{ "met", "meet" },
	{ "misled", "mislead" },
	{ "paid", "pay" },
	{ "pled", "plead" },
	{ "rang", "ring" },
	{ "rose", "rise" },
	{ "said", "say" },
	{ "sang", "sing" },
	{ "sat", "sit" },
	{ "saw", "see" },
	{ "seen", "see" },
	{ "sent", "send" },
	{ "shot", "shoot" },
	{ "shown", "show" },
	{ "sold", "sell" },
	{ "sought", "seek" },
	{ "spent", "spend" },
	{ "spoke", "speak" },
	{ "spoken", "speak" },
	{ "stood", "stand" },
	{ "swore", "swear" },
	{ "sworn", "swear" },
	{ "taken", "take" },
	{ "taught", "teach" },
	{ "thought", "think" },
	{ "threw", "throw" },
	{ "thrown", "throw" },
	{ "told", "tell" },
	{ "took", "take" },
	{ "understood", "understand" },
	{ "was", "be" },
	{ "wasn't", "be" },
	{ "went", "go" },
	{ "were", "be" },
	{ "weren't", "be" },
	{ "won", "win" },
	{ "wound", "wind" },
	{ "written", "write" },
	{ "wrote", "write" },
};

static int
by_form(const void *key, const void *entry)
{
	return strcmp(key, ((const struct form *)entry)->form);
}

struct endings {
	size_t n;
	char (*v)[LEXEME_LETTERS];
};

/* The first n letters of low, and more behind them. */
static void
add(struct endings *e, const char *low, size_t n, const char *more)
{
	if (e->n < LEMMAS)
		snprintf(e->v[e->n++], LEXEME_LETTERS, "%.*s%s", (int)n, low, more);
}

static bool
ends(const char *low, size_t n, const char *with)
{
	size_t k = strlen(with);

	return n > k + 1 && memcmp(low + n - k, with, k) == 0;
}

/* Rebutted, begging: the last letter came twice. */
static bool
doubled(const char *low, size_t n)
{
	return n > 3 && low[n - 1] == low[n - 2] && strchr("aeiou", low[n - 1]) == NULL;
}

static void
without_past(struct endings *e, const char *low, size_t n)
{
	if (ends(low, n, "ied"))
		add(e, low, n - 3, "y");
	add(e, low, n - 2, "");
	add(e, low, n - 1, "");
	if (doubled(low, n - 2))
		add(e, low, n - 3, "");
}

static void
without_ing(struct endings *e, const char *low, size_t n)
{
	add(e, low, n - 3, "");
	add(e, low, n - 3, "e");
	if (doubled(low, n - 3))
		add(e, low, n - 4, "");
}

static void
without_s(struct endings *e, const char *low, size_t n)
{
	if (ends(low, n, "ies"))
		add(e, low, n - 3, "y");
	if (ends(low, n, "es"))
		add(e, low, n - 2, "");
	add(e, low, n - 1, "");
}

size_t
lemma_of(const char *low, char ret[LEMMAS][LEXEME_LETTERS])
{
	struct endings e = { 0, ret };
	size_t n = strlen(low);
	const struct form *f =
	    bsearch(low, irregular, sizeof irregular / sizeof *irregular,
	            sizeof *irregular, by_form);

	add(&e, low, n, "");
	if (f != NULL)
		add(&e, f->base, strlen(f->base), "");
	else if (ends(low, n, "ed"))
		without_past(&e, low, n);
	else if (ends(low, n, "ing"))
		without_ing(&e, low, n);
	else if (ends(low, n, "s"))
		without_s(&e, low, n);
	return e.n;
}
