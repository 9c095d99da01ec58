/*
 * Any text and any spans, as they come from a hostile broker, shown to people and
 * written as JSON: nothing may reach the terminal but text, and JSON must be JSON.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/json.h"
#include "client/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 8, SPAN_BYTES = 4 };

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* Two 16-bit numbers a span, small enough to lie in the text, or beyond it. */
static struct hearsay_spans
take_spans(const uint8_t **data, size_t *size, struct hearsay_span *room)
{
	struct hearsay_spans s = { 0, room };
	size_t n = *size == 0 ? 0 : **data % 3;

	for (; s.n < n && *size >= SPAN_BYTES; s.n++) {
		room[s.n].begin = (uint32_t)((*data)[0] | (*data)[1] << 8);
		room[s.n].end = (uint32_t)((*data)[2] | (*data)[3] << 8);
		*data += SPAN_BYTES;
		*size -= SPAN_BYTES;
	}
	return s;
}

static void
check_plain(const char *got, size_t n)
{
	for (size_t i = 0; i < n; i++)
		must((unsigned char)got[i] >= 0x20 || got[i] == '\n' || got[i] == '\t');
}

static void
show_all(const struct shown *a)
{
	char *got;
	size_t n;
	struct show plain = { open_memstream(&got, &n), false, false, 60 };
	struct show colour = { fopen("/dev/null", "w"), true, true, 41 };

	show_article(&plain, a);
	show_table(&plain, a, true);
	fclose(plain.out);
	check_plain(got, n);
	free(got);
	show_article(&colour, a);
	show_table(&colour, a, true);
	fclose(colour.out);
}

static void
write_json(const struct shown *a)
{
	char *got;
	size_t n;
	FILE *out = open_memstream(&got, &n);
	json_t *v;

	json_extraction(out, a->name, a->title, &a->found);
	fclose(out);
	v = json_loadb(got, n, JSON_DISABLE_EOF_CHECK, NULL);
	must(v != NULL);
	json_decref(v);
	free(got);
}

/* The text as a speaker's name and a claim's, with any numbers in it. */
static void
show_text(struct shown *a, char *text, float number)
{
	struct hearsay_speaker speakers[2] = { { text, text, HEARSAY_GROUP },
		                               { "", "" } };
	struct hearsay_quantity some = { { 1, 2 }, (double)number, text };
	struct hearsay_moment then = { { 1, 2 }, text };
	struct hearsay_claim claims[2] = { { .text = text,
		                             .attribution = -1,
		                             .certainty = number,
		                             .check_worthy = number,
		                             .quantities_n = 1,
		                             .times_n = 1,
		                             .quantities = &some,
		                             .times = &then },
		                           { .text = "", .check_worthy = 0.7f } };

	a->name = a->title = a->text = text;
	a->found.n_speakers = a->found.n_claims = 2;
	a->found.speakers = speakers;
	a->found.claims = claims;
	show_all(a);
	write_json(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hearsay_span room[MAX][3][3];
	struct hearsay_attribution v[MAX];
	struct shown a = { .found = { .v = v, .n = size == 0 ? 0 : data[0] % MAX } };
	float number = 0;
	char *text;

	memcpy(&number, data, size < sizeof number ? size : sizeof number);
	for (size_t i = 0; i < a.found.n; i++)
		v[i] = (struct hearsay_attribution){
			take_spans(&data, &size, room[i][0]),
			take_spans(&data, &size, room[i][1]),
			take_spans(&data, &size, room[i][2]),
			HEARSAY_MIXED,
			i % 2 == 1,
			0.5f,
			.speaker = (int)i - 3,
			.speaker_reason = "why",
			.stance = (enum hearsay_stance)(i % 5),
			.certainty = number,
			.parent = (int)i - 2,
		};
	must((text = malloc(size + 1)) != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	a.size = size;
	show_text(&a, text, number);
	free(text);
	return 0;
}
