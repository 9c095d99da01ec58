/* Every state and event against the table that docs/protocol.md draws. */
#include "broker/job.h"
#include "suite.h"

enum { NO = 0 };

/* Written out again by hand: rows are states, columns events. */
static const int expected[JOB_STATES][JOB_EVENTS] = {
	/* LEASE, FINISH, RETRY, RETURN, BURY, DUE, KICK, CANCEL, SUBMIT, DEFER, PURGE,
	   EXPIRE */
	[0] = { NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
	[JOB_READY] = { JOB_LEASED, JOB_DONE, NO, NO, NO, NO, NO, JOB_CANCELLED, NO, NO,
	                JOB_NONE, NO },
	[JOB_DELAYED] = { NO, JOB_DONE, NO, NO, NO, JOB_READY, JOB_READY, JOB_CANCELLED,
	                  NO, NO, JOB_NONE, NO },
	[JOB_LEASED] = { NO, JOB_DONE, JOB_DELAYED, JOB_READY, JOB_DEAD, NO, NO,
	                 JOB_CANCELLED, NO, NO, NO, NO },
	[JOB_DONE] = { NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, JOB_NONE, JOB_NONE },
	[JOB_DEAD] = { NO, JOB_DONE, NO, NO, NO, NO, JOB_READY, NO, NO, NO, JOB_NONE,
	               JOB_NONE },
	[JOB_CANCELLED] = { NO, NO, NO, NO, NO, NO, JOB_READY, NO, NO, NO, JOB_NONE,
	                    JOB_NONE },
	[JOB_NONE] = { NO, NO, NO, NO, NO, NO, NO, NO, JOB_READY, JOB_DELAYED, NO, NO },
};

START_TEST(every_event_in_every_state)
{
	for (int event = 0; event < JOB_EVENTS; event++) {
		enum job_state to = JOB_STATES;
		bool can = job_next((enum job_state)_i, (enum job_event)event, &to);

		ck_assert_int_eq(can, expected[_i][event] != NO);
		ck_assert_int_eq(to, can ? expected[_i][event] : JOB_STATES);
	}
}
END_TEST

START_TEST(ended_means_that_only_a_result_a_kick_or_deletion_can_come)
{
	for (int state = JOB_READY; state < JOB_STATES; state++)
		for (int event = 0; event < JOB_EVENTS; event++) {
			enum job_state to;

			if (job_ended((enum job_state)state) &&
			    job_next((enum job_state)state, (enum job_event)event, &to))
				ck_assert(event == JOB_FINISH || event == JOB_KICK ||
				          to == JOB_NONE);
		}
	ck_assert(!job_ended(JOB_READY) && !job_ended(JOB_DELAYED) &&
	          !job_ended(JOB_LEASED));
	ck_assert(job_ended(JOB_DONE) && job_ended(JOB_DEAD) && job_ended(JOB_CANCELLED));
}
END_TEST

START_TEST(a_state_that_is_none_goes_nowhere)
{
	enum job_state to = JOB_STATES;

	ck_assert(!job_next(JOB_STATES, JOB_LEASE, &to));
	ck_assert(!job_next((enum job_state)200, JOB_FINISH, &to));
	ck_assert_int_eq(to, JOB_STATES);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("job");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_loop_test(core, every_event_in_every_state, 0, JOB_STATES);
	tcase_add_test(core, ended_means_that_only_a_result_a_kick_or_deletion_can_come);
	suite_add_tcase(s, limits);
	tcase_add_test(limits, a_state_that_is_none_goes_nowhere);
	return suite_run(s);
}
