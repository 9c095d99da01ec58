#ifndef GOLD_ACCEPT_H
#define GOLD_ACCEPT_H

#include "gold_trial.h"

/*
 * Rewrites one file of tests/gold/ so that its misses and extras say what was found in
 * trials [0..n), which are of all of its articles in their order.  What must be stays as
 * it is; so does a person's reason for a miss that is still one.  A reason that begins
 * with "finds: " was written here and is written anew.  Returns whether the file changed;
 * ends the program when the file cannot be read or written.
 */
bool gold_accept(const char *path, const struct gold_trial *trials, size_t n);

/*
 * The same behind gold_accept, with trials of the same engine on a machine that rounds in
 * another way: what differs from the file wavers from now on.
 */
bool gold_accept_wavering(const char *path, const struct gold_trial *trials, size_t n);

#endif
