/*
 * Any bytes as a file of articles: as text, JSON Lines or lines, as the first byte says.
 * Whatever comes out as an article must be one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "body.h"
#include "client/input.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
check_article(const struct item *it)
{
	must(it->size > 0 && it->size <= ARTICLE_MAX);
	must(utf8_valid(it->text, it->size) == it->size);
	must(*it->id != '\0' && *it->key != '\0');
	must(it->url != NULL && it->title != NULL && it->language != NULL);
}

/* No more articles and errors than lines, or it would never end. */
static void
read_all(char *const *words, enum input_format format, size_t most)
{
	struct input *in;
	struct item *it;
	size_t n = 0;

	must(input_open(words, format, &in) == OK);
	for (;;) {
		enum err e = input_next(in, &it);

		if (e == OK && it == NULL)
			break;
		must(++n <= most);
		if (e != OK)
			continue;
		check_article(it);
		item_free(it);
	}
	input_close(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	char *const words[] = { path, NULL };
	int fd = memfd_create("articles", 0);
	size_t lines = 2;

	must(fd >= 0);
	if (size > 1)
		must(write(fd, data + 1, size - 1) == (ssize_t)(size - 1));
	for (size_t i = 1; i < size; i++)
		lines += data[i] == '\n';
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	read_all(words, size == 0 ? INPUT_AUTO : (enum input_format)(data[0] % 4), lines);
	close(fd);
	return 0;
}
