/*
 * Looking inside bodies, and cleaning words.
 */
#include "content.h"

#include <sodium.h>
#include <string.h>

#include "utf8.h"
#include "wire.h"

struct look {
	struct arena *arena;
	const struct body *body;
	uint8_t *hash;
};

static enum err
look_at_article(void *arg)
{
	struct look *l = arg;
	struct wire_article article;
	struct bytes plain;
	enum err e;

	if ((e = body_open(l->arena, l->body, &plain)) != OK ||
	    (e = wire_article_read(l->arena, plain, &article)) != OK)
		return e;
	if (article.text.n == 0)
		return err_set(ERR_EMPTY, "the article has no text");
	crypto_generichash(l->hash, STORE_HASH, article.text.v, article.text.n, NULL, 0);
	return OK;
}

static enum err
look_at_extraction(void *arg)
{
	struct look *l = arg;
	struct bytes plain;
	enum err e = body_open(l->arena, l->body, &plain);

	return e == OK ? wire_extraction_check(plain) : e;
}

static enum err
look(struct look *l, enum err (*work)(void *))
{
	enum err e;

	err_set(ERR_TOO_BIG, "it takes too much memory once it is open");
	e = arena_run(l->arena, work, l);
	arena_reset(l->arena);
	return e;
}

enum err
content_article(struct arena *scratch, const struct body *body,
                uint8_t ret_hash[STORE_HASH])
{
	return look(&(struct look){ scratch, body, ret_hash }, look_at_article);
}

enum err
content_extraction(struct arena *scratch, const struct body *body)
{
	return look(&(struct look){ scratch, body, NULL }, look_at_extraction);
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

void
content_words(const char *from, char *ret, size_t size)
{
	static const char cut[] = "...";
	size_t n = strnlen(from, size);

	if (n == size)
		n = size - sizeof cut;
	memcpy(ret, from, n);
	for (size_t i = utf8_valid(ret, n); i < n;) {
		ret[i] = '?';
		i += utf8_valid(ret + i, n - i);
	}
	for (size_t i = 0; i < n; i++)
		if (is_control((unsigned char)ret[i]) || ret[i] == '"')
			ret[i] = ret[i] == '"' ? '\'' : ' ';
	memcpy(ret + n, from[n] == '\0' ? "" : cut, from[n] == '\0' ? 1 : sizeof cut);
}

bool
content_is_name(const char *text, size_t max)
{
	size_t n = strnlen(text, max + 1);

	if (n > max || utf8_valid(text, n) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (is_control((unsigned char)text[i]))
			return false;
	return true;
}
