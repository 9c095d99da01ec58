/* Words with commas between them, as settings have them. */
#include "list.h"

#include <stdio.h>
#include <string.h>

bool
list_nth(const char *list, size_t i, char *ret, size_t size)
{
	for (; list != NULL && i > 0; i--)
		if ((list = strchr(list, ',')) != NULL)
			list++;
	if (list == NULL)
		return false;
	list += strspn(list, " \t");
	size_t n = strcspn(list, ", \t");
	return n > 0 && (size_t)snprintf(ret, size, "%.*s", (int)n, list) < size;
}
