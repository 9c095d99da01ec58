/*
 * hearsay: the command.  Finds the verb; verb.c does the rest.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "verb.h"

static enum err
unknown(const char *name)
{
	const char *near = verb_nearest(name);

	if (near != NULL)
		return complain(err_set(ERR_USAGE,
		                        "there is no verb \"%s\": did you mean \"%s\"?",
		                        name, near));
	return complain(
	    err_set(ERR_USAGE, "there is no verb \"%s\": hearsay help lists them", name));
}

/* --help and --version work without a verb too. */
static const char *
verb_name(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return "help";
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return "version";
	return word;
}

static enum err
run(int argc, char *argv[])
{
	const struct verb *v;

	if (argc < 2) {
		verb_help_all(stderr);
		return ERR_USAGE;
	}
	v = verb_find(verb_name(argv[1]));
	return v == NULL ? unknown(argv[1]) : verb_run(v, argc - 1, argv + 1);
}

/* Results that could not be written are not given, and must not look as if. */
static enum err
flushed(enum err e)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return e;
	return complain(err_set(ERR_IO, "cannot write the results to standard output"));
}

int
main(int argc, char *argv[])
{
	enum err e;

	signal(SIGPIPE, SIG_DFL); /* hearsay ... | head ends quietly */
	e = flushed(run(argc, argv));
	return err_exit_status(e);
}
