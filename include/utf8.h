#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/* Offset of the first byte that is not well-formed UTF-8 (RFC 3629), or n. */
size_t utf8_valid(const char *text, size_t n);

#endif
