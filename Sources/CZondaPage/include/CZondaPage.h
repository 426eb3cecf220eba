#ifndef CZONDA_PAGE_H
#define CZONDA_PAGE_H

#include <stddef.h>

/// The chat page, UTF-8 without a closing zero.
extern const unsigned char zonda_chat_page[];
extern const size_t zonda_chat_page_size;

/// The page's first byte: Swift does not see an array of unknown size.
static inline const unsigned char *zonda_chat_page_start(void) { return zonda_chat_page; }

#endif
