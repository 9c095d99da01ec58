#ifndef PAGES_H
#define PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "span.h"

/*
 * A database file read page by page, without SQLite and whatever has become of it:
 * every row that stands on a page which can still be read is found, also when the
 * pages that lead to it cannot.  Nothing is written.  The file is hostile: each
 * length and place in it is checked.
 *
 * What it finds it cannot call by the table's name, which stood above; the caller
 * knows rows by their shape.  One thread.
 */
struct pages;

enum { PAGES_COLUMNS = 32 };

struct pages_value {
	enum { PAGES_NULL, PAGES_NUMBER, PAGES_REAL, PAGES_BYTES, PAGES_TEXT } type;
	int64_t number;
	struct bytes bytes; /* of bytes and text; lives until the next row */
};

struct pages_row {
	bool of_index; /* or of a table WITHOUT ROWID */
	int64_t id;    /* of a table's row */
	size_t n;
	struct pages_value v[PAGES_COLUMNS];
};

struct pages_count {
	uint64_t pages, rows;
	uint64_t bad_pages;  /* of rows, but not to be read, or not wholly */
	uint64_t bad_rows;   /* of which a part stood on another page that is gone */
	bool free_list_lost; /* rows that were deleted may have been found too */
};

/* No log may belong to it: what stands there is not looked at.  ERR_NOT_FOUND, ERR_IO. */
MUST_CHECK enum err pages_open(const char *path, struct pages **ret);
void pages_close(struct pages *p); /* takes NULL */

/* Every row there is, in the order of the pages; ends early with what `row` returns. */
MUST_CHECK enum err pages_read(struct pages *p,
                               enum err (*row)(void *arg, const struct pages_row *row),
                               void *arg, struct pages_count *ret);

#endif
