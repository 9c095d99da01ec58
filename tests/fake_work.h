#ifndef FAKE_WORK_H
#define FAKE_WORK_H

#include <check.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "worker/pool.h"

/*
 * In place of the engine: finds one attribution, whose content is the whole
 * text.  The text tells what else to do: "slow" takes 50 ms, "wait" waits for
 * the gate, "nomem" and "huge" fail.
 */
static struct fake {
	atomic_bool gate;
	atomic_int begun, scratches;
	int scratch_limit;
} fake;

static void
sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static enum err
scratch_open(void *shared, void **ret)
{
	struct fake *f = shared;

	if (f->scratch_limit > 0 && f->scratches >= f->scratch_limit)
		return err_set(ERR_NOMEM, "no scratch");
	f->scratches++;
	*ret = f;
	return OK;
}

static void
scratch_close(void *scratch)
{
	struct fake *f = scratch;

	f->scratches--;
}

static bool
begins(struct bytes text, const char *word)
{
	return text.n >= strlen(word) && memcmp(text.v, word, strlen(word)) == 0;
}

static enum err
extract(void *shared, void *scratch, struct arena *a, const struct wire_article *article,
        struct extraction *ret)
{
	struct fake *f = shared;
	struct bytes text = article->text;

	ck_assert_ptr_eq(scratch, shared);
	f->begun++;
	if (begins(text, "slow"))
		sleep_ms(50);
	while (begins(text, "wait") && !f->gate)
		sleep_ms(1);
	if (begins(text, "nomem"))
		return err_set(ERR_NOMEM, "line one\nline two \x1b[2J caf\xc3\xa9 \xc3");
	if (begins(text, "huge"))
		(void)arena_raw(a, SIZE_MAX / 2);
	if (text.n == 0)
		return err_set(ERR_EMPTY, "no text");
	ret->model = "fake-1";
	ret->n = 1;
	ret->v = arena_alloc(a, sizeof ret->v[0]);
	ret->v[0].parent = ret->v[0].speaker = NO_INDEX;
	ret->v[0].content.n = 1;
	ret->v[0].content.v = arena_alloc(a, sizeof(struct span));
	ret->v[0].content.v[0] = (struct span){ 0, (uint32_t)text.n };
	return OK;
}

static const struct work fake_work = { .shared = &fake,
	                               .scratch_open = scratch_open,
	                               .scratch_close = scratch_close,
	                               .extract = extract };

#endif
