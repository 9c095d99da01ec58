#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "found.h"

/*
 * The lines of --json, one an article, described in hearsay(1).  They are valid JSON
 * whatever the texts hold (bytes that are not UTF-8 become U+FFFD), and the same
 * content gives the same bytes.
 */

/* "text" in quotes. */
void json_text(FILE *out, const char *text);

/* {"id":...,"model":...,"attributions":[...],"speakers":[...],"claims":[...]} */
void json_extraction(FILE *out, const char *id, const char *model,
                     const struct found *found);

/*
 * The same with "key" and "state" after the id, and with "sequence" if asked for.  A
 * job without an extraction has "attempts", and "reason" if there is one, instead.
 */
void json_job(FILE *out, const struct hearsay_job *job, bool with_sequence);

/* A dead letter: with its tenant, number and last worker. */
void json_dead(FILE *out, const struct hearsay_job *job);

/* Why it stands where it stands. */
void json_why(FILE *out, const struct hearsay_job *job);

#endif
