#include "CZondaPage.h"

const unsigned char zonda_chat_page[] = {
#embed "Page/index.html"
};
const size_t zonda_chat_page_size = sizeof zonda_chat_page;
