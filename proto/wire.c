/*
 * The wire format.  This room alone knows protobuf-c: the rest of the program
 * sees struct wire_* and would not notice if the format changed.
 *
 *     wire.c          memory, versions, and the pieces that many messages have
 *     wire_article.c  what bodies hold: articles
 *     wire_result.c   ... and extractions
 *     wire_client.c wire_worker.c wire_broker.c   messages, by who sends them
 *     scan.c          whether an extraction can be read, without reading it
 *
 * Reading unpacks into the caller's arena, so a hostile message can cost no
 * more than the arena's cap, and then checks what types cannot: counts,
 * enums, missing parts, spans out of order.  Every text of a read message ends
 * at its first NUL; the article itself is bytes and keeps them.
 *
 * The numbers of the oneofs in hearsay.proto are the values of enum wire_*_what.
 */
#include <string.h>

#include "proto.h"

/* ------------------------------------------------------- memory and messages */

static void *
in_arena(void *arena, size_t size)
{
	return arena_raw(arena, size);
}

/* Arena memory goes all at once, with arena_reset. */
static void
keep(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

void *
proto_unpack(struct arena *a, const ProtobufCMessageDescriptor *type, struct bytes in)
{
	ProtobufCAllocator alloc = { .alloc = in_arena,
		                     .free = keep,
		                     .allocator_data = a };

	if (in.n > WIRE_MESSAGE_MAX)
		return NULL;
	return protobuf_c_message_unpack(type, &alloc, in.n, in.v);
}

struct bytes
proto_pack(struct arena *a, const void *message)
{
	size_t n = protobuf_c_message_get_packed_size(message);
	uint8_t *out = arena_raw(a, n + 1);

	return (struct bytes){ protobuf_c_message_pack(message, out), out };
}

/* A message of its type's initial value. */
void *
proto_make(struct arena *a, size_t size, const void *init)
{
	return memcpy(arena_raw(a, size), init, size);
}

/* A list of n pointers to messages, each of them initial. */
void *
proto_make_list(struct arena *a, size_t n, size_t size, const void *init)
{
	void **list = arena_raw(a, n * sizeof *list + 1);

	for (size_t i = 0; i < n; i++)
		list[i] = proto_make(a, size, init);
	return list;
}

char *
proto_text(const char *s)
{
	return (char *)(s == NULL ? "" : s);
}

enum err
proto_malformed(const char *what)
{
	return err_set(ERR_BAD_INPUT, "not a message of ours: %s", what);
}

enum err
proto_check_version(uint32_t version)
{
	if (version == WIRE_VERSION)
		return OK;
	return err_set(ERR_VERSION,
	               "it speaks version %u of the protocol, this program version %d",
	               version, WIRE_VERSION);
}

enum err
proto_check_count(size_t n)
{
	if (n <= WIRE_BATCH)
		return OK;
	return err_set(ERR_TOO_BIG, "%zu entries in one message; at most %d are taken", n,
	               WIRE_BATCH);
}

/* ------------------------------------------------------------ shared pieces */

struct body
proto_body_in(const Hearsay__Body *b)
{
	if (b == NULL)
		return (struct body){ 0 };
	return (struct body){ (enum coding)b->coding,
		              b->size,
		              { b->data.len, b->data.data } };
}

Hearsay__Body *
proto_body_out(struct arena *a, const struct body *b)
{
	Hearsay__Body *m = MAKE(a, Hearsay__Body, HEARSAY__BODY__INIT);

	m->coding = (Hearsay__Body__Coding)b->coding;
	m->size = b->size;
	m->data = (ProtobufCBinaryData){ b->data.n, (uint8_t *)b->data.v };
	return m;
}

enum err
proto_holds_in(struct arena *a, size_t n, Hearsay__Held **v, struct wire_holds *ret)
{
	enum err e = proto_check_count(n);

	if (e != OK)
		return e;
	ret->n = n;
	ret->v = arena_alloc(a, n * sizeof *ret->v);
	for (size_t i = 0; i < n; i++)
		ret->v[i] = (struct wire_held){ v[i]->job, v[i]->fence };
	return OK;
}

Hearsay__Held *
proto_held_out(struct arena *a, struct wire_held h)
{
	Hearsay__Held *m = MAKE(a, Hearsay__Held, HEARSAY__HELD__INIT);

	m->job = h.job;
	m->fence = h.fence;
	return m;
}

Hearsay__Held **
proto_holds_out(struct arena *a, const struct wire_holds *h)
{
	Hearsay__Held **list = arena_raw(a, h->n * sizeof *list + 1);

	for (size_t i = 0; i < h->n; i++)
		list[i] = proto_held_out(a, h->v[i]);
	return list;
}
