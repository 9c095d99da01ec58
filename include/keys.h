#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Keys of CurveZMQ (Curve25519): who a program is on the network, and which broker it
 * means.  A pair is two files: FILE, "hearsay-secret-key HEX", for its owner's eyes
 * alone; and FILE.pub, "hearsay-public-key HEX", which is handed to the other side.
 * Hexadecimal, since ZeroMQ's own letters for keys (Z85) mean things to a shell.
 */
enum { KEY_BYTES = 32, KEY_TEXT = 2 * KEY_BYTES + 1 };

struct key {
	uint8_t v[KEY_BYTES];
};

struct key_pair {
	struct key secret, public;
};

/* Lower case, with its '\0'. */
void key_text(const struct key *k, char ret[KEY_TEXT]);

/* n characters of hexadecimal, either case; false for anything else. */
bool key_parse(const char *text, size_t n, struct key *ret);

bool key_equal(const struct key *a, const struct key *b);

/*
 * A new pair, durable in path and path.pub before this returns.  ERR_CONFLICT when one of
 * them is there already (it is left as it is); ERR_IO, ERR_READ_ONLY.
 */
MUST_CHECK enum err keys_make(const char *path, struct key_pair *ret);

/*
 * The pair of a secret key's file.  ERR_NOT_FOUND; ERR_DENIED when others may read it;
 * ERR_BAD_INPUT when it is no such file (say, the public one).
 */
MUST_CHECK enum err keys_read_secret(const char *path, struct key_pair *ret);

/* A public key, as people name it: in hexadecimal, or the file where it stands. */
MUST_CHECK enum err keys_read_public(const char *word, struct key *ret);

/* What a program needs on its side of a line: who it is, and whom it means. */
struct key_line {
	bool used; /* false: a line without keys, to a broker on this machine */
	struct key_pair own;
	struct key broker;
};

/*
 * From the settings, for the i-th of our brokers: the file of our secret key, and the
 * brokers' public keys (or their files), with commas between them, or one for all.  Both
 * empty or NULL: a line without keys.  ERR_USAGE for one without the other.
 */
MUST_CHECK enum err keys_line(const char *secret_key, const char *broker_keys, size_t i,
                              struct key_line *ret);

#endif
