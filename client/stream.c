/*
 * The buffer holds what was read and not yet taken, buf[begin, end).  It moves to the
 * front when there is no room behind, and doubles when that does not help.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"

enum { FIRST = 64 << 10 };

struct stream {
	int fd;
	bool eof;
	char *buf;
	size_t cap, begin, end;
	size_t scanned; /* of buf[begin, end): holds no newline */
	size_t lines;
	uint64_t done, line_offset;
};

enum err
stream_open(int fd, struct stream **ret)
{
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL) {
		close(fd);
		return err_set(ERR_NOMEM, "out of memory");
	}
	s->fd = fd;
	*ret = s;
	return OK;
}

void
stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	free(s->buf);
	free(s);
}

static enum err
make_room(struct stream *s)
{
	size_t cap = s->cap == 0 ? FIRST : s->cap * 2;
	char *buf;

	if (s->begin > 0 && s->end == s->cap) {
		memmove(s->buf, s->buf + s->begin, s->end - s->begin);
		s->end -= s->begin;
		s->begin = 0;
	}
	if (s->end < s->cap)
		return OK;
	if ((buf = realloc(s->buf, cap)) == NULL)
		return err_set(ERR_NOMEM, "out of memory");
	s->buf = buf;
	s->cap = cap;
	return OK;
}

static enum err
read_more(struct stream *s)
{
	ssize_t n;
	enum err e = make_room(s);

	if (e != OK)
		return e;
	while ((n = read(s->fd, s->buf + s->end, s->cap - s->end)) < 0)
		if (errno != EINTR)
			return err_set(ERR_IO, "%s", strerror(errno));
	if (n == 0)
		s->eof = true;
	s->end += (size_t)n;
	s->done += (uint64_t)n;
	return OK;
}

static char *
find_newline(const struct stream *s)
{
	size_t n = s->end - s->begin;

	if (n <= s->scanned)
		return NULL; /* also when there is no buffer yet */
	return memchr(s->buf + s->begin + s->scanned, '\n', n - s->scanned);
}

/*
 * Read until the line at begin is whole, or longer than max.  *ret_n is its length,
 * *ret_whole says which.
 */
static enum err
find_line(struct stream *s, size_t max, size_t *ret_n, bool *ret_whole)
{
	for (;;) {
		size_t n = s->end - s->begin;
		const char *newline = find_newline(s);
		enum err e;

		s->scanned = newline == NULL ? n : (size_t)(newline - s->buf) - s->begin;
		*ret_n = s->scanned;
		*ret_whole = (newline != NULL || s->eof) && *ret_n <= max;
		if (newline != NULL || s->eof || n > max)
			return OK;
		if ((e = read_more(s)) != OK)
			return e;
	}
}

static void
take(struct stream *s, size_t n)
{
	s->begin += n;
	if (s->begin < s->end)
		s->begin++; /* the newline */
	s->scanned = 0;
}

/* Behind the next newline, keeping nothing of what comes before it. */
static enum err
skip_line(struct stream *s)
{
	size_t n;
	bool whole;
	enum err e;

	for (;;) {
		if ((e = find_line(s, FIRST, &n, &whole)) != OK)
			return e;
		if (s->begin + n < s->end || s->eof) {
			take(s, n);
			return OK;
		}
		s->begin = s->end;
		s->scanned = 0;
	}
}

enum err
stream_peek(struct stream *s, size_t max, const char **ret_line, size_t *ret_n)
{
	size_t n;
	bool whole;
	enum err e = find_line(s, max, &n, &whole);

	if (e != OK)
		return e;
	*ret_line = whole && s->begin < s->end ? s->buf + s->begin : NULL;
	*ret_n = n;
	return OK;
}

enum err
stream_line(struct stream *s, size_t max, const char **ret_line, size_t *ret_n)
{
	size_t n;
	bool whole;
	enum err e = find_line(s, max, &n, &whole);

	if (e != OK)
		return e;
	if (s->begin == s->end) {
		*ret_line = NULL;
		*ret_n = 0;
		return OK;
	}
	s->line_offset = s->done - (s->end - s->begin);
	s->lines++;
	if (!whole) {
		if ((e = skip_line(s)) != OK)
			return e;
		return err_set(ERR_TOO_BIG, "a line of more than %zu bytes", max);
	}
	*ret_line = s->buf + s->begin;
	*ret_n = n;
	take(s, n);
	return OK;
}

enum err
stream_all(struct stream *s, size_t max, const char **ret_text, size_t *ret_n)
{
	enum err e;

	while (!s->eof && s->end - s->begin <= max)
		if ((e = read_more(s)) != OK)
			return e;
	if (s->end - s->begin > max)
		return err_set(ERR_TOO_BIG, "more than %zu bytes", max);
	*ret_text = s->end > s->begin ? s->buf + s->begin : "";
	*ret_n = s->end - s->begin;
	s->begin = s->end; /* the bytes stay where they are */
	return OK;
}

size_t
stream_line_number(const struct stream *s)
{
	return s->lines;
}

uint64_t
stream_line_offset(const struct stream *s)
{
	return s->line_offset;
}

uint64_t
stream_done(const struct stream *s)
{
	return s->done;
}
