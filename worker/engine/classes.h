#ifndef CLASSES_H
#define CLASSES_H

#include <stdint.h>

/*
 * What the rules about names know of single English words, folded: lower case, without
 * accents and stops.  A word may be of several classes (Will, Grant and May are names,
 * too).
 */
enum word_class {
	MAN = 1 << 0,   /* first names */
	WOMAN = 1 << 1, /* */
	HIS = 1 << 2,   /* "Mr", "King": stands before a man's name */
	HER = 1 << 3,   /* "Ms", "Queen" */
	TITLE = 1 << 4, /* "minister", "Capt", "engineer": before a name, or beside it */
	HUMAN = 1 << 5, /* "neighbour": somebody, but no title */
	COMPANY = 1 << 6,   /* part of an organisation's name: "Committee", "Inc" */
	BODY = 1 << 7,      /* "the council": organisations that a word alone can name */
	PAPER = 1 << 8,     /* "report", "ruling": documents */
	CROWD = 1 << 9,     /* "police", "critics" */
	LITTLE = 1 << 10,   /* function words and adverbs that begin sentences */
	DATE = 1 << 11,     /* days and months */
	PARTICLE = 1 << 12, /* "van", "de": small letters inside a name */
	NATION = 1 << 13,   /* "Mexican", "Republican": before a title or a group */
	PARTISAN = 1 << 14, /* "Democrats": a group that is its own name */
};

/* Its classes, 0 for none. */
uint32_t classes_of(const char *word);

/* "robert" for "bob", NULL for what is no short form. */
const char *classes_full_name(const char *word);

#endif
