/*
 * bench_token VOCABULARY FILE ...          words and bytes a second of the tokenizer
 * alone bench_token --print VOCABULARY FILE ...  a line a file: id:begin:end:case of
 * every piece, case -1 unless the piece begins a word
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "worker/engine/token.h"

static char *
read_file(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	char *v = NULL;
	size_t n = 0, got = 1;

	if (f == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while (got > 0) {
		v = realloc(v, n + (1 << 20));
		if (v == NULL)
			abort();
		n += got = fread(v + n, 1, 1 << 20, f);
	}
	fclose(f);
	*ret_n = n;
	return v;
}

struct job {
	const struct vocabulary *vocabulary;
	struct arena *arena;
	const char *text;
	size_t n, repeat, words;
	bool print;
};

static void
print(const struct tokens *t)
{
	for (size_t i = 0, w = 0; i < t->n; i++) {
		int how = -1;

		if (w < t->n_words && t->word[w].piece == i)
			how = t->word[w++].how;
		printf("%s%d:%u:%u:%d", i > 0 ? " " : "", (int)t->id[i], t->at[i].begin,
		       t->at[i].end, how);
	}
	putchar('\n');
}

static enum err
run(void *arg)
{
	struct job *j = arg;
	struct span all = { 0, (uint32_t)j->n };

	for (size_t i = 0; i < j->repeat; i++) {
		size_t mark = arena_mark(j->arena);
		struct tokens *t = tokens_new(j->arena, j->n);

		token_run(j->vocabulary, j->text, all, t);
		j->words += t->n_words;
		if (j->print)
			print(t);
		arena_release(j->arena, mark);
	}
	return OK;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int
main(int argc, char **argv)
{
	struct job j = { .repeat = 10, .arena = arena_new((size_t)1 << 30) };
	struct vocabulary *v;
	size_t n, bytes = 0;
	double seconds = 0;

	j.print = argc > 1 && strcmp(argv[1], "--print") == 0;
	argc -= j.print;
	argv += j.print;
	if (j.print)
		j.repeat = 1;
	if (argc < 3 || j.arena == NULL)
		return EXIT_FAILURE;
	char *text = read_file(argv[1], &n);
	if (vocabulary_open(text, n, &v) != OK) {
		fprintf(stderr, "%s\n", err_text());
		return EXIT_FAILURE;
	}
	free(text);
	j.vocabulary = v;
	for (int i = 2; i < argc; i++) {
		char *file = read_file(argv[i], &j.n);
		double start = now();

		j.text = file;
		if (arena_run(j.arena, run, &j) != OK)
			return EXIT_FAILURE;
		seconds += now() - start;
		bytes += j.n * j.repeat;
		free(file);
	}
	if (!j.print)
		printf("tokenizer: %.1f million words/s, %.0f MB/s on one core\n",
		       (double)j.words / seconds / 1e6, (double)bytes / seconds / 1e6);
	vocabulary_close(v);
	arena_free(j.arena);
	return EXIT_SUCCESS;
}
