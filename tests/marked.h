#ifndef MARKED_H
#define MARKED_H

#include <check.h>
#include <string.h>

#include "worker/engine/attribute.h"

/*
 * For tests: a text with its spans marked, [s a source], [c a cue] and [x a content],
 * all of them of one attribution.
 */
struct marked {
	char text[2000];
	size_t n;
	struct span at[3][8];
	struct attribution x;
};

static inline void
marked_read(const char *c, struct marked *m)
{
	struct spans *lists[] = { &m->x.source, &m->x.cue, &m->x.content };
	size_t role = 0;

	memset(m, 0, sizeof *m);
	for (; *c != '\0'; c++) {
		if (*c == '[') {
			role = c[1] == 's' ? 0 : c[1] == 'c' ? 1 : 2;
			ck_assert_uint_lt(lists[role]->n, 8);
			m->at[role][lists[role]->n].begin = (uint32_t)m->n;
			c += 2;
		} else if (*c == ']') {
			m->at[role][lists[role]->n++].end = (uint32_t)m->n;
		} else {
			ck_assert_uint_lt(m->n, sizeof m->text - 1);
			m->text[m->n++] = *c;
		}
	}
	for (role = 0; role < 3; role++)
		lists[role]->v = m->at[role];
	m->x.parent = m->x.speaker = NO_INDEX;
	if (m->x.content.n > 0 &&
	    (m->text[m->at[2][0].begin] == '"' ||
	     strncmp(m->text + m->at[2][0].begin, "\u201c", 3) == 0))
		m->x.kind = DIRECT;
}

#endif
