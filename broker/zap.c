/*
 * Questions of ZAP.  A question is seven frames or, of an attacker's making, anything:
 * the last one is the peer's key, 32 bytes of it.  The answer's "user id" is the key in
 * hexadecimal, and is on every message that the peer sends from then on.
 */
#include "broker/zap.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "log.h"

enum { FRAMES = 7, FRAME_MAX = 256, SAY_S = 1 };
enum frame { VERSION, REQUEST, DOMAIN, ADDRESS, IDENTITY, MECHANISM, CREDENTIALS };

struct zap {
	void *socket;
	const struct gate *gate;
	time_t said;
	unsigned unsaid; /* refusals since */
};

struct question {
	size_t n[FRAMES];
	char v[FRAMES][FRAME_MAX];
};

const char *
zap_domain(enum door door)
{
	return door == DOOR_WORKERS ? "workers" : "clients";
}

enum err
zap_open(void *zmq_context, const struct gate *g, struct zap **ret)
{
	struct zap *z = calloc(1, sizeof *z);
	int linger = 0;

	if (z == NULL)
		return err_set(ERR_NOMEM, "no memory for sockets");
	z->gate = g;
	if ((z->socket = zmq_socket(zmq_context, ZMQ_REP)) == NULL ||
	    zmq_setsockopt(z->socket, ZMQ_LINGER, &linger, sizeof linger) != 0 ||
	    zmq_bind(z->socket, "inproc://zeromq.zap.01") != 0) {
		zap_close(z);
		return err_set(ERR_IO, "no socket to be asked about keys: %s",
		               zmq_strerror(zmq_errno()));
	}
	*ret = z;
	return OK;
}

void
zap_close(struct zap *z)
{
	if (z == NULL)
		return;
	if (z->socket != NULL)
		zmq_close(z->socket);
	free(z);
}

void *
zap_socket(const struct zap *z)
{
	return z->socket;
}

/* ------------------------------------------------------------------ questions */

/* One frame, of which FRAME_MAX - 1 bytes are kept.  False when there is none. */
static bool
take_frame(struct zap *z, char *ret, size_t *ret_n, bool *ret_more)
{
	zmq_msg_t m;
	bool taken;

	zmq_msg_init(&m);
	taken = zmq_msg_recv(&m, z->socket, ZMQ_DONTWAIT) >= 0;
	if (taken) {
		*ret_n = zmq_msg_size(&m) < FRAME_MAX ? zmq_msg_size(&m) : FRAME_MAX - 1;
		memcpy(ret, zmq_msg_data(&m), *ret_n);
		ret[*ret_n] = '\0';
		*ret_more = zmq_msg_more(&m) != 0;
	}
	zmq_msg_close(&m);
	return taken;
}

/* False when none waits.  Frames over seven are the last one's; no question has them. */
static bool
take_question(struct zap *z, struct question *q)
{
	bool more = true;

	memset(q, 0, sizeof *q);
	for (int i = 0; more; i += i < FRAMES - 1)
		if (!take_frame(z, q->v[i], &q->n[i], &more))
			return false;
	return true;
}

static void
put(struct zap *z, const char *text, size_t n, int more)
{
	if (zmq_send(z->socket, text, n, ZMQ_DONTWAIT | more) < 0)
		log_error("keys error=\"an answer did not leave: %s\"",
		          zmq_strerror(zmq_errno()));
}

static void
answer(struct zap *z, const struct question *q, const char *user)
{
	const char *status = user != NULL ? "200" : "400";

	put(z, "1.0", 3, ZMQ_SNDMORE);
	put(z, q->v[REQUEST], q->n[REQUEST], ZMQ_SNDMORE);
	put(z, status, 3, ZMQ_SNDMORE);
	put(z, "", 0, ZMQ_SNDMORE);
	put(z, user == NULL ? "" : user, user == NULL ? 0 : strlen(user), ZMQ_SNDMORE);
	put(z, "", 0, 0);
}

/* A line a second at most, however many knock. */
static void
say_refused(struct zap *z, const struct question *q, const char *key)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	z->unsaid++;
	if (z->said != 0 && now.tv_sec - z->said < SAY_S)
		return;
	log_warn("refused door=%s address=%s key=%s since_last_line=%u reason=\"the key "
	         "is on no list of this door\" hint=\"hearsay keys allow\"",
	         q->v[DOMAIN], q->v[ADDRESS], key, z->unsaid);
	z->said = now.tv_sec;
	z->unsaid = 0;
}

static void
judge(struct zap *z, const struct question *q)
{
	enum door door = strcmp(q->v[DOMAIN], zap_domain(DOOR_WORKERS)) == 0
	                     ? DOOR_WORKERS
	                     : DOOR_CLIENTS;
	char text[KEY_TEXT] = "none";
	struct pass pass;
	struct key k;
	bool good = strcmp(q->v[MECHANISM], "CURVE") == 0 &&
	            q->n[CREDENTIALS] == KEY_BYTES && z->gate != NULL;

	if (good) {
		memcpy(k.v, q->v[CREDENTIALS], KEY_BYTES);
		key_text(&k, text);
		good = gate_admits(z->gate, door, &k, &pass);
	}
	if (good)
		log_info("admitted door=%s address=%s name=\"%s\" key=%s", q->v[DOMAIN],
		         q->v[ADDRESS], pass.who.name, text);
	else
		say_refused(z, q, text);
	answer(z, q, good ? text : NULL);
}

void
zap_answer(struct zap *z)
{
	struct question q;

	while (take_question(z, &q))
		judge(z, &q);
}
