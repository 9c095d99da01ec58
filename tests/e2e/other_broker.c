/*
 * A broker of another version, for 30-errors.sh:  other_broker ENDPOINT VERSION
 *
 * To any message it answers a Refusal that says that it speaks version 99, in
 * an envelope of the VERSION given: a polite one answers in the caller's.
 * Written in bytes, since wire.c could not write it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { ID_MAX = 255, MESSAGE_MAX = 1 << 20, REQUEST = 0x10, MORE = 0x80 };

/* field 13: code VERSION, reason "other", supported 99 */
static const uint8_t refusal[] = { 0x6a, 12,  0x08, 1,   0x12, 5, 'o',
	                           't',  'h', 'e',  'r', 0x1a, 1, 99 };

static size_t
answer(const uint8_t *in, size_t n, uint8_t version, uint8_t *out)
{
	size_t k = 0, i = 2; /* behind the caller's version */

	out[k++] = 0x08;
	out[k++] = version;
	if (n > 2 && in[i] == REQUEST) { /* a client's, to be returned */
		do
			out[k++] = in[i++];
		while (i < n && (i == 3 || (in[i - 1] & MORE)) && k < 16);
	}
	memcpy(out + k, refusal, sizeof refusal);
	return k + sizeof refusal;
}

int
main(int argc, char *argv[])
{
	static uint8_t message[MESSAGE_MAX];
	uint8_t id[ID_MAX], out[64];
	void *zmq = zmq_ctx_new(), *router = zmq_socket(zmq, ZMQ_ROUTER);

	if (argc != 3 || zmq_bind(router, argv[1]) != 0)
		return EXIT_FAILURE;
	for (;;) {
		int id_n = zmq_recv(router, id, sizeof id, 0);
		int n = zmq_recv(router, message, sizeof message, 0);

		if (id_n < 0 || n < 0)
			return EXIT_FAILURE;
		size_t k = answer(message, n < MESSAGE_MAX ? (size_t)n : MESSAGE_MAX,
		                  (uint8_t)atoi(argv[2]), out);
		zmq_send(router, id, (size_t)id_n, ZMQ_SNDMORE);
		zmq_send(router, out, k, 0);
	}
}
