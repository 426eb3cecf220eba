#include "symbols.h"
#include "zonda_nvrtc.h"

#define ENTRY(function) {#function, offsetof(zonda_nvrtc, function)}

static const struct symbol symbols[] = {
    ENTRY(nvrtcVersion),
    ENTRY(nvrtcGetErrorString),
    ENTRY(nvrtcGetNumSupportedArchs),
    ENTRY(nvrtcGetSupportedArchs),
    ENTRY(nvrtcCreateProgram),
    ENTRY(nvrtcDestroyProgram),
    ENTRY(nvrtcAddNameExpression),
    ENTRY(nvrtcCompileProgram),
    ENTRY(nvrtcGetLoweredName),
    ENTRY(nvrtcGetProgramLogSize),
    ENTRY(nvrtcGetProgramLog),
    ENTRY(nvrtcGetCUBINSize),
    ENTRY(nvrtcGetCUBIN),
};

#define SYMBOL_COUNT (sizeof symbols / sizeof *symbols)
static_assert(SYMBOL_COUNT * sizeof(void *) == sizeof(zonda_nvrtc), "an entry of the table has no symbol");

const char *zonda_nvrtc_load(void *library, zonda_nvrtc *nvrtc) {
    return load_symbols(library, symbols, SYMBOL_COUNT, nvrtc);
}
