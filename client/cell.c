/*
 * Cells are built once, clean, and then printed by pieces.
 */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "cell.h"

#define REPLACEMENT "\xef\xbf\xbd"

static bool
is_blank(const char *text)
{
	return *text == ' ' || *text == '\t' || *text == '\n' || *text == '\r' ||
	       *text == '\f' || *text == '\v';
}

/* Also what turns the direction of writing, which could make a line lie. */
static bool
is_control(utf8proc_int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

int
cell_step(const char *text, size_t n, size_t *ret_bytes, bool *ret_control)
{
	utf8proc_int32_t c = -1;
	utf8proc_ssize_t most = n > 4 ? 4 : (utf8proc_ssize_t)n;
	utf8proc_ssize_t step =
	    utf8proc_iterate((const utf8proc_uint8_t *)text, most, &c);

	*ret_control = step <= 0 || is_control(c);
	*ret_bytes = step <= 0 ? 1 : (size_t)step;
	return *ret_control ? 1 : utf8proc_charwidth(c);
}

/* Append text[0..n), clean, to a memory stream; returns the columns it takes. */
static int
append(FILE *out, const char *text, size_t n)
{
	int width = 0;
	bool gap = false;

	for (size_t at = 0, step; at < n; at += step) {
		bool control;
		int columns = cell_step(text + at, n - at, &step, &control);

		if (is_blank(text + at)) {
			gap = width > 0;
			continue;
		}
		if (gap)
			fputc(' ', out);
		width += columns + (gap ? 1 : 0);
		gap = false;
		if (control)
			fputs(REPLACEMENT, out);
		else
			fwrite(text + at, 1, step, out);
	}
	return width;
}

struct cell
cell_spans(const char *text, size_t size, const struct hearsay_spans *spans)
{
	struct cell c = { 0 };
	size_t n;
	FILE *out = open_memstream(&c.text, &n);

	if (out == NULL)
		return c;
	for (size_t i = 0; i < spans->n; i++) {
		struct hearsay_span s = spans->v[i];

		if (s.end > size || s.begin > s.end)
			continue; /* of another text: nothing to show */
		if (c.width > 0) {
			fputs(" … ", out);
			c.width += 3;
		}
		c.width += append(out, text + s.begin, s.end - s.begin);
	}
	if (c.width == 0)
		c.width = append(out, "—", strlen("—"));
	fclose(out);
	return c;
}

struct cell
cell_text(const char *text, size_t n)
{
	struct cell c = { 0 };
	size_t size;
	FILE *out = open_memstream(&c.text, &size);

	if (out == NULL)
		return c;
	c.width = append(out, text, n);
	fclose(out);
	return c;
}

void
cell_free(struct cell *c)
{
	free(c->text);
	*c = (struct cell){ 0 };
}

bool
cell_is_done(const struct cell *c)
{
	return c->text == NULL || c->text[c->at] == '\0';
}

static void
blanks(FILE *out, int n)
{
	if (n > 0)
		fprintf(out, "%*s", n, "");
}

/* How much of text fits into width: bytes to print, and their columns. */
static size_t
fit(const char *text, int width, int *ret_columns)
{
	size_t n = strlen(text), at = 0, step, good = 0;
	int columns = 0, good_columns = 0;
	bool control;

	for (; at < n; at += step) {
		int more = cell_step(text + at, n - at, &step, &control);

		if (text[at] == ' ') {
			good = at;
			good_columns = columns;
		}
		if (columns + more > width && at > 0)
			break;
		columns += more;
	}
	if (at == n || good == 0) { /* all of it, or one long word, cut */
		good = at;
		good_columns = columns;
	}
	*ret_columns = good_columns;
	return good;
}

void
cell_line(struct cell *c, FILE *out, int width, bool fill)
{
	int columns = 0;

	if (!cell_is_done(c)) {
		size_t n = fit(c->text + c->at, width, &columns);

		fwrite(c->text + c->at, 1, n, out);
		c->at += n;
		if (c->text[c->at] == ' ')
			c->at++;
	}
	if (fill)
		blanks(out, width - columns);
}

void
cell_cut(const struct cell *c, FILE *out, int width, bool fill)
{
	const char *text = c->text == NULL ? "" : c->text;
	size_t n = strlen(text), at = 0, step;
	int room = c->width <= width ? width : width - 1, columns = 0;
	bool control;

	for (; at < n; at += step) {
		int more = cell_step(text + at, n - at, &step, &control);

		if (columns + more > room)
			break;
		columns += more;
	}
	fwrite(text, 1, at, out);
	if (at < n) {
		fputs("…", out);
		columns++;
	}
	if (fill)
		blanks(out, width - columns);
}
