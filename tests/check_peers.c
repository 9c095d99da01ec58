/* Who is connected: names, sessions, turns. */
#include <string.h>

#include "broker/peers.h"
#include "suite.h"

static struct peers *p;

static void
setup(void)
{
	p = peers_new(8);
	ck_assert_ptr_nonnull(p);
}

static void
teardown(void)
{
	peers_free(p);
}

static struct peer_id
name(const char *text)
{
	struct peer_id id = { .n = (uint8_t)strlen(text) };

	memcpy(id.v, text, id.n);
	return id;
}

static struct worker *
join(const char *text, uint64_t session)
{
	struct peer_id id = name(text);
	struct worker *w = NULL;

	ck_assert_int_eq(peers_join(p, &id, session, &w), OK);
	return w;
}

START_TEST(a_worker_is_found_by_name_and_by_session)
{
	struct worker *a = join("a", 11), *b = join("b", 22);
	struct peer_id id = name("b"), none = name("bb");

	ck_assert_ptr_eq(peers_worker(p, &id), b);
	ck_assert_ptr_eq(peers_session(p, 11), a);
	ck_assert_ptr_null(peers_worker(p, &none));
	ck_assert_ptr_null(peers_session(p, 33));
	ck_assert_uint_ne(a->number, b->number);
	peers_leave(p, a);
	ck_assert_ptr_null(peers_session(p, 11));
	ck_assert_uint_eq(peers_count_workers(p), 1);
}
END_TEST

START_TEST(clients_and_workers_may_share_a_name)
{
	struct peer_id id = name("same");
	struct worker *w = join("same", 1);
	struct client *c = NULL;

	ck_assert_int_eq(peers_meet(p, &id, &c), OK);
	ck_assert_ptr_eq(peers_worker(p, &id), w);
	ck_assert_ptr_eq(peers_client(p, &id), c);
	peers_leave(p, w);
	ck_assert_ptr_eq(peers_client(p, &id), c);
	peers_forget(p, c);
	ck_assert_ptr_null(peers_client(p, &id));
}
END_TEST

START_TEST(who_is_barred_gets_no_turn)
{
	struct worker *a = join("a", 1), *b = join("b", 2);

	a->credit = 3;
	b->credit = 2;
	a->barred = true;
	ck_assert_uint_eq(peers_credit(p), 2);
	ck_assert_uint_eq(peers_dealt_to(p), 1);
	ck_assert_ptr_eq(peers_next(p), b);
	ck_assert_ptr_eq(peers_next(p), b);
	b->barred = true;
	ck_assert_ptr_null(peers_next(p));
	a->barred = false;
	ck_assert_ptr_eq(peers_next(p), a);
}
END_TEST

START_TEST(those_of_one_address_are_counted)
{
	struct worker *a = join("a", 1), *b = join("b", 2);
	struct peer_id id = name("c");
	struct client *c = NULL;

	ck_assert_int_eq(peers_meet(p, &id, &c), OK);
	strcpy(a->address, "10.0.0.1");
	strcpy(b->address, "10.0.0.2");
	strcpy(c->address, "10.0.0.1");
	ck_assert_uint_eq(peers_count_at(p, "10.0.0.1"), 2);
	ck_assert_uint_eq(peers_count_at(p, "10.0.0.3"), 0);
	peers_forget(p, c);
	ck_assert_uint_eq(peers_count_at(p, "10.0.0.1"), 1);
}
END_TEST

START_TEST(names_may_hold_any_byte)
{
	struct peer_id zero = { .n = 5 }, other = { .n = 5, .v = { 0, 0, 0, 0, 1 } };
	struct worker *a = NULL, *b = NULL;

	ck_assert_int_eq(peers_join(p, &zero, 1, &a), OK);
	ck_assert_int_eq(peers_join(p, &other, 2, &b), OK);
	ck_assert_ptr_eq(peers_worker(p, &zero), a);
	ck_assert_ptr_eq(peers_worker(p, &other), b);
}
END_TEST

START_TEST(workers_with_credit_take_turns)
{
	struct worker *a = join("a", 1), *b = join("b", 2), *c = join("c", 3);

	a->credit = 2;
	c->credit = 1;
	ck_assert_uint_eq(peers_credit(p), 3);
	ck_assert_ptr_eq(peers_next(p), a);
	a->credit--;
	ck_assert_ptr_eq(peers_next(p), c);
	c->credit--;
	ck_assert_ptr_eq(peers_next(p), a);
	a->credit--;
	ck_assert_ptr_null(peers_next(p));
	b->credit = 1;
	b->gone = true;
	ck_assert_ptr_null(peers_next(p));
	ck_assert_uint_eq(peers_credit(p), 0);
}
END_TEST

START_TEST(more_than_the_limit_are_refused)
{
	struct worker *w = NULL;
	struct client *c = NULL;
	char text[] = "0";

	for (int i = 0; i < 8; i++, text[0]++)
		join(text, (uint64_t)i + 1);
	struct peer_id id = name("x");
	ck_assert_int_eq(peers_join(p, &id, 99, &w), ERR_BUSY);
	ck_assert_int_eq(peers_meet(p, &id, &c), ERR_BUSY);
	ck_assert_ptr_null(w);
	ck_assert_ptr_null(c);
	peers_leave(p, peers_session(p, 1));
	ck_assert_int_eq(peers_meet(p, &id, &c), OK);
	peers_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peers");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, a_worker_is_found_by_name_and_by_session);
	tcase_add_test(core, clients_and_workers_may_share_a_name);
	tcase_add_test(core, who_is_barred_gets_no_turn);
	tcase_add_test(core, those_of_one_address_are_counted);
	tcase_add_test(core, names_may_hold_any_byte);
	tcase_add_test(core, workers_with_credit_take_turns);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(limits, more_than_the_limit_are_refused);
	return suite_run(s);
}
