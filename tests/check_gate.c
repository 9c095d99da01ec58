#include <string.h>

#include "broker/gate.h"
#include "log.h"
#include "suite.h"
#include "temp_dir.h"

static char dir[128], keys[160];
static struct gate *g;
static struct key ann, bob, eve;
static int64_t now_ms;

static struct key
key(char c)
{
	char hex[KEY_TEXT];
	struct key k;

	memset(hex, c, KEY_TEXT - 1);
	ck_assert(key_parse(hex, KEY_TEXT - 1, &k));
	return k;
}

static void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	snprintf(keys, sizeof keys, "%s/keys", dir);
	ann = key('a');
	bob = key('b');
	eve = key('e');
	now_ms = 0;
	ck_assert_int_eq(log_set_level("error"), OK);
	ck_assert_int_eq(gate_open(keys, &g), OK);
}

static void
teardown(void)
{
	gate_close(g);
	g = NULL;
	temp_dir_empty(keys);
	rmdir(keys);
	temp_dir_remove(dir);
}

static void
let(const char *list, const struct key *k, const char *name, const char *tenant)
{
	struct allowed who = { .key = *k, .bound = tenant != NULL };
	char path[256];

	snprintf(path, sizeof path, "%s/%s", keys, list);
	snprintf(who.name, sizeof who.name, "%s", name);
	snprintf(who.tenant, sizeof who.tenant, "%s", tenant == NULL ? "" : tenant);
	ck_assert_int_eq(allow_add(path, &who), OK);
}

static bool
look(void)
{
	return gate_look(g, now_ms += GATE_LOOK_MS);
}

START_TEST(nobody_is_let_in_at_first)
{
	struct pass p;

	ck_assert(!gate_admits(g, DOOR_CLIENTS, &ann, &p));
	ck_assert(!gate_admits(g, DOOR_WORKERS, &ann, &p));
	ck_assert(!p.open && !p.admin);
}
END_TEST

START_TEST(each_list_opens_its_own_door)
{
	struct pass p;

	let("clients", &ann, "ann", "north");
	let("workers", &bob, "bob", NULL);
	let("admins", &eve, "eve", NULL);
	ck_assert(look());
	ck_assert(gate_admits(g, DOOR_CLIENTS, &ann, &p));
	ck_assert(!p.admin && p.who.bound);
	ck_assert_str_eq(p.who.tenant, "north");
	ck_assert(!gate_admits(g, DOOR_WORKERS, &ann, &p));
	ck_assert(gate_admits(g, DOOR_WORKERS, &bob, &p));
	ck_assert(!gate_admits(g, DOOR_CLIENTS, &bob, &p));
	ck_assert(gate_admits(g, DOOR_CLIENTS, &eve, &p));
	ck_assert(p.admin);
	ck_assert(!gate_admits(g, DOOR_WORKERS, &eve, &p));
}
END_TEST

START_TEST(who_is_revoked_is_out_at_the_next_look)
{
	char path[256];
	struct pass p;

	snprintf(path, sizeof path, "%s/workers", keys);
	let("workers", &bob, "bob", NULL);
	ck_assert(look());
	ck_assert(!look()); /* nothing has changed */
	ck_assert_int_eq(allow_remove(path, "bob"), OK);
	ck_assert(!gate_look(g, now_ms + GATE_LOOK_MS - 1));
	ck_assert(look());
	ck_assert(!gate_admits(g, DOOR_WORKERS, &bob, &p));
}
END_TEST

START_TEST(a_list_that_goes_lets_nobody_in)
{
	char path[256];
	struct pass p;

	snprintf(path, sizeof path, "%s/clients", keys);
	let("clients", &ann, "ann", NULL);
	ck_assert(look());
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(look());
	ck_assert(!gate_admits(g, DOOR_CLIENTS, &ann, &p));
}
END_TEST

static void
spoil(const char *list)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", keys, list);
	f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	fputs("abab", f); /* as if cut off */
	fclose(f);
}

START_TEST(a_list_that_is_cut_off_does_not_count_and_the_old_one_does)
{
	struct pass p;

	let("clients", &ann, "ann", NULL);
	ck_assert(look());
	let("clients", &bob, "bob", NULL);
	spoil("clients");
	ck_assert(!look());
	ck_assert(gate_admits(g, DOOR_CLIENTS, &ann, &p));
	ck_assert(!gate_admits(g, DOOR_CLIENTS, &bob, &p));
}
END_TEST

START_TEST(no_broker_starts_with_a_list_that_is_cut_off)
{
	struct gate *second = NULL;

	let("workers", &ann, "ann", NULL);
	spoil("workers");
	ck_assert_int_eq(gate_open(keys, &second), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "line 2"));
}
END_TEST

START_TEST(the_broker_keeps_its_pair)
{
	struct key_pair before = *gate_pair(g);

	gate_close(g);
	ck_assert_int_eq(gate_open(keys, &g), OK);
	ck_assert(key_equal(&before.public, &gate_pair(g)->public));
	ck_assert(key_equal(&before.secret, &gate_pair(g)->secret));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("gate");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, nobody_is_let_in_at_first);
	tcase_add_test(core, each_list_opens_its_own_door);
	tcase_add_test(core, who_is_revoked_is_out_at_the_next_look);
	tcase_add_test(core, a_list_that_goes_lets_nobody_in);
	tcase_add_test(core, a_list_that_is_cut_off_does_not_count_and_the_old_one_does);
	tcase_add_test(core, no_broker_starts_with_a_list_that_is_cut_off);
	tcase_add_test(core, the_broker_keeps_its_pair);
	suite_add_tcase(s, core);
	return suite_run(s);
}
