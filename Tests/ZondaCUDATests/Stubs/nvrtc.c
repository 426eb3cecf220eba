// A libnvrtc for tests of finding and caching: it "compiles" a source by copying it behind the word cubin.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef MAJOR
#define MAJOR 13
#endif

typedef struct program { char *source; char architecture[32]; } program;

static int compilations;
int stub_compilations(void) { return compilations; }

int nvrtcVersion(int *major, int *minor) { *major = MAJOR; *minor = 1; return 0; }
const char *nvrtcGetErrorString(int result) { return result == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR"; }
int nvrtcGetNumSupportedArchs(int *count) { *count = 3; return 0; }
int nvrtcGetSupportedArchs(int *numbers) { numbers[0] = 80; numbers[1] = 86; numbers[2] = 90; return 0; }
int nvrtcCreateProgram(program **p, const char *source, const char *name, int n, const char **texts, const char **names) {
    *p = calloc(1, sizeof **p);
    (*p)->source = strdup(source);
    return 0;
}
int nvrtcDestroyProgram(program **p) { free((*p)->source); free(*p); *p = NULL; return 0; }
int nvrtcAddNameExpression(program *p, const char *expression) { return 0; }
int nvrtcCompileProgram(program *p, int n, const char **options) {
    __atomic_add_fetch(&compilations, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < n; i++) sscanf(options[i], "--gpu-architecture=%31s", p->architecture);
    return strstr(p->source, "#error") ? 6 : 0;
}
int nvrtcGetLoweredName(program *p, const char *expression, const char **lowered) { *lowered = "_Z5scale"; return 0; }
static const char log_text[] = "scale.cu(1): the log";
int nvrtcGetProgramLogSize(program *p, size_t *size) { *size = sizeof log_text; return 0; }
int nvrtcGetProgramLog(program *p, char *log) { memcpy(log, log_text, sizeof log_text); return 0; }
int nvrtcGetCUBINSize(program *p, size_t *size) { *size = 5 + strlen(p->architecture) + strlen(p->source); return 0; }
int nvrtcGetCUBIN(program *p, char *cubin) {
    memcpy(cubin, "cubin", 5);
    memcpy(cubin + 5, p->architecture, strlen(p->architecture));
    memcpy(cubin + 5 + strlen(p->architecture), p->source, strlen(p->source));
    return 0;
}
