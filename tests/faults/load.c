/*
 * The honest producer of the fault tests, and their judge.
 *
 *   load put ENDPOINT RECEIPTS FIRST N BATCH PATIENCE_MS
 *       Submits stories FIRST to FIRST + N - 1; each receipt is a line "NUMBER JOB"
 *       in RECEIPTS before anything else is done.  What fails is tried again until
 *       nothing has succeeded for so long.
 *   load check ENDPOINT RECEIPTS PATIENCE_MS
 *       Waits until every story that has a receipt has ended, reads all of them and
 *       their answers back, and follows the log of ends from its beginning.  Prints
 *       acknowledged, lost, doubled and corrupt (and what is dead or still waits).
 *       Fails unless all but the first are zero.
 *
 * A receipt is believed whenever it comes: there is no moment after which a
 * broker may acknowledge what it does not have.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hearsay.h"
#include "tests/faults/story.h"

enum { BATCH_MAX = 256, KEY = 32, STORIES_MAX = 1 << 22 };

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, hearsay_error_text());
	exit(EXIT_FAILURE);
}

static struct hearsay *
line_to(const char *endpoint, int64_t patience_ms)
{
	const struct hearsay_options o = { .connect_ms = (int)patience_ms,
		                           .timeout_ms = (int)patience_ms };
	struct hearsay *h = NULL;

	if (hearsay_open(endpoint, &o, &h) != HEARSAY_OK)
		die("open");
	return h;
}

/* ------------------------------------------------------------------------ put */

struct putting {
	struct hearsay *h;
	int receipts;
	uint64_t refused;
	char text[BATCH_MAX][STORY_MAX], key[BATCH_MAX][KEY];
};

static void
keep(struct putting *p, uint64_t number, const struct hearsay_receipt *r)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64 "\n", number, r->job);

	if (r->status != HEARSAY_ACCEPTED && r->status != HEARSAY_EXISTS)
		p->refused++;
	else if (write(p->receipts, line, (size_t)n) != n)
		die("receipts");
}

static enum hearsay_error
put(struct putting *p, uint64_t first, size_t n)
{
	struct hearsay_article v[BATCH_MAX] = { 0 };
	struct hearsay_receipt receipts[BATCH_MAX];
	enum hearsay_error e;

	for (size_t i = 0; i < n; i++) {
		snprintf(p->key[i], KEY, "story-%" PRIu64, first + i);
		v[i].key = p->key[i];
		v[i].text = p->text[i];
		v[i].text_size = story_text(first + i, p->text[i]);
	}
	e = hearsay_submit(p->h, v, n, receipts);
	for (size_t i = 0; e == HEARSAY_OK && i < n; i++)
		keep(p, first + i, &receipts[i]);
	return e;
}

static int
put_all(char *argv[])
{
	static struct putting p;
	uint64_t first = strtoull(argv[4], NULL, 10), n = strtoull(argv[5], NULL, 10);
	size_t batch = strtoull(argv[6], NULL, 10);
	int64_t patience = atoll(argv[7]), since = now_ms();

	p.h = line_to(argv[2], patience);
	p.receipts = open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (p.receipts < 0 || batch < 1 || batch > BATCH_MAX)
		die(argv[3]);
	while (n > 0 && now_ms() - since < patience) {
		size_t here = n < batch ? n : batch;

		uint64_t refused = p.refused;
		if (put(&p, first, here) != HEARSAY_OK)
			continue;
		if (p.refused - refused < here)
			since = now_ms();
		first += here;
		n -= here;
	}
	printf("load: %" PRIu64 " not submitted, %" PRIu64 " refused; %s\n", n, p.refused,
	       n > 0 ? hearsay_error_text() : "all asked for");
	hearsay_close(p.h);
	return EXIT_SUCCESS;
}

/* ---------------------------------------------------------------------- check */

struct judge {
	uint64_t *job;       /* by story; 0: no receipt */
	unsigned char *ends; /* by story: how often it was told as done */
	uint64_t top, acknowledged, lost, doubled, corrupt, dead, done;
	uint64_t last; /* sequence to which ends are told */
};

static void
read_receipts(struct judge *j, const char *path)
{
	uint64_t number, job;
	FILE *f = fopen(path, "r");

	j->job = calloc(STORIES_MAX, sizeof *j->job);
	j->ends = calloc(STORIES_MAX, 1);
	if (f == NULL || j->job == NULL || j->ends == NULL)
		die(path);
	while (fscanf(f, "%" SCNu64 " %" SCNu64, &number, &job) == 2) {
		if (number >= STORIES_MAX)
			die("story number");
		j->acknowledged += j->job[number] == 0;
		if (j->job[number] != 0 && j->job[number] != job)
			j->doubled++; /* one story, two jobs */
		j->job[number] = job;
		if (number >= j->top)
			j->top = number + 1;
	}
	fclose(f);
}

static bool
span_is(struct hearsay_spans s, uint32_t begin, uint32_t end)
{
	return s.n == 1 && s.v[0].begin == begin && s.v[0].end == end;
}

static bool
is_right(const struct hearsay_job *job, uint64_t number)
{
	char text[STORY_MAX];
	size_t n = story_text(number, text);
	struct story_answer want = story_answer(text, n);
	const struct hearsay_attribution *a = job->attributions;

	return job->has_article && job->article.text_size == n &&
	       memcmp(job->article.text, text, n) == 0 && job->attributions_n == 1 &&
	       strcmp(job->model, STORY_MODEL) == 0 &&
	       span_is(a->source, want.source_begin, want.source_end) &&
	       span_is(a->content, want.content_begin, want.content_end) &&
	       a->confidence == want.confidence;
}

static bool
judge_one(void *arg, const struct hearsay_job *job)
{
	struct judge *j = arg;
	uint64_t number = strtoull(job->key + strlen("story-"), NULL, 10);

	if (job->state == HEARSAY_UNKNOWN)
		j->lost++;
	else if (number >= j->top || job->id != j->job[number])
		j->doubled++; /* its key is another job's now */
	else if (job->state == HEARSAY_DONE)
		j->corrupt += !is_right(job, number), j->done++;
	else
		j->dead += job->state == HEARSAY_DEAD;
	return true;
}

static void
judge_all(struct judge *j, struct hearsay *h)
{
	static char key[BATCH_MAX][KEY];
	struct hearsay_reference v[BATCH_MAX] = { 0 };
	size_t n = 0;

	for (uint64_t i = 0; i < j->top; i++) {
		if (j->job[i] != 0) {
			snprintf(key[n], KEY, "story-%" PRIu64, i);
			v[n].key = key[n];
			n++;
		}
		if (n > 0 && (n == BATCH_MAX || i + 1 == j->top)) {
			enum hearsay_error e =
			    hearsay_wait(h, v, n, HEARSAY_WITH_BOTH, judge_one, j);

			if (e != HEARSAY_OK)
				fprintf(stderr, "load: %s\n", hearsay_error_text());
			n = 0;
		}
	}
}

static bool
count_end(void *arg, const struct hearsay_job *job)
{
	struct judge *j = arg;
	bool ours = strncmp(job->key, "story-", strlen("story-")) == 0;
	uint64_t number = ours ? strtoull(job->key + strlen("story-"), NULL, 10) : 0;

	if (ours && number < STORIES_MAX && job->state == HEARSAY_DONE &&
	    j->ends[number]++ > 0)
		j->doubled++;
	return job->sequence < j->last;
}

static void
count_ends(struct judge *j, struct hearsay *h)
{
	struct hearsay_stats stats = { 0 };

	if (hearsay_stats(h, &stats) != HEARSAY_OK)
		die("stats");
	j->last = stats.sequence;
	if (j->last > 0 &&
	    hearsay_watch(h, 0, HEARSAY_WITH_STATE, count_end, j) != HEARSAY_OK)
		die("watch");
}

static int
check_all(char *argv[])
{
	static struct judge j;
	struct hearsay *h = line_to(argv[2], atoll(argv[4]));

	read_receipts(&j, argv[3]);
	judge_all(&j, h);
	count_ends(&j, h);
	uint64_t waits = j.acknowledged - j.lost - j.dead - j.done;
	printf("acknowledged=%" PRIu64 " lost=%" PRIu64 " doubled=%" PRIu64
	       " corrupt=%" PRIu64 " dead=%" PRIu64 " waiting=%" PRIu64 "\n",
	       j.acknowledged, j.lost, j.doubled, j.corrupt, j.dead, waits);
	hearsay_close(h);
	free(j.job);
	free(j.ends);
	return j.lost + j.doubled + j.corrupt + j.dead + waits == 0 ? EXIT_SUCCESS
	                                                            : EXIT_FAILURE;
}

int
main(int argc, char *argv[])
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 8 && strcmp(argv[1], "put") == 0)
		return put_all(argv);
	if (argc == 5 && strcmp(argv[1], "check") == 0)
		return check_all(argv);
	fprintf(stderr, "usage: load put ENDPOINT RECEIPTS FIRST N BATCH PATIENCE_MS\n"
	                "       load check ENDPOINT RECEIPTS PATIENCE_MS\n");
	return 2;
}
