/*
 * hearsay keys: pairs of keys, and the lists of those that a broker lets in.  The broker
 * reads a list again when it has changed, so nothing here speaks to it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "allow.h"
#include "jobs.h"
#include "json.h"
#include "keys.h"

#define FIELD(name) offsetof(struct settings, name)

enum { PATH_LIMIT = 4096 };

const struct conf_option keys_options[] = {
	{ "keys", 0, CONF_TEXT, FIELD(keys), "DIR", "the broker's folder of keys",
	  .standard = "/var/lib/hearsay/keys" },
	{ "as", 0, CONF_TEXT, FIELD(as), "WHAT", "client, worker or admin",
	  .standard = "client" },
	{ "name", 0, CONF_TEXT, FIELD(name), "NAME",
	  "one word for logs; else the file's name or the key's first letters" },
	{ "tenant", 0, CONF_TEXT, FIELD(tenant), "NAME",
	  "a client that sees the articles of this tenant alone" },
	{ 0 },
};

static const struct {
	const char *as, *list;
} kinds[] = { { "client", "clients" }, { "worker", "workers" }, { "admin", "admins" } };
enum { KINDS = sizeof kinds / sizeof *kinds };

static enum err
list_path(const struct settings *s, const char *list, char *ret)
{
	struct stat st;

	if (stat(s->keys, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(ERR_NOT_FOUND,
		               "there is no folder %s: name the broker's with --keys (it "
		               "is keys/ in its --data, and made when it starts)",
		               s->keys);
	if ((size_t)snprintf(ret, PATH_LIMIT, "%s/%s", s->keys, list) >= PATH_LIMIT)
		return err_set(ERR_USAGE, "the folder's name is too long");
	return OK;
}

/* ------------------------------------------------------------------------- new */

static enum err
make_pair(const struct settings *s, const char *file)
{
	char text[KEY_TEXT];
	struct key_pair pair;
	enum err e = keys_make(file, &pair);

	if (e != OK)
		return e;
	key_text(&pair.public, text);
	explicit_bzero(&pair, sizeof pair);
	if (s->json)
		printf("{\"public\":\"%s\"}\n", text);
	else if (s->quiet)
		puts(text);
	else
		printf("%s is secret and stays here.\n%s.pub goes to the broker's owner, "
		       "who lets it in with\n\n  hearsay keys allow %s\n",
		       file, file, text);
	return OK;
}

/* ----------------------------------------------------------------- allow, revoke */

/* "desk" of /etc/hearsay/desk.pub; of a key in hexadecimal its beginning. */
static void
name_of(const char *word, char *ret, size_t size)
{
	const char *slash = strrchr(word, '/');
	const char *base = slash == NULL ? word : slash + 1;
	size_t n = strcspn(base, ".");
	struct key k;

	if (key_parse(word, strlen(word), &k))
		n = 8;
	snprintf(ret, size, "%.*s", (int)n, base);
}

static enum err
allow(const struct settings *s, const char *word)
{
	const char *tenant = s->tenant == NULL ? "" : s->tenant;
	struct allowed who = { .bound = tenant[0] != '\0' };
	char path[PATH_LIMIT];
	enum err e = keys_read_public(word, &who.key);
	int kind = 0;

	while (kind < KINDS && strcmp(kinds[kind].as, s->as) != 0)
		kind++;
	if (kind == KINDS)
		return err_set(ERR_USAGE, "--as client, worker or admin, not \"%s\"",
		               s->as);
	if (who.bound && kind != 0)
		return err_set(ERR_USAGE, "--tenant is for clients");
	if (who.bound && strlen(tenant) >= sizeof who.tenant)
		return err_set(ERR_USAGE, "the tenant's name is too long");
	if (e != OK || (e = list_path(s, kinds[kind].list, path)) != OK)
		return e;
	if (s->name != NULL && strlen(s->name) >= sizeof who.name)
		return err_set(ERR_USAGE, "a name has at most %d bytes", ALLOW_NAME - 1);
	name_of(word, who.name, sizeof who.name);
	if (s->name != NULL)
		snprintf(who.name, sizeof who.name, "%s", s->name);
	if (who.bound)
		snprintf(who.tenant, sizeof who.tenant, "%s", tenant);
	if ((e = allow_add(path, &who)) == OK && !s->quiet)
		fprintf(stderr, "%s may come in as %s\n", who.name, s->as);
	return e;
}

/* From every list it is on. */
static enum err
revoke(const struct settings *s, const char *word)
{
	char path[PATH_LIMIT], hex[KEY_TEXT];
	bool found = false;
	struct key k;
	enum err e = OK;

	if (strchr(word, '/') != NULL || strstr(word, ".pub") != NULL) {
		if ((e = keys_read_public(word, &k)) != OK)
			return e;
		key_text(&k, hex);
		word = hex;
	}
	for (int i = 0; i < KINDS && e == OK; i++) {
		if ((e = list_path(s, kinds[i].list, path)) != OK)
			return e;
		e = allow_remove(path, word);
		found |= e == OK;
		if (e == ERR_NOT_FOUND)
			e = OK;
	}
	if (e == OK && !found)
		return err_set(ERR_NOT_FOUND, "%s is on no list in %s", word, s->keys);
	if (e == OK && !s->quiet)
		fprintf(stderr, "%s is out\n", word);
	return e;
}

/* ------------------------------------------------------------------------ list */

static void
show_one(const struct settings *s, const char *as, const struct allowed *who)
{
	char text[KEY_TEXT];

	key_text(&who->key, text);
	if (!s->json) {
		printf("%-7s %-20s %s%s%s\n", as, who->name, text,
		       who->bound ? " tenant=" : "", who->bound ? who->tenant : "");
		return;
	}
	printf("{\"as\":\"%s\",\"name\":", as);
	json_text(stdout, who->name);
	printf(",\"public\":\"%s\",\"tenant\":", text);
	if (who->bound)
		json_text(stdout, who->tenant);
	else
		fputs("null", stdout);
	puts("}");
}

static enum err
list(const struct settings *s)
{
	char path[PATH_LIMIT];
	enum err e = OK;

	for (int i = 0; i < KINDS && e == OK; i++) {
		struct allow_list l = { 0 };

		if ((e = list_path(s, kinds[i].list, path)) != OK ||
		    (e = allow_read(path, &l)) != OK)
			return e;
		for (size_t k = 0; k < l.n; k++)
			show_one(s, kinds[i].as, &l.v[k]);
		if (l.bad > 0)
			fprintf(stderr,
			        "hearsay: %s: line %d cannot be read and lets nobody "
			        "in\n",
			        path, l.bad_line);
		allow_free(&l);
	}
	return e;
}

enum err
cmd_keys(const struct settings *s, char *const *words)
{
	static const struct {
		const char *name;
		enum err (*run)(const struct settings *, const char *);
	} acts[] = { { "new", make_pair }, { "allow", allow }, { "revoke", revoke } };
	enum err e;

	if (words[0] != NULL && strcmp(words[0], "list") == 0 && words[1] == NULL)
		return (e = list(s)) == OK ? OK : complain(e);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (words[0] != NULL && words[1] != NULL && words[2] == NULL &&
		    strcmp(words[0], acts[i].name) == 0)
			return (e = acts[i].run(s, words[1])) == OK ? OK : complain(e);
	return complain(err_set(ERR_USAGE, "hearsay keys new FILE, allow KEY, revoke WHO "
	                                   "or list: see hearsay help keys"));
}
