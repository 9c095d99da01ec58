/*
 * Backups as clients ask for them: begun, waited for, fetched piece by piece.  No name of
 * a file comes from outside, and there is one at a time: while it is fetched a second is
 * put off; when nobody asks for its next piece any more it goes.
 */
#include <sodium.h>
#include <string.h>

#include "broker/backup.h"
#include "broker/state.h"
#include "log.h"

enum { PIECE = 1 << 20, FORGET_MS = 60000, BUSY_MS = 1000 };

static void
refuse(struct broker *b, const struct peer_id *to, const struct wire_client *m,
       enum wire_refusal_code code, const char *why)
{
	struct wire_broker answer = { .request = m->request, .what = WIRE_REFUSAL };

	answer.refusal.code = code;
	answer.refusal.reason = arena_text(b->arena, why, strlen(why));
	answer.refusal.retry_after_ms = code == WIRE_REFUSAL_BUSY ? BUSY_MS : 0;
	broker_answer(b, PORT_CLIENTS, to, &answer);
}

static void
end(struct broker *b)
{
	backup_stop(b->backup);
	b->backup = NULL;
}

/* False when it has been refused. */
static bool
begin(struct broker *b, const struct peer_id *from, const struct wire_client *m)
{
	uint64_t spare = (uint64_t)b->set->min_free;

	if (b->backup != NULL) {
		refuse(b, from, m, WIRE_REFUSAL_BUSY, "another backup is under way");
		return false;
	}
	if (backup_start(b->set->data, folder_room(b->folder), spare, &b->backup) != OK) {
		refuse(b, from, m, WIRE_REFUSAL_OTHER, err_text());
		return false;
	}
	randombytes_buf(&b->backup_token, sizeof b->backup_token);
	b->backup_token |= 1; /* 0 is none */
	log_info("backup state=begun");
	return true;
}

static enum err
send_piece(struct broker *b, const struct peer_id *from, const struct wire_client *m)
{
	const struct backup_progress p = backup_look(b->backup);
	struct wire_broker answer = { .request = m->request, .what = WIRE_BACKUP_PART };
	uint8_t *piece = NULL;
	size_t n = 0;
	enum err e;

	if (p.state == BACKUP_READY) {
		piece = arena_raw(b->arena, PIECE);
		e = backup_read(b->backup, m->backup.offset, piece, PIECE, &n);
		if (e != OK) {
			refuse(b, from, m, WIRE_REFUSAL_OTHER, err_text());
			return OK;
		}
	}
	answer.backup = (struct wire_backup){ .token = b->backup_token,
		                              .ready = p.state == BACKUP_READY,
		                              .copied = p.copied,
		                              .size = p.size,
		                              .offset = m->backup.offset,
		                              .data = { n, piece } };
	broker_answer(b, PORT_CLIENTS, from, &answer);
	if (p.state == BACKUP_READY && n == 0) {
		log_info("backup state=fetched size=%llu", (unsigned long long)p.size);
		end(b);
	}
	return OK;
}

enum err
copies_take(struct broker *b, const struct peer_id *from, const struct wire_client *m)
{
	if (m->backup.token == 0) {
		if (!begin(b, from, m))
			return OK;
	} else if (b->backup == NULL || m->backup.token != b->backup_token) {
		refuse(b, from, m, WIRE_REFUSAL_OTHER,
		       "this backup is not there any more: begin anew");
		return OK;
	}
	b->backup_asked_ms = b->served_ms;
	if (backup_look(b->backup).state == BACKUP_FAILED) {
		refuse(b, from, m, WIRE_REFUSAL_OTHER, backup_why(b->backup));
		log_error("backup state=failed reason=\"%s\"", backup_why(b->backup));
		end(b);
		return OK;
	}
	return send_piece(b, from, m);
}

void
copies_tell_time(struct broker *b)
{
	if (b->backup == NULL || b->served_ms - b->backup_asked_ms < FORGET_MS)
		return;
	log_warn("backup state=forgotten reason=\"nobody fetched it\"");
	end(b);
}

void
copies_close(struct broker *b)
{
	end(b);
}
