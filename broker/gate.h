#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "allow.h"
#include "err.h"
#include "keys.h"

/*
 * Who is let in.  CURVE proves that a peer has the key it says; whether that key may come
 * in is asked here, of three lists in one folder: DIR/clients, DIR/workers and DIR/admins
 * (who may do what clients may, and give orders).  The broker's own pair is DIR/broker.
 *
 *  1. Who is on no list of its door is not let in.
 *  2. A list that has changed is read again within a second (gate_look), and counts from
 *     then on; one that cannot be read whole is said to be wrong, and the old one counts
 *     until it is put right.  At the start there is no old one, so the broker does not
 * start.
 *
 * Pure but for the folder; the time is an argument.  One thread.
 */
enum { GATE_LOOK_MS = 250 };

enum { GATE_ADDRESS = 48 };

enum door { DOOR_CLIENTS, DOOR_WORKERS };

/* What a peer may do.  All zero: a stranger.  Copied, so that it outlives a list. */
struct pass {
	bool open;  /* no key is asked for at this door: it may everything */
	bool admin; /* may give orders */
	struct allowed who;
	char address[GATE_ADDRESS]; /* of another machine, from which it came; else "" */
};

struct gate;

/*
 * Makes the folder and the broker's pair when they are not there.  ERR_DENIED when others
 * can read the secret key, ERR_BAD_INPUT for a list with a wrong line, ERR_READ_ONLY,
 * ERR_IO.
 */
MUST_CHECK enum err gate_open(const char *dir, struct gate **ret);
void gate_close(struct gate *g); /* takes NULL */

const struct key_pair *gate_pair(const struct gate *g);

/* False, and a stranger's pass, for who is not let in.  The pass keeps its address. */
bool gate_admits(const struct gate *g, enum door door, const struct key *k,
                 struct pass *ret);

/* Read again what has changed.  True when anything has: who is in must be asked again. */
bool gate_look(struct gate *g, int64_t now_ms);

#endif
