/*
 * The bar is drawn over itself: carriage return, line, erase to the end.  Time left
 * is what the bytes so far took, applied to those that remain.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

enum { BAR = 24, EVERY_MS = 100, FIRST_MS = 300 }; /* what is soon over needs no bar */

struct progress {
	const char *verb;
	uint64_t total;
	int64_t began, drawn; /* ms; drawn 0: nothing on the screen yet */
	bool visible;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct progress *
progress_open(const char *verb, uint64_t total, bool quiet)
{
	struct progress *p;

	if (quiet || !isatty(STDERR_FILENO) || (p = calloc(1, sizeof *p)) == NULL)
		return NULL;
	p->verb = verb;
	p->total = total;
	p->began = now_ms();
	return p;
}

static void
draw_bar(double share)
{
	int full = (int)(share * BAR + 0.5);

	fputs("  ", stderr);
	for (int i = 0; i < BAR; i++)
		fputs(i < full ? "█" : "░", stderr);
	fprintf(stderr, " %3d%%", (int)(share * 100));
}

static void
draw_time_left(double seconds)
{
	long s = (long)(seconds + 0.5);

	if (s >= 3600)
		fprintf(stderr, "  %ld:%02ld:%02ld left", s / 3600, s / 60 % 60, s % 60);
	else
		fprintf(stderr, "  %ld:%02ld left", s / 60, s % 60);
}

static void
draw(struct progress *p, uint64_t done, uint64_t articles, int64_t now)
{
	double seconds = (double)(now - p->began) / 1000;
	double share = p->total == 0 ? 0 : (double)done / (double)p->total;

	if (share > 1)
		share = 1;
	fputs("\r", stderr);
	if (p->total > 0)
		draw_bar(share);
	fprintf(stderr, "  %" PRIu64 " %s", articles, p->verb);
	if (seconds > 0.5)
		fprintf(stderr, "  %.3g/s", (double)articles / seconds);
	if (share > 0.01 && seconds > 1)
		draw_time_left(seconds * (1 - share) / share);
	fputs("\x1b[K", stderr);
	fflush(stderr);
	p->visible = true;
}

void
progress_step(struct progress *p, uint64_t done, uint64_t articles)
{
	int64_t now;

	if (p == NULL || (now = now_ms()) - p->drawn < EVERY_MS ||
	    now - p->began < FIRST_MS)
		return;
	draw(p, done, articles, now);
	p->drawn = now;
}

void
progress_hide(struct progress *p)
{
	if (p == NULL || !p->visible)
		return;
	fputs("\r\x1b[K", stderr);
	fflush(stderr);
	p->visible = false;
	p->drawn = 0; /* so that it is back with the next step */
}

void
progress_close(struct progress *p)
{
	progress_hide(p);
	free(p);
}
