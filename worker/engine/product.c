/*
 * Matrix products by oneDNN; the only file that knows it, 2.6 or 3.x.
 *
 * A product is compiled once for one shape (a oneDNN primitive) and shared.  A
 * lane holds what a thread needs to run any product of the set: a stream, a
 * scratchpad as large as the greediest product wants, and handles in which only
 * the pointers change from run to run.
 *
 * oneDNN divides work by OpenMP.  Here a thread does its own work alone: number
 * of threads 1 when a product is compiled and when it runs, so no team is made.
 */
#include <dnnl.h>
#include <stdlib.h>
#include <string.h>

#include "product.h"

/* From omp.h, which clang looks for where gcc's is not. */
void omp_set_num_threads(int n);

enum { ALIGNMENT = 64 };

struct compiled {
	struct product shape;
	dnnl_primitive_desc_t desc;
	dnnl_primitive_t primitive;
};

struct products {
	dnnl_engine_t engine;
	size_t n, cap;
	struct compiled *v;
};

struct packed {
	dnnl_memory_t memory;
	void *bytes;
};

struct handles {
	dnnl_memory_t a, b, c, scratchpad;
};

struct lane {
	const struct products *products;
	dnnl_stream_t stream;
	void *scratchpad;
	struct handles *v; /* one for each product */
};

/* Before 3.0 a description was a struct to be copied, since then it is an object. */
#if DNNL_VERSION_MAJOR < 3
typedef const dnnl_memory_desc_t *const_dnnl_memory_desc_t;
struct matrix {
	dnnl_memory_desc_t desc;
};
#define DESC(m) (&(m)->desc)

static int
matrix_make(struct matrix *m, size_t rows, size_t columns, dnnl_data_type_t type,
            dnnl_format_tag_t tag)
{
	dnnl_dims_t dims = { (dnnl_dim_t)rows, (dnnl_dim_t)columns };

	return dnnl_memory_desc_init_by_tag(&m->desc, 2, dims, type, tag);
}

static int
matrix_copy(struct matrix *m, const_dnnl_memory_desc_t from)
{
	m->desc = *from;
	return dnnl_success;
}

static void
matrix_free(struct matrix *m)
{
	(void)m;
}

static int
describe(dnnl_primitive_desc_t *ret, dnnl_engine_t engine, const struct matrix m[3],
         dnnl_primitive_attr_t attr)
{
	dnnl_matmul_desc_t d;
	int status = dnnl_matmul_desc_init(&d, DESC(m), DESC(m + 1), NULL, DESC(m + 2));

	return status != 0 ? status
	                   : (int)dnnl_primitive_desc_create(ret, &d, attr, engine, NULL);
}
#else
struct matrix {
	dnnl_memory_desc_t desc;
};
#define DESC(m) ((m)->desc)

static int
matrix_make(struct matrix *m, size_t rows, size_t columns, dnnl_data_type_t type,
            dnnl_format_tag_t tag)
{
	dnnl_dims_t dims = { (dnnl_dim_t)rows, (dnnl_dim_t)columns };

	return dnnl_memory_desc_create_with_tag(&m->desc, 2, dims, type, tag);
}

static int
matrix_copy(struct matrix *m, const_dnnl_memory_desc_t from)
{
	return dnnl_memory_desc_clone(&m->desc, from);
}

static void
matrix_free(struct matrix *m)
{
	dnnl_memory_desc_destroy(m->desc);
}

static int
describe(dnnl_primitive_desc_t *ret, dnnl_engine_t engine, const struct matrix m[3],
         dnnl_primitive_attr_t attr)
{
	return dnnl_matmul_primitive_desc_create(ret, engine, DESC(m), DESC(m + 1), NULL,
	                                         DESC(m + 2), attr);
}
#endif

static enum err
failed(int status, const char *what)
{
	if (status == dnnl_out_of_memory)
		return err_set(ERR_NOMEM,
		               "out of memory for the network's matrix products");
	return err_set(ERR_IO,
	               "oneDNN cannot %s (status %d); is libdnnl installed whole?", what,
	               status);
}

enum err
products_open(struct products **ret)
{
	struct products *p = calloc(1, sizeof *p);

	if (p == NULL)
		return ERR_NOMEM;
	omp_set_num_threads(1);
	int status = dnnl_engine_create(&p->engine, dnnl_cpu, 0);
	if (status != dnnl_success) {
		products_close(p);
		return failed(status, "open the CPU");
	}
	*ret = p;
	return OK;
}

void
products_close(struct products *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++) {
		dnnl_primitive_destroy(p->v[i].primitive);
		dnnl_primitive_desc_destroy(p->v[i].desc);
	}
	if (p->engine != NULL)
		dnnl_engine_destroy(p->engine);
	free(p->v);
	free(p);
}

#ifdef __x86_64__
/* The sets are ordered by their bits: a set has those of all it contains. */
static bool
cpu_has(dnnl_cpu_isa_t wanted)
{
	return (dnnl_get_effective_cpu_isa() & wanted) == wanted;
}
#endif

enum isa
products_isa(void)
{
#ifdef __x86_64__
	if (cpu_has(dnnl_cpu_isa_avx512_core))
		return ISA_AVX512;
	if (cpu_has(dnnl_cpu_isa_avx2))
		return ISA_AVX2;
#endif
	return ISA_PLAIN;
}

static dnnl_data_type_t
left_type(enum product_type t)
{
	return t == PRODUCT_INT8 ? dnnl_u8 : t == PRODUCT_BF16 ? dnnl_bf16 : dnnl_f32;
}

static dnnl_data_type_t
right_type(enum product_type t)
{
	return t == PRODUCT_INT8 ? dnnl_s8 : left_type(t);
}

static const_dnnl_memory_desc_t
layout(const struct compiled *c, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(c->desc, what, 0);
}

static int
make_right(const struct products *p, const struct product *s, struct matrix *ret)
{
	dnnl_format_tag_t tag = dnnl_format_tag_any;

	if (s->right != RIGHT_PACKED)
		tag = s->right == RIGHT_ROWS ? dnnl_ab : dnnl_ba;
	for (size_t i = 0; s->right == RIGHT_PACKED && i < p->n; i++) {
		const struct product *o = &p->v[i].shape;

		if (o->right == RIGHT_PACKED && o->type == s->type &&
		    o->inner == s->inner && o->columns == s->columns)
			return matrix_copy(ret, layout(&p->v[i], dnnl_query_weights_md));
	}
	return matrix_make(ret, s->inner, s->columns, right_type(s->type), tag);
}

static int
describe_product(const struct products *p, const struct product *s,
                 dnnl_primitive_desc_t *ret)
{
	struct matrix m[3] = { 0 };
	dnnl_primitive_attr_t attr = NULL;
	int status = dnnl_primitive_attr_create(&attr);

	if (status == 0)
		status = dnnl_primitive_attr_set_scratchpad_mode(
		    attr, dnnl_scratchpad_mode_user);
	if (status == 0)
		status =
		    matrix_make(&m[0], s->rows, s->inner, left_type(s->type), dnnl_ab);
	if (status == 0)
		status = make_right(p, s, &m[1]);
	if (status == 0)
		status =
		    matrix_make(&m[2], s->rows, s->columns,
		                s->type == PRODUCT_INT8 ? dnnl_s32 : dnnl_f32, dnnl_ab);
	if (status == 0)
		status = describe(ret, p->engine, m, attr);
	for (size_t i = 0; i < 3; i++)
		matrix_free(&m[i]);
	dnnl_primitive_attr_destroy(attr);
	return status;
}

enum err
products_add(struct products *p, const struct product *shape, size_t *ret_id)
{
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
		struct compiled *v = realloc(p->v, cap * sizeof *v);

		if (v == NULL)
			return ERR_NOMEM;
		p->v = v;
		p->cap = cap;
	}
	struct compiled *c = &p->v[p->n];
	*c = (struct compiled){ .shape = *shape };
	omp_set_num_threads(1); /* it is compiled for so many */
	int status = describe_product(p, shape, &c->desc);
	if (status != 0)
		return failed(status, "multiply matrices of this type");
	if ((status = dnnl_primitive_create(&c->primitive, c->desc)) != 0) {
		dnnl_primitive_desc_destroy(c->desc);
		return failed(status, "compile a product");
	}
	*ret_id = p->n++;
	return OK;
}

static int
reorder(const struct products *p, dnnl_memory_t from, const_dnnl_memory_desc_t from_desc,
        dnnl_memory_t to, const_dnnl_memory_desc_t to_desc)
{
	dnnl_primitive_desc_t desc = NULL;
	dnnl_primitive_t primitive = NULL;
	dnnl_stream_t stream = NULL;
	int status = dnnl_reorder_primitive_desc_create(&desc, from_desc, p->engine,
	                                                to_desc, p->engine, NULL);

	if (status == 0)
		status = dnnl_primitive_create(&primitive, desc);
	if (status == 0)
		status =
		    dnnl_stream_create(&stream, p->engine, dnnl_stream_default_flags);
	if (status == 0) {
		const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from },
			                         { DNNL_ARG_TO, to } };

		status = dnnl_primitive_execute(primitive, stream, 2, args);
	}
	if (status == 0)
		status = dnnl_stream_wait(stream);
	dnnl_stream_destroy(stream);
	dnnl_primitive_destroy(primitive);
	dnnl_primitive_desc_destroy(desc);
	return status;
}

/* oneDNN reads weights without writing, but its handles take no const. */
static int
pack(const struct products *p, const struct compiled *c, const int8_t *w,
     struct packed *ret)
{
	struct matrix plain = { 0 };
	dnnl_memory_t from = NULL;
	const_dnnl_memory_desc_t to = layout(c, dnnl_query_weights_md);
	int status =
	    matrix_make(&plain, c->shape.inner, c->shape.columns, dnnl_s8, dnnl_ba);

	if (status == 0)
		status = dnnl_memory_create(&from, DESC(&plain), p->engine,
		                            (void *)(uintptr_t)(const void *)w);
	if (status == 0)
		status = dnnl_memory_create(&ret->memory, to, p->engine, ret->bytes);
	if (status == 0)
		status = reorder(p, from, DESC(&plain), ret->memory, to);
	dnnl_memory_destroy(from);
	matrix_free(&plain);
	return status;
}

static void *
aligned(size_t n)
{
	return aligned_alloc(ALIGNMENT, (n + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
}

enum err
products_pack(const struct products *p, size_t id, const int8_t *w, struct packed **ret)
{
	const struct compiled *c = &p->v[id];
	struct packed *made = calloc(1, sizeof *made);

	if (made == NULL || (made->bytes = aligned(dnnl_memory_desc_get_size(
	                         layout(c, dnnl_query_weights_md)))) == NULL) {
		packed_free(made);
		return ERR_NOMEM;
	}
	omp_set_num_threads(1);
	int status = pack(p, c, w, made);
	if (status != 0) {
		packed_free(made);
		return failed(status, "pack weights");
	}
	*ret = made;
	return OK;
}

void
packed_free(struct packed *w)
{
	if (w == NULL)
		return;
	dnnl_memory_destroy(w->memory);
	free(w->bytes);
	free(w);
}

static int
make_handles(const struct lane *l, const struct compiled *c, struct handles *ret)
{
	dnnl_engine_t e = l->products->engine;
	int status = dnnl_memory_create(&ret->a, layout(c, dnnl_query_src_md), e, NULL);

	if (status == 0 && c->shape.right != RIGHT_PACKED)
		status = dnnl_memory_create(&ret->b, layout(c, dnnl_query_weights_md), e,
		                            NULL);
	if (status == 0)
		status =
		    dnnl_memory_create(&ret->c, layout(c, dnnl_query_dst_md), e, NULL);
	if (status == 0)
		status = dnnl_memory_create(&ret->scratchpad,
		                            layout(c, dnnl_query_scratchpad_md), e,
		                            l->scratchpad);
	return status;
}

static size_t
scratchpad_bytes(const struct products *p)
{
	size_t most = 0;

	for (size_t i = 0; i < p->n; i++) {
		size_t n =
		    dnnl_memory_desc_get_size(layout(&p->v[i], dnnl_query_scratchpad_md));

		most = n > most ? n : most;
	}
	return most;
}

enum err
lane_open(const struct products *p, struct lane **ret)
{
	struct lane *l = calloc(1, sizeof *l);
	int status = dnnl_out_of_memory;

	if (l == NULL)
		return ERR_NOMEM;
	l->products = p;
	l->v = calloc(p->n, sizeof *l->v);
	l->scratchpad = aligned(scratchpad_bytes(p));
	if (l->v != NULL && l->scratchpad != NULL)
		status =
		    dnnl_stream_create(&l->stream, p->engine, dnnl_stream_default_flags);
	for (size_t i = 0; status == 0 && i < p->n; i++)
		status = make_handles(l, &p->v[i], &l->v[i]);
	if (status != 0) {
		lane_close(l);
		return failed(status, "make room for a thread");
	}
	*ret = l;
	return OK;
}

void
lane_close(struct lane *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; l->v != NULL && i < l->products->n; i++) {
		dnnl_memory_destroy(l->v[i].a);
		dnnl_memory_destroy(l->v[i].b);
		dnnl_memory_destroy(l->v[i].c);
		dnnl_memory_destroy(l->v[i].scratchpad);
	}
	dnnl_stream_destroy(l->stream);
	free(l->v);
	free(l->scratchpad);
	free(l);
}

static int
point(dnnl_memory_t m, const void *to)
{
	return dnnl_memory_set_data_handle(m, (void *)(uintptr_t)to);
}

enum err
lane_run(struct lane *l, size_t id, const void *a, const void *b, void *c)
{
	const struct compiled *p = &l->products->v[id];
	const struct handles *h = &l->v[id];
	const struct packed *w = p->shape.right == RIGHT_PACKED ? b : NULL;
	int status = point(h->a, a);

	if (status == 0 && w == NULL)
		status = point(h->b, b);
	if (status == 0)
		status = point(h->c, c);
	if (status == 0) {
		const dnnl_exec_arg_t args[] = { { DNNL_ARG_SRC, h->a },
			                         { DNNL_ARG_WEIGHTS,
			                           w != NULL ? w->memory : h->b },
			                         { DNNL_ARG_DST, h->c },
			                         { DNNL_ARG_SCRATCHPAD, h->scratchpad } };

		omp_set_num_threads(1);
		status = dnnl_primitive_execute(p->primitive, l->stream, 4, args);
	}
	return status == 0 ? OK : failed(status, "multiply");
}

/* Not the reference code, which is right and slow; and for something newer than SSE. */
static bool
is_compiled(const struct compiled *c)
{
	const char *name = "ref";

	dnnl_primitive_desc_query(c->desc, dnnl_query_impl_info_str, 0, &name);
	return strncmp(name, "ref", 3) != 0 && products_isa() != ISA_PLAIN;
}

enum { TRIAL_ROWS = 16, TRIAL_INNER = 384, TRIAL_COLUMNS = 64 };

struct trial {
	uint8_t a[TRIAL_ROWS * TRIAL_INNER];
	int8_t b[TRIAL_INNER * TRIAL_COLUMNS];
	int32_t c[TRIAL_ROWS * TRIAL_COLUMNS];
	struct products *products;
	struct packed *packed;
	struct lane *lane;
};

static enum err
run_trial(struct trial *t, bool *ret_compiled)
{
	const struct product shape = { PRODUCT_INT8, RIGHT_PACKED, TRIAL_ROWS,
		                       TRIAL_INNER, TRIAL_COLUMNS };
	enum err e;
	size_t id = 0;

	if ((e = products_open(&t->products)) != OK ||
	    (e = products_add(t->products, &shape, &id)) != OK ||
	    (e = products_pack(t->products, id, t->b, &t->packed)) != OK ||
	    (e = lane_open(t->products, &t->lane)) != OK)
		return e;
	*ret_compiled = is_compiled(&t->products->v[id]);
	return lane_run(t->lane, id, t->a, t->packed, t->c);
}

enum err
products_int8(uint8_t most, bool *ret)
{
	struct trial *t = calloc(1, sizeof *t);
	bool right = false;

	if (t == NULL)
		return ERR_NOMEM;
	memset(t->a, most, sizeof t->a);
	memset(t->b, 127, sizeof t->b);
	enum err e = run_trial(t, &right);
	for (size_t i = 0; i < sizeof t->c / sizeof *t->c; i++)
		right &= t->c[i] == most * 127 * TRIAL_INNER;
	lane_close(t->lane);
	packed_free(t->packed);
	products_close(t->products);
	free(t);
	if (e == OK)
		*ret = right;
	return e;
}

bool
products_bf16(void)
{
#ifdef __x86_64__
	return cpu_has(dnnl_cpu_isa_avx512_core_bf16);
#else
	return false;
#endif
}
