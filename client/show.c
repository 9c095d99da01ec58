/*
 * Colours: a byte of the article has the role of the innermost thing it belongs to, a
 * source or a cue before a content, for these stand inside the contents of others.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cell.h"
#include "show.h"
#include "voices.h"

enum { STANDARD_WIDTH = 100, NARROWEST = 40, WIDEST = 120 };

enum role { NONE, CONTENT, CUE, SOURCE };
static const char *const colours[] = { "\x1b[0m", "\x1b[32m", "\x1b[33m", "\x1b[1;36m" };

#define BOLD "\x1b[1m"
#define RED "\x1b[31m"
#define DIM "\x1b[2m"
#define PLAIN "\x1b[0m"

enum err
show_colour_named(const char *name, enum show_colour *ret)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum show_colour)i;
			return OK;
		}
	return err_set(ERR_USAGE, "color %s: wants auto, always or never", name);
}

static bool
wants_colour(bool terminal, enum show_colour colour)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (colour != SHOW_AUTO)
		return colour == SHOW_ALWAYS;
	return terminal && (no == NULL || *no == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

static int
width_of(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	int width = STANDARD_WIDTH;

	if (ioctl(fileno(out), TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		width = w.ws_col;
	else if (columns != NULL && atoi(columns) > 0)
		width = atoi(columns);
	return width < NARROWEST ? NARROWEST : width > WIDEST ? WIDEST : width;
}

struct show
show_open(FILE *out, enum show_colour colour)
{
	bool terminal = isatty(fileno(out)) != 0;

	return (struct show){ out, wants_colour(terminal, colour), terminal,
		              width_of(out) };
}

static void
paint(const struct show *s, const char *colour)
{
	if (s->colour)
		fputs(colour, s->out);
}

static void
painted(const struct show *s, const char *colour, const char *text)
{
	struct cell c = cell_text(text, strlen(text));

	paint(s, colour);
	fputs(c.text == NULL ? "" : c.text, s->out);
	paint(s, PLAIN);
	cell_free(&c);
}

void
show_bold(const struct show *s, const char *text)
{
	painted(s, BOLD, text);
}

void
show_bad(const struct show *s, const char *text)
{
	painted(s, RED, text);
}

/* ----------------------------------------------------------- the article itself */

static void
mark(uint8_t *roles, size_t size, const struct hearsay_spans *spans, enum role role)
{
	for (size_t i = 0; i < spans->n; i++)
		for (size_t at = spans->v[i].begin; at < spans->v[i].end && at < size;
		     at++)
			if (roles[at] < role)
				roles[at] = (uint8_t)role;
}

static uint8_t *
roles_of(const struct shown *a)
{
	uint8_t *roles = calloc(a->size + 1, 1);

	for (size_t i = 0; i < a->found.n && roles != NULL; i++) {
		mark(roles, a->size, &a->found.v[i].content, CONTENT);
		mark(roles, a->size, &a->found.v[i].cue, CUE);
		mark(roles, a->size, &a->found.v[i].source, SOURCE);
	}
	return roles;
}

/* Where the text is written to: column and colour of the pen. */
struct pen {
	const struct show *s;
	const uint8_t *roles;
	int column;
	enum role role;
};

static void
dip(struct pen *p, enum role role)
{
	if (role != p->role)
		paint(p->s, colours[role]);
	p->role = role;
}

static void
new_line(struct pen *p)
{
	dip(p, NONE);
	fputc('\n', p->s->out);
	p->column = 0;
}

static size_t
word_end(const char *text, size_t at, size_t n, int *ret_width)
{
	size_t step;
	bool control;

	*ret_width = 0;
	for (; at < n && strchr(" \t\r\n", text[at]) == NULL; at += step)
		*ret_width += cell_step(text + at, n - at, &step, &control);
	return at;
}

static void
write_word(struct pen *p, const char *text, size_t from, size_t to)
{
	size_t step;
	bool control;

	for (size_t at = from; at < to; at += step) {
		p->column += cell_step(text + at, to - at, &step, &control);
		dip(p, (enum role)p->roles[at]);
		if (control)
			fputs("\xef\xbf\xbd", p->s->out);
		else
			fwrite(text + at, 1, step, p->s->out);
	}
}

/* Text with its own line ends, and more where a line would be too long. */
static void
write_text(const struct show *s, const struct shown *a, const uint8_t *roles)
{
	struct pen p = { s, roles, 0, NONE };
	size_t at = 0, to;
	int width;

	while (at < a->size) {
		if (a->text[at] == '\n')
			new_line(&p);
		if (strchr(" \t\r\n", a->text[at]) != NULL && a->text[at] != '\0') {
			at++;
			continue;
		}
		to = word_end(a->text, at, a->size, &width);
		if (to == at)
			to++; /* a zero byte: strchr finds it everywhere */
		if (p.column > 0 && p.column + 1 + width > s->width) {
			new_line(&p);
		} else if (p.column > 0) {
			dip(&p, roles[at] == roles[at - 1] ? (enum role)roles[at] : NONE);
			fputc(' ', s->out);
			p.column++;
		}
		write_word(&p, a->text, at, to);
		at = to;
	}
	if (p.column > 0)
		new_line(&p);
}

/* -------------------------------------------------------------------- the list */

enum {
	SOURCE_COLUMN,
	CUE_COLUMN,
	CONTENT_COLUMN,
	KIND_COLUMN,
	CONFIDENCE_COLUMN,
	COLUMNS
};
static const enum role column_roles[COLUMNS] = { SOURCE, CUE, CONTENT, NONE, NONE };

struct row {
	struct cell cells[COLUMNS];
};

/* A source may end in the comma before the rest of its sentence: "Ana Ruiz, said". */
static void
drop_comma(struct cell *c)
{
	size_t n = c->text == NULL ? 0 : strlen(c->text);

	if (n > 1 && strchr(",;:", c->text[n - 1]) != NULL) {
		c->text[n - 1] = '\0';
		c->width--;
	}
}

static const struct hearsay_speaker *
speaker_of(const struct found *found, const struct hearsay_attribution *v)
{
	bool known = v->speaker >= 0 && (size_t)v->speaker < found->n_speakers;

	return known ? &found->speakers[v->speaker] : NULL;
}

static struct row
make_row(const struct shown *a, const struct hearsay_attribution *v)
{
	const char *text = a->text == NULL ? "" : a->text;
	struct row r;
	char kind[32], confidence[16];

	snprintf(kind, sizeof kind, "%s%s", hearsay_quotation_name(v->kind),
	         v->nested ? ", nested" : "");
	snprintf(confidence, sizeof confidence, "%.2f", (double)v->confidence);
	r.cells[SOURCE_COLUMN] = cell_spans(text, a->size, &v->source);
	drop_comma(&r.cells[SOURCE_COLUMN]);
	r.cells[CUE_COLUMN] = cell_spans(text, a->size, &v->cue);
	r.cells[CONTENT_COLUMN] = cell_spans(text, a->size, &v->content);
	r.cells[KIND_COLUMN] = cell_text(kind, strlen(kind));
	r.cells[CONFIDENCE_COLUMN] = cell_text(confidence, strlen(confidence));
	return r;
}

/* The cell with " (more)" or ", more" after it. */
static void
extend(struct cell *c, const char *format, const char *more)
{
	char *text;

	if (c->text == NULL || asprintf(&text, format, c->text, more) < 0)
		return;
	cell_free(c);
	*c = cell_text(text, strlen(text));
	free(text);
}

/* For people: who "he" is where the source does not say so, and a stance if unusual. */
static struct row
make_told_row(const struct shown *a, const struct hearsay_attribution *v)
{
	const struct hearsay_speaker *who = speaker_of(&a->found, v);
	struct row r = make_row(a, v);
	struct cell *source = &r.cells[SOURCE_COLUMN];

	if (who != NULL && source->text != NULL &&
	    strstr(source->text, who->name) == NULL)
		extend(source, "%s (%s)", who->name);
	if (v->stance != HEARSAY_ASSERTS)
		extend(&r.cells[KIND_COLUMN], "%s, %s", hearsay_stance_name(v->stance));
	return r;
}

static void
free_row(struct row *r)
{
	for (int i = 0; i < COLUMNS; i++)
		cell_free(&r->cells[i]);
}

static int
at_most(int n, int most)
{
	return n < most ? n : most;
}

/* Widths of the columns: as wide as need be, the content taking what is left. */
static void
fit_columns(int width, const struct row *rows, size_t n, int *widths)
{
	int rest = width - 2 - 3 * (COLUMNS - 1);

	memset(widths, 0, COLUMNS * sizeof *widths);
	for (size_t i = 0; i < n; i++)
		for (int c = 0; c < COLUMNS; c++)
			if (rows[i].cells[c].width > widths[c])
				widths[c] = rows[i].cells[c].width;
	widths[SOURCE_COLUMN] = at_most(widths[SOURCE_COLUMN], width / 4);
	widths[CUE_COLUMN] = at_most(widths[CUE_COLUMN], width * 15 / 100);
	for (int c = 0; c < COLUMNS; c++)
		rest -= c == CONTENT_COLUMN ? 0 : widths[c];
	widths[CONTENT_COLUMN] = at_most(widths[CONTENT_COLUMN], rest < 12 ? 12 : rest);
}

static bool
row_is_done(const struct row *r)
{
	for (int c = 0; c < COLUMNS; c++)
		if (!cell_is_done(&r->cells[c]))
			return false;
	return true;
}

static int
last_column(const struct row *r)
{
	int last = COLUMNS - 1;

	while (last > 0 && cell_is_done(&r->cells[last]))
		last--;
	return last;
}

static void
write_row(const struct show *s, struct row *r, const int *widths)
{
	do {
		int last = last_column(r);

		for (int c = 0; c <= last; c++) {
			fputs(c == 0 ? "  " : "   ", s->out);
			bool empty = cell_is_done(&r->cells[c]);

			paint(s, empty ? "" : colours[column_roles[c]]);
			cell_line(&r->cells[c], s->out, widths[c], c < last);
			paint(s, empty ? "" : PLAIN);
		}
		fputc('\n', s->out);
	} while (!row_is_done(r));
}

static void
write_list(const struct show *s, const struct shown *a)
{
	struct row *rows = calloc(a->found.n, sizeof *rows);
	int widths[COLUMNS];

	if (rows == NULL)
		return;
	for (size_t i = 0; i < a->found.n; i++)
		rows[i] = make_told_row(a, &a->found.v[i]);
	fit_columns(s->width, rows, a->found.n, widths);
	for (size_t i = 0; i < a->found.n; i++) {
		write_row(s, &rows[i], widths);
		free_row(&rows[i]);
	}
	free(rows);
}

static void
write_heading(const struct show *s, const struct shown *a)
{
	show_bold(s, *a->title != '\0' ? a->title : a->name);
	paint(s, DIM);
	if (*a->title != '\0') {
		fputs("  ", s->out);
		painted(s, DIM, a->name);
		paint(s, DIM);
	}
	if (a->found.n == 0)
		fputs("  nobody says anything here", s->out);
	else
		fprintf(s->out, "  %zu attribution%s", a->found.n,
		        a->found.n == 1 ? "" : "s");
	paint(s, PLAIN);
	if (s->colour && a->found.n > 0)
		fprintf(s->out, "  %ssource%s  %scue%s  %scontent%s", colours[SOURCE],
		        PLAIN, colours[CUE], PLAIN, colours[CONTENT], PLAIN);
	fputc('\n', s->out);
}

void
show_article(const struct show *s, const struct shown *a)
{
	uint8_t *roles = s->colour && a->text != NULL ? roles_of(a) : NULL;

	write_heading(s, a);
	if (roles != NULL) {
		fputc('\n', s->out);
		write_text(s, a, roles);
		fputc('\n', s->out);
	}
	if (a->found.n > 0)
		write_list(s, a);
	voices_write(s, &a->found);
	fputc('\n', s->out);
	free(roles);
}

/* ------------------------------------------------------------------- the table */

/* On a terminal as far as CONF; those after it are for programs. */
static const char *const headings[] = { "ARTICLE", "SOURCE",  "CUE",   "CONTENT", "KIND",
	                                "CONF",    "SPEAKER", "TITLE", "STANCE" };
enum { TABLE_COLUMNS = 1 + COLUMNS, PIPE_COLUMNS = TABLE_COLUMNS + 3 };

/* A share of the screen each, whatever the rows hold: they come one after another. */
static void
table_widths(const struct show *s, int *widths)
{
	int room = s->width - 2 * (TABLE_COLUMNS - 1);

	widths[0] = room * 14 / 100;
	widths[1 + SOURCE_COLUMN] = room * 22 / 100;
	widths[1 + CUE_COLUMN] = room * 11 / 100;
	widths[1 + KIND_COLUMN] = 8;
	widths[1 + CONFIDENCE_COLUMN] = 4;
	widths[1 + CONTENT_COLUMN] =
	    room - widths[0] - widths[1 + SOURCE_COLUMN] - widths[1 + CUE_COLUMN] - 8 - 4;
}

static void
row_in_pipe(const struct show *s, const struct cell *cells)
{
	for (int c = 0; c < PIPE_COLUMNS; c++)
		fprintf(s->out, "%s%s", c == 0 ? "" : "\t",
		        cells[c].text == NULL ? "" : cells[c].text);
	fputc('\n', s->out);
}

static void
row_on_terminal(const struct show *s, const struct cell *cells, const char *const *paints)
{
	int widths[TABLE_COLUMNS];

	table_widths(s, widths);
	for (int c = 0; c < TABLE_COLUMNS; c++) {
		fputs(c == 0 ? "" : "  ", s->out);
		paint(s, paints[c]);
		cell_cut(&cells[c], s->out, widths[c], c < TABLE_COLUMNS - 1);
		paint(s, PLAIN);
	}
	fputc('\n', s->out);
}

static void
table_row(const struct show *s, struct cell *cells, const char *const *paints)
{
	if (s->terminal)
		row_on_terminal(s, cells, paints);
	else
		row_in_pipe(s, cells);
	for (int c = 0; c < PIPE_COLUMNS; c++)
		cell_free(&cells[c]);
}

static void
table_heading(const struct show *s)
{
	static const char *const paints[] = { BOLD, BOLD, BOLD, BOLD, BOLD, BOLD };
	struct cell cells[PIPE_COLUMNS];

	for (int c = 0; c < PIPE_COLUMNS; c++)
		cells[c] = cell_text(headings[c], strlen(headings[c]));
	table_row(s, cells, paints);
}

/* The cells for programs: speaker, title, stance. */
static void
make_rest(const struct found *found, const struct hearsay_attribution *v,
          struct cell *cells)
{
	const struct hearsay_speaker *who = speaker_of(found, v);
	const char *const texts[] = { who == NULL ? "" : who->name,
		                      who == NULL ? "" : who->title,
		                      hearsay_stance_name(v->stance) };

	for (int c = 0; c < PIPE_COLUMNS - TABLE_COLUMNS; c++)
		cells[c] = cell_text(texts[c], strlen(texts[c]));
}

void
show_table(const struct show *s, const struct shown *a, bool with_heading)
{
	const char *const paints[] = { PLAIN,        colours[SOURCE],
		                       colours[CUE], colours[CONTENT],
		                       PLAIN,        DIM };

	if (with_heading)
		table_heading(s);
	for (size_t i = 0; i < a->found.n; i++) {
		const struct hearsay_attribution *v = &a->found.v[i];
		struct row r = s->terminal ? make_told_row(a, v) : make_row(a, v);
		struct cell cells[PIPE_COLUMNS];

		cells[0] = cell_text(a->name, strlen(a->name));
		memcpy(cells + 1, r.cells, sizeof r.cells);
		make_rest(&a->found, v, cells + TABLE_COLUMNS);
		table_row(s, cells, paints);
	}
}

/* --------------------------------------------------------------------- states */

static const char *const sayings[] = {
	[HEARSAY_UNKNOWN] = "is not known to the broker",
	[HEARSAY_READY] = "waits for a worker",
	[HEARSAY_DELAYED] = "waits to be tried again",
	[HEARSAY_LEASED] = "is being read",
	[HEARSAY_DONE] = "is done",
	[HEARSAY_DEAD] = "failed for good",
	[HEARSAY_CANCELLED] = "was cancelled",
};

void
show_state(const struct show *s, const struct hearsay_job *job)
{
	show_bold(s, *job->key != '\0' ? job->key : "job");
	fprintf(s->out, "  %s",
	        (unsigned)job->state <= HEARSAY_CANCELLED ? sayings[job->state]
	                                                  : sayings[HEARSAY_UNKNOWN]);
	if (job->attempts > 1)
		fprintf(s->out, ", %" PRIu32 " attempts", job->attempts);
	if (*job->reason != '\0') {
		fputs(": ", s->out);
		show_bad(s, job->reason);
	}
	fputc('\n', s->out);
}
