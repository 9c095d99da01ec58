/*
 * The pages of a database, read one by one (the format: sqlite.org/fileformat2.html).
 *
 * Rows stand on leaves, the rows of indexes on the pages above them too.  A leaf is
 * live unless the list of free pages names it, so there is no need to come to it from
 * above.  A row that is long goes on in a chain of pages of its own.
 *
 *  1. No place or length from the file is used before it has been checked.
 *  2. Every chain is bounded: by the row's length, the free list by the file's.
 *  3. A page that the disk does not give is one of zeros.
 */
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 100, ROW_MAX = 64 << 20 };
enum kind { INDEX_ABOVE = 2, INDEX_LEAF = 10, TABLE_LEAF = 13 };

struct pages {
	int fd;
	uint64_t n;          /* pages */
	size_t size, usable; /* bytes of one */
	uint8_t *page, *more;
	uint8_t *row; /* the one at hand */
	size_t cap;
	uint8_t *is_free; /* a bit a page */
	struct pages_count count;
};

static uint32_t
number_at(const uint8_t *v, int bytes)
{
	uint32_t n = 0;

	for (int i = 0; i < bytes; i++)
		n = n << 8 | v[i];
	return n;
}

/* Its length, 0 when it does not end in time. */
static size_t
varint(const uint8_t *v, size_t n, uint64_t *ret)
{
	uint64_t x = 0;

	for (size_t i = 0; i < 9 && i < n; i++) {
		if (i == 8) {
			*ret = x << 8 | v[i];
			return 9;
		}
		x = x << 7 | (v[i] & 0x7f);
		if (v[i] < 0x80) {
			*ret = x;
			return i + 1;
		}
	}
	return 0;
}

/* Page number from 1. */
static void
read_page(const struct pages *p, uint64_t number, uint8_t *ret)
{
	ssize_t n = pread(p->fd, ret, p->size, (off_t)((number - 1) * p->size));

	memset(ret + (n < 0 ? 0 : n), 0, p->size - (size_t)(n < 0 ? 0 : n));
}

/* ----------------------------------------------------------------------- rows */

static bool
grow(struct pages *p, size_t n)
{
	uint8_t *row;

	if (n <= p->cap)
		return true;
	if ((row = realloc(p->row, n)) == NULL)
		return false;
	p->row = row;
	p->cap = n;
	return true;
}

/* How much of a row of n bytes stands on its own page. */
static size_t
local_part(const struct pages *p, size_t n, bool table)
{
	size_t u = p->usable, least = (u - 12) * 32 / 255 - 23;
	size_t most = table ? u - 35 : (u - 12) * 64 / 255 - 23;
	size_t part = least + (n - least) % (u - 4);

	if (n <= most)
		return n;
	return part <= most ? part : least;
}

/* The rest of a row, from a chain of pages that begins at `next`. */
static bool
read_chain(struct pages *p, size_t at, size_t n, uint32_t next)
{
	while (at < n) {
		size_t here = n - at < p->usable - 4 ? n - at : p->usable - 4;

		if (next < 2 || next > p->n)
			return false;
		read_page(p, next, p->more);
		memcpy(p->row + at, p->more + 4, here);
		at += here;
		next = number_at(p->more, 4);
	}
	return next == 0;
}

/* Bytes of a value of this serial type, or SIZE_MAX. */
static size_t
size_of(uint64_t type)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };

	if (type < sizeof sizes)
		return sizes[type];
	return type < 12 || type / 2 > ROW_MAX ? SIZE_MAX : (size_t)(type - 12) / 2;
}

static struct pages_value
value(uint64_t type, const uint8_t *v, size_t n)
{
	struct pages_value ret = { .type = PAGES_NULL };

	if (type >= 12) {
		ret.type = type % 2 == 0 ? PAGES_BYTES : PAGES_TEXT;
		ret.bytes = (struct bytes){ n, v };
	} else if (type == 7) {
		ret.type = PAGES_REAL;
	} else if (type != 0) {
		uint64_t x = n > 0 && v[0] >= 0x80 ? UINT64_MAX : 0;

		for (size_t i = 0; i < n; i++)
			x = x << 8 | v[i];
		ret.type = PAGES_NUMBER;
		ret.number = type == 9 ? 1 : (int64_t)x;
	}
	return ret;
}

/* The columns of the row at hand, of n bytes. */
static bool
open_row(const struct pages *p, size_t n, struct pages_row *ret)
{
	uint64_t head = 0, type = 0;
	size_t at = varint(p->row, n, &head), data = (size_t)head, step, size;

	if (at == 0 || head > n || head < at)
		return false;
	for (ret->n = 0; at < head; at += step) {
		step = varint(p->row + at, (size_t)head - at, &type);
		size = size_of(type);
		if (step == 0 || size > n - data || ret->n == PAGES_COLUMNS)
			return false;
		ret->v[ret->n++] = value(type, p->row + data, size);
		data += size;
	}
	return data == n;
}

/* The cell at a place of the page at hand. */
static bool
read_cell(struct pages *p, size_t at, enum kind kind, struct pages_row *ret)
{
	const uint8_t *v = p->page + at, *end = p->page + p->usable;
	uint64_t n, id = 0;
	size_t step, local;

	v += kind == INDEX_ABOVE ? 4 : 0;
	if (v >= end || (step = varint(v, (size_t)(end - v), &n)) == 0 || n > ROW_MAX)
		return false;
	v += step;
	if (kind == TABLE_LEAF && (step = varint(v, (size_t)(end - v), &id)) == 0)
		return false;
	v += kind == TABLE_LEAF ? step : 0;
	local = local_part(p, (size_t)n, kind == TABLE_LEAF);
	if (local + (local < n ? 4 : 0) > (size_t)(end - v) || !grow(p, (size_t)n + 1))
		return false;
	memcpy(p->row, v, local);
	if (local < n && !read_chain(p, local, (size_t)n, number_at(v + local, 4)))
		return false;
	ret->of_index = kind != TABLE_LEAF;
	ret->id = (int64_t)id;
	return open_row(p, (size_t)n, ret);
}

/* ---------------------------------------------------------------------- pages */

/* What a page begins with: its kind and how many cells; false when it has none. */
static bool
has_cells(const struct pages *p, uint64_t number, enum kind *ret, size_t *ret_first,
          size_t *ret_n)
{
	size_t head = number == 1 ? HEADER : 0;
	uint8_t kind = p->page[head];

	if (kind != INDEX_ABOVE && kind != INDEX_LEAF && kind != TABLE_LEAF)
		return false;
	*ret = (enum kind)kind;
	*ret_n = number_at(p->page + head + 3, 2);
	*ret_first = head + (kind == INDEX_ABOVE ? 12 : 8);
	return true;
}

struct reading {
	enum err (*row)(void *, const struct pages_row *);
	void *arg;
	struct pages_row at; /* large, so not on the stack */
};

static enum err
read_cells(struct pages *p, uint64_t number, struct reading *r)
{
	enum kind kind;
	size_t first, n;
	bool bad = false;
	enum err e = OK;

	if (!has_cells(p, number, &kind, &first, &n))
		return OK;
	for (size_t i = 0; i < n && e == OK; i++) {
		size_t pointer = first + 2 * i;
		bool in = pointer + 2 <= p->usable;
		size_t at = in ? number_at(p->page + pointer, 2) : 0;

		if (!in || at < first + 2 * n || at >= p->usable) {
			bad = true;
		} else if (!read_cell(p, at, kind, &r->at)) {
			p->count.bad_rows++;
		} else {
			p->count.rows++;
			e = r->row(r->arg, &r->at);
		}
	}
	p->count.bad_pages += bad;
	return e;
}

static bool
is_free(const struct pages *p, uint64_t number)
{
	return p->is_free[number / 8] >> number % 8 & 1;
}

/* False when the list cannot be followed to its end. */
static bool
find_free(struct pages *p)
{
	read_page(p, 1, p->page);
	uint64_t next = number_at(p->page + 32, 4), left = number_at(p->page + 36, 4);

	while (next != 0) {
		if (next < 2 || next > p->n || is_free(p, next))
			return false;
		read_page(p, next, p->page);
		uint32_t n = number_at(p->page + 4, 4);
		p->is_free[next / 8] |= (uint8_t)(1u << next % 8);
		if (n > p->usable / 4 - 2 || left < n + 1u)
			return false;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t leaf = number_at(p->page + 8 + 4 * (size_t)i, 4);

			if (leaf >= 2 && leaf <= p->n)
				p->is_free[leaf / 8] |= (uint8_t)(1u << leaf % 8);
		}
		left -= n + 1u;
		next = number_at(p->page, 4);
	}
	return left == 0;
}

enum err
pages_read(struct pages *p, enum err (*row)(void *arg, const struct pages_row *row),
           void *arg, struct pages_count *ret)
{
	struct reading *r = malloc(sizeof *r);
	enum err e = OK;

	if (r == NULL)
		return err_set(ERR_NOMEM, "no memory to read the database's pages");
	r->row = row;
	r->arg = arg;
	p->count = (struct pages_count){ .pages = p->n };
	p->count.free_list_lost = !find_free(p);
	for (uint64_t i = 1; i <= p->n && e == OK; i++) {
		if (is_free(p, i))
			continue;
		read_page(p, i, p->page);
		e = read_cells(p, i, r);
	}
	free(r);
	*ret = p->count;
	return e;
}

/* -------------------------------------------------------------------- opening */

/* How many pages look like pages with cells, if they had this size. */
static uint64_t
look_like_pages(const struct pages *p, size_t size, uint64_t bytes)
{
	uint8_t head[8];
	uint64_t good = 0;

	for (uint64_t at = size; at + size <= bytes; at += size)
		if (pread(p->fd, head, sizeof head, (off_t)at) == sizeof head &&
		    (head[0] == INDEX_ABOVE || head[0] == INDEX_LEAF ||
		     head[0] == TABLE_LEAF) &&
		    number_at(head + 3, 2) < size / 4 && number_at(head + 5, 2) < size)
			good++;
	return good * size;
}

/* What its first page says; when that is gone, what most of the others look like. */
static void
find_size(struct pages *p, uint64_t bytes)
{
	static const char magic[16] = "SQLite format 3";
	uint8_t head[HEADER] = { 0 };
	size_t size = 0, reserved = 0;

	if (pread(p->fd, head, sizeof head, 0) == sizeof head &&
	    memcmp(head, magic, sizeof magic) == 0) {
		size = number_at(head + 16, 2) == 1 ? 65536 : number_at(head + 16, 2);
		reserved = head[20];
	}
	if (size < 512 || (size & (size - 1)) != 0) {
		reserved = 0;
		size = look_like_pages(p, 4096, bytes) > look_like_pages(p, 8192, bytes)
		           ? 4096
		           : 8192;
	}
	p->size = size;
	p->usable = size - reserved < 480 ? size : size - reserved;
	p->n = (bytes + size - 1) / size;
}

enum err
pages_open(const char *path, struct pages **ret)
{
	struct pages *p = calloc(1, sizeof *p);
	struct stat st;

	if (p == NULL)
		return err_set(ERR_NOMEM, "no memory to read %s", path);
	p->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (p->fd < 0 || fstat(p->fd, &st) != 0) {
		enum err e = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;

		err_set(e, "%s: %s", path, strerror(errno));
		pages_close(p);
		return e;
	}
	find_size(p, (uint64_t)st.st_size);
	p->page = malloc(p->size);
	p->more = malloc(p->size);
	p->is_free = calloc(1, p->n / 8 + 1);
	if (p->page == NULL || p->more == NULL || p->is_free == NULL) {
		pages_close(p);
		return err_set(ERR_NOMEM, "no memory to read %s", path);
	}
	*ret = p;
	return OK;
}

void
pages_close(struct pages *p)
{
	if (p == NULL)
		return;
	if (p->fd >= 0)
		close(p->fd);
	free(p->page);
	free(p->more);
	free(p->row);
	free(p->is_free);
	free(p);
}
