/*
 * hearsay help, hearsay version.
 */
#include <stdio.h>

#include "hearsay.h"
#include "verb.h"

enum err
cmd_help(const struct settings *s, char *const *words)
{
	const struct verb *v;

	(void)s;
	if (*words == NULL) {
		verb_help_all(stdout);
		return OK;
	}
	if ((v = verb_find(*words)) == NULL)
		return complain(
		    err_set(ERR_USAGE, "there is no verb \"%s\": hearsay help lists them",
		            *words));
	verb_help(v, stdout);
	return OK;
}

enum err
cmd_version(const struct settings *s, char *const *words)
{
	(void)words;
	if (s->json)
		printf("{\"version\":\"%s\"}\n", hearsay_version());
	else
		printf("hearsay %s\n", hearsay_version());
	return OK;
}
