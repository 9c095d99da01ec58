/*
 * The lists, and which key opens which door.
 */
#include "broker/gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

enum list { CLIENTS, WORKERS, ADMINS, LISTS };

static const char *const names[LISTS] = { "clients", "workers", "admins" };

struct one {
	char path[4096];
	struct allow_list list;
	struct stat seen; /* as it was when it was read; all zero: it was not there */
};

struct gate {
	struct key_pair pair;
	struct one lists[LISTS];
	int64_t looked_ms;
};

/* Whoever writes a list replaces it, so that a new one is another file. */
static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* OK with the list read whole; the old one stays otherwise. */
static enum err
read_list(struct one *l, const struct stat *now)
{
	struct allow_list list = { 0 };
	enum err e = allow_read(l->path, &list);

	l->seen = *now;
	if (e == OK && list.bad > 0)
		e = err_set(
		    ERR_BAD_INPUT,
		    "%s: line %d is not HEX NAME, nor HEX NAME tenant=TENANT: put it "
		    "right or take it away",
		    l->path, list.bad_line);
	if (e != OK) {
		allow_free(&list);
		return e;
	}
	log_info("keys list=%s state=read keys=%zu", l->path, list.n);
	allow_free(&l->list);
	l->list = list;
	return OK;
}

static enum err
read_all(struct gate *g)
{
	struct stat now;
	enum err e = OK;

	for (int i = 0; i < LISTS && e == OK; i++) {
		if (stat(g->lists[i].path, &now) != 0)
			now = (struct stat){ 0 };
		e = read_list(&g->lists[i], &now);
	}
	return e;
}

bool
gate_look(struct gate *g, int64_t now_ms)
{
	bool changed = false;

	if (now_ms - g->looked_ms < GATE_LOOK_MS)
		return false;
	g->looked_ms = now_ms;
	for (int i = 0; i < LISTS; i++) {
		struct stat now = { 0 };

		if (stat(g->lists[i].path, &now) != 0)
			now = (struct stat){ 0 };
		if (is_same(&now, &g->lists[i].seen))
			continue;
		if (read_list(&g->lists[i], &now) == OK)
			changed = true;
		else
			log_error("keys list=%s state=kept_the_old_one reason=\"%s\"",
			          g->lists[i].path, err_text());
	}
	return changed;
}

static enum err
take_pair(struct gate *g, const char *dir)
{
	char path[4096], text[KEY_TEXT];
	enum err e;

	if ((size_t)snprintf(path, sizeof path, "%s/broker", dir) >= sizeof path)
		return err_set(ERR_USAGE, "%s: the name is too long", dir);
	if ((e = keys_read_secret(path, &g->pair)) == ERR_NOT_FOUND)
		e = keys_make(path, &g->pair);
	if (e != OK)
		return e;
	key_text(&g->pair.public, text);
	log_info("keys broker_key=%s file=%s.pub", text, path);
	return OK;
}

static enum err
open_folder(struct gate *g, const char *dir)
{
	enum err e;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return err_set(ERR_READ_ONLY, "%s: cannot make the folder of keys: %s",
		               dir, strerror(errno));
	if ((e = take_pair(g, dir)) != OK)
		return e;
	for (int i = 0; i < LISTS; i++)
		if ((size_t)snprintf(g->lists[i].path, sizeof g->lists[i].path, "%s/%s",
		                     dir, names[i]) >= sizeof g->lists[i].path)
			return err_set(ERR_USAGE, "%s: the name is too long", dir);
	return OK;
}

enum err
gate_open(const char *dir, struct gate **ret)
{
	struct gate *g = calloc(1, sizeof *g);
	enum err e;

	if (g == NULL)
		return err_set(ERR_NOMEM, "no memory for keys");
	if ((e = open_folder(g, dir)) != OK || (e = read_all(g)) != OK) {
		gate_close(g);
		return e;
	}
	*ret = g;
	return OK;
}

void
gate_close(struct gate *g)
{
	if (g == NULL)
		return;
	for (int i = 0; i < LISTS; i++)
		allow_free(&g->lists[i].list);
	explicit_bzero(&g->pair, sizeof g->pair);
	free(g);
}

const struct key_pair *
gate_pair(const struct gate *g)
{
	return &g->pair;
}

bool
gate_admits(const struct gate *g, enum door door, const struct key *k, struct pass *ret)
{
	enum list list = door == DOOR_WORKERS ? WORKERS : CLIENTS;
	const struct allowed *who = NULL;
	struct pass pass = { 0 };

	if (door == DOOR_CLIENTS)
		who = allow_find(&g->lists[ADMINS].list, k);
	pass.admin = who != NULL;
	if (who == NULL)
		who = allow_find(&g->lists[list].list, k);
	if (who != NULL)
		pass.who = *who;
	memcpy(pass.address, ret->address, sizeof pass.address);
	*ret = pass;
	return who != NULL;
}
