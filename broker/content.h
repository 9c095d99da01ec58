#ifndef CONTENT_H
#define CONTENT_H

#include <stdint.h>

#include "arena.h"
#include "body.h"
#include "broker/store.h"

/*
 * What is inside the bodies that peers send.  The broker keeps them as they
 * came; it looks inside once, on arrival, so that nothing damaged is kept.
 *
 * The scratch arena is emptied; it is another than the caller runs in.
 */

/*
 * An article with text, and the hash of that.  ERR_BAD_INPUT, ERR_TOO_BIG or
 * ERR_EMPTY with a sentence for the sender.
 */
MUST_CHECK enum err content_article(struct arena *scratch, const struct body *body,
                                    uint8_t ret_hash[STORE_HASH]);

MUST_CHECK enum err content_extraction(struct arena *scratch, const struct body *body);

/*
 * Words of a peer for logs and the store: one line of UTF-8 without control
 * characters, cut with "..." to size - 1 bytes.
 */
void content_words(const char *from, char *ret, size_t size);

/* Whether it may name a job, tenant or article: short, UTF-8, no control characters. */
bool content_is_name(const char *text, size_t max);

#endif
