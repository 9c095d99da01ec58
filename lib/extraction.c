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
