/*
 * The weights' file and its vocabulary.  The file is safetensors: eight bytes
 * (little-endian) that tell how long the JSON header is, the header, the data.
 * The header has one entry a tensor: its type, shape and place in the data.
 *
 * The file is mapped, not read: all processes on a machine share one copy.  It
 * is believed nowhere; model_open checks each tensor's place against the file, so
 * that a pointer this file hands out can be read for as far as the shape says.
 * (Whoever shortens the file under a running program kills that program: replace
 * it by renaming.)
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model.h"

#define FILE_NAME "hearsay-en.safetensors"
#define VOCABULARY_NAME "vocab.txt"

enum { HEADER_MAX = 16 << 20, VOCABULARY_MAX = 64 << 20, LENGTH_BYTES = 8, RANK_MAX = 2 };
enum { LEVELS_UP = 4 }; /* from build/x/tests to the checkout, and one to spare */

struct tensor {
	const char *name; /* in the header */
	bool is_f32;      /* else int8 */
	size_t rank, shape[RANK_MAX];
	const void *data;
};

struct model {
	char path[PATH_MAX];
	uint8_t *map;
	size_t bytes;
	json_t *header;
	size_t n;
	struct tensor *tensors;
	char *vocabulary;
	size_t vocabulary_bytes;
};

static enum err
broken(const struct model *m, const char *what)
{
	return err_set(ERR_BAD_INPUT, "%s is no model or is damaged: %s; fetch it again",
	               m->path, what);
}

static enum err
broken_tensor(const struct model *m, const char *name, const char *what)
{
	return err_set(ERR_BAD_INPUT,
	               "%s: tensor %.80s %s; the file is damaged or is no model "
	               "of this program's",
	               m->path, name, what);
}

static enum err
cannot_read(const char *path)
{
	return err_set(errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
	               "cannot read %s: %s; give --model FILE or set HEARSAY_MODEL", path,
	               strerror(errno));
}

static enum err
put_path(char ret[PATH_MAX], const char *folder, const char *name)
{
	if (snprintf(ret, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
		return err_set(ERR_NOT_FOUND, "the path %.80s... is too long", folder);
	return OK;
}

/* Folder of a path, in place: what stands before its last slash. */
static bool
go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return false;
	*slash = '\0';
	return true;
}

static bool
stands_in(char ret[PATH_MAX], const char *folder)
{
	return put_path(ret, folder, FILE_NAME) == OK && access(ret, R_OK) == 0;
}

/* model/ of the checkout that a build folder lies in, share/ beside bin/, or the
 * place that the build was told. */
static enum err
find_standard(char ret[PATH_MAX])
{
	char bin[PATH_MAX], up[PATH_MAX], folder[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", bin, sizeof bin - 1);

	bin[n > 0 ? n : 0] = '\0';
	go_up(bin);
	memcpy(up, bin, sizeof up);
	for (int i = 0; i < LEVELS_UP && go_up(up); i++) {
		snprintf(folder, sizeof folder, "%s/model", up);
		if (stands_in(ret, folder))
			return OK;
	}
	snprintf(folder, sizeof folder, "%s/../share/hearsay", bin);
	if (stands_in(ret, folder) || stands_in(ret, HEARSAY_DATADIR))
		return OK;
	return err_set(
	    ERR_NOT_FOUND,
	    "no %s in a folder model/ above %.120s, in ../share/hearsay there, nor in "
	    "%.120s; give --model FILE or set HEARSAY_MODEL",
	    FILE_NAME, bin, HEARSAY_DATADIR);
}

static enum err
find(const char *path, char ret[PATH_MAX])
{
	struct stat st;
	const char *set = getenv("HEARSAY_MODEL");

	if (path == NULL && set != NULL && *set != '\0')
		path = set;
	if (path == NULL)
		return find_standard(ret);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return put_path(ret, path, FILE_NAME);
	if (strlen(path) >= PATH_MAX)
		return err_set(ERR_NOT_FOUND, "the path %.80s... is too long", path);
	memcpy(ret, path, strlen(path) + 1);
	return OK;
}

/* An open file's size; ERR_BAD_INPUT for what is none. */
static enum err
measure(int fd, const char *path, size_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return cannot_read(path);
	if (!S_ISREG(st.st_mode))
		return err_set(ERR_BAD_INPUT, "%s is not a file", path);
	*ret = (size_t)st.st_size;
	return OK;
}

static enum err
map_file(struct model *m)
{
	int fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum err e;

	if (fd < 0)
		return cannot_read(m->path);
	e = measure(fd, m->path, &m->bytes);
	if (e == OK && m->bytes <= LENGTH_BYTES)
		e = broken(m, "it is too short");
	if (e == OK) {
		void *p = mmap(NULL, m->bytes, PROT_READ, MAP_SHARED, fd, 0);

		if (p == MAP_FAILED)
			e = cannot_read(m->path);
		else
			m->map = p;
	}
	close(fd);
	return e;
}

/* The header as JSON, and where the data begin. */
static enum err
read_header(struct model *m, size_t *ret_data)
{
	uint64_t n = 0;
	json_error_t why;

	for (int i = LENGTH_BYTES; i-- > 0;)
		n = n << 8 | m->map[i];
	if (n > HEADER_MAX || n > m->bytes - LENGTH_BYTES)
		return broken(m, "its header is longer than the file, or absurd");
	m->header = json_loadb((const char *)m->map + LENGTH_BYTES, n,
	                       JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(m->header))
		return broken(m, "its header is not the JSON of a safetensors file");
	*ret_data = LENGTH_BYTES + n;
	return OK;
}

static bool
read_count(const json_t *v, size_t *ret)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*ret = (size_t)json_integer_value(v);
	return true;
}

/* Type and shape; *ret_bytes is what such a tensor takes. */
static enum err
read_shape(const struct model *m, const json_t *entry, struct tensor *t,
           size_t *ret_bytes)
{
	const char *type = json_string_value(json_object_get(entry, "dtype"));
	const json_t *shape = json_object_get(entry, "shape");

	t->is_f32 = type != NULL && strcmp(type, "F32") == 0;
	if (!t->is_f32 && (type == NULL || strcmp(type, "I8") != 0))
		return broken_tensor(m, t->name, "is neither of type F32 nor I8");
	t->rank = json_array_size(shape);
	if (t->rank < 1 || t->rank > RANK_MAX)
		return broken_tensor(m, t->name, "has not one or two dimensions");
	*ret_bytes = t->is_f32 ? sizeof(float) : 1;
	for (size_t i = 0; i < t->rank; i++)
		if (!read_count(json_array_get(shape, i), &t->shape[i]) ||
		    __builtin_mul_overflow(*ret_bytes, t->shape[i], ret_bytes))
			return broken_tensor(m, t->name, "has a shape that cannot be");
	return OK;
}

static enum err
read_tensor(const struct model *m, size_t data, const json_t *entry, struct tensor *t)
{
	const json_t *offsets = json_object_get(entry, "data_offsets");
	size_t begin, end, bytes = 0;
	enum err e = read_shape(m, entry, t, &bytes);

	if (e != OK)
		return e;
	if (!read_count(json_array_get(offsets, 0), &begin) ||
	    !read_count(json_array_get(offsets, 1), &end) || begin > end ||
	    end > m->bytes - data)
		return broken_tensor(m, t->name, "lies outside the file");
	if (end - begin != bytes)
		return broken_tensor(m, t->name, "has another size than its shape");
	if (t->is_f32 && (data + begin) % sizeof(float) != 0)
		return broken_tensor(m, t->name, "is not aligned");
	t->data = m->map + data + begin;
	return OK;
}

static enum err
read_tensors(struct model *m)
{
	const char *name;
	json_t *entry;
	size_t data;
	enum err e = read_header(m, &data);

	if (e != OK)
		return e;
	m->tensors = calloc(json_object_size(m->header) + 1, sizeof *m->tensors);
	if (m->tensors == NULL)
		return ERR_NOMEM;
	json_object_foreach(m->header, name, entry)
	{
		if (strcmp(name, "__metadata__") == 0)
			continue;
		m->tensors[m->n].name = name;
		if ((e = read_tensor(m, data, entry, &m->tensors[m->n++])) != OK)
			return e;
	}
	return OK;
}

/* All of a file, with a newline at its end. */
static enum err
read_text(const char *path, char **ret, size_t *ret_bytes)
{
	FILE *f = fopen(path, "re");
	size_t n = 0;
	enum err e = f == NULL ? cannot_read(path) : measure(fileno(f), path, &n);
	char *text = NULL;

	if (e == OK && n > VOCABULARY_MAX)
		e = err_set(ERR_TOO_BIG, "%s is too long for a vocabulary", path);
	if (e == OK && (text = malloc(n + 1)) == NULL)
		e = ERR_NOMEM;
	if (e == OK && fread(text, 1, n, f) != n)
		e = err_set(ERR_IO, "cannot read %s to its end", path);
	if (f != NULL)
		fclose(f);
	if (e != OK) {
		free(text);
		return e;
	}
	if (n > 0 && text[n - 1] != '\n')
		text[n++] = '\n';
	*ret = text;
	*ret_bytes = n;
	return OK;
}

/* Beside the weights. */
static enum err
read_vocabulary(struct model *m)
{
	const char *slash = strrchr(m->path, '/');
	char path[PATH_MAX + sizeof VOCABULARY_NAME];

	snprintf(path, sizeof path, "%.*s%s",
	         slash == NULL ? 0 : (int)(slash - m->path + 1), m->path,
	         VOCABULARY_NAME);
	return read_text(path, &m->vocabulary, &m->vocabulary_bytes);
}

enum err
model_open(const char *path, struct model **ret)
{
	enum err e = ERR_NOMEM;
	struct model *m = calloc(1, sizeof *m);

	if (m == NULL || (e = find(path, m->path)) != OK || (e = map_file(m)) != OK ||
	    (e = read_tensors(m)) != OK || (e = read_vocabulary(m)) != OK)
		goto fail;
	*ret = m;
	return OK;
fail:
	model_close(m);
	return e;
}

void
model_close(struct model *m)
{
	if (m == NULL)
		return;
	if (m->map != NULL)
		munmap(m->map, m->bytes);
	json_decref(m->header);
	free(m->tensors);
	free(m->vocabulary);
	free(m);
}

const char *
model_meta(const struct model *m, const char *name)
{
	return json_string_value(
	    json_object_get(json_object_get(m->header, "__metadata__"), name));
}

enum err
model_meta_count(const struct model *m, const char *name, size_t min, size_t max,
                 size_t *ret)
{
	const char *text = model_meta(m, name);
	char *end = NULL;

	errno = 0;
	unsigned long v = text == NULL ? 0 : strtoul(text, &end, 10);
	if (text == NULL || *text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    v < min || v > max)
		return err_set(
		    ERR_BAD_INPUT,
		    "%s: its \"%s\" is %.40s, not a number from %zu to %zu; the file "
		    "is no model of this program's",
		    m->path, name, text == NULL ? "missing" : text, min, max);
	*ret = v;
	return OK;
}

static enum err
get(const struct model *m, const char *name, bool is_f32, size_t rows, size_t columns,
    const void **ret)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct tensor *t = &m->tensors[i];

		if (strcmp(t->name, name) != 0)
			continue;
		if (t->is_f32 != is_f32)
			return broken_tensor(m, name,
			                     is_f32 ? "is not F32" : "is not I8");
		if (t->rank != (columns == 0 ? 1 : 2) || t->shape[0] != rows ||
		    (columns != 0 && t->shape[1] != columns))
			return broken_tensor(m, name,
			                     "has another shape than the network");
		*ret = t->data;
		return OK;
	}
	return broken_tensor(m, name, "is missing");
}

bool
model_has(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->tensors[i].name, name) == 0)
			return true;
	return false;
}

enum err
model_i8(const struct model *m, const char *name, size_t rows, size_t columns,
         const int8_t **ret)
{
	const void *p = NULL;
	enum err e = get(m, name, false, rows, columns, &p);

	if (e == OK)
		*ret = p;
	return e;
}

enum err
model_f32(const struct model *m, const char *name, size_t rows, size_t columns,
          const float **ret)
{
	const void *p = NULL;
	enum err e = get(m, name, true, rows, columns, &p);

	if (e == OK)
		*ret = p;
	return e;
}

const char *
model_vocabulary(const struct model *m, size_t *ret_bytes)
{
	*ret_bytes = m->vocabulary_bytes;
	return m->vocabulary;
}
