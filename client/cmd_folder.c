/*
 * hearsay check, repair, compact: what is done to a broker's data folder.  The broker's
 * program does it, since it alone knows the folder's form; here it is found and called:
 * beside this program, or else on the path.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "verb.h"

enum { PATH_SIZE = 4096 };

static const char program[] = "hearsay-broker";

/* Beside this one; false when that cannot be said. */
static bool
beside(char *ret, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - sizeof program);
	char *slash;

	if (n < 0)
		return false;
	ret[n] = '\0';
	if ((slash = strrchr(ret, '/')) == NULL)
		return false;
	memcpy(slash + 1, program, sizeof program);
	return access(ret, X_OK) == 0;
}

/* Does not come back unless it fails. */
static enum err
become_broker(const char *what, const char *dir)
{
	char path[PATH_SIZE], data[PATH_SIZE];
	char *const words[] = { (char *)program, data, (char *)what, NULL };

	if ((size_t)snprintf(data, sizeof data, "--data=%s", dir) >= sizeof data)
		return err_set(ERR_USAGE, "the folder's name is too long");
	fflush(stdout);
	if (beside(path, sizeof path))
		execv(path, words);
	else
		execvp(program, words);
	return err_set(ERR_NOT_FOUND,
	               "%s, which does this, cannot be started (%s): install it, or run "
	               "this where the broker runs",
	               program, strerror(errno));
}

static enum err
run(const char *what, char *const *words)
{
	if (words[0] == NULL || words[1] != NULL)
		return complain(err_set(ERR_USAGE, "name the broker's data folder, and "
		                                   "nothing else"));
	return complain(become_broker(what, words[0]));
}

enum err
cmd_check(const struct settings *s, char *const *words)
{
	(void)s;
	return run("--check", words);
}

enum err
cmd_repair(const struct settings *s, char *const *words)
{
	(void)s;
	return run("--repair", words);
}

enum err
cmd_compact(const struct settings *s, char *const *words)
{
	(void)s;
	return run("--compact", words);
}
