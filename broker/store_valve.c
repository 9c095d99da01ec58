/*
 * Tenants, and what of them is shut.  Valves are rows for tenants, marks for
 * everything; and a copy of both stands in memory.
 */
#include "broker/store_db.h"

enum err
store_tenant(struct store *s, const char *name, struct tenant **ret)
{
	return tenants_get(s->tenants, name, ret);
}

uint64_t
store_claimable(const struct store *s)
{
	return s->shut[VALVE_DEALING] != 0 ? 0 : tenants_ready(s->tenants);
}

int64_t
store_shut_since(const struct store *s, enum valve valve)
{
	return s->shut[valve];
}

uint64_t
store_shut_tenants(const struct store *s, enum valve valve)
{
	return tenants_shut_now(s->tenants, valve);
}

/* Of everything. */
static enum err
turn_main(struct store *s, enum valve valve, int64_t since_ms)
{
	static const char *const names[VALVES] = {
		[VALVE_DEALING] = "paused",
		[VALVE_INTAKE] = "draining",
	};

	s->shut[valve] = since_ms;
	return store_mark(s, names[valve], (uint64_t)since_ms);
}

static enum err
turn_of(struct store *s, struct tenant *tenant, enum valve valve, int64_t since_ms)
{
	enum query q = since_ms == 0 ? OPEN : SHUT;

	tenants_shut(s->tenants, tenant, valve, since_ms);
	db_bind_text(s, q, 1, tenant->name);
	db_bind_int(s, q, 2, valve);
	if (q == SHUT)
		db_bind_int(s, q, 3, since_ms);
	return db_run(s, q);
}

enum err
store_turn(struct store *s, const char *name, enum valve valve, int64_t since_ms,
           bool *ret_changed)
{
	struct tenant *tenant = NULL;
	enum err e = db_begin(s);

	if (e == OK && name != NULL)
		e = tenants_get(s->tenants, name, &tenant);
	if (e != OK)
		return e;
	*ret_changed = (name == NULL ? s->shut : tenant->shut)[valve] == 0
	                   ? since_ms != 0
	                   : since_ms == 0;
	if (!*ret_changed)
		return OK;
	return name == NULL ? turn_main(s, valve, since_ms)
	                    : turn_of(s, tenant, valve, since_ms);
}

/* One of the rows, when the store opens. */
static enum err
read_valve(struct store *s, sqlite3_stmt *q)
{
	const char *name = (const char *)sqlite3_column_text(q, 0);
	int valve = sqlite3_column_int(q, 1);
	struct tenant *tenant = NULL;
	enum err e =
	    name == NULL ? db_failed(s, "valve") : tenants_get(s->tenants, name, &tenant);

	if (e == OK && valve >= 0 && valve < VALVES)
		tenants_shut(s->tenants, tenant, (enum valve)valve,
		             sqlite3_column_int64(q, 2));
	return e;
}

enum err
store_read_valves(struct store *s)
{
	static const char text[] = "SELECT tenant, valve, since FROM valve";
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, text, -1, &q, NULL);
	enum err e = OK;

	while (rc == SQLITE_OK && e == OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		e = read_valve(s, q);
		rc = SQLITE_OK;
	}
	if (e == OK && rc != SQLITE_DONE)
		e = db_failed(s, text);
	sqlite3_finalize(q);
	return e;
}
