/* The names of what an extraction tells: one switch an enum, so that a new value is
 * missed by none. */
#include "extraction.h"

const char *
quotation_name(enum quotation q)
{
	switch (q) {
	case DIRECT:
		return "direct";
	case MIXED:
		return "mixed";
	case INDIRECT:
		break;
	}
	return "indirect";
}

const char *
stance_name(enum stance s)
{
	switch (s) {
	case DENIES:
		return "denies";
	case DOUBTS:
		return "doubts";
	case ASKS:
		return "asks";
	case ORDERS:
		return "orders";
	case ASSERTS:
		break;
	}
	return "asserts";
}

const char *
speaker_kind_name(enum speaker_kind k)
{
	switch (k) {
	case PERSON:
		return "person";
	case ORGANISATION:
		return "organisation";
	case GROUP:
		return "group";
	case DOCUMENT:
		return "document";
	case OTHER:
		break;
	}
	return "other";
}
