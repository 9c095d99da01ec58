#ifndef FOUND_H
#define FOUND_H

#include "hearsay.h"

/* What was found in one article; whoever hands it out says how long the lists live. */
struct found {
	size_t n;
	const struct hearsay_attribution *v;
	size_t n_speakers;
	const struct hearsay_speaker *speakers;
	size_t n_claims;
	const struct hearsay_claim *claims;
};

/* That of a job: lists live as long as the job's. */
static inline struct found
found_in(const struct hearsay_job *job)
{
	return (struct found){ job->attributions_n, job->attributions, job->speakers_n,
		               job->speakers,       job->claims_n,     job->claims };
}

#endif
