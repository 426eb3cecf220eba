// What dlopen doesn't tell.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// The path of the file that a library opened by dlopen came from, or null when the loader doesn't know. It lives as
/// long as the library is loaded.
const char *_Nullable zonda_library_path(void *_Nonnull library);

#ifdef __cplusplus
}
#endif
