/*
 * Articles, as they travel in a body.
 */
#include "proto.h"
#include "utf8.h"

enum err
wire_article_read(struct arena *a, struct bytes in, struct wire_article *ret)
{
	const Hearsay__Article *m = proto_unpack(a, &hearsay__article__descriptor, in);

	if (m == NULL)
		return proto_malformed("an article that cannot be unpacked");
	size_t bad = utf8_valid((const char *)m->text.data, m->text.len);
	if (bad < m->text.len)
		return err_set(ERR_BAD_INPUT,
		               "the text is not UTF-8: byte %zu; convert it first", bad);
	*ret = (struct wire_article){
		.id = m->id,
		.key = m->key,
		.url = m->url,
		.title = m->title,
		.language = m->language,
		.published = m->published,
		.tenant = m->tenant,
		.text = { m->text.len, m->text.data },
	};
	return OK;
}

struct bytes
wire_article_write(struct arena *a, const struct wire_article *article)
{
	Hearsay__Article m = HEARSAY__ARTICLE__INIT;

	m.id = proto_text(article->id);
	m.key = proto_text(article->key);
	m.url = proto_text(article->url);
	m.title = proto_text(article->title);
	m.language = proto_text(article->language);
	m.published = proto_text(article->published);
	m.tenant = proto_text(article->tenant);
	m.text = (ProtobufCBinaryData){ article->text.n, (uint8_t *)article->text.v };
	return proto_pack(a, &m);
}
