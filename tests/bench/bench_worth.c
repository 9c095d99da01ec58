/*
 * For tests/bench/checkworthy: sentences on standard input, one a line, and for each a
 * line with its worth by the rules; with --traits its traits instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "worker/engine/worth.h"

static struct arena *arena;

struct line {
	const char *text;
	uint32_t n;
	bool traits;
};

static enum err
print(void *arg)
{
	const struct line *l = arg;
	struct span at = { 0, l->n };
	struct prose p = prose_read(arena, l->text, &(struct spans){ 1, &at });
	float t[WORTH_TRAITS];

	if (!l->traits) {
		printf("%.6f\n", (double)worth_of(&p));
		return OK;
	}
	worth_traits(&p, t);
	for (size_t i = 0; i < WORTH_TRAITS; i++)
		printf("%s%g", i > 0 ? " " : "", (double)t[i]);
	printf("\n");
	return OK;
}

int
main(int argc, char **argv)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	if ((arena = arena_new(1 << 24)) == NULL)
		return 1;
	while ((n = getline(&text, &room, stdin)) > 0) {
		struct line l = { text, (uint32_t)utf8_valid(text, (size_t)n - 1),
			          argc > 1 && strcmp(argv[1], "--traits") == 0 };

		if (arena_run(arena, print, &l) != OK)
			return 1;
		arena_reset(arena);
	}
	free(text);
	arena_free(arena);
	return 0;
}
