#ifndef PROTO_H
#define PROTO_H

#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "proto/hearsay.pb-c.h"
#include "wire.h"

/*
 * What the files of this room share: protobuf-c's memory is an arena, its lists are
 * made in one call, and pieces that several messages have are turned about once.
 * Nothing outside proto/ includes this.  All of it is called inside arena_run.
 */

/* NULL for what is no such message, or has more than WIRE_MESSAGE_MAX bytes. */
void *proto_unpack(struct arena *a, const ProtobufCMessageDescriptor *type,
                   struct bytes in);
struct bytes proto_pack(struct arena *a, const void *message);

/* A message, and a list of n pointers to such, of their type's initial value. */
void *proto_make(struct arena *a, size_t size, const void *init);
void *proto_make_list(struct arena *a, size_t n, size_t size, const void *init);

#define MAKE(arena, type, init) proto_make((arena), sizeof(type), &(type)init)
#define MAKE_LIST(arena, n, type, init)                                                  \
	proto_make_list((arena), (n), sizeof(type), &(type)init)
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

char *proto_text(const char *s); /* "" for NULL; borrowed, not to be written to */

/* ERR_BAD_INPUT, "not a message of ours: " and what is wrong with it. */
enum err proto_malformed(const char *what);
enum err proto_check_version(uint32_t version); /* ERR_VERSION */
enum err proto_check_count(size_t n);           /* ERR_TOO_BIG over WIRE_BATCH */

struct body proto_body_in(const Hearsay__Body *b); /* NULL: an empty one */
Hearsay__Body *proto_body_out(struct arena *a, const struct body *b);
Hearsay__Held *proto_held_out(struct arena *a, struct wire_held h);
MUST_CHECK enum err proto_holds_in(struct arena *a, size_t n, Hearsay__Held **v,
                                   struct wire_holds *ret);
Hearsay__Held **proto_holds_out(struct arena *a, const struct wire_holds *h);

#endif
