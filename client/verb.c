/*
 * One table of verbs, from which come dispatch, help and suggestions.
 *
 * A verb's options are its own and the common ones, joined before they are parsed.
 * The config file is shared by all verbs, so it may hold the common ones only.
 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verb.h"

#define FIELD(name) offsetof(struct settings, name)

enum { MAX_OPTIONS = 32, MAX_PATH = 4096 };

const struct verb verbs[] = {
	{ "extract", cmd_extract, extract_options, "FILE...",
	  "who said what in articles, here, without a broker",
	  "FILE is an article, a folder of articles (*.txt, *.md, *.jsonl), a file of "
	  "lines\n(--format), or - for standard input.",
	  false },
	{ "submit", cmd_submit, submit_options, "FILE...",
	  "hand articles to a broker, which keeps them until they are done",
	  "FILE as for extract.  An article's key is its file's name without the ending, "
	  "or\nthe \"key\" of its JSON line.  Submitting an article again does no harm.",
	  true },
	{ "get", cmd_get, get_options, "KEY...",
	  "the results there are, or how far they are", NULL, true },
	{ "wait", cmd_wait, get_options, "KEY...",
	  "wait for results, and show each as it comes", NULL, true },
	{ "watch", cmd_watch, watch_options, "",
	  "show every article that is done from now on",
	  "Runs until interrupted.  With --json each line has a \"sequence\", to go on "
	  "from "
	  "with\n--after.",
	  true },
	{ "stats", cmd_stats, stats_options, "", "what the broker has in its queue", NULL,
	  true },
	{ "why", cmd_why, cancel_options, "KEY...",
	  "why an article is not done, in a sentence", NULL, true },
	{ "dead", cmd_dead, dead_options, "",
	  "what failed for good, why, and after how many attempts", NULL, true },
	{ "kick", cmd_kick, kick_options, "KEY...",
	  "try again what failed for good or was cancelled",
	  "Its attempts count from the first again.  In place of KEY: --all or --reason.",
	  true },
	{ "cancel", cmd_cancel, cancel_options, "KEY...",
	  "have articles read no more, also if a worker is at it", NULL, true },
	{ "purge", cmd_purge, purge_options, "KEY...",
	  "delete articles with their results; their keys may be used again",
	  "In place of KEY: --state, with --older and --reason.  What a worker is at is "
	  "never\ndeleted: cancel it first.",
	  true },
	{ "pause", cmd_pause, valve_options, "",
	  "give no more articles to workers; what they have they finish",
	  "Those of --tenant, or with --all-tenants everything, until hearsay resume; "
	  "also over a\nrestart of the broker.",
	  true },
	{ "drain", cmd_drain, valve_options, "",
	  "take no more articles, and work off those that are there",
	  "For --tenant, or with --all-tenants for everybody, until hearsay resume; also "
	  "over a\nrestart of the broker.  Who submits meanwhile is told to come again.",
	  true },
	{ "resume", cmd_resume, resume_options, "", "the end of pause and drain", NULL,
	  true },
	{ "keys", cmd_keys, keys_options, "ACT [WHAT]",
	  "who may come to a broker from other machines",
	  "  new FILE     a new pair: FILE is secret, FILE.pub goes to the broker's "
	  "owner\n"
	  "  allow KEY    let a public key (or the file of one) in, --as what it is\n"
	  "  revoke WHO   a key or a name: it is out within a second\n"
	  "  list         who may come in\n\n"
	  "All but new are for the broker's machine, and need no restart of the broker.",
	  false },
	{ "backup", cmd_backup, NULL, "FILE",
	  "a copy of what the broker has, while it is at work",
	  "FILE is made here, and not before it is whole.  To restore it, put it as "
	  "queue.db\ninto an empty folder and start a broker with that as its --data.",
	  true },
	{ "check", cmd_check, NULL, "DIR",
	  "whether all is well with what is in a broker's data folder",
	  "On the broker's machine; the broker may run meanwhile.  Each thing that is "
	  "wrong "
	  "is\na sentence; the exit status is 15 when there is any.",
	  false },
	{ "repair", cmd_repair, NULL, "DIR",
	  "make a damaged data folder anew from what can be read",
	  "On the broker's machine, the broker being stopped.  What is not as before is "
	  "said,\njob by job; the damaged file stays in the folder under another name.",
	  false },
	{ "compact", cmd_compact, NULL, "DIR", "make a data folder as small as it can be",
	  "On the broker's machine, the broker being stopped.", false },
	{ "help", cmd_help, NULL, "[VERB]", "this, or help on a verb", NULL, false },
	{ "version", cmd_version, NULL, "", "the version of this program", NULL, false },
	{ 0 },
};

static const struct conf_option broker_options[] = {
	{ "broker", 'b', CONF_TEXT, FIELD(broker), "ADDRESS",
	  "of the broker, or $HEARSAY_BROKER", .standard = "tcp://127.0.0.1:5570" },
	{ "secret-key", 0, CONF_TEXT, FIELD(secret_key), "FILE",
	  "our secret key, for a broker on another machine (hearsay help keys)" },
	{ "broker-key", 0, CONF_TEXT, FIELD(broker_key), "KEY",
	  "that broker's public key, or the file that holds it" },
	{ "tenant", 0, CONF_TEXT, FIELD(tenant), "NAME",
	  "whose articles and keys these are", .standard = "" },
	{ "timeout", 't', CONF_DURATION, FIELD(timeout_ms), "TIME",
	  "how long to wait for answers", .standard = "30s", .min = 1, .max = 86400000 },
	{ 0 },
};

static const struct conf_option common_options[] = {
	{ "json", 'j', CONF_FLAG, FIELD(json), NULL,
	  "a line of JSON each, for programs" },
	{ "color", 0, CONF_TEXT, FIELD(color), "WHEN",
	  "auto, always or never; NO_COLOR is honoured", .standard = "auto" },
	{ "quiet", 'q', CONF_FLAG, FIELD(quiet), NULL, "no progress, no remarks" },
	{ "help", 'h', CONF_FLAG, FIELD(help), NULL, "this" },
	{ 0 },
};

/* ------------------------------------------------------------------- complaints */

enum err
complain(enum err e)
{
	fprintf(stderr, "hearsay: %s\n", err_text());
	return e;
}

void
keep_first(enum err *first, enum err e)
{
	if (*first == OK)
		*first = e;
}

/* ---------------------------------------------------------------------- finding */

const struct verb *
verb_find(const char *name)
{
	for (const struct verb *v = verbs; v->name != NULL; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

/* Letters to insert, delete or replace (Levenshtein), for words of up to 15. */
static int
distance(const char *a, const char *b)
{
	int row[17];
	int n = (int)strlen(b);

	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++) {
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int replaced = diagonal + (a[i - 1] != b[j - 1]);
			int least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = replaced < least ? replaced : least;
		}
	}
	return row[n];
}

const char *
verb_nearest(const char *name)
{
	const char *best = NULL;
	int least = 3; /* a slip or two, not another word */

	if (strlen(name) > 15)
		return NULL;
	for (const struct verb *v = verbs; v->name != NULL; v++) {
		int d = distance(name, v->name);

		if (d < least && d < (int)strlen(v->name) - 1) {
			least = d;
			best = v->name;
		}
	}
	return best;
}

/* ---------------------------------------------------------------------- options */

static size_t
join(struct conf_option *all, size_t n, const struct conf_option *more)
{
	for (; more != NULL && more->name != NULL; more++) {
		assert(n < MAX_OPTIONS - 1);
		all[n++] = *more;
	}
	return n;
}

static void
all_options(const struct verb *v, struct conf_option *all)
{
	size_t n = join(all, 0, v->options);

	n = join(all, n, broker_options);
	n = join(all, n, common_options);
	all[n] = (struct conf_option){ 0 };
}

/* The user's config file if it is there, else the machine's. */
static const char *
config_file(char *path, size_t size)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg != NULL && *xdg != '\0')
		snprintf(path, size, "%s/hearsay/hearsay.conf", xdg);
	else
		snprintf(path, size, "%s/.config/hearsay/hearsay.conf",
		         home == NULL ? "" : home);
	return access(path, R_OK) == 0 ? path : "/etc/hearsay/hearsay.conf";
}

/*
 * $HEARSAY_BROKER stands between the config file and the command line: it becomes the
 * first option, which any later one overrides.  The list is the caller's to free.
 */
static char **
with_environment(int *argc, char *const argv[], char *option, size_t size)
{
	const char *broker = getenv("HEARSAY_BROKER");
	char **all = calloc((size_t)*argc + 2, sizeof *all);
	int n = 0;

	if (all == NULL)
		return NULL;
	all[n++] = argv[0];
	if (broker != NULL && *broker != '\0') {
		snprintf(option, size, "--broker=%s", broker);
		all[n++] = option;
	}
	for (int i = 1; i < *argc; i++)
		all[n++] = argv[i];
	*argc = n;
	return all;
}

static enum err
run_with(const struct verb *v, const struct conf_option *options, int argc,
         char *const argv[])
{
	struct settings s = { .after = -1 };
	struct conf *conf;
	char path[MAX_PATH], **words;
	enum err e = conf_open(options, &s, config_file(path, sizeof path), argc, argv,
	                       &conf, &words);

	if (e != OK)
		return complain(e);
	if (s.help)
		verb_help(v, stdout);
	else
		e = v->run(&s, words);
	conf_close(conf);
	return e;
}

enum err
verb_run(const struct verb *v, int argc, char *const argv[])
{
	struct conf_option options[MAX_OPTIONS];
	char broker[MAX_PATH];
	char **all = with_environment(&argc, argv, broker, sizeof broker);
	enum err e;

	if (all == NULL)
		return complain(err_set(ERR_NOMEM, "out of memory"));
	all_options(v, options);
	e = run_with(v, options, argc, all);
	free(all);
	return e;
}

/* ------------------------------------------------------------------------- help */

void
verb_help(const struct verb *v, FILE *out)
{
	fprintf(out, "usage: hearsay %s [OPTIONS] %s\n\n%s\n", v->name, v->args, v->help);
	if (v->more != NULL)
		fprintf(out, "\n%s\n", v->more);
	fputc('\n', out);
	if (v->options != NULL)
		conf_help(v->options, out);
	if (v->uses_broker)
		conf_help(broker_options, out);
	conf_help(common_options, out);
	fprintf(out, "      --config FILE          "
	             "settings (default ~/.config/hearsay/hearsay.conf, "
	             "then /etc/hearsay/hearsay.conf)\n");
}

void
verb_help_all(FILE *out)
{
	fputs(
	    "usage: hearsay VERB [OPTIONS] ...\n\nWho said what, found in articles.\n\n",
	    out);
	for (const struct verb *v = verbs; v->name != NULL; v++) {
		char left[40];

		snprintf(left, sizeof left, "%s %s", v->name, v->args);
		fprintf(out, "  %-20s %s\n", left, v->help);
	}
	fputs("\nhearsay help VERB has the options of a verb; hearsay(1) has the rest.\n"
	      "Try it: hearsay extract article.txt\n",
	      out);
}
