/*
 * The terms of an article, in words.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf.h"
#include "terms.h"

enum { PRIORITY_MAX = 9, ATTEMPTS_MAX = 1000, LEASE_MIN_MS = 100, DAY_MS = 86400000 };

static enum err
whole_number(const char *words, long least, long most, long *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(words, &end, 10);
	if (end == words || *end != '\0' || errno != 0 || *ret < least || *ret > most)
		return err_set(ERR_USAGE, "\"%.40s\" is not a number from %ld to %ld",
		               words, least, most);
	return OK;
}

static enum err
set_priority(struct terms *t, const char *words)
{
	long n = 0;
	enum err e = whole_number(words, -PRIORITY_MAX, PRIORITY_MAX, &n);

	if (e == OK)
		t->priority = (int)n;
	return e;
}

static enum err
set_attempts(struct terms *t, const char *words)
{
	long n = 0;
	enum err e = whole_number(words, 1, ATTEMPTS_MAX, &n);

	if (e == OK)
		t->attempts = (uint32_t)n;
	return e;
}

static enum err
set_delay(struct terms *t, const char *words)
{
	int64_t ms = 0;
	enum err e = conf_duration(words, &ms);

	if (e == OK)
		t->delay_ms = (uint64_t)ms;
	return e;
}

static enum err
set_lease(struct terms *t, const char *words)
{
	int64_t ms = 0;
	enum err e = conf_duration(words, &ms);

	if (e == OK && (ms < LEASE_MIN_MS || ms > DAY_MS))
		e = err_set(ERR_USAGE, "\"%.40s\" is not a time from 100ms to 1d", words);
	if (e == OK)
		t->lease_ms = (uint32_t)ms;
	return e;
}

/* Seconds east of Greenwich: "Z", "+02:00". */
static bool
zone(const char *s, long *ret)
{
	int sign = *s == '-' ? -1 : 1;
	char *end;
	long h, m;

	*ret = 0;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return true;
	if ((*s != '+' && *s != '-') || strlen(s) != 6 || s[3] != ':')
		return false;
	h = strtol(s + 1, &end, 10);
	if (end != s + 3)
		return false;
	m = strtol(s + 4, &end, 10);
	*ret = sign * (h * 3600 + m * 60);
	return *end == '\0' && h >= 0 && h < 24 && m >= 0 && m < 60;
}

/* RFC 3339, parts of a second left out. */
static enum err
set_date(struct terms *t, const char *words)
{
	struct tm tm = { 0 };
	const char *end = strptime(words, "%Y-%m-%d%t", &tm);
	long east = 0;

	if (end != NULL && (*end == 'T' || *end == 't'))
		end++;
	if (end != NULL)
		end = strptime(end, "%H:%M:%S", &tm);
	if (end == NULL || !zone(end, &east) || tm.tm_year < 70)
		return err_set(ERR_USAGE,
		               "\"%.40s\" is no date: one is such as "
		               "2026-03-28T17:00:00Z or 2026-03-28T17:00:00+01:00",
		               words);
	t->not_before_ms = (uint64_t)(timegm(&tm) - east) * 1000;
	return OK;
}

const char *const terms_names[] = { "priority", "not_before", "delay",
	                            "lease",    "attempts",   NULL };

enum err
terms_set(struct terms *t, const char *name, const char *words)
{
	static enum err (*const set[])(struct terms *, const char *) = {
		set_priority, set_date, set_delay, set_lease, set_attempts
	};

	for (int i = 0; terms_names[i] != NULL; i++)
		if (strcmp(terms_names[i], name) == 0)
			return set[i](t, words);
	return err_set(ERR_USAGE, "\"%.40s\" is none of an article's terms", name);
}

void
terms_complete(struct terms *t, const struct terms *usual)
{
	if (t->priority == 0)
		t->priority = usual->priority;
	if (t->not_before_ms == 0 && t->delay_ms == 0) {
		t->not_before_ms = usual->not_before_ms;
		t->delay_ms = usual->delay_ms;
	}
	if (t->lease_ms == 0)
		t->lease_ms = usual->lease_ms;
	if (t->attempts == 0)
		t->attempts = usual->attempts;
}
