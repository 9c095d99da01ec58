/*
 * The encoder and the attribution head on fixture.json, beside what the network
 * gave where it was trained: the largest and the mean difference of an emission,
 * to its f32 form and to its int8 form simulated in f32.  fixture FILE [MODEL]
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/encoder_f32.h"
#include "worker/engine/encoder.h"
#include "worker/engine/model.h"

enum { LABELS = 7 };

struct difference {
	double most, sum;
	size_t n;
};

struct fixture {
	struct model *m;
	struct encoder *e;
	struct encoder_scratch *s;
	const float *weight, *bias;
	struct difference f32, int8, twin_int8, twin;
	size_t other, pieces; /* whose best label is not the simulated int8's */
};

static void
must(enum err e)
{
	if (e == OK)
		return;
	fprintf(stderr, "fixture: %s\n", err_text());
	exit(EXIT_FAILURE);
}

static void
note(struct difference *d, double x)
{
	d->most = fmax(d->most, fabs(x));
	d->sum += fabs(x);
	d->n++;
}

static double
emission(const struct fixture *f, const float *hidden, size_t label)
{
	const size_t width = encoder_width(f->e);
	double sum = f->bias[label];

	for (size_t i = 0; i < width; i++)
		sum += (double)hidden[i] * f->weight[label * width + i];
	return sum;
}

static size_t
best(const double *v)
{
	size_t b = 0;

	for (size_t i = 1; i < LABELS; i++)
		if (v[i] > v[b])
			b = i;
	return b;
}

static void
compare_piece(struct fixture *f, const float *hidden, const float *twin,
              const json_t *f32, const json_t *int8)
{
	double ours[LABELS], theirs[LABELS];

	for (size_t i = 0; i < LABELS; i++) {
		const double slow = emission(f, twin, i);

		ours[i] = emission(f, hidden, i);
		theirs[i] = json_number_value(json_array_get(int8, i));
		note(&f->int8, ours[i] - theirs[i]);
		note(&f->f32, ours[i] - json_number_value(json_array_get(f32, i)));
		note(&f->twin_int8, slow - theirs[i]);
		note(&f->twin, ours[i] - slow);
	}
	f->other += best(ours) != best(theirs);
	f->pieces++;
}

static void
compare_window(struct fixture *f, const json_t *window)
{
	const json_t *ids = json_object_get(window, "ids"),
	             *cases = json_object_get(window, "case");
	const size_t n = json_array_size(ids), width = encoder_width(f->e);
	int32_t *id = calloc(n, sizeof *id);
	int8_t *c = calloc(n, sizeof *c);
	float *twin = calloc(n * width, sizeof *twin);
	const float *hidden;

	for (size_t i = 0; i < n; i++) {
		id[i] = (int32_t)json_integer_value(json_array_get(ids, i));
		c[i] = (int8_t)json_integer_value(json_array_get(cases, i));
	}
	must(encoder_run(f->e, f->s, id, c, n, &hidden));
	encoder_f32(f->m, id, c, n, twin);
	for (size_t i = 0; i < n; i++)
		compare_piece(
		    f, hidden + i * width, twin + i * width,
		    json_array_get(json_object_get(window, "emission_f32"), i),
		    json_array_get(json_object_get(window, "emission_int8"), i));
	free(id);
	free(c);
	free(twin);
}

static void
show(const char *what, const struct difference *d)
{
	printf("%-44s mean %.4f, largest %.3f\n", what, d->sum / (double)d->n, d->most);
}

int
main(int argc, char *argv[])
{
	struct fixture f = { 0 };
	json_t *all = argc < 2 ? NULL : json_load_file(argv[1], 0, NULL), *text, *window;
	size_t i, j;

	if (!json_is_array(all)) {
		fprintf(stderr, "usage: fixture fixture.json [model]\n");
		return EXIT_FAILURE;
	}
	must(model_open(argc > 2 ? argv[2] : NULL, &f.m));
	must(encoder_open(f.m, &f.e));
	must(encoder_scratch_open(f.e, &f.s));
	must(model_f32(f.m, "head.attribution.weight", LABELS, encoder_width(f.e),
	               &f.weight));
	must(model_f32(f.m, "head.attribution.bias", LABELS, 0, &f.bias));
	json_array_foreach(all, i, text)
	{
		json_array_foreach(json_object_get(text, "windows"), j, window)
		    compare_window(&f, window);
	}
	show("encoder against simulated int8", &f.int8);
	show("encoder against f32", &f.f32);
	show("slow twin against simulated int8", &f.twin_int8);
	show("encoder against slow twin", &f.twin);
	printf("best label differs from simulated int8's at %zu of %zu pieces\n", f.other,
	       f.pieces);
	encoder_scratch_close(f.s);
	encoder_close(f.e);
	model_close(f.m);
	json_decref(all);
	return EXIT_SUCCESS;
}
