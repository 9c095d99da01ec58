/*
 * What a key may do.  Who asks for no key at its door (this machine's programs) may
 * everything; a stranger nothing; and between them this table stands.  A kind of message
 * that it does not name is for admins.
 */
#include <string.h>

#include "broker/state.h"

static bool
is_stranger(const struct pass *p)
{
	return !p->open && p->who.name[0] == '\0';
}

static enum err
denied(const struct pass *p, const char *what)
{
	return err_set(ERR_DENIED, "%s is not for the key of %s", what, p->who.name);
}

static bool
is_own(const struct pass *p, const char *tenant)
{
	return !p->who.bound || strcmp(p->who.tenant, tenant == NULL ? "" : tenant) == 0;
}

static enum err
submit(const struct pass *p, const struct wire_client *m)
{
	for (size_t i = 0; i < m->submit.n; i++)
		if (!is_own(p, m->submit.v[i].tenant))
			return denied(p, "another tenant's name");
	return OK;
}

/* Jobs by id are looked at one by one later (hide_others in clients.c). */
static enum err
read_jobs(const struct pass *p, const struct wire_client *m)
{
	for (size_t i = 0; i < m->query.n; i++)
		if (m->query.v[i].id == 0 && !is_own(p, m->query.v[i].tenant))
			return denied(p, "another tenant's name");
	return OK;
}

static enum err
list_dead(const struct pass *p, const struct wire_client *m)
{
	if (p->who.bound && (m->selection.all_tenants || !is_own(p, m->selection.tenant)))
		return denied(p, "another tenant's name");
	return OK;
}

/* To cancel what one has submitted, by its key, is a client's right. */
static enum err
order(const struct pass *p, const struct wire_client *m)
{
	if (m->act != WIRE_CANCEL_JOBS)
		return denied(p, "this order (it is for admins)");
	for (size_t i = 0; i < m->query.n; i++)
		if (p->who.bound &&
		    (m->query.v[i].id != 0 || !is_own(p, m->query.v[i].tenant)))
			return denied(p, "an article that is not its tenant's by key");
	return OK;
}

static enum err
anybody(const struct pass *p, const struct wire_client *m)
{
	(void)p;
	(void)m;
	return OK;
}

static enum err (*const rules[])(const struct pass *, const struct wire_client *) = {
	[WIRE_SUBMIT] = submit,       [WIRE_GET] = read_jobs,
	[WIRE_WAIT] = read_jobs,      [WIRE_WATCH] = anybody,
	[WIRE_LIST_DEAD] = list_dead, [WIRE_ORDER] = order,
	[WIRE_STATS] = anybody,       [WIRE_CLIENT_HEARTBEAT] = anybody,
};
enum { RULES = sizeof rules / sizeof *rules };

static enum err
stranger(void)
{
	return err_set(ERR_DENIED, "this key is not, or no longer, on the broker's list");
}

enum err
access_client(const struct pass *p, const struct wire_client *m)
{
	if (is_stranger(p))
		return stranger();
	if (p->open || p->admin)
		return OK;
	if ((unsigned)m->what < RULES && rules[m->what] != NULL)
		return rules[m->what](p, m);
	return denied(p, "this request (it is for admins)");
}

enum err
access_worker(const struct pass *p)
{
	return is_stranger(p) ? stranger() : OK;
}
