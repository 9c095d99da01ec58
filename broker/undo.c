/*
 * A turn that could not be committed, and yet is not the broker's end: the disk is full,
 * or an article stands on a damaged page.  The turn is undone as if no message of it had
 * come; who is owed an answer is asked to come again, and workers to say anew what they
 * hold, since what is in memory may be of the turn that is no more.
 *
 *  1. Nothing of an undone turn has left: its letters are forgotten (SERVICE 1, 2).
 *  2. While the disk is full nothing is changed: what changes anything is put off, what
 *     only reads is answered, and no lease runs out.
 *  3. A failed sync is never undone: what the disk has is not known then (SERVICE 1).
 */
#include <inttypes.h>

#include "broker/state.h"
#include "log.h"

enum { TRY_MS = 500, ROOM = 1 << 20, FULL_MS = 2000 };

static const char full[] = "the broker's disk is full: make room there";

/* ------------------------------------------------------------------- undoing */

/* Leases as the store has them, without their workers, who are yet to say hello. */
static enum err
find_leases(struct broker *b)
{
	struct leases *anew = leases_new();

	if (anew == NULL)
		return err_set(ERR_NOMEM, "no memory for the leases");
	leases_free(b->leases);
	b->leases = anew;
	return broker_take_up(b);
}

static enum err
put_off(void *arg)
{
	struct broker *b = arg;

	clients_put_off(b, b->full ? full : "try again", b->full ? FULL_MS : 1);
	workers_put_off(b);
	return OK;
}

static void
note_full(struct broker *b)
{
	b->full_tried_ms = b->read_ms;
	if (b->full)
		return;
	b->full = b->no_room = true;
	log_error("disk_full free=%" PRIu64
	          " hint=\"make room: until then articles are refused, and workers keep "
	          "what they have found\"",
	          folder_room(b->folder));
}

enum err
undo_turn(struct broker *b, enum err why)
{
	enum err e = store_undo(b->store);

	if (e == OK && why == ERR_FULL)
		note_full(b);
	if (e == OK)
		e = find_leases(b);
	if (e != OK)
		return e;
	b->next_due_ms = b->steady_ms;
	if ((e = arena_run(b->arena, put_off, b)) == ERR_TOO_BIG)
		e = err_set(ERR_NOMEM, "no memory to tell who waits");
	if (e == OK)
		broker_send(b);
	return e;
}

/* ----------------------------------------------------------------- a full disk */

enum err
undo_look_for_room(struct broker *b)
{
	if (!b->full || b->read_ms - b->full_tried_ms < TRY_MS)
		return OK;
	b->full_tried_ms = b->read_ms;
	if (folder_room(b->folder) < ROOM || !store_has_room(b->store))
		return OK;
	b->full = false;
	log_info("disk_has_room free=%" PRIu64, folder_room(b->folder));
	return find_leases(b);
}

bool
undo_refuses(struct broker *b, enum port port, const struct peer_id *from)
{
	const struct wire_broker m = { .what = WIRE_REFUSAL,
		                       .refusal = { .code = WIRE_REFUSAL_BUSY,
		                                    .reason = full,
		                                    .retry_after_ms = FULL_MS } };

	if (!b->full || port != PORT_WORKERS)
		return false;
	broker_answer(b, port, from, &m);
	return true;
}
