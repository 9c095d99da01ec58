/*
 * hearsay purge: articles by a selection, deleted with all that belongs to them.
 * (Those that are named by key go as an order to each: cmd_dead.c.)
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "jobs.h"
#include "order.h"

enum { WORD = 16 };

const struct conf_option purge_options[] = {
	{ "state", 0, CONF_TEXT, offsetof(struct settings, states), "STATES",
	  "all in one of these: ready, delayed, done, dead, cancelled" },
	{ "older", 0, CONF_DURATION, offsetof(struct settings, older_ms), "TIME",
	  "with --state: that ended, or else came, so long ago", .standard = "0s" },
	{ "reason", 0, CONF_TEXT, offsetof(struct settings, reason), "WORDS",
	  "with --state: those in whose reason WORDS stand" },
	{ "all-tenants", 0, CONF_FLAG, offsetof(struct settings, all_tenants), NULL,
	  "with --state: everybody's, not only --tenant's" },
	{ "by-id", 0, CONF_FLAG, offsetof(struct settings, by_id), NULL,
	  "the words are the broker's numbers of jobs, not keys" },
	{ "all-from", 0, CONF_TEXT, offsetof(struct settings, all_from), "FILE",
	  "also the keys in FILE, one a line" },
	{ 0 },
};

/* One word of the list, as a bit. */
static enum err
state_bit(const char *word, size_t n, unsigned *ret)
{
	for (int st = HEARSAY_READY; st <= HEARSAY_CANCELLED; st++) {
		const char *name = hearsay_state_name((enum hearsay_state)st);

		if (st != HEARSAY_LEASED && strlen(name) == n &&
		    memcmp(name, word, n) == 0) {
			*ret |= 1u << st;
			return OK;
		}
	}
	return err_set(ERR_USAGE,
	               "--state %.*s: wants ready, delayed, done, dead or cancelled, or "
	               "more of them with commas",
	               (int)(n < WORD ? n : WORD), word);
}

static enum err
read_states(const char *list, unsigned *ret)
{
	enum err e = OK;

	*ret = 0;
	for (size_t n; e == OK; list += n + 1) {
		n = strcspn(list, ",");
		e = state_bit(list, n, ret);
		if (list[n] == '\0')
			break;
	}
	return e;
}

static enum err
purge_all(const struct settings *s)
{
	struct hearsay_selection which = { .reason = s->reason,
		                           .all_tenants = s->all_tenants };
	int64_t now_ms = (int64_t)time(NULL) * 1000;
	struct hearsay *h = NULL;
	uint64_t n = 0;
	enum err e;

	if (s->older_ms > 0)
		which.before_ms = (uint64_t)(now_ms - s->older_ms);
	if ((e = read_states(s->states, &which.states)) != OK ||
	    (e = open_broker(s, &h)) != OK ||
	    (e = (enum err)hearsay_order_all(h, HEARSAY_PURGE, &which, &n)) != OK)
		complain(e);
	else if (s->json)
		printf("{\"purged\":%" PRIu64 "}\n", n);
	else
		printf("%" PRIu64 " purged\n", n);
	hearsay_close(h);
	return e;
}

enum err
cmd_purge(const struct settings *s, char *const *words)
{
	bool some = *words != NULL || s->all_from != NULL;

	if (some == (s->states != NULL))
		return complain(err_set(ERR_USAGE, "either keys, or --state"));
	if (some && (s->reason != NULL || s->all_tenants || s->older_ms > 0))
		return complain(err_set(
		    ERR_USAGE, "--older, --reason and --all-tenants go with --state"));
	return some ? order_words(s, HEARSAY_PURGE, words) : purge_all(s);
}
