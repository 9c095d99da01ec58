#ifndef GOLD_FILE_H
#define GOLD_FILE_H

#include "extraction.h"

/*
 * tests/gold/ in memory: articles, and for each what a careful reader finds in it.
 * The README.md there says how a file is written.  A file that breaks its form ends
 * the program, with the line and what is wrong in it.
 */
enum { GOLD_ARTICLES = 128, GOLD_EACH = 16, GOLD_PIECES = 6 };

/* What of an attribution can be right or wrong. */
enum gold_aspect {
	GOLD_ALL, /* is it found at all? */
	GOLD_SOURCE,
	GOLD_CUE,
	GOLD_CONTENT,
	GOLD_KIND,
	GOLD_SPEAKER,
	GOLD_TITLE,
	GOLD_STANCE,
	GOLD_IN,
	GOLD_ASPECTS
};

/* "all", "source" ...: the word that a miss begins with. */
extern const char *const gold_aspects[GOLD_ASPECTS];

/* How an aspect comes out, as the file has it. */
enum gold_known {
	GOLD_RIGHT,
	GOLD_MISSED, /* wrong */
	GOLD_WAVERS, /* right or wrong, as this machine rounds */
};

/* One block of lines. */
struct gold_attribution {
	int line, last; /* of the file: its first and its last */
	struct spans source, cue, content;
	struct spans or [3]; /* as good instead of them; empty: nothing is */
	struct span piece[6][GOLD_PIECES]; /* what these six are made of */
	bool states[GOLD_ASPECTS];
	enum quotation kind;
	enum stance stance;
	char speaker[96]; /* "": nobody who can be named */
	char title[96];
	int in; /* the block that it is nested in, NO_INDEX: none */
	enum gold_known known[GOLD_ASPECTS];
	bool extra; /* known to be found, and wrong */
	bool maybe; /* readers differ on whether it is one */
};

struct gold_article {
	char file[256];
	int last; /* line of the file that says something of this article */
	char name[64];
	char published[32]; /* "": not stated */
	char text[4096];
	size_t n, attributions;
	struct gold_attribution attribution[GOLD_EACH];
};

/* Adds a file's articles to v[n..GOLD_ARTICLES); returns how many there are then. */
size_t gold_read(const char *path, struct gold_article *v, size_t n);

/* Do at[0..n) stand in the text as words of their own, not in the middle of one? */
bool gold_is_place(const char *text, const char *at, size_t n);

#endif
